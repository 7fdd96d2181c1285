//! STS.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "sts",
    id: "STS",
    scope: "sts",
    wire: Wire::AwsQuery,
    target: None,
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    calls: &[("AssumeRole", Does::Makes(assume_role)), ("GetCallerIdentity", Does::Makes(caller))],
};

fn caller(ask: &Ask<'_>, body: &mut Body) -> Made {
    let is_assumed = ask.key.starts_with("ASIA");
    body.fmt("UserId", format_args!("{}", if is_assumed { "AROASYNTHETIC:driftlead" } else { "AIDASYNTHETIC" }));
    body.text("Account", &ask.account);
    let who = if is_assumed { "assumed-role/synthetic/session" } else { "user/synthetic" };
    body.fmt("Arn", format_args!("arn:aws:{}::{}:{who}", if is_assumed { "sts" } else { "iam" }, ask.account));
    Ok(())
}

/// Gives the credentials of another account, if the role is there, the account is active and the external id is right.
fn assume_role(ask: &Ask<'_>, body: &mut Body) -> Made {
    let arn = ask.text("RoleArn").unwrap_or_default().into_owned();
    let parts = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
    let number = parts.and_then(|(account, _)| account.parse().ok());
    let denied = || {
        let who = format!("arn:aws:iam::{}:user/synthetic", ask.account);
        Refusal::new(403, "AccessDenied", format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}"))
    };
    let (Some((account, role)), Some(number)) = (parts, number) else {
        return Err(Refusal::new(400, "ValidationError", format!("{arn} is invalid")));
    };
    let index = ask.world.account_index(number).ok_or_else(denied)?;
    let is_right = ask.world.external_id.as_deref().is_none_or(|expected| ask.text("ExternalId").as_deref() == Some(expected));
    if !is_right || ask.world.is_suspended(index) || ask.world.deny_roles.contains(&number) {
        return Err(denied());
    }
    let session = ask.text("RoleSessionName").unwrap_or_default();
    body.member("AssumedRoleUser", |body| {
        body.fmt("AssumedRoleId", format_args!("AROASYNTHETIC:{session}"));
        body.fmt("Arn", format_args!("arn:aws:sts::{account}:assumed-role/{role}/{session}"));
    });
    body.member("Credentials", |body| {
        body.fmt("AccessKeyId", format_args!("ASIA{account}SYNT"));
        body.text("SecretAccessKey", "synthetic");
        body.text("SessionToken", "synthetic");
        body.time("Expiration", ask.now + ask.num("DurationSeconds").unwrap_or(3_600) as i64);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::ask::testing::answer;
    use crate::world::World;

    const FORM: &str = "RoleSessionName=s&RoleArn=arn%3Aaws%3Aiam%3A%3A100000000001%3Arole%2Fauditor";

    #[test]
    fn roles_are_entered_with_the_right_external_id() {
        let world = World { accounts: 2, external_id: Some("e".to_owned()), ..World::default() };
        assert_eq!(answer(&world, "sts.AssumeRole", FORM).expect_err("no external id").code, "AccessDenied");
        assert!(answer(&world, "sts.AssumeRole", &format!("{FORM}&ExternalId=e")).expect("entered").contains("ASIA100000000001SYNT"));
    }

    #[test]
    fn closed_doors_stay_closed() {
        for world in [
            World { accounts: 2, suspended: 1, ..World::default() },
            World { accounts: 2, deny_roles: vec![100_000_000_001], ..World::default() },
            World::default(),
        ] {
            assert_eq!(answer(&world, "sts.AssumeRole", FORM).expect_err("closed").status, 403);
        }
        assert_eq!(answer(&World::default(), "sts.AssumeRole", "RoleArn=x").expect_err("no ARN").code, "ValidationError");
    }
}
