//! S3 and S3 Control: which call a path and a query are.

use super::{Does, Service, rest};
use crate::ask::{Ask, Made};
use crate::http::Request;
use crate::wire::{Body, Refusal, Wire};

mod bucket;

pub use bucket::name as bucket_name;

/// The card of S3.
pub const SERVICE: Service = Service {
    name: "s3",
    id: "S3",
    scope: "s3",
    wire: Wire::RestXml,
    target: None,
    namespace: "",
    calls: &[
        ("GetBucketAcl", Does::Makes(bucket::acl)),
        ("GetBucketEncryption", Does::Makes(bucket::encryption)),
        ("GetBucketLifecycleConfiguration", Does::Makes(bucket::lifecycle)),
        ("GetBucketLocation", Does::Makes(bucket::location)),
        ("GetBucketLogging", Does::Makes(bucket::logging)),
        ("GetBucketNotificationConfiguration", Does::Makes(bucket::notification)),
        ("GetBucketOwnershipControls", Does::Makes(bucket::ownership)),
        ("GetBucketPolicy", Does::Makes(bucket::policy)),
        ("GetBucketPolicyStatus", Does::Makes(bucket::policy_status)),
        ("GetBucketReplication", Does::Makes(bucket::replication)),
        ("GetBucketTagging", Does::Makes(bucket::tagging)),
        ("GetBucketVersioning", Does::Makes(bucket::versioning)),
        ("GetObjectLockConfiguration", Does::Makes(bucket::object_lock)),
        ("GetPublicAccessBlock", Does::Makes(bucket::public_access_block)),
        ("GetObject", Does::Makes(bucket::object)),
        ("HeadBucket", Does::Makes(bucket::head)),
        ("HeadObject", Does::Makes(bucket::object)),
        ("ListBuckets", Does::Makes(bucket::list)),
        ("ListObjectsV2", Does::Makes(bucket::objects)),
    ],
};

/// The card of S3 Control.
pub const CONTROL: Service = Service {
    name: "s3control",
    id: "S3 Control",
    scope: "s3",
    wire: Wire::RestXmlWrapped,
    target: None,
    namespace: "",
    calls: &[("GetPublicAccessBlock", Does::Makes(account_block))],
};

/// Parts of the query that say which setting of a bucket is asked for.
const SETTINGS: &[(&str, &str)] = &[
    ("acl", "GetBucketAcl"),
    ("encryption", "GetBucketEncryption"),
    ("lifecycle", "GetBucketLifecycleConfiguration"),
    ("location", "GetBucketLocation"),
    ("logging", "GetBucketLogging"),
    ("notification", "GetBucketNotificationConfiguration"),
    ("ownershipControls", "GetBucketOwnershipControls"),
    ("policy", "GetBucketPolicy"),
    ("policyStatus", "GetBucketPolicyStatus"),
    ("replication", "GetBucketReplication"),
    ("tagging", "GetBucketTagging"),
    ("versioning", "GetBucketVersioning"),
    ("object-lock", "GetObjectLockConfiguration"),
    ("publicAccessBlock", "GetPublicAccessBlock"),
];

/// Which call a path-style request is.
pub fn route(request: &Request, parts: &[String]) -> Option<rest::Found> {
    let bucket = parts.first().filter(|bucket| !bucket.is_empty()).cloned();
    let key = parts.get(1..).unwrap_or_default().join("/");
    let names = |name: &str| request.query.split('&').any(|part| part.split('=').next() == Some(name));
    let action = match (request.method.as_str(), &bucket, key.is_empty()) {
        ("GET", None, _) => "ListBuckets",
        ("HEAD", Some(_), true) => "HeadBucket",
        ("HEAD", Some(_), false) => "HeadObject",
        ("GET", Some(_), false) => "GetObject",
        ("GET", Some(_), true) if names("list-type") => "ListObjectsV2",
        ("GET", Some(_), true) => SETTINGS.iter().find(|(name, _)| names(name))?.1,
        _ => return None,
    };
    Some(("s3", action, vec![("Bucket", bucket.unwrap_or_default()), ("Key", key)]))
}

fn account_block(_: &Ask<'_>, _: &mut Body) -> Made {
    Err(Refusal::new(404, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"))
}
