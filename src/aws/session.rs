//! Sessions: whose credentials, which account, and the clients' configuration that follows from them.
//!
//! Credentials come as in every AWS SDK (environment, profiles, SSO, web identity, containers, instance metadata, processes); a
//! role may be assumed on top. Everything that has a silent default in the SDK is set here: timeouts for attempt and operation (the
//! SDK has none), and one retry budget per account, region and service (the SDK's is per region and service, so that one throttled
//! account would starve the others).

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

use super::breaker::Patience;
use super::call::Api;
use super::cx::{ClientConf, Site};
use super::http;
use super::kept::Kept;

/// How long to wait for what, and how often to try.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// One attempt, from connecting to the last byte.
    pub attempt: Duration,
    /// One request with all its attempts.
    pub operation: Duration,
    /// Attempts.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles.
    pub backoff: Duration,
    /// When a line is dead.
    pub patience: Patience,
}

impl Timing {
    /// Towards AWS. AWS's own default of three attempts gives up on a throttle after seconds; the environment or the profile may say
    /// otherwise.
    pub const LIVE: Self = Self {
        attempt: Duration::from_secs(30),
        operation: Duration::from_secs(90),
        attempts: 5,
        backoff: Duration::from_secs(1),
        patience: Patience { silence: Duration::from_secs(5), pause: Duration::from_secs(15) },
    };

    /// Towards a recording, which answers at once, however busy the machine is.
    pub const REPLAY: Self = Self { attempts: 2, backoff: Duration::from_millis(1), ..Self::LIVE };

    /// Towards a recording with faults: nobody wants to wait for what never comes.
    pub const DRILL: Self = Self {
        attempt: Duration::from_millis(700),
        operation: Duration::from_secs(3),
        attempts: 3,
        backoff: Duration::from_millis(1),
        patience: Patience { silence: Duration::from_millis(500), pause: Duration::from_secs(5) },
    };
}

/// How long a role may take to be assumed, with all attempts. The SDK's cache gives up after five seconds, and a busy STS needs more.
const ENTRY_TIMEOUT: Duration = Duration::from_secs(60);

/// Whose credentials to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A profile of the shared configuration, or what the environment says.
    pub profile: Option<String>,
    /// A role to assume with them.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

impl Identity {
    /// The name in messages, recordings and the progress line.
    pub fn name(&self) -> String {
        match (&self.role_arn, &self.profile) {
            (Some(role), _) => role.clone(),
            (None, Some(profile)) => profile.clone(),
            (None, None) => "default".to_owned(),
        }
    }
}

/// Credentials and configuration for one account.
#[derive(Debug, Clone)]
pub struct Session {
    /// The name in messages and recordings.
    pub name: String,
    /// The SDK's configuration, with the HTTP client through which service calls go.
    pub sdk: SdkConfig,
    /// The region of the configuration.
    pub home_region: String,
}

/// Configuration and credentials as the user has them, before any role.
#[derive(Debug, Clone)]
pub struct Base {
    sdk: SdkConfig,
    service_http: SharedHttpClient,
    home_region: String,
}

impl Base {
    /// Loads credentials' sources and configuration. Nothing is called yet: credentials are fetched with the first request.
    ///
    /// `http` is for credential providers, `service_http` for everything else (it may record).
    pub async fn load(profile: Option<&str>, http: &SharedHttpClient, service_http: &SharedHttpClient) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http.clone())
            .sleep_impl(SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(http::CONNECT_TIMEOUT)
                    .read_timeout(http::READ_TIMEOUT)
                    .operation_attempt_timeout(Timing::LIVE.attempt)
                    .operation_timeout(Timing::LIVE.operation)
                    .build(),
            );
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let mut sdk = loader.load().await;
        let home_region = sdk.region().map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        if sdk.region().is_none() {
            sdk = sdk.into_builder().region(Region::new(home_region.clone())).build();
        }
        // Three attempts are the default as well as a choice; the environment tells which.
        let is_chosen = std::env::var_os("AWS_MAX_ATTEMPTS").is_some();
        if !is_chosen && sdk.retry_config().is_none_or(|retry| *retry == RetryConfig::standard()) {
            sdk = sdk.into_builder().retry_config(RetryConfig::standard().with_max_attempts(Timing::LIVE.attempts)).build();
        }
        // The SDK asks its sources anew for every role that is assumed; many accounts would ask them many times.
        if let Some(provider) = sdk.credentials_provider() {
            sdk = sdk.into_builder().credentials_provider(SharedCredentialsProvider::new(Kept::new(provider))).build();
        }
        Self { sdk, service_http: service_http.clone(), home_region }
    }

    /// A session with these very credentials.
    pub fn own(&self, name: String) -> Session {
        let sdk = self.sdk.to_builder().http_client(self.service_http.clone()).build();
        Session { name, sdk, home_region: self.home_region.clone() }
    }

    /// A session that assumes a role with them. Its credentials are kept in a cache of its own, which is gone with it: the SDK's
    /// holds 64 and no more.
    pub async fn role(&self, name: String, role_arn: &str, external_id: Option<&str>) -> Session {
        let mut provider = AssumeRoleProvider::builder(role_arn).session_name("driftlead").configure(&self.sdk);
        if let Some(external_id) = external_id {
            provider = provider.external_id(external_id);
        }
        let provider = SharedCredentialsProvider::new(provider.build().await);
        let sdk =
            self.sdk.to_builder().credentials_provider(provider).identity_cache(IdentityCache::lazy().load_timeout(ENTRY_TIMEOUT).build());
        Session { name, sdk: sdk.http_client(self.service_http.clone()).build(), home_region: self.home_region.clone() }
    }
}

impl Session {
    /// The session of an identity. Nothing is called yet.
    pub async fn load(identity: &Identity, http: &SharedHttpClient, service_http: &SharedHttpClient) -> Self {
        let base = Base::load(identity.profile.as_deref(), http, service_http).await;
        match &identity.role_arn {
            Some(role_arn) => base.role(identity.name(), role_arn, identity.external_id.as_deref()).await,
            None => base.own(identity.name()),
        }
    }

    /// A session that answers from a recording: it has no credentials worth the name.
    pub fn replay(name: &str, home_region: &str, replayer: &SharedHttpClient, timing: &Timing) -> Self {
        let credentials = Credentials::new("REPLAY", "REPLAY", None, None, "driftlead replay");
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(home_region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(replayer.clone())
            .sleep_impl(SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
            .retry_config(RetryConfig::standard().with_max_attempts(timing.attempts).with_initial_backoff(timing.backoff))
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(timing.attempt).operation_timeout(timing.operation).build())
            .build();
        Self { name: name.to_owned(), sdk, home_region: home_region.to_owned() }
    }

    /// What answers in AWS's place for any of these APIs, or `''`.
    pub fn endpoints<'a>(&self, apis: impl IntoIterator<Item = &'a Api>) -> String {
        let endpoints: BTreeSet<String> = apis.into_iter().filter_map(|api| endpoint(&self.sdk, api)).collect();
        endpoints.into_iter().collect::<Vec<_>>().join(", ")
    }

    /// A place of the account for readers. `region` is `global` for services without regions, which are asked in the home region.
    pub fn site(&self, account_id: &str, partition: &str, region: &str, region_off: bool) -> Site {
        let asked = if region == crate::inventory::GLOBAL { &self.home_region } else { region };
        let sdk = self.sdk.to_builder().region(Region::new(asked.to_owned())).build();
        let conf = ClientConf { retry_partition: format!("{account_id}-{region}"), sdk };
        Site {
            session: self.name.clone(),
            account_id: account_id.to_owned(),
            partition: partition.to_owned(),
            region: region.to_owned(),
            region_off,
            conf,
            clients: Mutex::new(HashMap::new()),
        }
    }
}

/// The endpoint that the environment or the profile sets for an API, or for all of them; `None` for AWS itself.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
fn endpoint(sdk: &SdkConfig, api: &Api) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(api.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
    let own = sdk.service_config().and_then(|config| config.load_config(key));
    own.or_else(|| sdk.endpoint_url().map(str::to_owned))
}

impl ClientConf {
    /// Whether something else than AWS answers for an API.
    pub fn has_endpoint(&self, api: &Api) -> bool {
        endpoint(&self.sdk, api).is_some()
    }

    /// Whether that is a bare address or `localhost`.
    pub fn has_bare_endpoint(&self, api: &Api) -> bool {
        endpoint(&self.sdk, api).is_some_and(|endpoint| is_bare(&endpoint))
    }
}

/// Whether an endpoint's host is an address or `localhost`, below which no other names exist.
fn is_bare(endpoint: &str) -> bool {
    let host = endpoint.parse::<::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    host.is_some_and(|host| host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok())
}

/// Makes an SDK crate's client a [`super::cx::SdkClient`]: `client!(aws_sdk_ec2, EC2)`, with
/// `client!(aws_sdk_s3, S3, |conf, builder| …)` to change its configuration.
macro_rules! client {
    ($sdk:ident, $api:ident) => {
        $crate::aws::session::client!($sdk, $api, |_conf, builder| builder);
    };
    ($sdk:ident, $api:ident, |$conf:ident, $builder:ident| $tweak:expr) => {
        impl $crate::aws::SdkClient for $sdk::Client {
            const API: &'static $crate::aws::Api = $api;

            fn make($conf: &$crate::aws::ClientConf) -> Self {
                let partition = format!("{}-{}", $conf.retry_partition, $api.prefix);
                let $builder = $sdk::config::Builder::from(&$conf.sdk)
                    .retry_partition($sdk::config::retry::RetryPartition::custom(partition).build())
                    .interceptor($crate::aws::Guard { strip_host_prefix: $conf.has_bare_endpoint($api) });
                $sdk::Client::from_conf($tweak.build())
            }
        }
    };
}
pub(crate) use client;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_endpoints_are_addresses() {
        assert!(is_bare("http://127.0.0.1:4566") && is_bare("http://localhost:1") && is_bare("http://[::1]:1"));
        assert!(!is_bare("https://aws.example.com") && !is_bare(""));
    }

    #[test]
    fn a_session_is_called_by_what_was_asked_for() {
        let identity = Identity { profile: Some("p".into()), role_arn: None, external_id: None };
        assert_eq!(identity.name(), "p");
        assert_eq!(Identity { role_arn: Some("arn:r".into()), ..identity }.name(), "arn:r");
    }
}
