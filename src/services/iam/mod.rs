//! AWS IAM: who is there, what they may do, and whether they still do it.

use aws_sdk_iam::types;
use percent_encoding::percent_decode_str;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::{Fact, Json};

pub mod account_summary;
pub mod authorization;
pub mod credential_report;
pub mod identity_provider;
pub mod instance_profile;
pub mod permission;
mod permission_world;
mod principal;
pub mod server_certificate;
pub mod user_credentials;

pub use principal::{InlinePolicy, InlineStatement, Policy, PolicyStatement};

/// The IAM API: one control plane for all regions, without documented rates.
pub const IAM: &Api = &Api { id: "IAM", prefix: "iam", quota: Quota::shared(20.0, 40), wire: Wire::AwsQuery };

calls! { IAM "iam":
    /// Makes AWS compile a report of the account's credentials; nothing of the account changes.
    GenerateCredentialReport as Report,
    GetAccessKeyLastUsed,
    GetAccountAuthorizationDetails,
    GetAccountPasswordPolicy,
    GetAccountSummary,
    GetCredentialReport,
    GetLoginProfile,
    GetOpenIDConnectProvider,
    GetServerCertificate,
    ListAccessKeys,
    ListAccountAliases,
    ListInstanceProfiles,
    ListMFADevices,
    ListOpenIDConnectProviders,
    ListSAMLProviders,
    ListServerCertificates,
}

client!(aws_sdk_iam, IAM);

words!(types::StatusType);

/// The card.
pub const SERVICE: Service = Service {
    name: "iam",
    title: "AWS IAM",
    readers: &[
        account_summary::READER,
        credential_report::READER,
        authorization::READER,
        user_credentials::READER,
        instance_profile::READER,
        identity_provider::READER,
        identity_provider::saml::READER,
        server_certificate::READER,
        permission::READER,
    ],
    views: &[],
};

/// Tags as a JSON map.
pub fn tags(tags: &[types::Tag]) -> Json {
    Json::map(tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())))
}

/// A policy document, which IAM sends percent-encoded; `''` for none. What does not decode to text is unread.
pub fn document(encoded: Option<&str>) -> Fact<String> {
    let decoded = percent_decode_str(encoded.unwrap_or("")).decode_utf8();
    Fact::from(decoded.map(std::borrow::Cow::into_owned))
}
