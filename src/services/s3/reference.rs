//! Who refers to which bucket, and whether that bucket is there and the account's own.
//!
//! A name that nobody has can be taken by anybody, in any account. Whether a bucket is the account's own is decided by the account's
//! list, never by HeadBucket: it answers 403 for foreign buckets and for one's own behind a deny alike (see `head`).

use std::collections::{BTreeMap, HashMap};

use macro_rules_attribute::apply;
use tokio::sync::Mutex;

use super::bucket::{Bucket, ReplicationRule};
use super::call;
use super::head::{Control, is_refused, is_told};
use super::replication_destination::Destination;
use crate::aws::{Cx, Failure, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Outcome, Row};
use crate::services::apigateway::domain_name::DomainName;
use crate::services::iam::{InlinePolicy, InlineStatement, Policy, PolicyStatement};
use crate::services::vpc::flow_log::FlowLog;
use crate::services::{Found, reader};

/// Something in the account that names a bucket, and what HeadBucket says of that name.
#[apply(row!)]
#[table("aws_s3_bucket_reference", key(arn, kind, bucket_name), is(derived))]
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
    /// Name of the bucket; NULL when it could not be read to which bucket this refers.
    pub bucket_name: Fact<String>,
    /// Account that the reference expects to own the bucket, or ''.
    pub expected_account_id: String,
    /// `own`: it is in the account's list. `missing`: nobody has a bucket of that name. `foreign`: another account's, and open to
    /// this one. `hidden`: there is one, and this account may not look at it.
    pub found: Fact<String>,
}

reader! {
    "s3/reference", Global, fills [Reference::TABLE], calls [call::HeadBucket],
    needs [
        Bucket::TABLE, ReplicationRule::TABLE, Destination::TABLE, FlowLog::TABLE, DomainName::TABLE, Policy::TABLE,
        PolicyStatement::TABLE, InlinePolicy::TABLE, InlineStatement::TABLE
    ], by read
}

const REFERENCES: &str = include_str!("reference.sql");

async fn read(cx: Cx) -> Result<(), Unread> {
    let mut known = destinations(&cx).await?;
    let control = Control::new(Reference::TABLE, "control");
    let mut found = Found::new(&cx, REFERENCES);
    while let Some(lines) = found.next(Line::of).await? {
        let strange: BTreeMap<String, String> = lines.iter().rev().filter_map(|line| line.strange(&cx, &known)).collect();
        let told = Mutex::new(&mut known);
        cx.each_small(strange, async |(name, about)| {
            let found = probe(&cx, &about, &name, &control).await;
            told.lock().await.insert(name, found);
        })
        .await;
        for line in lines {
            let arn = line.referrer(&cx);
            let found = match line.bucket_name.as_ref().map(|name| known.get(name)) {
                None => untold(&cx, &arn, line.why).await,
                Some(_) if line.is_own => Fact::Known("own".to_owned()),
                Some(found) => found.cloned().unwrap_or(Fact::Unread),
            };
            cx.emit(Reference {
                arn,
                account_id: cx.account_id().to_owned(),
                region: line.region,
                kind: line.kind,
                bucket_name: Fact::told(line.bucket_name),
                expected_account_id: line.expected_account_id,
                found,
            })
            .await;
        }
    }
    Ok(())
}

/// What is known already of the buckets that replication leads to: nobody is asked twice.
async fn destinations(cx: &Cx) -> Result<HashMap<String, Fact<String>>, Unread> {
    let sql = "select destination_name, iif(max(found) = 'expected', 'foreign', max(found))
        from aws_s3_bucket_replication_destination
        where account_id = ?1 and ?2 = 'global' and found in ('missing', 'expected', 'foreign', 'hidden') and destination_name > ?3
        group by destination_name order by destination_name limit ?4";
    let mut known = HashMap::new();
    let mut asked = Found::new(cx, sql);
    while let Some(buckets) = asked.next(|row| Ok((row.get(0)?, row.get(1)?))).await? {
        known.extend(buckets.into_iter().map(|(name, found): (String, String)| (name, Fact::Known(found))));
    }
    Ok(known)
}

/// A line of `reference.sql`.
struct Line {
    arn: String,
    region: String,
    kind: String,
    bucket_name: Option<String>,
    expected_account_id: String,
    /// Why the name was not read: action, outcome, code and message, as JSON.
    why: Option<String>,
    is_own: bool,
}

impl Line {
    /// The ARN of what refers to the bucket; of a region, for a bucket that driftlead thinks of by itself.
    fn referrer(&self, cx: &Cx) -> String {
        match self.arn.as_str() {
            "" => cx.global_arn("account", cx.account_id(), &format!("region/{}", self.region)),
            arn => arn.to_owned(),
        }
    }

    /// The bucket, if nothing is known of it yet, and the ARN that the question is about.
    fn strange(&self, cx: &Cx, known: &HashMap<String, Fact<String>>) -> Option<(String, String)> {
        let name = self.bucket_name.as_ref().filter(|name| !self.is_own && !known.contains_key(*name))?;
        let about = if self.arn.is_empty() { cx.global_arn("s3", "", name) } else { self.arn.clone() };
        Some((name.clone(), about))
    }

    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            arn: row.get(1)?,
            region: row.get(2)?,
            kind: row.get(3)?,
            bucket_name: row.get(4)?,
            expected_account_id: row.get(5)?,
            why: row.get(6)?,
            is_own: row.get(7)?,
        })
    }
}

/// Passes on why it was not read to which bucket something refers.
async fn untold(cx: &Cx, arn: &str, why: Option<String>) -> Fact<String> {
    let why = why.and_then(|why| serde_json::from_str::<[String; 4]>(&why).ok());
    let [action, outcome, code, message] = why.unwrap_or_else(|| ["", "failed", "", "it was left out"].map(str::to_owned));
    let failure = Failure { outcome: Outcome::from_word(&outcome), code, message, status: None };
    cx.about(Reference::TABLE, arn, &["bucket_name", "found"]).needed("it", action, &failure).await;
    Fact::Unread
}

/// What HeadBucket says of a name that is not in the account's list. Its answer is a status and nothing else.
async fn probe(cx: &Cx, arn: &str, name: &str, control: &Control) -> Fact<String> {
    let s3: aws_sdk_s3::Client = cx.client();
    let about = cx.about(Reference::TABLE, arn, &["found"]);
    let asked = s3.head_bucket().bucket(name).send();
    match about.probe_held(call::HeadBucket, is_told, is_refused, control.is_heard_now(cx), asked).await {
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

    const POLICY: &str = "aws_iam_policy (arn, account_id, region, is_aws_managed, statement_count)";

    fn script() -> Script {
        let bucket = "aws_s3_bucket (arn, account_id, region, name, logging_target_bucket, replication_rule_count)";
        Script::default()
            .seed(bucket, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 'docs', 'logs', 1"))
            .seed(bucket, &format!("'arn:aws:s3:::logs', '{ACCOUNT}', 'eu-west-1', 'logs', '', 0"))
            .seed(bucket, &format!("'arn:aws:s3:::more', '{ACCOUNT}', 'eu-west-1', 'more', 'gone', 0"))
            .seed(
                "aws_s3_bucket_replication_rule (arn, account_id, region, destination_bucket_arn, destination_account)",
                &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 'arn:aws:s3:::theirs', '999988887777'"),
            )
            .seed(POLICY, &format!("'arn:p', '{ACCOUNT}', 'global', 0, 1"))
            .seed(
                "aws_iam_policy_statement (arn, account_id, region, effect, resources)",
                &format!(r#"'arn:p', '{ACCOUNT}', 'global', 'Allow', '["arn:aws:s3:::gone/*","arn:aws:s3:::wild*/x","*"]'"#),
            )
            .fails_match("HeadBucket", "gone", 404, "NotFound")
            .fails_match("HeadBucket", "theirs", 403, "AccessDenied")
            .fails_match("HeadBucket", "driftlead-control", 404, "NotFound")
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
        assert_eq!(read.one("select count(*) from ledger where resource <> ''"), "3", "a name is asked about once, and the control");
    }

    #[tokio::test]
    async fn what_is_known_of_a_destination_is_not_asked_again() {
        let columns = "aws_s3_bucket_replication_destination (arn, account_id, region, destination_name, found)";
        let read = script().seed(columns, &format!("'arn:b', '{ACCOUNT}', 'eu-west-1', 'theirs', 'expected'")).read(READER).await;
        assert_eq!(read.all(SQL)[3], "replication|theirs|foreign|999988887777");
        assert_eq!(read.one("select count(*) from ledger where resource <> ''"), "1", "a refusal calls for a control, and there is none");
    }

    #[tokio::test]
    async fn a_caller_who_may_not_ask_learns_nothing_from_a_403() {
        let read = script().read_with(READER, call::HeadBucket, Fault::Denied).await;
        assert_eq!(read.all(SQL)[0], "access_log|gone|unread|");
        assert_eq!(read.all(SQL)[3], "replication|theirs|unread|999988887777");
        assert!(read.gaps().iter().all(|gap| gap.2 == "s3:ListBucket" && gap.3 == "denied"), "{:?}", read.gaps());
        assert!(!read.gaps().is_empty());
    }

    #[tokio::test]
    async fn a_deny_refers_to_nothing() {
        let script = Script::default()
            .seed(POLICY, &format!("'arn:p', '{ACCOUNT}', 'global', 0, null"))
            .seed(POLICY, &format!("'arn:q', '{ACCOUNT}', 'global', 0, 1"))
            .seed(
                "aws_iam_policy_statement (arn, account_id, region, effect, resources)",
                &format!(r#"'arn:q', '{ACCOUNT}', 'global', 'Deny', '["arn:aws:s3:::gone/*"]'"#),
            );
        let read = script.read(READER).await;
        assert_eq!(read.all("select arn, kind, bucket_name, found from aws_s3_bucket_reference"), ["arn:p|iam_policy|unread|unread"]);
    }

    #[tokio::test]
    async fn what_could_not_be_read_is_named_with_the_action_that_was_missing() {
        let read = Script::default()
            .seed(
                "aws_s3_bucket (arn, account_id, region, name, replication_rule_count)",
                &format!("'arn:b', '{ACCOUNT}', 'eu-west-1', 'b', 0"),
            )
            .seed(
                "gap (table_name, account_id, region, resource, columns, action, outcome, code, message)",
                &format!("'aws_s3_bucket', '{ACCOUNT}', 'global', 'arn:b', '[]', 's3:GetBucketLogging', 'denied', 'AccessDenied', 'no'"),
            )
            .read(READER)
            .await;
        assert_eq!(read.all(SQL), ["access_log|unread|unread|"]);
        let gap = ("aws_s3_bucket_reference", "arn:b", "s3:GetBucketLogging", "denied");
        assert!(read.is_complete && read.gaps().iter().any(|(t, r, a, o)| (t.as_str(), r.as_str(), a.as_str(), o.as_str()) == gap));
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
