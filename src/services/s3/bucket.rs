//! Buckets: the list, and every setting of each. The settings are asked for in `bucket_facts.rs`, all at once.

use macro_rules_attribute::apply;
use serde::de::IgnoredAny;

use super::bucket_facts::Facts;
use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::statement::{emit_statements, statement_table};
use crate::services::{identified, reader, text, time};

/// A bucket, as ListBuckets and the calls about its settings tell it.
#[apply(row!)]
#[table("aws_s3_bucket", key(arn))]
pub struct Bucket {
    /// `arn:PARTITION:s3:::NAME`.
    pub arn: String,
    /// Account that owns it: the one that was read.
    pub account_id: String,
    /// Region in which it lives; `unknown` if S3 would not say.
    pub region: String,
    /// Name of the bucket.
    pub name: String,
    /// When it was made.
    pub creation_date: Time,
    /// `Enabled`, `Suspended`, or '' when it never was enabled (GetBucketVersioning).
    pub versioning: Fact<String>,
    /// `Enabled`, `Disabled`, or '' when it never was set (GetBucketVersioning).
    pub mfa_delete: Fact<String>,
    /// Role that replicates, or '' without replication (GetBucketReplication).
    pub replication_role_arn: Fact<String>,
    /// How many replication rules there are; they are in `aws_s3_bucket_replication_rule`.
    #[is(derived)]
    pub replication_rule_count: Fact<i64>,
    /// Default encryption: `AES256`, `aws:kms`, `aws:kms:dsse`, or '' without any (GetBucketEncryption).
    pub encryption: Fact<String>,
    /// Key of the default encryption; '' for S3's own or AWS's managed one.
    pub kms_key_id: Fact<String>,
    /// Whether a bucket key saves calls to KMS.
    pub bucket_key_enabled: Fact<bool>,
    /// Whether new public ACLs are refused (GetPublicAccessBlock). False without a block.
    pub block_public_acls: Fact<bool>,
    /// Whether public ACLs that are there are ignored.
    pub ignore_public_acls: Fact<bool>,
    /// Whether new public policies are refused.
    pub block_public_policy: Fact<bool>,
    /// Whether the bucket is closed to strangers if its policy is public.
    pub restrict_public_buckets: Fact<bool>,
    /// Policy as a JSON document, or '' (GetBucketPolicy).
    pub policy: Fact<String>,
    /// How many statements the policy has; they are in `aws_s3_bucket_policy_statement`. Unread also for a policy that cannot be
    /// understood.
    #[is(derived)]
    pub policy_statement_count: Fact<i64>,
    /// Whether S3 itself calls the policy public (GetBucketPolicyStatus). False without a policy.
    #[is(derived)]
    pub policy_is_public: Fact<bool>,
    /// Grants of the ACL, a list of `{"grantee", "permission"}` (GetBucketAcl).
    pub acl_grants: Fact<Json>,
    /// Whether the ACL lets everybody, or everybody with an AWS account, do something.
    #[is(derived)]
    pub acl_is_public: Fact<bool>,
    /// `BucketOwnerEnforced` (ACLs are off), `BucketOwnerPreferred`, `ObjectWriter`, or '' (GetBucketOwnershipControls).
    pub object_ownership: Fact<String>,
    /// Lifecycle rules, a list of `{"id", "status", "prefix", "expiration_days", "expiration_date", "noncurrent_days",
    /// "abort_multipart_days", "transitions"}`; 0 days, or the date '', where a rule has no such action (GetBucketLifecycleConfiguration).
    pub lifecycle_rules: Fact<Json>,
    /// Bucket to which access is logged, or '' (GetBucketLogging).
    pub logging_target_bucket: Fact<String>,
    /// Prefix of those logs.
    pub logging_target_prefix: Fact<String>,
    /// Whether object lock is on (GetObjectLockConfiguration).
    pub object_lock_enabled: Fact<bool>,
    /// Default retention: `COMPLIANCE`, `GOVERNANCE`, or ''.
    pub object_lock_mode: Fact<String>,
    /// Days of the default retention; years count 365; 0 without any.
    pub object_lock_days: Fact<i64>,
    /// Events of which somebody is told, a list (GetBucketNotificationConfiguration).
    pub notification_events: Fact<Json>,
    /// Tags, a map (GetBucketTagging).
    pub tags: Fact<Json>,
}

/// A replication rule of a bucket, as GetBucketReplication tells it.
#[apply(row!)]
#[table(
    "aws_s3_bucket_replication_rule", key(arn, rule_index),
    guard("aws_s3_bucket", "replication_rule_count"),
    part_of("aws_s3_bucket", arn = arn)
)]
pub struct ReplicationRule {
    /// ARN of the source bucket.
    pub arn: String,
    /// Account that owns the source bucket.
    pub account_id: String,
    /// Region of the source bucket.
    pub region: String,
    /// Its place in the configuration, from 0.
    pub rule_index: i64,
    /// Its id, or ''.
    pub rule_id: String,
    /// Its priority: among rules for the same destination the highest wins. 0 for the oldest form of rule, which has none.
    pub priority: i64,
    /// `Enabled` or `Disabled`.
    pub status: Fact<String>,
    /// Prefix to which it applies; '' for all.
    pub prefix: String,
    /// Tags to which it applies, a map; '{}' for all.
    pub filter_tags: Json,
    /// ARN of the destination bucket.
    pub destination_bucket_arn: String,
    /// Account that owns the destination, if the rule names it, or ''.
    pub destination_account: String,
    /// Who shall own the replicas: `Destination` for the owner of the destination bucket, or '' for that of the source.
    pub replica_owner: String,
    /// Storage class of the replicas; '' for that of the source.
    pub replica_storage_class: String,
    /// Key that encrypts the replicas, or ''.
    pub replica_kms_key_id: String,
    /// Whether objects under SSE-KMS are replicated: `Enabled`, `Disabled`, or '' (which means they are not).
    pub sse_kms_objects: String,
    /// Whether changes that were made to replicas here are replicated back: `Enabled`, `Disabled`, or ''.
    pub replica_modifications: String,
    /// Whether it is of the oldest form, without a filter: such rules replicate delete markers.
    pub is_v1: bool,
    /// Whether delete markers are replicated: `Enabled`, `Disabled`, or ''.
    pub delete_marker_replication: String,
    /// Whether replication metrics are published: `Enabled`, `Disabled`, or ''.
    pub metrics: String,
    /// Minutes within which S3 promises to replicate (Replication Time Control); 0 without the promise.
    pub replication_time_minutes: i64,
}

statement_table! {
    "A statement of a bucket's policy."
    BucketStatement, "aws_s3_bucket_policy_statement", guard("aws_s3_bucket", "policy_statement_count")
}

reader! {
    "s3/bucket", Global, fills [Bucket::TABLE, ReplicationRule::TABLE, BucketStatement::TABLE],
    calls [
        call::ListBuckets, call::GetBucketLocation, call::GetBucketVersioning, call::GetBucketReplication,
        call::GetBucketEncryption, call::GetPublicAccessBlock, call::GetBucketPolicy, call::GetBucketPolicyStatus,
        call::GetBucketAcl, call::GetBucketOwnershipControls, call::GetBucketLifecycleConfiguration, call::GetBucketLogging,
        call::GetObjectLockConfiguration, call::GetBucketNotificationConfiguration, call::GetBucketTagging
    ], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let s3: aws_sdk_s3::Client = cx.client();
    let mut pages = cx.pages(call::ListBuckets, |token| {
        // Without MaxBuckets there are neither pages nor regions in the answer.
        s3.list_buckets().max_buckets(1000).set_continuation_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.continuation_token()).await? {
        let mut buckets = Vec::new();
        for bucket in page.buckets() {
            let name = identified!(cx, call::ListBuckets, bucket.name());
            buckets.push((name.to_owned(), bucket.bucket_region().map(str::to_owned), time(bucket.creation_date())));
        }
        cx.each(buckets, |(name, region, created)| read_one(&cx, name, region, created)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, name: String, region: Option<String>, creation_date: Time) {
    let arn = cx.global_arn("s3", "", &name);
    let region = match region {
        Some(region) => region,
        None => location(cx, &arn, &name).await,
    };
    let facts = Facts::ask(cx, &arn, &name, &region).await;
    let table = Bucket::TABLE;
    let (replication_role_arn, replication_rule_count) = emit_rules(cx, &arn, &region, &facts).await;
    let parent = (table, arn.as_str(), region.as_str());
    let policy = facts.policy();
    // The answer is the document itself: what is no JSON broke off on its way.
    let is_torn = policy.as_ref().known().is_some_and(|text| !text.is_empty() && serde_json::from_str::<IgnoredAny>(text).is_err());
    let columns: &[&str] = if is_torn { &["policy", "policy_statement_count"] } else { &["policy_statement_count"] };
    let policy_statement_count = emit_statements::<BucketStatement>(cx, parent, columns, call::GetBucketPolicy, &policy).await;
    let policy = if is_torn { Fact::Unread } else { policy };
    let (encryption, kms_key_id, bucket_key_enabled) = facts.encryption(cx, &arn).await;
    let [block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets] = facts.public_access_block();
    let (acl_grants, acl_is_public) = facts.acl();
    let (logging_target_bucket, logging_target_prefix) = facts.logging();
    let (object_lock_enabled, object_lock_mode, object_lock_days) = facts.object_lock();
    let (versioning, mfa_delete) = facts.versioning(cx, &arn).await;
    cx.emit(Bucket {
        account_id: cx.account_id().to_owned(),
        name,
        creation_date,
        versioning,
        mfa_delete,
        replication_role_arn,
        replication_rule_count,
        encryption,
        kms_key_id,
        bucket_key_enabled,
        block_public_acls,
        ignore_public_acls,
        block_public_policy,
        restrict_public_buckets,
        policy_statement_count,
        policy_is_public: facts.policy_is_public(),
        policy,
        acl_grants,
        acl_is_public,
        object_ownership: facts.object_ownership(cx, &arn).await,
        lifecycle_rules: facts.lifecycle(),
        logging_target_bucket,
        logging_target_prefix,
        object_lock_enabled,
        object_lock_mode,
        object_lock_days,
        notification_events: facts.notification_events(),
        tags: facts.tags(),
        region: region.clone(),
        arn: arn.clone(),
    })
    .await;
}

/// Where a bucket lives, for an answer that does not say. Buckets in us-east-1 have an empty location.
async fn location(cx: &Cx, arn: &str, name: &str) -> String {
    let s3: aws_sdk_s3::Client = cx.client();
    let about = cx.about(Bucket::TABLE, arn, &["region"]);
    match about.call(call::GetBucketLocation, s3.get_bucket_location().bucket(name).send()).await {
        Ok(told) => match told.location_constraint().map(|constraint| constraint.as_str()) {
            None | Some("") => "us-east-1".to_owned(),
            Some("EU") => "eu-west-1".to_owned(),
            Some(region) => region.to_owned(),
        },
        Err(Unread) => "unknown".to_owned(),
    }
}

async fn emit_rules(cx: &Cx, arn: &str, region: &str, facts: &Facts) -> (Fact<String>, Fact<i64>) {
    let replication = match &facts.replication {
        Err(Unread) => return (Fact::Unread, Fact::Unread),
        Ok(None) => return (Fact::Known(String::new()), Fact::Known(0)),
        Ok(Some(told)) => told.replication_configuration(),
    };
    let Some(replication) = replication else { return (Fact::Unread, Fact::Unread) };
    for (i, rule) in replication.rules().iter().enumerate() {
        let (prefix, filter_tags) = filter(rule);
        let destination = rule.destination();
        let selected = rule.source_selection_criteria();
        let criteria = selected.and_then(|criteria| criteria.sse_kms_encrypted_objects());
        let modifications = selected.and_then(|criteria| criteria.replica_modifications());
        let translation = destination.and_then(|to| to.access_control_translation());
        let promise = destination.and_then(|to| to.replication_time()).filter(|promise| promise.status().as_str() == "Enabled");
        let markers = rule.delete_marker_replication().and_then(|markers| markers.status());
        cx.emit(ReplicationRule {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: region.to_owned(),
            rule_index: i as i64,
            rule_id: text(rule.id()),
            priority: rule.priority().map_or(0, i64::from),
            status: cx.word(ReplicationRule::TABLE, arn, &["status"], Some(rule.status()), &[]).await,
            prefix,
            filter_tags,
            destination_bucket_arn: text(destination.map(|to| to.bucket())),
            destination_account: text(destination.and_then(|to| to.account())),
            replica_owner: text(translation.map(|translation| translation.owner().as_str())),
            replica_storage_class: text(destination.and_then(|to| to.storage_class()).map(|class| class.as_str())),
            replica_kms_key_id: text(
                destination.and_then(|to| to.encryption_configuration()).and_then(|encryption| encryption.replica_kms_key_id()),
            ),
            sse_kms_objects: text(criteria.map(|criteria| criteria.status().as_str())),
            replica_modifications: text(modifications.map(|changes| changes.status().as_str())),
            is_v1: rule.filter().is_none(),
            delete_marker_replication: text(markers.map(|status| status.as_str())),
            metrics: text(destination.and_then(|to| to.metrics()).map(|metrics| metrics.status().as_str())),
            replication_time_minutes: promise.and_then(|promise| promise.time()?.minutes()).map_or(0, i64::from),
        })
        .await;
    }
    (Fact::Known(replication.role().to_owned()), Fact::Known(replication.rules().len() as i64))
}

/// The prefix and the tags of a rule; the oldest rules have their prefix at the top.
#[allow(deprecated)]
fn filter(rule: &aws_sdk_s3::types::ReplicationRule) -> (String, Json) {
    let tag = |tag: &aws_sdk_s3::types::Tag| (tag.key().to_owned(), tag.value().to_owned());
    let Some(filter) = rule.filter() else { return (text(rule.prefix()), Json::tags(None)) };
    match filter.and() {
        Some(and) => (text(and.prefix()), Json::map(and.tags().iter().map(tag))),
        None => (text(filter.prefix()), Json::map(filter.tag().map(tag))),
    }
}
