//! IAM.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::{Body, Refusal, Wire};

mod authorization;
mod user;

/// The card.
pub const SERVICE: Service = Service {
    name: "iam",
    id: "IAM",
    scope: "iam",
    wire: Wire::AwsQuery,
    target: None,
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    calls: &[
        ("GenerateCredentialReport", Does::Says("<State>COMPLETE</State>")),
        ("GetAccessKeyLastUsed", Does::Makes(user::key_last_used)),
        ("GetAccountAuthorizationDetails", Does::Makes(authorization::details)),
        ("GetAccountPasswordPolicy", Does::Makes(none)),
        ("GetAccountSummary", Does::Makes(summary)),
        ("GetCredentialReport", Does::Makes(user::report)),
        ("GetLoginProfile", Does::Makes(user::login_profile)),
        ("GetOpenIDConnectProvider", Does::Makes(none)),
        ("GetServerCertificate", Does::Makes(none)),
        ("ListAccessKeys", Does::Makes(user::access_keys)),
        ("ListAccountAliases", Does::Says("<AccountAliases></AccountAliases><IsTruncated>false</IsTruncated>")),
        ("ListInstanceProfiles", Does::Says("<InstanceProfiles></InstanceProfiles><IsTruncated>false</IsTruncated>")),
        ("ListMFADevices", Does::Makes(user::mfa_devices)),
        ("ListOpenIDConnectProviders", Does::Says("<OpenIDConnectProviderList></OpenIDConnectProviderList>")),
        ("ListSAMLProviders", Does::Says("<SAMLProviderList></SAMLProviderList>")),
        (
            "ListServerCertificates",
            Does::Says("<ServerCertificateMetadataList></ServerCertificateMetadataList><IsTruncated>false</IsTruncated>"),
        ),
    ],
};

fn none(_: &Ask<'_>, _: &mut Body) -> Made {
    Err(Refusal::new(404, "NoSuchEntity", "It cannot be found."))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
fn summary(ask: &Ask<'_>, body: &mut Body) -> Made {
    let count = |kind| ask.count(kind) as i64;
    let entries = [
        ("Users", count(Kind::User)),
        ("Roles", count(Kind::Role)),
        ("Policies", count(Kind::Policy)),
        ("Groups", 0),
        ("Providers", 0),
        ("MFADevices", 1),
        ("MFADevicesInUse", 1),
        ("AccountMFAEnabled", 1),
        ("AccountAccessKeysPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("AccountPasswordPresent", 1),
        ("ServerCertificates", 0),
        ("InstanceProfiles", 0),
        ("UsersQuota", 5_000),
        ("RolesQuota", 1_000),
        ("GroupsQuota", 300),
        ("PoliciesQuota", 1_500),
        ("InstanceProfilesQuota", 1_000),
        ("ServerCertificatesQuota", 20),
        ("AccessKeysPerUserQuota", 2),
        ("GlobalEndpointTokenVersion", 1),
    ];
    body.list("SummaryMap", "entry", entries, |body, (key, value)| {
        body.text("key", key);
        body.num("value", value);
    });
    Ok(())
}
