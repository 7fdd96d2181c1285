//! AWS KMS.

use aws_sdk_kms::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};

pub mod key;

/// The KMS API. DescribeKey shares a large quota with cryptography, the other calls have some of their own, which are larger than what
/// is taken for them here.
pub const KMS: &Api = &Api { id: "KMS", prefix: "kms", quota: Quota::each(50.0, 50), wire: Wire::AwsJson };

calls! { KMS "kms": DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListAliases, ListKeys, ListResourceTags }

client!(aws_sdk_kms, KMS);

words!(types::KeyManagerType, types::KeyState);

/// The card.
pub const SERVICE: Service = Service { name: "kms", title: "AWS KMS", readers: &[key::READER], views: &[] };
