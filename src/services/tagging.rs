//! The Resource Groups Tagging API: the tags of everything of a kind, a hundred resources a call, where the service itself tells
//! them of one resource a call.

use std::collections::HashMap;

use crate::aws::{Api, Cx, Quota, Unread, Wire, calls, client};
use crate::inventory::Json;

/// The API.
pub const TAGGING: &Api = &Api { id: "Resource Groups Tagging API", prefix: "tag", quota: Quota::each(10.0, 20), wire: Wire::AwsJson };

calls! { TAGGING "tag": GetResources }

client!(aws_sdk_resourcegroupstagging, TAGGING);

/// The most resources on a page. <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
const PAGE: i32 = 100;

/// The tags of a region's resources of a kind, by ARN: `kind` is what the ARN says before the name, as in `log-group`. What is not among
/// them has none: the call tells of everything that is tagged or ever was.
///
/// # Errors
/// [`Unread`] when a page could not be read, or told of a resource in a form that the service itself does not use: compared with it, all
/// would seem to have no tags. The gap is recorded.
pub(crate) async fn of_kind(cx: &Cx, service: &str, kind: &str) -> Result<HashMap<String, Json>, Unread> {
    let tagging: aws_sdk_resourcegroupstagging::Client = cx.client();
    let ask = |token| tagging.get_resources().resource_type_filters(service).resources_per_page(PAGE).set_pagination_token(token).send();
    let mut pages = cx.pages(call::GetResources, ask);
    let mut tags = HashMap::new();
    while let Some(page) = pages.next(|page| page.pagination_token()).await? {
        for resource in page.resource_tag_mapping_list() {
            let lacking = match resource.resource_arn().map(|arn| told(arn, service, kind)) {
                Some(Told::Resource(arn)) => {
                    tags.insert(arn.to_owned(), Json::map(resource.tags().iter().map(|tag| (tag.key(), tag.value()))));
                    continue;
                }
                Some(Told::OtherKind) => continue,
                Some(Told::Unclear) => "has a resource's ARN in an unknown form",
                None => "lacks a resource's ARN",
            };
            pages.stop().await;
            return Err(cx.malformed(call::GetResources, lacking).await);
        }
    }
    Ok(tags)
}

/// What an ARN of the answer is.
enum Told<'a> {
    /// The ARN as the service has it.
    Resource(&'a str),
    OtherKind,
    Unclear,
}

fn told<'a>(arn: &'a str, service: &str, kind: &str) -> Told<'a> {
    // A log group may be told with what follows it for its streams.
    let arn = arn.strip_suffix(":*").unwrap_or(arn);
    match *arn.split(':').collect::<Vec<_>>() {
        ["arn", _, of, region, account, what, name] if of == service && what == kind => {
            if [region, account, name].contains(&"") {
                Told::Unclear
            } else {
                Told::Resource(arn)
            }
        }
        ["arn", _, of, _, _, what, ..] if of == service && what != kind => Told::OtherKind,
        _ => Told::Unclear,
    }
}
