//! The settings of one bucket: thirteen calls at once, and what each answer means.
//!
//! "There is none" is an error in S3; the codes that say so are listed beside each call. Every other error leaves the columns of
//! that call unread, and no others.

use aws_sdk_s3::operation as op;
use serde_json::json;

use super::bucket::Bucket;
use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::{Fact, Json, Row};
use crate::services::text;

/// An answer, that there is none, or unread.
pub(super) type Told<T> = Result<Option<T>, Unread>;

/// Everything that was asked about one bucket.
pub struct Facts {
    versioning: Told<op::get_bucket_versioning::GetBucketVersioningOutput>,
    pub replication: Told<op::get_bucket_replication::GetBucketReplicationOutput>,
    encryption: Told<op::get_bucket_encryption::GetBucketEncryptionOutput>,
    block: Told<op::get_public_access_block::GetPublicAccessBlockOutput>,
    policy: Told<op::get_bucket_policy::GetBucketPolicyOutput>,
    policy_status: Told<op::get_bucket_policy_status::GetBucketPolicyStatusOutput>,
    acl: Told<op::get_bucket_acl::GetBucketAclOutput>,
    ownership: Told<op::get_bucket_ownership_controls::GetBucketOwnershipControlsOutput>,
    pub(super) lifecycle: Told<op::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput>,
    pub(super) logging: Told<op::get_bucket_logging::GetBucketLoggingOutput>,
    pub(super) lock: Told<op::get_object_lock_configuration::GetObjectLockConfigurationOutput>,
    pub(super) notification: Told<op::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput>,
    pub(super) tagging: Told<op::get_bucket_tagging::GetBucketTaggingOutput>,
}

/// Asks for one setting: the columns that it fills, the call, the codes that mean "there is none", the operation.
macro_rules! ask {
    ($cx:expr, $arn:expr, $columns:expr, $call:ident, $absent:expr, $request:expr) => {
        Box::pin(async {
            let about = $cx.about(Bucket::TABLE, $arn, &$columns);
            about.call_or_absent(call::$call, &$absent, $request.send()).await
        })
    };
}

impl Facts {
    /// Asks for everything, in the bucket's own region: elsewhere S3 only says where to go.
    pub async fn ask(cx: &Cx, arn: &str, name: &str, region: &str) -> Self {
        let s3: aws_sdk_s3::Client = if region == "unknown" { cx.client() } else { cx.client_in(region) };
        let (
            versioning,
            replication,
            encryption,
            block,
            policy,
            policy_status,
            acl,
            ownership,
            lifecycle,
            logging,
            lock,
            notification,
            tagging,
        ) = tokio::join!(
            ask!(cx, arn, ["versioning", "mfa_delete"], GetBucketVersioning, [], s3.get_bucket_versioning().bucket(name)),
            ask!(
                cx,
                arn,
                ["replication_role_arn", "replication_rule_count"],
                GetBucketReplication,
                ["ReplicationConfigurationNotFoundError"],
                s3.get_bucket_replication().bucket(name)
            ),
            ask!(
                cx,
                arn,
                ["encryption", "kms_key_id", "bucket_key_enabled"],
                GetBucketEncryption,
                ["ServerSideEncryptionConfigurationNotFoundError"],
                s3.get_bucket_encryption().bucket(name)
            ),
            ask!(
                cx,
                arn,
                ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"],
                GetPublicAccessBlock,
                ["NoSuchPublicAccessBlockConfiguration"],
                s3.get_public_access_block().bucket(name)
            ),
            ask!(
                cx,
                arn,
                ["policy", "policy_statement_count"],
                GetBucketPolicy,
                ["NoSuchBucketPolicy"],
                s3.get_bucket_policy().bucket(name)
            ),
            ask!(cx, arn, ["policy_is_public"], GetBucketPolicyStatus, ["NoSuchBucketPolicy"], s3.get_bucket_policy_status().bucket(name)),
            ask!(cx, arn, ["acl_grants", "acl_is_public"], GetBucketAcl, [], s3.get_bucket_acl().bucket(name)),
            ask!(
                cx,
                arn,
                ["object_ownership"],
                GetBucketOwnershipControls,
                ["OwnershipControlsNotFoundError"],
                s3.get_bucket_ownership_controls().bucket(name)
            ),
            ask!(
                cx,
                arn,
                ["lifecycle_rules"],
                GetBucketLifecycleConfiguration,
                ["NoSuchLifecycleConfiguration"],
                s3.get_bucket_lifecycle_configuration().bucket(name)
            ),
            ask!(cx, arn, ["logging_target_bucket", "logging_target_prefix"], GetBucketLogging, [], s3.get_bucket_logging().bucket(name)),
            ask!(
                cx,
                arn,
                ["object_lock_enabled", "object_lock_mode", "object_lock_days"],
                GetObjectLockConfiguration,
                ["ObjectLockConfigurationNotFoundError"],
                s3.get_object_lock_configuration().bucket(name)
            ),
            ask!(
                cx,
                arn,
                ["notification_events"],
                GetBucketNotificationConfiguration,
                [],
                s3.get_bucket_notification_configuration().bucket(name)
            ),
            ask!(cx, arn, ["tags"], GetBucketTagging, ["NoSuchTagSet"], s3.get_bucket_tagging().bucket(name)),
        );
        Self {
            versioning,
            replication,
            encryption,
            block,
            policy,
            policy_status,
            acl,
            ownership,
            lifecycle,
            logging,
            lock,
            notification,
            tagging,
        }
    }

    /// Versioning and MFA delete.
    pub async fn versioning(&self, cx: &Cx, arn: &str) -> (Fact<String>, Fact<String>) {
        match &self.versioning {
            Ok(Some(told)) => (
                cx.word(Bucket::TABLE, arn, &["versioning"], told.status(), &[]).await,
                cx.word(Bucket::TABLE, arn, &["mfa_delete"], told.mfa_delete(), &[]).await,
            ),
            Ok(None) | Err(Unread) => (Fact::Unread, Fact::Unread),
        }
    }

    /// Default encryption: how, with which key, and whether with a bucket key.
    pub async fn encryption(&self, cx: &Cx, arn: &str) -> (Fact<String>, Fact<String>, Fact<bool>) {
        let none = || (Fact::Known(String::new()), Fact::Known(String::new()), Fact::Known(false));
        let told = match &self.encryption {
            Err(Unread) => return (Fact::Unread, Fact::Unread, Fact::Unread),
            Ok(None) => return none(),
            Ok(Some(told)) => told,
        };
        let Some(rule) = told.server_side_encryption_configuration().and_then(|configuration| configuration.rules().first()) else {
            return none();
        };
        let default = rule.apply_server_side_encryption_by_default();
        let algorithm = default.map(|default| default.sse_algorithm());
        (
            cx.word(Bucket::TABLE, arn, &["encryption"], algorithm, &[]).await,
            Fact::Known(text(default.and_then(|default| default.kms_master_key_id()))),
            Fact::told_or(rule.bucket_key_enabled(), false),
        )
    }

    /// The four switches. Without a block all are off; so is a switch that the block leaves out.
    pub fn public_access_block(&self) -> [Fact<bool>; 4] {
        let block = match &self.block {
            Err(Unread) => return [Fact::Unread, Fact::Unread, Fact::Unread, Fact::Unread],
            Ok(None) => None,
            Ok(Some(told)) => told.public_access_block_configuration(),
        };
        let of = |get: fn(&aws_sdk_s3::types::PublicAccessBlockConfiguration) -> Option<bool>| Fact::told_or(block.and_then(get), false);
        [
            of(|block| block.block_public_acls()),
            of(|block| block.ignore_public_acls()),
            of(|block| block.block_public_policy()),
            of(|block| block.restrict_public_buckets()),
        ]
    }

    /// The policy's text.
    pub fn policy(&self) -> Fact<String> {
        match &self.policy {
            Err(Unread) => Fact::Unread,
            Ok(None) => Fact::Known(String::new()),
            Ok(Some(told)) => Fact::told(told.policy().map(str::to_owned)),
        }
    }

    /// What S3 thinks of it.
    pub fn policy_is_public(&self) -> Fact<bool> {
        match &self.policy_status {
            Err(Unread) => Fact::Unread,
            Ok(None) => Fact::Known(false),
            Ok(Some(told)) => Fact::told(told.policy_status().and_then(|status| status.is_public())),
        }
    }

    /// The ACL's grants, and whether one is for everybody.
    pub fn acl(&self) -> (Fact<Json>, Fact<bool>) {
        const EVERYBODY: [&str; 2] =
            ["http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"];
        let Ok(Some(told)) = &self.acl else { return (Fact::Unread, Fact::Unread) };
        let grantee = |grant: &aws_sdk_s3::types::Grant| {
            let grantee = grant.grantee();
            text(grantee.and_then(|grantee| grantee.uri().or(grantee.id()).or(grantee.email_address())))
        };
        let one = |grant: &aws_sdk_s3::types::Grant| json!({"grantee": grantee(grant), "permission": text(grant.permission().map(|permission| permission.as_str()))});
        let is_public = told.grants().iter().any(|grant| EVERYBODY.contains(&grantee(grant).as_str()));
        (Fact::Known(Json(told.grants().iter().map(one).collect())), Fact::Known(is_public))
    }

    /// Who owns objects that others write.
    pub async fn object_ownership(&self, cx: &Cx, arn: &str) -> Fact<String> {
        match &self.ownership {
            Err(Unread) => Fact::Unread,
            Ok(None) => Fact::Known(String::new()),
            Ok(Some(told)) => {
                let rule = told.ownership_controls().and_then(|controls| controls.rules().first());
                let ownership = rule.map(|rule| rule.object_ownership());
                cx.word(Bucket::TABLE, arn, &["object_ownership"], ownership, &[]).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bucket::READER;
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = "<ListAllMyBucketsResult><Buckets>
        <Bucket><Name>docs</Name><BucketRegion>eu-west-1</BucketRegion><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>
    </Buckets></ListAllMyBucketsResult>";
    const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::docs/*"}]}"#;

    fn bare() -> Script {
        Script::default()
            .on("ListBuckets", LIST)
            .on("GetBucketVersioning", "<VersioningConfiguration/>")
            .fails("GetBucketReplication", 404, "ReplicationConfigurationNotFoundError")
            .fails("GetBucketEncryption", 404, "ServerSideEncryptionConfigurationNotFoundError")
            .fails("GetPublicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration")
            .fails("GetBucketPolicy", 404, "NoSuchBucketPolicy")
            .fails("GetBucketPolicyStatus", 404, "NoSuchBucketPolicy")
            .on("GetBucketAcl", "<AccessControlPolicy/>")
            .fails("GetBucketOwnershipControls", 404, "OwnershipControlsNotFoundError")
            .fails("GetBucketLifecycleConfiguration", 404, "NoSuchLifecycleConfiguration")
            .on("GetBucketLogging", "<BucketLoggingStatus/>")
            .fails("GetObjectLockConfiguration", 404, "ObjectLockConfigurationNotFoundError")
            .on("GetBucketNotificationConfiguration", "<NotificationConfiguration/>")
            .fails("GetBucketTagging", 404, "NoSuchTagSet")
    }

    fn rich() -> Script {
        Script::default()
            .on("ListBuckets", LIST)
            .on("GetBucketVersioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            .on("GetBucketReplication", "<ReplicationConfiguration><Role>arn:aws:iam::1:role/r</Role><Rule><ID>all</ID><Status>Enabled</Status>
                <Priority>1</Priority><Filter><Prefix>a/</Prefix></Filter>
                <Destination><Bucket>arn:aws:s3:::copy</Bucket><Metrics><Status>Enabled</Status></Metrics></Destination></Rule></ReplicationConfiguration>")
            .on("GetBucketEncryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>
                <SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>")
            .on("GetPublicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>")
            .on("GetBucketPolicy", POLICY)
            .on("GetBucketPolicyStatus", "<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>")
            .on("GetBucketAcl", "<AccessControlPolicy><AccessControlList><Grant>
                <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>
                <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>")
            .on("GetBucketOwnershipControls", "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>")
            .on("GetBucketLifecycleConfiguration", "<LifecycleConfiguration><Rule><ID>x</ID><Status>Enabled</Status><Filter/><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>")
            .on("GetBucketLogging", "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>p/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>")
            .on("GetObjectLockConfiguration", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>7</Years></DefaultRetention></Rule></ObjectLockConfiguration>")
            .on("GetBucketNotificationConfiguration", "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>")
            .on("GetBucketTagging", "<Tagging><TagSet><Tag><Key>env</Key><Value>dev</Value></Tag></TagSet></Tagging>")
    }

    const SQL: &str = "select region, versioning, replication_rule_count, encryption, block_public_acls, restrict_public_buckets,
        policy_statement_count, policy_is_public, acl_is_public, object_ownership, json_array_length(lifecycle_rules),
        logging_target_bucket, object_lock_days, notification_events, tags from aws_s3_bucket";

    #[tokio::test]
    async fn stands_all_answers() {
        rich().four_answers(READER, call::ListBuckets, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", 1).await;
    }

    #[tokio::test]
    async fn every_setting_is_told() {
        let read = rich().read(READER).await;
        assert_eq!(read.one(SQL), r#"eu-west-1|Enabled|1|aws:kms|1|0|1|1|1|ObjectWriter|1|logs|2555|["EventBridge"]|{"env":"dev"}"#);
        let rule = "select rule_id, status, prefix, destination_bucket_arn, metrics, sse_kms_objects, is_v1, replica_owner,
            replica_storage_class, replica_modifications from aws_s3_bucket_replication_rule";
        assert_eq!(read.one(rule), "all|Enabled|a/|arn:aws:s3:::copy|Enabled||0|||");
        assert_eq!(read.one("select effect, is_for_anyone, is_narrowed from aws_s3_bucket_policy_statement"), "Allow|1|0");
    }

    #[tokio::test]
    async fn what_is_not_there_is_known() {
        assert_eq!(bare().read(READER).await.one(SQL), "eu-west-1||0||0|0|0|0|0||0||0|[]|{}");
    }

    #[tokio::test]
    async fn a_denied_setting_is_unread_and_only_that() {
        let cases = [
            (call::GetBucketVersioning, "versioning"),
            (call::GetBucketReplication, "replication_rule_count"),
            (call::GetBucketEncryption, "encryption"),
            (call::GetPublicAccessBlock, "restrict_public_buckets"),
            (call::GetBucketPolicy, "policy_statement_count"),
            (call::GetBucketPolicyStatus, "policy_is_public"),
            (call::GetBucketAcl, "acl_is_public"),
            (call::GetBucketOwnershipControls, "object_ownership"),
            (call::GetBucketLifecycleConfiguration, "lifecycle_rules"),
            (call::GetBucketLogging, "logging_target_bucket"),
            (call::GetObjectLockConfiguration, "object_lock_enabled"),
            (call::GetBucketNotificationConfiguration, "notification_events"),
            (call::GetBucketTagging, "tags"),
        ];
        for (call, column) in cases {
            let read = rich().read_with(READER, call, Fault::Denied).await;
            assert_eq!(read.one(&format!("select {column} from aws_s3_bucket")), "unread", "{column}");
            assert_eq!(read.one("select name from aws_s3_bucket"), "docs");
            let gap = ("aws_s3_bucket".to_owned(), "arn:aws:s3:::docs".to_owned(), call.permission.to_owned(), "denied".to_owned());
            assert_eq!(read.gaps(), [gap]);
            assert!(read.is_complete);
        }
    }

    #[tokio::test]
    async fn a_policy_that_is_not_understood_is_not_an_empty_one() {
        let read = Script::default().on("GetBucketPolicy", "{}").followed_by(rich()).read(READER).await;
        assert_eq!(read.one("select policy, policy_statement_count from aws_s3_bucket"), "{}|unread");
        assert_eq!(read.gaps()[0].3, "malformed");
        let torn = Script::default().on("GetBucketPolicy", "{\"Version\":\"2012-").followed_by(rich()).read(READER).await;
        assert_eq!(torn.one("select policy, policy_statement_count from aws_s3_bucket"), "unread|unread");
    }
}
