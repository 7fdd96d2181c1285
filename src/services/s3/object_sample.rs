//! A sample of the objects in buckets that are replicated: what really happened to them.
//!
//! Only buckets with replication rules are looked into. Of the first thousand keys the ten newest objects are asked for their
//! replication status; their content is never read. A bucket with more keys may have newer objects beyond the sample.

use macro_rules_attribute::apply;

use super::bucket::Bucket;
use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{Found, reader, text, time};

/// That a bucket was sampled, and how many objects the sample has.
#[apply(row!)]
#[table("aws_s3_bucket_sample", key(arn))]
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
#[table("aws_s3_object_sample", key(arn, key), guard("aws_s3_bucket_sample", "sampled_count"))]
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
}

/// Keys that are looked at.
const KEYS: i32 = 1000;

/// Objects that are asked about.
const OBJECTS: usize = 10;

reader! {
    "s3/object_sample", Global, fills [Sample::TABLE, Object::TABLE], calls [call::ListObjectsV2, call::HeadObject],
    needs [Bucket::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn, name, region from aws_s3_bucket
        where account_id = ?1 and ?2 = 'global' and replication_rule_count > 0 and arn > ?3 order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(buckets) = found.next(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).await? {
        cx.each(buckets, |(arn, name, region): (String, String, String)| sample(&cx, arn, name, region)).await;
    }
    Ok(())
}

async fn sample(cx: &Cx, arn: String, name: String, region: String) {
    let s3: aws_sdk_s3::Client = cx.client_in(&region);
    let about = cx.about(Sample::TABLE, &arn, &["sampled_count", "has_more"]);
    let mut pages =
        about.pages(call::ListObjectsV2, |token| s3.list_objects_v2().bucket(&name).max_keys(KEYS).set_continuation_token(token).send());
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
            cx.each(objects, |object| head(cx, &s3, &arn, &name, &region, object)).await;
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

async fn head(cx: &Cx, s3: &aws_sdk_s3::Client, arn: &str, bucket: &str, region: &str, object: aws_sdk_s3::types::Object) {
    let key = text(object.key());
    let about = cx.about(Object::TABLE, arn, &["replication_status"]);
    let told = about.call(call::HeadObject, s3.head_object().bucket(bucket).key(&key).send()).await;
    let status = match told {
        Ok(told) => cx.word(Object::TABLE, arn, &["replication_status"], told.replication_status(), &[]).await,
        Err(Unread) => Fact::Unread,
    };
    cx.emit(Object {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: region.to_owned(),
        key,
        last_modified: time(object.last_modified()),
        size: Fact::told(object.size()),
        storage_class: text(object.storage_class().map(|class| class.as_str())),
        replication_status: status,
    })
    .await;
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
