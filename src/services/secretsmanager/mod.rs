//! AWS Secrets Manager. The value of a secret is never asked for; what is told about it says whether its rotation works.

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};

pub mod secret;

/// The Secrets Manager API. DescribeSecret is allowed some 40 times a second.
pub const SECRETS_MANAGER: &Api =
    &Api { id: "Secrets Manager", prefix: "secretsmanager", quota: Quota::each(40.0, 40), wire: Wire::AwsJson };

calls! { SECRETS_MANAGER "secretsmanager": DescribeSecret, GetResourcePolicy, ListSecretVersionIds, ListSecrets }

client!(aws_sdk_secretsmanager, SECRETS_MANAGER);

/// The card.
pub const SERVICE: Service = Service { name: "secretsmanager", title: "AWS Secrets Manager", readers: &[secret::READER], views: &[] };
