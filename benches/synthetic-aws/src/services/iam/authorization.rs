//! GetAccountAuthorizationDetails: users, roles and policies, one after another in one list.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::user;
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::Body;

/// AWS's own policies that are in use.
const MANAGED: [&str; 3] = ["service-role/AWSLambdaBasicExecutionRole", "ReadOnlyAccess", "AmazonSSMManagedInstanceCore"];

/// The sections of the list: the filter's word for each, its kind, and whether it is AWS's.
const SECTIONS: [(&str, Option<Kind>); 4] =
    [("User", Some(Kind::User)), ("Role", Some(Kind::Role)), ("LocalManagedPolicy", Some(Kind::Policy)), ("AWSManagedPolicy", None)];

/// The call. <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
pub fn details(ask: &Ask<'_>, body: &mut Body) -> Made {
    let size = ask.num("MaxItems").unwrap_or(100).clamp(1, 1_000);
    let from = ask.from("Marker")?;
    let wanted = ask.texts("Filter");
    let count = |kind: Option<Kind>| kind.map_or(MANAGED.len() as u64, |kind| ask.count(kind));
    // The part of each section that is on this page.
    let (mut start, mut pages) = (0, Vec::new());
    for (word, kind) in SECTIONS {
        let is_wanted = wanted.is_empty() || wanted.iter().any(|one| one == word);
        let length = if is_wanted { count(kind) } else { 0 };
        let begin = from.clamp(start, start + length) - start;
        let end = (from + size).clamp(start, start + length) - start;
        pages.push(begin..end);
        start += length;
    }
    body.list("UserDetailList", "member", pages[0].clone(), |body, index| user_detail(ask, body, index));
    body.list("GroupDetailList", "member", [] as [u64; 0], |_, _| {});
    body.list("RoleDetailList", "member", pages[1].clone(), |body, index| role(ask, body, index));
    let own = pages[2].clone().map(|index| (index, true));
    let policies = own.chain(pages[3].clone().map(|index| (index, false)));
    body.list(
        "Policies",
        "member",
        policies,
        |body, (index, is_own)| {
            if is_own { policy(ask, body, index) } else { managed_policy(ask, body, index as usize) }
        },
    );
    let next = (from + size < start).then_some(from + size);
    body.flag("IsTruncated", next.is_some());
    if let Some(next) = next {
        body.text("Marker", &ask.token(next));
    }
    Ok(())
}

fn encoded(document: &str) -> String {
    utf8_percent_encode(document, NON_ALPHANUMERIC).to_string()
}

fn attached(body: &mut Body, arn: Option<String>) {
    body.list("AttachedManagedPolicies", "member", arn, |body, arn| {
        body.text("PolicyName", arn.rsplit('/').next().unwrap_or_default());
        body.text("PolicyArn", &arn);
    });
}

fn user_detail(ask: &Ask<'_>, body: &mut Body, index: u64) {
    let name = user::name(index);
    body.text("Path", "/");
    body.text("UserName", &name);
    body.fmt("UserId", format_args!("AIDA{:016X}", ask.dice(Kind::User, index).number(1)));
    body.fmt("Arn", format_args!("arn:aws:iam::{}:user/{name}", ask.account));
    body.time("CreateDate", user::created(ask, index));
    body.list("UserPolicyList", "member", [] as [u64; 0], |_, _| {});
    body.texts("GroupList", "member", [] as [&str; 0]);
    // One user in ten has a policy of its own instead of a group's or a role's.
    attached(body, ask.dice(Kind::User, index).percent(2, 10).then(|| format!("arn:aws:iam::aws:policy/{}", MANAGED[1])));
    body.list("Tags", "member", [] as [u64; 0], |_, _| {});
}

fn role_name(ask: &Ask<'_>, index: u64) -> String {
    let team = ask.dice(Kind::Role, index).pick(1, &["payments", "orders", "search", "platform", "identity", "data"]).to_owned();
    format!("{team}-service-{index:06}")
}

fn role(ask: &Ask<'_>, body: &mut Body, index: u64) {
    let dice = ask.dice(Kind::Role, index);
    let name = role_name(ask, index);
    let created = ask.days_ago(100 + dice.below(2, 1_500));
    body.text("Path", "/");
    body.text("RoleName", &name);
    body.fmt("RoleId", format_args!("AROA{:016X}", dice.number(3)));
    body.fmt("Arn", format_args!("arn:aws:iam::{}:role/{name}", ask.account));
    body.time("CreateDate", created);
    // One role in forty is for another account.
    let principal = if dice.below(4, 40) == 0 {
        format!(r#"{{"AWS":"arn:aws:iam::{}:root"}}"#, ask.world.account(dice.below(5, ask.world.accounts as u64) as usize))
    } else {
        format!(r#"{{"Service":"{}.amazonaws.com"}}"#, dice.pick(6, &["lambda", "lambda", "ecs-tasks", "ec2", "states"]))
    };
    let trust =
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}]}}"#);
    body.text("AssumeRolePolicyDocument", &encoded(&trust));
    body.list("InstanceProfileList", "member", [] as [u64; 0], |_, _| {});
    let table = format!("arn:aws:dynamodb:us-east-1:{}:table/table-{index}", ask.account);
    let inline = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem"],"Resource":"{table}"}}]}}"#
    );
    body.list("RolePolicyList", "member", dice.percent(7, 60).then_some(()), |body, ()| {
        body.text("PolicyName", "own");
        body.text("PolicyDocument", &encoded(&inline));
    });
    let policies = ask.count(Kind::Policy);
    attached(
        body,
        Some(if policies > 0 && dice.percent(8, 50) {
            policy_arn(ask, dice.below(9, policies))
        } else {
            format!("arn:aws:iam::aws:policy/{}", MANAGED[0])
        }),
    );
    // Seven roles in ten work every day; one in ten was never used.
    body.member("RoleLastUsed", |body| {
        let days = match dice.below(10, 10) {
            0..7 => Some(dice.below(11, 3)),
            7..9 => Some(95 + dice.below(11, 250)),
            _ => None,
        };
        if let Some(days) = days {
            body.time("LastUsedDate", ask.days_ago(days));
            body.text("Region", "us-east-1");
        }
    });
    body.list("Tags", "member", dice.percent(12, 70).then_some(()), |body, ()| {
        body.text("Key", "team");
        body.text("Value", name.split('-').next().unwrap_or_default());
    });
}

fn policy_arn(ask: &Ask<'_>, index: u64) -> String {
    format!("arn:aws:iam::{}:policy/policy-{index:06}", ask.account)
}

fn policy(ask: &Ask<'_>, body: &mut Body, index: u64) {
    let dice = ask.dice(Kind::Policy, index);
    // One in a hundred allows everything.
    let (action, resource) = if dice.below(1, 100) == 0 {
        ("*", "*".to_owned())
    } else {
        (
            dice.pick(2, &["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]),
            format!("arn:aws:sqs:us-east-1:{}:queue-{index}", ask.account),
        )
    };
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#);
    let arn = policy_arn(ask, index);
    one_policy(body, &arn, &document, i64::from(!dice.percent(3, 20)), ask.days_ago(20 + dice.below(4, 900)));
}

fn managed_policy(ask: &Ask<'_>, body: &mut Body, index: usize) {
    let document =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#;
    let uses = i64::from(ask.count(Kind::Role) > 0 || ask.count(Kind::User) > 0);
    one_policy(body, &format!("arn:aws:iam::aws:policy/{}", MANAGED[index]), document, uses, ask.days_ago(2_000));
}

fn one_policy(body: &mut Body, arn: &str, document: &str, attachments: i64, created: i64) {
    body.text("PolicyName", arn.rsplit('/').next().unwrap_or_default());
    body.text("Arn", arn);
    body.text("Path", "/");
    body.text("DefaultVersionId", "v1");
    body.num("AttachmentCount", attachments);
    body.num("PermissionsBoundaryUsageCount", 0);
    body.flag("IsAttachable", true);
    body.time("CreateDate", created);
    body.time("UpdateDate", created);
    body.list("PolicyVersionList", "member", [()], |body, ()| {
        body.text("Document", &encoded(document));
        body.text("VersionId", "v1");
        body.flag("IsDefaultVersion", true);
        body.time("CreateDate", created);
    });
}

#[cfg(test)]
mod tests {
    use crate::ask::testing::answer;
    use crate::kind::Kind;
    use crate::world::World;

    #[test]
    fn the_list_goes_from_kind_to_kind() {
        let world = World::default().with(Kind::User, 3).with(Kind::Role, 250).with(Kind::Policy, 10);
        let (mut form, mut found, mut pages) = ("MaxItems=100".to_owned(), [0; 3], 0);
        loop {
            let page = answer(&world, "iam.GetAccountAuthorizationDetails", &form).expect("a page");
            pages += 1;
            for (count, element) in found.iter_mut().zip(["<UserName>", "<RoleName>", "<DefaultVersionId>"]) {
                *count += page.matches(element).count();
            }
            let Some((_, rest)) = page.split_once("<Marker>") else { break };
            form = format!("MaxItems=100&Marker={}", rest.split('<').next().expect("a marker"));
        }
        assert_eq!((found, pages), ([3, 250, 13], 3));
        let roles = answer(&world, "iam.GetAccountAuthorizationDetails", "Filter.member.1=Role&MaxItems=1000").expect("roles");
        assert_eq!((roles.matches("<RoleName>").count(), roles.matches("<UserName>").count()), (250, 0));
    }
}
