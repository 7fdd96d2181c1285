//! Organizations: all accounts in units, with states and tags, for the management account; the organization itself for everybody.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::place::FIRST_ACCOUNT;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "organizations",
    id: "Organizations",
    scope: "organizations",
    wire: Wire::AwsJson11,
    target: Some("AWSOrganizationsV20161128"),
    namespace: "",
    calls: &[
        ("DescribeAccount", Does::Makes(describe_account)),
        ("DescribeOrganization", Does::Makes(organization)),
        ("DescribeOrganizationalUnit", Does::Makes(describe_unit)),
        ("DescribePolicy", Does::Makes(policy)),
        ("ListAccounts", Does::Makes(accounts)),
        ("ListAccountsForParent", Does::Makes(accounts)),
        ("ListAWSServiceAccessForOrganization", Does::Says(r#""EnabledServicePrincipals":[]"#)),
        ("ListChildren", Does::Makes(children)),
        ("ListDelegatedAdministrators", Does::Says(r#""DelegatedAdministrators":[]"#)),
        ("ListOrganizationalUnitsForParent", Does::Makes(units)),
        ("ListParents", Does::Makes(parents)),
        ("ListPolicies", Does::Makes(policies)),
        ("ListPoliciesForTarget", Does::Makes(policies)),
        ("ListRoots", Does::Makes(roots)),
        ("ListTagsForResource", Does::Makes(tags)),
    ],
};

const ORGANIZATION: &str = "o-synthetic0";
const ROOT: &str = "r-synt";
const FULL: &str = r#""Id":"p-FullAWSAccess","Arn":"arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess","Name":"FullAWSAccess","Description":"Allows access to every operation","Type":"SERVICE_CONTROL_POLICY","AwsManaged":true"#;

/// Units: id, name, parent.
const UNITS: &[(&str, &str, &str)] = &[
    ("ou-synt-security", "Security", ROOT),
    ("ou-synt-workloads", "Workloads", ROOT),
    ("ou-synt-production", "Production", "ou-synt-workloads"),
    ("ou-synt-development", "Development", "ou-synt-workloads"),
    ("ou-synt-sandbox0", "Sandbox", ROOT),
];

/// The most accounts on a page. <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
const PAGE: usize = 20;

/// The unit of an account; the management account is in the root.
fn unit_of(index: usize) -> &'static str {
    match (index, index % 10) {
        (0, _) => ROOT,
        (_, 0) => UNITS[0].0,
        (_, 1..=5) => UNITS[2].0,
        (_, 6..=8) => UNITS[3].0,
        _ => UNITS[4].0,
    }
}

fn environment(index: usize) -> &'static str {
    match unit_of(index) {
        "ou-synt-production" => "production",
        "ou-synt-development" => "development",
        "ou-synt-sandbox0" => "sandbox",
        _ => "shared",
    }
}

fn arn(kind: &str, rest: &str) -> String {
    format!("arn:aws:organizations::{FIRST_ACCOUNT}:{kind}/{ORGANIZATION}/{rest}")
}

/// There is an organization.
fn belongs(ask: &Ask<'_>) -> Made {
    let is_in = ask.world.organization;
    if is_in {
        Ok(())
    } else {
        Err(Refusal::new(400, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization."))
    }
}

/// The caller is the management account, which alone may list.
fn manages(ask: &Ask<'_>) -> Made {
    belongs(ask)?;
    if ask.account_number == FIRST_ACCOUNT {
        return Ok(());
    }
    Err(Refusal::new(400, "AccessDeniedException", "You don't have permissions to access this resource."))
}

fn organization(ask: &Ask<'_>, body: &mut Body) -> Made {
    belongs(ask)?;
    body.member("Organization", |body| {
        body.text("Id", ORGANIZATION);
        body.fmt("Arn", format_args!("arn:aws:organizations::{FIRST_ACCOUNT}:organization/{ORGANIZATION}"));
        body.text("FeatureSet", "ALL");
        body.text("MasterAccountArn", &arn("account", &FIRST_ACCOUNT.to_string()));
        body.fmt("MasterAccountId", format_args!("{FIRST_ACCOUNT}"));
        body.text("MasterAccountEmail", "management@example.com");
        body.list("AvailablePolicyTypes", "", [()], |body, ()| {
            body.text("Type", "SERVICE_CONTROL_POLICY");
            body.text("Status", "ENABLED");
        });
    });
    Ok(())
}

fn roots(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    body.list("Roots", "", [()], |body, ()| {
        body.text("Id", ROOT);
        body.text("Arn", &arn("root", ROOT));
        body.text("Name", "Root");
        body.list("PolicyTypes", "", [()], |body, ()| {
            body.text("Type", "SERVICE_CONTROL_POLICY");
            body.text("Status", "ENABLED");
        });
    });
    Ok(())
}

fn units(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let parent = parent(ask)?;
    body.list("OrganizationalUnits", "", UNITS.iter().filter(|(.., above)| *above == parent), unit);
    Ok(())
}

fn unit(body: &mut Body, (id, name, _): &(&str, &str, &str)) {
    body.text("Id", id);
    body.text("Arn", &arn("ou", id));
    body.text("Name", name);
}

fn describe_unit(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let wanted = ask.text("OrganizationalUnitId").unwrap_or_default().into_owned();
    let missing = || Refusal::new(400, "OrganizationalUnitNotFoundException", "There is no such unit.");
    let found = UNITS.iter().find(|(id, ..)| *id == wanted).ok_or_else(missing)?;
    body.member("OrganizationalUnit", |body| unit(body, found));
    Ok(())
}

/// The parent that a call names.
fn parent(ask: &Ask<'_>) -> Result<String, Refusal> {
    let parent = ask.text("ParentId").unwrap_or_default().into_owned();
    if parent == ROOT || UNITS.iter().any(|(id, ..)| *id == parent) {
        return Ok(parent);
    }
    Err(Refusal::new(400, "ParentNotFoundException", "You specified a root or unit that does not exist."))
}

/// The indices of a page of accounts, of one parent if the call names one, and where the next begins.
fn page(ask: &Ask<'_>, parent: Option<&str>) -> Result<(Vec<usize>, Option<u64>), Refusal> {
    let size = ask.num("MaxResults").map_or(PAGE, |asked| (asked as usize).clamp(1, PAGE));
    let from = ask.from("NextToken")? as usize;
    let mut found = (from..ask.world.accounts).filter(|index| parent.is_none_or(|parent| unit_of(*index) == parent));
    let page: Vec<usize> = found.by_ref().take(size).collect();
    Ok((page, found.next().map(|next| next as u64)))
}

fn accounts(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let parent = if ask.action.name == "ListAccountsForParent" { Some(parent(ask)?) } else { None };
    let (page, next) = page(ask, parent.as_deref())?;
    body.list("Accounts", "", page, |body, index| account(ask, body, index));
    if let Some(next) = next {
        body.text("NextToken", &ask.token(next));
    }
    Ok(())
}

fn account(ask: &Ask<'_>, body: &mut Body, index: usize) {
    let id = ask.world.account(index);
    let state = if ask.world.is_suspended(index) { "SUSPENDED" } else { "ACTIVE" };
    body.fmt("Id", format_args!("{id}"));
    body.text("Arn", &arn("account", &id.to_string()));
    body.fmt("Email", format_args!("account-{index}@example.com"));
    body.fmt("Name", format_args!("{}-{index:04}", if index == 0 { "management" } else { environment(index) }));
    body.text("State", state);
    body.text("Status", state);
    body.text("JoinedMethod", if index == 0 { "INVITED" } else { "CREATED" });
    body.time("JoinedTimestamp", ask.days_ago(400));
}

/// The account that a parameter names.
fn named(ask: &Ask<'_>, parameter: &str) -> Result<usize, Refusal> {
    let id = ask.text(parameter).and_then(|text| text.parse().ok());
    let missing = || Refusal::new(400, "AccountNotFoundException", "You specified an account that does not exist.");
    id.and_then(|id| ask.world.account_index(id)).ok_or_else(missing)
}

fn describe_account(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let index = named(ask, "AccountId")?;
    body.member("Account", |body| account(ask, body, index));
    Ok(())
}

fn children(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let parent = parent(ask)?;
    if ask.text("ChildType").as_deref() == Some("ORGANIZATIONAL_UNIT") {
        body.list("Children", "", UNITS.iter().filter(|(.., above)| *above == parent), |body, (id, ..)| {
            body.text("Id", id);
            body.text("Type", "ORGANIZATIONAL_UNIT");
        });
        return Ok(());
    }
    let (page, next) = page(ask, Some(&parent))?;
    body.list("Children", "", page, |body, index| {
        body.fmt("Id", format_args!("{}", ask.world.account(index)));
        body.text("Type", "ACCOUNT");
    });
    if let Some(next) = next {
        body.text("NextToken", &ask.token(next));
    }
    Ok(())
}

fn parents(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let child = ask.text("ChildId").unwrap_or_default().into_owned();
    let above = match UNITS.iter().find(|(id, ..)| *id == child) {
        Some((.., above)) => above,
        None => unit_of(named(ask, "ChildId").map_err(|_| Refusal::new(400, "ChildNotFoundException", "There is no such child."))?),
    };
    body.list("Parents", "", [()], |body, ()| {
        body.text("Id", above);
        body.text("Type", if above == ROOT { "ROOT" } else { "ORGANIZATIONAL_UNIT" });
    });
    Ok(())
}

fn policies(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let is_scp = ask.text("Filter").as_deref() == Some("SERVICE_CONTROL_POLICY");
    body.list("Policies", "", is_scp.then_some(()), |body, ()| body.members(FULL));
    Ok(())
}

fn policy(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    if ask.text("PolicyId").as_deref() != Some("p-FullAWSAccess") {
        return Err(Refusal::new(400, "PolicyNotFoundException", "There is no such policy."));
    }
    body.member("Policy", |body| {
        body.member("PolicySummary", |body| body.members(FULL));
        body.text("Content", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    });
    Ok(())
}

fn tags(ask: &Ask<'_>, body: &mut Body) -> Made {
    manages(ask)?;
    let index = named(ask, "ResourceId").ok();
    let tags = index.map(|index| [("environment", environment(index)), ("owner", if index % 3 == 0 { "platform" } else { "product" })]);
    body.list("Tags", "", tags.into_iter().flatten(), |body, (key, value)| {
        body.text("Key", key);
        body.text("Value", value);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::ask::testing::answer;
    use crate::world::World;
    use serde_json::Value;

    fn json(world: &World, action: &str, body: &str) -> Value {
        let text = answer(world, &format!("organizations.{action}"), body).expect("an answer");
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn accounts_come_twenty_a_page() {
        let world = World { accounts: 45, suspended: 2, ..World::default() };
        let (mut ids, mut body) = (Vec::new(), "{}".to_owned());
        loop {
            let page = json(&world, "ListAccounts", &body);
            let accounts = page["Accounts"].as_array().expect("accounts");
            assert!(accounts.len() <= 20);
            ids.extend(accounts.iter().map(|account| (account["Id"].clone(), account["State"].clone())));
            let Some(token) = page["NextToken"].as_str() else { break };
            body = format!(r#"{{"NextToken":"{token}"}}"#);
        }
        assert_eq!(ids.len(), 45);
        assert_eq!(ids.iter().filter(|(_, state)| state == "SUSPENDED").count(), 2);
        assert_eq!(answer(&world, "organizations.ListAccounts", r#"{"NextToken":"made up"}"#).expect_err("refused").status, 400);
    }

    #[test]
    fn every_account_is_in_one_unit() {
        let world = World { accounts: 20, ..World::default() };
        let of = |parent: &str| {
            json(&world, "ListAccountsForParent", &format!(r#"{{"ParentId":"{parent}"}}"#))["Accounts"].as_array().map_or(0, Vec::len)
        };
        let units = ["r-synt", "ou-synt-security", "ou-synt-workloads", "ou-synt-production", "ou-synt-development", "ou-synt-sandbox0"];
        assert_eq!(units.map(of), [1, 1, 0, 10, 6, 2]);
        let parents = json(&world, "ListParents", r#"{"ChildId":"100000000001"}"#);
        assert_eq!(parents["Parents"][0]["Id"], "ou-synt-production");
    }
}
