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

/// The tags of a service's resources in a region, by ARN. What is not among them has none: the call tells of everything that is tagged
/// or ever was.
///
/// # Errors
/// [`Unread`] when a page could not be read; the gap is recorded.
pub(crate) async fn of_service(cx: &Cx, service: &str) -> Result<HashMap<String, Json>, Unread> {
    let tagging: aws_sdk_resourcegroupstagging::Client = cx.client();
    let ask = |token| tagging.get_resources().resource_type_filters(service).resources_per_page(PAGE).set_pagination_token(token).send();
    let mut pages = cx.pages(call::GetResources, ask);
    let mut tags = HashMap::new();
    while let Some(page) = pages.next(|page| page.pagination_token()).await? {
        for resource in page.resource_tag_mapping_list() {
            let Some(arn) = resource.resource_arn() else {
                pages.stop().await;
                return Err(cx.malformed(call::GetResources, "lacks a resource's ARN").await);
            };
            // A log group may be told with what follows it for its streams.
            tags.insert(arn.trim_end_matches(":*").to_owned(), Json::map(resource.tags().iter().map(|tag| (tag.key(), tag.value()))));
        }
    }
    Ok(tags)
}
