//! The account itself: who is asking, and which regions there are. These two readers run before all others.

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};

#[allow(clippy::module_inception)]
pub mod account;
pub mod region;

/// AWS STS. `GetCallerIdentity` needs no permission and proves none.
pub const STS: &Api = &Api { id: "STS", prefix: "sts", quota: Quota::shared(20.0, 40), wire: Wire::AwsQuery };

calls! { STS "sts": GetCallerIdentity }

client!(aws_sdk_sts, STS);

/// The card.
pub const SERVICE: Service = Service { name: "account", title: "AWS account", readers: &[account::READER, region::READER], views: &[] };
