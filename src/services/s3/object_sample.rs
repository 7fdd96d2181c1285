//! A sample of the objects in buckets that are replicated: what really happened to them.
//!
//! Only buckets with replication rules are looked into. Of the first thousand keys the ten newest objects are asked for their
//! replication status; their content is never read. A bucket with more keys may have newer objects beyond the sample. An object that
//! S3 calls replicated is looked for where the bucket's first rule leads.

use macro_rules_attribute::apply;

use super::bucket::{Bucket, ReplicationRule};
use super::call;
use super::replication_destination::Destination;
use crate::aws::{Cx, Failure, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{Found, reader, text, time};

/// That a bucket was sampled, and how many objects the sample has.
#[apply(row!)]
#[table("aws_s3_bucket_sample", key(arn), part_of("aws_s3_bucket", arn = arn), is(churn))]
pub struct Sample {
    /// ARN of the bucket.
    pub arn: String,
    /// Account that owns it.
    pub account_id: String,
    /// Region in which it lives.
    pub region: String,
    /// Name of the bucket.
    pub name: String,
    /// Objects in the sample; they are in `aws_s3_object_sample`.
    pub sampled_count: Fact<i64>,
    /// Whether there are more keys than were looked at.
    pub has_more: Fact<bool>,
}

/// An object of a sample, as ListObjectsV2 and HeadObject tell it.
#[apply(row!)]
#[table(
    "aws_s3_object_sample", key(arn, key),
    guard("aws_s3_bucket_sample", "sampled_count"),
    part_of("aws_s3_bucket_sample", arn = arn),
    is(churn)
)]
pub struct Object {
    /// ARN of the bucket.
    pub arn: String,
    /// Account that owns it.
    pub account_id: String,
    /// Region in which it lives.
    pub region: String,
    /// Key of the object.
    pub key: String,
    /// When it was written.
    pub last_modified: Time,
    /// Size in bytes.
    pub size: Fact<i64>,
    /// Storage class; '' for the standard one.
    pub storage_class: String,
    /// `PENDING`, `COMPLETED`, `FAILED` or `REPLICA`; '' when no rule matched it (HeadObject).
    pub replication_status: Fact<String>,
    /// How it is encrypted: `AES256`, `aws:kms`, `aws:kms:dsse`, or '' when S3 does not say (HeadObject).
    pub server_side_encryption: Fact<String>,
    /// For an object that is `COMPLETED`, the replication status of the object of that key in the destination (HeadObject):
    /// `REPLICA`, another word, `none` for an object that is no replica, `missing`, or `hidden` when this account may not look. ''
    /// for other objects.
    pub replica_status: Fact<String>,
}

/// Keys that are looked at.
const KEYS: i32 = 1000;

/// Objects that are asked about.
const OBJECTS: usize = 10;

reader! {
    "s3/object_sample", Global, fills [Sample::TABLE, Object::TABLE], calls [call::ListObjectsV2, call::HeadObject],
    needs [Bucket::TABLE, ReplicationRule::TABLE, Destination::TABLE], by read
}

/// A bucket: ARN, name, region; name and region of where its first active rule leads.
type Replicated = (String, String, String, Option<String>, Option<String>);

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select b.arn, b.name, b.region, d.destination_name, d.destination_region
        from aws_s3_bucket as b
        left join aws_s3_bucket_replication_destination as d on d.arn = b.arn and d.account_id = b.account_id and d.rule_index = (
            select r.rule_index from aws_s3_bucket_replication_rule as r
            where r.arn = b.arn and r.account_id = b.account_id and r.status = 'Enabled' order by r.priority desc, r.rule_index limit 1
        )
        where b.account_id = ?1 and ?2 = 'global' and b.replication_rule_count > 0 and b.arn > ?3 order by b.arn limit ?4";
    let mut found = Found::new(&cx, sql);
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    while let Some(buckets) = found.next(row).await? {
        cx.each(buckets, |bucket: Replicated| sample(&cx, bucket)).await;
    }
    Ok(())
}

async fn sample(cx: &Cx, bucket: Replicated) {
    let (arn, name, region, ..) = &bucket;
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let about = cx.about(Sample::TABLE, arn, &["sampled_count", "has_more"]);
    let mut pages =
        about.pages(call::ListObjectsV2, |token| s3.list_objects_v2().bucket(name).max_keys(KEYS).set_continuation_token(token).send());
    let page = pages.next(|page| page.next_continuation_token()).await;
    // The first page is all that is wanted.
    pages.stop().await;
    let (sampled_count, has_more) = match page {
        Err(Unread) => (Fact::Unread, Fact::Unread),
        Ok(None) => (Fact::Known(0), Fact::Known(false)),
        Ok(Some(page)) => {
            let mut objects: Vec<_> = page.contents().iter().filter(|object| object.key().is_some()).cloned().collect();
            objects.sort_by_key(|object| std::cmp::Reverse(object.last_modified().map_or(0, |moment| moment.secs())));
            objects.truncate(OBJECTS);
            let count = objects.len() as i64;
            cx.each(objects, |object| head(cx, &bucket, object)).await;
            (Fact::Known(count), Fact::told(page.is_truncated()))
        }
    };
    cx.emit(Sample {
        arn: arn.clone(),
        account_id: cx.account_id().to_owned(),
        region: region.clone(),
        name: name.clone(),
        sampled_count,
        has_more,
    })
    .await;
}

async fn head(cx: &Cx, bucket: &Replicated, object: aws_sdk_s3::types::Object) {
    let (arn, name, region, ..) = bucket;
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let key = text(object.key());
    let about = cx.about(Object::TABLE, arn, &["replication_status", "server_side_encryption", "replica_status"]);
    let told = Fact::from(about.call(call::HeadObject, s3.head_object().bucket(name).key(&key).send()).await);
    let replication_status = match &told {
        Fact::Known(told) => cx.word(Object::TABLE, arn, &["replication_status"], told.replication_status(), &[]).await,
        Fact::Unread => Fact::Unread,
    };
    let replica_status = match &replication_status {
        Fact::Known(status) if matches!(status.as_str(), "COMPLETED" | "COMPLETE") => replica(cx, bucket, &key).await,
        Fact::Known(_) => Fact::Known(String::new()),
        Fact::Unread => Fact::Unread,
    };
    cx.emit(Object {
        arn: arn.clone(),
        account_id: cx.account_id().to_owned(),
        region: region.clone(),
        key,
        last_modified: time(object.last_modified()),
        size: Fact::told(object.size()),
        storage_class: text(object.storage_class().map(|class| class.as_str())),
        replication_status,
        server_side_encryption: told.map(|told| text(told.server_side_encryption().map(|how| how.as_str()))),
        replica_status,
    })
    .await;
}

/// What became of an object at the other end.
async fn replica(cx: &Cx, bucket: &Replicated, key: &str) -> Fact<String> {
    let (arn, _, _, destination, region) = bucket;
    // No region, no answer: what kept it unread has its gap with the destination.
    let (Some(destination), Some(region)) = (destination, region) else { return Fact::Unread };
    if region.is_empty() {
        return Fact::Known("missing".to_owned());
    }
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let about = cx.about(Object::TABLE, arn, &["replica_status"]);
    let tells = |failure: &Failure| matches!(failure.status, Some(403 | 404));
    match about.probe(call::HeadObject, tells, s3.head_object().bucket(destination).key(key).send()).await {
        Ok(Ok(told)) => match cx.word(Object::TABLE, arn, &["replica_status"], told.replication_status(), &[]).await {
            Fact::Known(status) if status.is_empty() => Fact::Known("none".to_owned()),
            status => status,
        },
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

    const KEYS: &str = "<ListBucketResult><IsTruncated>false</IsTruncated>
        <Contents><Key>old</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Contents>
        <Contents><Key>new</Key><LastModified>2026-11-01T00:00:00Z</LastModified><Size>2</Size></Contents></ListBucketResult>";

    fn script() -> Script {
        let columns = "aws_s3_bucket (arn, account_id, region, name, replication_rule_count)";
        Script::default()
            .on("ListObjectsV2", KEYS)
            .on("HeadObject", "")
            .seed(columns, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 'docs', 1"))
            .seed(columns, &format!("'arn:aws:s3:::other', '{ACCOUNT}', 'eu-west-1', 'other', 0"))
            .seed(columns, &format!("'arn:aws:s3:::dark', '{ACCOUNT}', 'eu-west-1', 'dark', null"))
    }

    #[tokio::test]
    async fn looks_only_into_replicated_buckets() {
        let read = script().read(READER).await;
        assert_eq!(read.all("select name, sampled_count, has_more from aws_s3_bucket_sample"), ["docs|2|0"]);
        let sql = "select key, replication_status from aws_s3_object_sample order by last_modified desc";
        assert_eq!(read.all(sql), ["new|", "old|"]);
    }

    #[tokio::test]
    async fn an_object_that_is_replicated_is_looked_for_at_the_other_end() {
        const SQL: &str = "select replication_status, replica_status from aws_s3_object_sample order by key";
        let columns = "aws_s3_bucket_replication_destination (arn, account_id, region, rule_index, destination_name, destination_region)";
        let there = |script: Script| {
            script
                .seed(
                    "aws_s3_bucket_replication_rule (arn, account_id, region, rule_index, priority, status)",
                    &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 0, 1, 'Enabled'"),
                )
                .seed(columns, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'eu-west-1', 0, 'copy', 'us-east-1'"))
        };
        let completed = || Script::default().on_head("HeadObject", "docs", "x-amz-replication-status", "COMPLETED");
        let copied = completed().on_head("HeadObject", "copy", "x-amz-replication-status", "REPLICA").followed_by(there(script()));
        assert_eq!(copied.read(READER).await.all(SQL), ["COMPLETED|REPLICA", "COMPLETED|REPLICA"]);
        let lost = completed().fails_match("HeadObject", "copy", 404, "NotFound").followed_by(there(script()));
        assert_eq!(lost.read(READER).await.all(SQL), ["COMPLETED|missing", "COMPLETED|missing"]);
        let theirs = completed().fails_match("HeadObject", "copy", 403, "AccessDenied").followed_by(there(script()));
        assert_eq!(theirs.read(READER).await.all(SQL), ["COMPLETED|hidden", "COMPLETED|hidden"]);
        let unknown = completed().followed_by(script());
        assert_eq!(unknown.read(READER).await.all(SQL), ["COMPLETED|unread", "COMPLETED|unread"]);
    }

    #[tokio::test]
    async fn a_denied_list_is_no_empty_sample() {
        let read = script().read_with(READER, call::ListObjectsV2, Fault::Denied).await;
        assert_eq!(read.one("select sampled_count from aws_s3_bucket_sample"), "unread");
        let read = script().read_with(READER, call::HeadObject, Fault::Denied).await;
        assert_eq!(read.all("select replication_status from aws_s3_object_sample"), ["unread", "unread"]);
    }

    #[tokio::test]
    async fn an_empty_bucket_has_an_empty_sample() {
        let script = Script::default().on("ListObjectsV2", "<ListBucketResult/>").followed_by(script());
        assert_eq!(script.read(READER).await.one("select sampled_count from aws_s3_bucket_sample"), "0");
    }
}
