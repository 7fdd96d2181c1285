//! Who refers to which bucket, and whether that bucket is there and the account's own.
//!
//! A name that nobody has can be taken by anybody, in any account. Whether a bucket is the account's own is decided by the account's
//! list, never by HeadBucket: it answers 403 for foreign buckets and for one's own behind a deny alike.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use std::collections::HashMap;

use macro_rules_attribute::apply;

use super::bucket::{Bucket, ReplicationRule};
use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::apigateway::domain_name::DomainName;
use crate::services::iam::{InlinePolicy, InlineStatement, Policy, PolicyStatement};
use crate::services::vpc::flow_log::FlowLog;
use crate::services::{Found, reader};

/// Something in the account that names a bucket, and what HeadBucket says of that name.
#[apply(row!)]
#[table("aws_s3_bucket_reference", key(arn, kind, bucket_name))]
pub struct Reference {
    /// ARN of what refers to the bucket; for `service_default` that of the region (`aws_region.arn`).
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of what refers to the bucket.
    pub region: String,
    /// `access_log`, `replication`, `flow_log`, `truststore`, `iam_policy`, or `service_default` for a name that a tool of AWS's own
    /// (CDK, Glue, SageMaker, …) would take in that region.
    pub kind: String,
    /// Name of the bucket.
    pub bucket_name: String,
    /// Account that the reference expects to own the bucket, or ''.
    pub expected_account_id: String,
    /// `own`: it is in the account's list. `missing`: nobody has a bucket of that name. `foreign`: another account's, and open to
    /// this one. `hidden`: there is one, and this account may not look at it.
    pub found: Fact<String>,
}

reader! {
    "s3/reference", Global, fills [Reference::TABLE], calls [call::HeadBucket],
    needs [
        Bucket::TABLE, ReplicationRule::TABLE, FlowLog::TABLE, DomainName::TABLE, Policy::TABLE, PolicyStatement::TABLE,
        InlinePolicy::TABLE, InlineStatement::TABLE
    ], by read
}

const REFERENCES: &str = include_str!("reference.sql");

async fn read(cx: Cx) -> Result<(), Unread> {
    let mut known: HashMap<String, Fact<String>> = HashMap::new();
    let mut found = Found::new(&cx, REFERENCES);
    type Line = (String, String, String, String, String, bool);
    let line = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?));
    while let Some(lines) = found.next(line).await? {
        let lines: Vec<Line> = lines;
        for (arn, region, kind, bucket_name, expected_account_id, is_own) in lines {
            let found = match known.get(&bucket_name) {
                _ if is_own => Fact::Known("own".to_owned()),
                Some(found) => found.clone(),
                None => {
                    let about = if arn.is_empty() { cx.global_arn("s3", "", &bucket_name) } else { arn.clone() };
                    let found = probe(&cx, &about, &bucket_name).await;
                    known.insert(bucket_name.clone(), found.clone());
                    found
                }
            };
            let account_id = cx.account_id().to_owned();
            let arn = if arn.is_empty() { cx.global_arn("account", &account_id, &format!("region/{region}")) } else { arn };
            cx.emit(Reference { arn, account_id, region, kind, bucket_name, expected_account_id, found }).await;
        }
    }
    Ok(())
}

/// What HeadBucket says of a name that is not in the account's list. Its answer is a status and nothing else.
async fn probe(cx: &Cx, arn: &str, name: &str) -> Fact<String> {
    let s3: aws_sdk_s3::Client = cx.client();
    let about = cx.about(Reference::TABLE, arn, &["found"]);
    let tells = |failure: &crate::aws::Failure| matches!(failure.status, Some(301 | 307 | 400 | 403 | 404));
    match about.probe(call::HeadBucket, tells, s3.head_bucket().bucket(name).send()).await {
        Ok(Ok(_)) => Fact::Known("foreign".to_owned()),
        Ok(Err(failure)) if failure.status == Some(404) => Fact::Known("missing".to_owned()),
        Ok(Err(_)) => Fact::Known("hidden".to_owned()),
        Err(Unread) => Fact::Unread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    fn script() -> Script {
        let bucket = "aws_s3_bucket (arn, account_id, region, name, logging_target_bucket)";
        Script::default()
            .seed(bucket, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 'docs', 'logs'"))
            .seed(bucket, &format!("'arn:aws:s3:::logs', '{ACCOUNT}', 'eu-west-1', 'logs', ''"))
            .seed(bucket, &format!("'arn:aws:s3:::more', '{ACCOUNT}', 'eu-west-1', 'more', 'gone'"))
            .seed(
                "aws_s3_bucket_replication_rule (arn, account_id, region, destination_bucket_arn, destination_account)",
                &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 'arn:aws:s3:::theirs', '999988887777'"),
            )
            .seed("aws_iam_policy (arn, account_id, region, is_aws_managed)", &format!("'arn:p', '{ACCOUNT}', 'global', 0"))
            .seed(
                "aws_iam_policy_statement (arn, account_id, region, resources)",
                &format!(r#"'arn:p', '{ACCOUNT}', 'global', '["arn:aws:s3:::gone/*","arn:aws:s3:::wild*/x","*"]'"#),
            )
            .fails_match("HeadBucket", "gone", 404, "NotFound")
            .fails_match("HeadBucket", "theirs", 403, "AccessDenied")
    }

    const SQL: &str = "select kind, bucket_name, found, expected_account_id from aws_s3_bucket_reference order by 1, 2";

    #[tokio::test]
    async fn tells_own_missing_and_hidden() {
        let read = script().read(READER).await;
        assert!(read.is_complete, "{:?}", read.gaps());
        assert_eq!(
            read.all(SQL),
            ["access_log|gone|missing|", "access_log|logs|own|", "iam_policy|gone|missing|", "replication|theirs|hidden|999988887777"]
        );
        assert_eq!(read.one("select count(*) from ledger where resource <> ''"), "2", "a name is asked about once");
    }

    #[tokio::test]
    async fn names_that_aws_would_take_are_probed_in_every_region() {
        let script = Script::default()
            .seed("place", &format!("'{ACCOUNT}', 'eu-west-1', 1"))
            .fails_match("HeadBucket", "cdk-hnb659fds", 403, "AccessDenied")
            .fails("HeadBucket", 404, "NotFound");
        let read = script.read(READER).await;
        let taken = "select arn, bucket_name from aws_s3_bucket_reference where kind = 'service_default' and found = 'hidden'";
        assert_eq!(read.one(taken), format!("arn:aws:account::{ACCOUNT}:region/eu-west-1|cdk-hnb659fds-assets-{ACCOUNT}-eu-west-1"));
        assert_eq!(read.count("aws_s3_bucket_reference"), 7);
    }

    #[tokio::test]
    async fn an_unanswered_probe_is_unread() {
        let read = script().read_with(READER, call::HeadBucket, Fault::Throttled).await;
        assert_eq!(read.all(SQL)[0], "access_log|gone|unread|");
        let nothing = Script::default().read(READER).await;
        assert!(nothing.is_complete);
    }
}
