//! Secrets Manager. Three secrets in five rotate; of those one in twenty has not for longer than it should.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "secretsmanager",
    id: "Secrets Manager",
    scope: "secretsmanager",
    wire: Wire::AwsJson11,
    target: Some("secretsmanager"),
    namespace: "",
    calls: &[
        ("DescribeSecret", Does::Makes(describe)),
        ("GetResourcePolicy", Does::Makes(policy)),
        ("ListSecretVersionIds", Does::Makes(versions)),
        ("ListSecrets", Does::Makes(list)),
    ],
};

fn name(ask: &Ask<'_>, index: u64) -> String {
    format!("service/{}", ask.hex(Kind::Secret, index))
}

/// ARNs of secrets end with six letters that AWS draws.
fn arn(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("secretsmanager", &format!("secret:{}-SyntHt", name(ask, index)))
}

fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let asked = ask.text("SecretId").unwrap_or_default();
    let index = ask.index(Kind::Secret, asked.trim_end_matches("-SyntHt"));
    let missing = || Refusal::new(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    index.map(|index| (index, ask.dice(Kind::Secret, index))).ok_or_else(missing)
}

fn list(ask: &Ask<'_>, body: &mut Body) -> Made {
    let size = ask.num("MaxResults").unwrap_or(100).clamp(1, 100);
    let (range, next) = ask.page(Kind::Secret, "NextToken", size)?;
    body.list("SecretList", "", range, |body, index| {
        secret(ask, body, index);
        body.member("SecretVersionsToStages", |body| stages(ask, body, index));
    });
    if let Some(next) = next {
        body.text("NextToken", &next);
    }
    Ok(())
}

fn describe(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    secret(ask, body, index);
    body.member("VersionIdsToStages", |body| stages(ask, body, index));
    Ok(())
}

fn stages(ask: &Ask<'_>, body: &mut Body, index: u64) {
    body.texts(&ask.uuid(Kind::Secret, index), "", ["AWSCURRENT"]);
}

/// Days since a secret was rotated; `None` for those that are not.
fn rotated(dice: Dice) -> Option<u64> {
    dice.percent(2, 60).then(|| if dice.percent(3, 5) { 70 + dice.below(4, 100) } else { dice.below(4, 28) })
}

fn secret(ask: &Ask<'_>, body: &mut Body, index: u64) {
    let dice = ask.dice(Kind::Secret, index);
    let created = 400 + dice.below(1, 600);
    body.text("ARN", &arn(ask, index));
    body.text("Name", &name(ask, index));
    let rotated = rotated(dice);
    let changed = if let Some(rotated) = rotated {
        let functions = ask.count(Kind::Function);
        let function =
            if functions > 0 { ask.hex(Kind::Function, dice.below(5, functions.div_ceil(10)) * 10) } else { "rotation".to_owned() };
        body.flag("RotationEnabled", true);
        body.text("RotationLambdaARN", &ask.arn("lambda", &format!("function:service-{function}")));
        body.member("RotationRules", |body| body.num("AutomaticallyAfterDays", 30));
        body.time("LastRotatedDate", ask.days_ago(rotated));
        body.time("NextRotationDate", ask.days_ago(0) + (30 - rotated as i64) * crate::clock::DAY);
        rotated
    } else {
        created - dice.below(6, 300)
    };
    body.time("LastChangedDate", ask.days_ago(changed));
    body.time("LastAccessedDate", ask.days_ago(if dice.percent(7, 90) { 1 } else { 200 }));
    body.time("CreatedDate", ask.days_ago(created));
    body.list("Tags", "", dice.percent(8, 80).then_some(()), |body, ()| {
        body.text("Key", "team");
        body.text("Value", dice.pick(9, &["payments", "orders", "search"]));
    });
}

fn versions(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    body.text("ARN", &arn(ask, index));
    body.text("Name", &name(ask, index));
    body.list("Versions", "", [()], |body, ()| {
        body.text("VersionId", &ask.uuid(Kind::Secret, index));
        body.texts("VersionStages", "", ["AWSCURRENT"]);
        body.time("CreatedDate", ask.days_ago(rotated(dice).unwrap_or(300)));
        body.time("LastAccessedDate", ask.days_ago(1));
    });
    Ok(())
}

fn policy(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    body.text("ARN", &arn(ask, index));
    body.text("Name", &name(ask, index));
    Ok(())
}
