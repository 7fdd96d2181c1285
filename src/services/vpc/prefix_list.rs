//! Managed prefix lists: ranges that have a name, AWS's own among them.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::Row;
use crate::inventory::table::row;
use crate::services::ec2::call;
use crate::services::{identified, reader, text};

/// A prefix list, as DescribeManagedPrefixLists tells it. CloudFront's is `com.amazonaws.global.cloudfront.origin-facing`.
#[apply(row!)]
#[table("aws_ec2_managed_prefix_list", key(arn))]
pub struct ManagedPrefixList {
    /// ARN of the prefix list.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `pl-…`.
    pub prefix_list_id: String,
    /// Its name.
    pub name: String,
    /// Account that owns it; `AWS` for AWS's own.
    pub owner_id: String,
    /// `IPv4` or `IPv6`.
    pub address_family: String,
}

reader! { "vpc/prefix_list", Regional, fills [ManagedPrefixList::TABLE], calls [call::DescribeManagedPrefixLists], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx
        .pages(call::DescribeManagedPrefixLists, |token| ec2.describe_managed_prefix_lists().max_results(100).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for list in page.prefix_lists() {
            let id = identified!(cx, call::DescribeManagedPrefixLists, list.prefix_list_id());
            let owner_id = list.owner_id().unwrap_or(cx.account_id());
            cx.emit(ManagedPrefixList {
                arn: list.prefix_list_arn().map_or_else(|| cx.arn_of("ec2", owner_id, &format!("prefix-list/{id}")), str::to_owned),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                prefix_list_id: id.to_owned(),
                name: text(list.prefix_list_name()),
                owner_id: owner_id.to_owned(),
                address_family: text(list.address_family()),
            })
            .await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    #[tokio::test]
    async fn stands_all_answers() {
        let one = "<prefixListSet><item><prefixListId>pl-1</prefixListId><prefixListName>com.amazonaws.global.cloudfront.origin-facing</prefixListName>
            <ownerId>AWS</ownerId></item></prefixListSet>";
        let script = Script::default().on("DescribeManagedPrefixLists", one);
        script.clone().four_answers(READER, call::DescribeManagedPrefixLists, "<prefixListSet/>", 1).await;
        let sql = "select arn, name from aws_ec2_managed_prefix_list";
        let told = "arn:aws:ec2:us-east-1:AWS:prefix-list/pl-1|com.amazonaws.global.cloudfront.origin-facing";
        assert_eq!(script.read(READER).await.one(sql), told);
    }
}
