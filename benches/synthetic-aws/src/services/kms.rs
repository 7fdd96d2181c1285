//! KMS: keys of the account's own. Four in five rotate; one in fifty waits for its deletion.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "kms",
    id: "KMS",
    scope: "kms",
    wire: Wire::AwsJson11,
    target: Some("TrentService"),
    namespace: "",
    calls: &[
        ("DescribeKey", Does::Makes(describe)),
        ("GetKeyPolicy", Does::Makes(policy)),
        ("GetKeyRotationStatus", Does::Makes(rotation)),
        ("ListAliases", Does::Makes(aliases)),
        ("ListKeys", Does::Makes(list)),
        ("ListResourceTags", Does::Makes(tags)),
    ],
};

fn arn(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("kms", &format!("key/{}", ask.uuid(Kind::Key, index)))
}

fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let asked = ask.text("KeyId").unwrap_or_default();
    let index = ask.index_of_uuid(Kind::Key, asked.rsplit('/').next().unwrap_or_default());
    let missing = || Refusal::new(400, "NotFoundException", format!("Key '{asked}' does not exist"));
    index.map(|index| (index, ask.dice(Kind::Key, index))).ok_or_else(missing)
}

fn is_going(dice: Dice) -> bool {
    dice.below(1, 50) == 0
}

/// The end of a page of KMS, whose token goes with a word that says so.
fn end(body: &mut Body, next: Option<String>) {
    body.flag("Truncated", next.is_some());
    if let Some(next) = next {
        body.text("NextMarker", &next);
    }
}

fn list(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::Key, "Marker", ask.num("Limit").unwrap_or(100).clamp(1, 1_000))?;
    body.list("Keys", "", range, |body, index| {
        body.text("KeyId", &ask.uuid(Kind::Key, index));
        body.text("KeyArn", &arn(ask, index));
    });
    end(body, next);
    Ok(())
}

fn aliases(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::Key, "Marker", ask.num("Limit").unwrap_or(50).clamp(1, 100))?;
    body.list("Aliases", "", range, |body, index| {
        body.fmt("AliasName", format_args!("alias/service-{index}"));
        body.text("AliasArn", &ask.arn("kms", &format!("alias/service-{index}")));
        body.text("TargetKeyId", &ask.uuid(Kind::Key, index));
        body.time("CreationDate", ask.days_ago(300));
    });
    end(body, next);
    Ok(())
}

fn describe(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    body.member("KeyMetadata", |body| {
        body.text("AWSAccountId", &ask.account);
        body.text("KeyId", &ask.uuid(Kind::Key, index));
        body.text("Arn", &arn(ask, index));
        body.time("CreationDate", ask.days_ago(30 + dice.below(2, 900)));
        body.flag("Enabled", !is_going(dice));
        body.fmt("Description", format_args!("key of service {index}"));
        body.text("KeyUsage", "ENCRYPT_DECRYPT");
        body.text("KeyState", if is_going(dice) { "PendingDeletion" } else { "Enabled" });
        if is_going(dice) {
            body.time("DeletionDate", ask.days_ago(0) + 20 * crate::clock::DAY);
        }
        body.text("Origin", "AWS_KMS");
        body.text("KeyManager", "CUSTOMER");
        body.text("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT");
        body.text("KeySpec", "SYMMETRIC_DEFAULT");
        body.texts("EncryptionAlgorithms", "", ["SYMMETRIC_DEFAULT"]);
        body.flag("MultiRegion", false);
    });
    Ok(())
}

fn rotation(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    if is_going(dice) {
        return Err(Refusal::new(400, "KMSInvalidStateException", format!("{} is pending deletion.", arn(ask, index))));
    }
    body.text("KeyId", &arn(ask, index));
    body.flag("KeyRotationEnabled", dice.percent(3, 80));
    Ok(())
}

fn policy(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    let principal = format!("arn:aws:iam::{}:root", ask.account);
    body.text("Policy", &format!(r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"kms:*","Resource":"*"}}]}}"#));
    body.text("PolicyName", "default");
    Ok(())
}

fn tags(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    body.list("Tags", "", dice.percent(4, 70).then_some(()), |body, ()| {
        body.text("TagKey", "team");
        body.text("TagValue", "platform");
    });
    body.flag("Truncated", false);
    Ok(())
}
