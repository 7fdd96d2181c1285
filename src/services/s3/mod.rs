//! Amazon S3.

use aws_sdk_s3::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};

pub mod account;
pub mod bucket;
mod bucket_facts;
mod bucket_upkeep;
mod head;
pub mod object_sample;
pub mod reference;
pub mod replication_destination;
pub mod replication_metric;
pub mod state;

/// The S3 API. Bucket settings are cheap to read and have no documented rate. Of HEAD a bucket answers 5,500 a second.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html>
pub const S3: &Api =
    &Api { id: "S3", prefix: "s3", quota: Quota::shared(100.0, 200).but(&[("HeadBucket", 500.0, 500)]), wire: Wire::RestXml };

/// The S3 Control API, for settings of the account.
pub const S3_CONTROL: &Api = &Api { id: "S3 Control", prefix: "s3", quota: Quota::shared(10.0, 10), wire: Wire::RestXmlWrapped };

calls! { S3 "s3":
    GetBucketAcl,
    GetBucketEncryption = "s3:GetEncryptionConfiguration",
    GetBucketLifecycleConfiguration = "s3:GetLifecycleConfiguration",
    GetBucketLocation,
    GetBucketLogging,
    GetBucketNotificationConfiguration = "s3:GetBucketNotification",
    GetBucketOwnershipControls,
    GetBucketPolicy,
    GetBucketPolicyStatus,
    GetBucketReplication = "s3:GetReplicationConfiguration",
    GetBucketTagging,
    GetBucketVersioning,
    GetObjectLockConfiguration = "s3:GetBucketObjectLockConfiguration",
    GetPublicAccessBlock = "s3:GetBucketPublicAccessBlock",
    GetObject,
    /// Without ListBucket S3 says 403 for a bucket that is there, and still 404 for one that is not.
    HeadBucket = "s3:ListBucket",
    HeadObject = "s3:GetObject",
    ListBuckets = "s3:ListAllMyBuckets",
    ListObjectsV2 = "s3:ListBucket",
}

/// Calls of S3 Control.
pub mod control {
    use super::S3_CONTROL;
    use crate::aws::calls;

    calls! { S3_CONTROL "s3": GetPublicAccessBlock = "s3:GetAccountPublicAccessBlock" }
}

client!(aws_sdk_s3, S3, |conf, builder| builder.force_path_style(conf.has_endpoint(S3)));
client!(aws_sdk_s3control, S3_CONTROL);

words!(
    types::BucketVersioningStatus,
    types::ExpirationStatus,
    types::MfaDeleteStatus,
    types::ObjectOwnership,
    types::ReplicationRuleStatus,
    types::ReplicationStatus,
    types::ServerSideEncryption,
);

/// The card.
pub const SERVICE: Service = Service {
    name: "s3",
    title: "Amazon S3",
    readers: &[
        bucket::READER,
        account::READER,
        replication_destination::READER,
        replication_metric::READER,
        object_sample::READER,
        reference::READER,
    ],
    views: &[],
};
