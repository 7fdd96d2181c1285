//! AWS Lambda. The values of environment variables are never stored; their names are.

use aws_sdk_lambda::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::View;

pub mod account;
pub mod account_metric;
pub mod event_source_mapping;
pub mod function;
mod function_facts;
pub mod function_metric;
mod provisioned_concurrency;

pub use provisioned_concurrency::ProvisionedConcurrency;

/// The Lambda API. Control-plane reads share some 15 requests a second.
pub const LAMBDA: &Api = &Api { id: "Lambda", prefix: "lambda", quota: Quota::shared(15.0, 40), wire: Wire::RestJson };

calls! { LAMBDA "lambda":
    GetAccountSettings,
    GetFunctionConcurrency,
    GetFunctionConfiguration,
    GetPolicy,
    GetRuntimeManagementConfig,
    ListAliases,
    ListEventSourceMappings,
    ListFunctions,
    ListProvisionedConcurrencyConfigs,
    ListTags,
}

client!(aws_sdk_lambda, LAMBDA);

words!(types::LastUpdateStatus, types::ProvisionedConcurrencyStatusEnum, types::State, types::UpdateRuntimeOn);

/// The card.
pub const SERVICE: Service = Service {
    name: "lambda",
    title: "AWS Lambda",
    readers: &[function::READER, function_metric::READER, event_source_mapping::READER, account::READER, account_metric::READER],
    views: &[&View { name: "aws_lambda_version_runtime", sql: include_str!("version_runtime.sql") }],
};
