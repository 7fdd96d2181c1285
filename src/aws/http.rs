//! The one HTTP client: one pool of connections and one load of the trust store for all accounts, regions and services.

use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, proxy};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn};

/// Idle connections to one host.
const IDLE_PER_HOST: usize = 64;

/// How long a connection may take to be made: one packet may be lost, and is sent again after a second.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);

/// How long an answer may take to begin.
pub const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// Makes the client. Proxy variables are honoured, and `AWS_CA_BUNDLE` names certificates to trust besides the system's own.
///
/// # Errors
/// When `AWS_CA_BUNDLE` cannot be read.
pub fn client(ca_bundle: Option<&str>) -> Result<SharedHttpClient, std::io::Error> {
    let mut trust = TrustStore::default();
    if let Some(path) = ca_bundle.filter(|path| !path.is_empty()) {
        trust = trust.with_pem_certificate(std::fs::read(path)?);
    }
    let context = TlsContext::builder().with_trust_store(trust).build().map_err(std::io::Error::other)?;
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .proxy_config(proxy::ProxyConfig::from_env())
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .pool_idle_timeout(Duration::from_secs(30))
        .sleep_impl(TokioSleep::new())
        .connector_settings(settings)
        .build();
    let connector = SharedHttpConnector::new(connector);
    // The SDK asks for a connector per client; all are given the same one, and with it the same pool.
    Ok(http_client_fn(move |_settings, _components| connector.clone()))
}
