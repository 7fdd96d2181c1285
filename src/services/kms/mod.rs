//! AWS KMS.

use aws_sdk_kms::types;

use super::Service;
use crate::aws::{Api, Rate, Wire, calls, client, words};

pub mod key;

/// The KMS API. DescribeKey shares a large quota with cryptography, the other calls have small ones of their own.
pub const KMS: &Api = &Api { id: "KMS", prefix: "kms", rate: Rate { per_second: 5.0, burst: 20 }, wire: Wire::AwsJson };

calls! { KMS "kms": DescribeKey, GetKeyPolicy, GetKeyRotationStatus, ListAliases, ListKeys, ListResourceTags }

client!(aws_sdk_kms, KMS);

words!(types::KeyManagerType, types::KeyState);

/// The card.
pub const SERVICE: Service = Service { name: "kms", title: "AWS KMS", readers: &[key::READER], views: &[] };
