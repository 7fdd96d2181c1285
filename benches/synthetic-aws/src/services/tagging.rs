//! The Resource Groups Tagging API. It tells of log groups alone; whoever asks for anything else is refused.

use super::{Does, Service, logs};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "tag",
    id: "Resource Groups Tagging API",
    scope: "tagging",
    wire: Wire::AwsJson11,
    target: Some("ResourceGroupsTaggingAPI_20170126"),
    namespace: "",
    calls: &[("GetResources", Does::Makes(resources))],
};

/// The most resources on a page. <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
const PAGE: u64 = 100;

fn resources(ask: &Ask<'_>, body: &mut Body) -> Made {
    if ask.texts("ResourceTypeFilters") != ["logs"] {
        return Err(Refusal::new(400, "InvalidParameterException", "Only log groups have tags here."));
    }
    let size = ask.num("ResourcesPerPage").unwrap_or(50).clamp(1, PAGE);
    let (range, next) = ask.page(Kind::LogGroup, "PaginationToken", size)?;
    let tagged = range.filter_map(|group| Some((group, logs::tags_of(ask, group)?)));
    body.list("ResourceTagMappingList", "", tagged, |body, (group, tags)| {
        body.text("ResourceARN", &ask.arn("logs", &format!("log-group:{}", logs::name(ask, group))));
        body.list("Tags", "", tags, |body, (key, value)| {
            body.text("Key", key);
            body.text("Value", value);
        });
    });
    body.text("PaginationToken", &next.unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::ask::testing::answer;
    use crate::kind::Kind;
    use crate::world::World;

    #[test]
    fn what_is_tagged_has_the_tags_that_logs_tells_too() {
        let world = World { regions: 1, ..World::default() }.with(Kind::LogGroup, 250);
        let (mut told, mut token) = (Vec::new(), String::new());
        loop {
            let body = format!(r#"{{"ResourceTypeFilters":["logs"],"ResourcesPerPage":100,"PaginationToken":"{token}"}}"#);
            let page: Value = serde_json::from_str(&answer(&world, "tag.GetResources", &body).expect("a page")).expect("JSON");
            told.extend(page["ResourceTagMappingList"].as_array().expect("a list").clone());
            token = page["PaginationToken"].as_str().expect("a token").to_owned();
            if token.is_empty() {
                break;
            }
        }
        assert!((150..200).contains(&told.len()), "{}", told.len());
        for resource in &told {
            let body = format!(r#"{{"resourceArn":{}}}"#, resource["ResourceARN"]);
            let one: Value = serde_json::from_str(&answer(&world, "logs.ListTagsForResource", &body).expect("tags")).expect("JSON");
            for tag in resource["Tags"].as_array().expect("tags") {
                assert_eq!(one["tags"][tag["Key"].as_str().expect("a key")], tag["Value"], "{resource}");
            }
        }
        assert!(answer(&world, "tag.GetResources", r#"{"ResourceTypeFilters":["s3"]}"#).is_err(), "of buckets nothing is known");
    }
}
