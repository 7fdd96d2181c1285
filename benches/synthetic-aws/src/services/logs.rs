//! CloudWatch Logs. The first as many groups as there are functions are theirs; every fifth keeps what it gets for ever.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "logs",
    id: "CloudWatch Logs",
    scope: "logs",
    wire: Wire::AwsJson11,
    target: Some("Logs_20140328"),
    namespace: "",
    calls: &[
        ("DescribeAccountPolicies", Does::Says(r#""accountPolicies":[]"#)),
        ("DescribeLogGroups", Does::Makes(groups)),
        ("DescribeLogStreams", Does::Makes(streams)),
        ("DescribeMetricFilters", Does::Says(r#""metricFilters":[]"#)),
        ("ListTagsForResource", Does::Makes(tags)),
        ("ListTagsLogGroup", Does::Makes(tags)),
    ],
};

/// The most groups on a page. <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>
const PAGE: u64 = 50;

/// The name of a group; it ends with the index. A few are of functions that are gone.
pub fn name(ask: &Ask<'_>, group: u64) -> String {
    let dice = ask.dice(Kind::LogGroup, group);
    let prefix = if group < ask.count(Kind::Function) || dice.percent(1, 4) {
        "/aws/lambda/service"
    } else {
        dice.pick(1, &["/ecs/service", "/app/service", "/ecs/worker"])
    };
    format!("{prefix}-{}", ask.hex(Kind::LogGroup, group))
}

/// The group that a call names.
fn named(ask: &Ask<'_>) -> Result<u64, Refusal> {
    let name = ["logGroupName", "logGroupIdentifier", "resourceArn"].iter().find_map(|parameter| ask.text(parameter));
    let missing = || Refusal::new(400, "ResourceNotFoundException", "The specified log group does not exist.");
    name.and_then(|name| ask.index(Kind::LogGroup, name.trim_end_matches(":*"))).ok_or_else(missing)
}

fn groups(ask: &Ask<'_>, body: &mut Body) -> Made {
    let size = ask.num("limit").unwrap_or(PAGE).clamp(1, PAGE);
    let (range, next) = ask.page(Kind::LogGroup, "nextToken", size)?;
    let prefix = ask.text("logGroupNamePrefix").unwrap_or_default();
    let shown = range.map(|group| (group, name(ask, group))).filter(|(_, name)| name.starts_with(prefix.as_ref()));
    body.list("logGroups", "", shown, |body, (group, name)| {
        let dice = ask.dice(Kind::LogGroup, group);
        let arn = ask.arn("logs", &format!("log-group:{name}"));
        body.num("creationTime", ask.days_ago(2 + dice.below(2, 1_500)) * 1_000);
        if dice.percent(3, 80) {
            body.num("retentionInDays", dice.pick(4, &[7, 30, 365, 365, 365, 400, 400, 731]));
        }
        body.num("metricFilterCount", i64::from(dice.percent(5, 2)));
        body.fmt("arn", format_args!("{arn}:*"));
        body.num("storedBytes", if dice.percent(6, 35) { 0 } else { dice.below(7, 5_000_000_000) as i64 });
        body.text("logGroupName", &name);
        body.text("logGroupClass", if dice.percent(8, 5) { "INFREQUENT_ACCESS" } else { "STANDARD" });
        body.text("logGroupArn", &arn);
    });
    if let Some(next) = next {
        body.text("nextToken", &next);
    }
    Ok(())
}

/// The newest stream; groups that hold nothing have none.
fn streams(ask: &Ask<'_>, body: &mut Body) -> Made {
    let group = named(ask)?;
    let dice = ask.dice(Kind::LogGroup, group);
    let stream = (!dice.percent(6, 35)).then_some(group);
    body.list("logStreams", "", stream, |body, group| {
        // Two groups in three had something within the week.
        let days = if dice.percent(9, 66) { dice.below(10, 7) } else { 30 + dice.below(10, 500) };
        let last = ask.days_ago(days) * 1_000;
        let stream = format!("2026/11/20/[$LATEST]{:016x}", dice.number(11));
        body.text("logStreamName", &stream);
        body.num("creationTime", last - 60_000);
        body.num("firstEventTimestamp", last - 60_000);
        body.num("lastEventTimestamp", last);
        body.num("lastIngestionTime", last + 500);
        body.text("arn", &ask.arn("logs", &format!("log-group:{}:log-stream:{stream}", name(ask, group))));
        body.num("storedBytes", 0);
    });
    Ok(())
}

/// The tags of a group; three in ten have none.
pub fn tags_of(ask: &Ask<'_>, group: u64) -> Option<[(&'static str, &'static str); 2]> {
    let dice = ask.dice(Kind::LogGroup, group);
    let tags = || {
        let team = dice.pick(13, &["payments", "orders", "search", "platform"]);
        [("team", team), ("env", dice.pick(14, &["prod", "prod", "staging", "dev"]))]
    };
    dice.percent(12, 70).then(tags)
}

fn tags(ask: &Ask<'_>, body: &mut Body) -> Made {
    let group = named(ask)?;
    body.member("tags", |body| tags_of(ask, group).into_iter().flatten().for_each(|(key, value)| body.text(key, value)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::ask::testing::answer;
    use crate::kind::Kind;
    use crate::world::World;

    #[test]
    fn groups_come_fifty_a_page_and_are_the_same_again() {
        let world = World { regions: 1, ..World::default() }.with(Kind::LogGroup, 120);
        let (mut names, mut body) = (Vec::new(), r#"{"limit":50}"#.to_owned());
        loop {
            let page: Value = serde_json::from_str(&answer(&world, "logs.DescribeLogGroups", &body).expect("a page")).expect("JSON");
            names.extend(
                page["logGroups"]
                    .as_array()
                    .expect("groups")
                    .iter()
                    .map(|group| group["logGroupName"].as_str().expect("a name").to_owned()),
            );
            let Some(token) = page["nextToken"].as_str() else { break };
            body = format!(r#"{{"limit":50,"nextToken":"{token}"}}"#);
        }
        assert_eq!(names.len(), 120);
        let streams = answer(&world, "logs.DescribeLogStreams", &format!(r#"{{"logGroupName":"{}"}}"#, names[77]));
        assert_eq!(streams, answer(&world, "logs.DescribeLogStreams", &format!(r#"{{"logGroupName":"{}"}}"#, names[77])));
        assert!(streams.is_ok());
        let missing = answer(&world, "logs.DescribeLogStreams", r#"{"logGroupName":"/aws/lambda/nothing-here"}"#);
        assert_eq!(missing.expect_err("none").code, "ResourceNotFoundException");
    }
}
