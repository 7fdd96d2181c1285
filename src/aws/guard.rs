//! The guard: nothing leaves the program that was not declared, and nothing that writes.
//!
//! It sits in every client as an interceptor and refuses *before the request is built*, so a refused call is neither signed nor
//! sent. A call is let through only if the task that makes it runs inside [`InCall`], which only `Cx` makes, for a call that the
//! running reader declared. And nothing is believed that broke off. Credential providers have clients of their own (STS `AssumeRole`, SSO) that the guard does not see.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::call::Call;
use super::outcome::THROTTLED;
use super::pace::Pace;
use super::whole::whole;

/// So much of an answer's beginning is looked at for a code.
const LOOKED_AT: usize = 1_024;

/// What is known of the call that the current task makes.
#[derive(Debug)]
pub struct InCall {
    /// The declaration.
    pub call: &'static Call,
    /// The session that makes it; recordings are kept apart by it.
    pub session: String,
    /// The region that is asked, or `global`.
    pub region: String,
    /// How fast it may be made, and who hears how it fares; `None` in a replay.
    pub pace: Option<Arc<Pace>>,
    /// The part of the ration that its last answer holds.
    pub held: Mutex<Option<OwnedSemaphorePermit>>,
    /// Requests sent so far, retries included.
    pub attempts: AtomicU32,
    /// Requests that AWS throttled; that was not the last word, unless the call's outcome is so too.
    pub throttles: AtomicU32,
    /// Hash of the first request.
    pub input: OnceLock<String>,
    /// When a replayed answer was given, in seconds since 1970; a live one is timed by the clock.
    pub answered_at: Mutex<Option<i64>>,
}

tokio::task_local! {
    /// Set while a declared call is being made.
    pub static IN_CALL: Arc<InCall>;
}

/// The guard refused a call.
#[derive(Debug, Clone, thiserror::Error)]
#[error("refused before it was sent: {service} {action} {why}")]
pub struct Refused {
    service: String,
    action: String,
    why: &'static str,
}

/// The interceptor of every client.
#[derive(Debug)]
pub struct Guard {
    /// Set for endpoints that are a bare IP address or `localhost`, where `ACCOUNT.host` names nothing.
    pub strip_host_prefix: bool,
}

#[dyn_dispatch_hint]
impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "driftlead guard"
    }

    // The first hook that knows which operation it is; nothing has been built yet.
    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, action) = match config.load::<Metadata>() {
            Some(metadata) => (metadata.service().to_owned(), metadata.name().to_owned()),
            None => (String::new(), String::new()),
        };
        let refuse = |why| Err(Refused { service: service.clone(), action: action.clone(), why }.into());
        match IN_CALL.try_with(Arc::clone) {
            Err(_) => refuse("was made outside of a declared call"),
            Ok(current) if current.call.action != action || current.call.api.id != service => refuse("is not the declared call"),
            Ok(current) if !current.call.is_read_class() => refuse("is not a reading call"),
            Ok(_) => Ok(()),
        }
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.strip_host_prefix
            && let Some(uri) = without_host_prefix(context.request().uri())
        {
            context.request_mut().set_uri(uri)?;
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let current = IN_CALL.try_with(Arc::clone).map_err(|_| "the request left its call")?;
        let is_again = current.attempts.fetch_add(1, Ordering::Relaxed) > 0;
        if let Some(pace) = current.pace.as_ref().filter(|_| is_again) {
            pace.sent_again(Instant::now());
        }
        current.input.get_or_init(|| fingerprint(context.request()));
        // Recording, replay and the tests' faults need to know which call a request belongs to.
        context.request_mut().add_extension(current);
        Ok(())
    }

    // Retries are the SDK's; that it was throttled is heard here even where the next attempt went through.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_throttle) {
            let _ = IN_CALL.try_with(|current| {
                current.throttles.fetch_add(1, Ordering::Relaxed);
                if let Some(pace) = &current.pace {
                    pace.throttled(Instant::now());
                }
            });
        }
        Ok(())
    }

    // The first hook at which the body has been read to its end.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The answer to HEAD has no body; an error without one is an error all the same.
        let is_head = IN_CALL.try_with(|current| current.call.action.starts_with("Head")).is_ok_and(|is_head| is_head);
        match context.response().body().bytes() {
            Some(body) if !is_head && context.response().status().is_success() => Ok(whole(body)?),
            _ => Ok(()),
        }
    }
}

/// Whether AWS says "not so fast": by the status, or by a code in the answer, which stands near its beginning in every protocol.
fn is_throttle(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    if status < 400 {
        return false;
    }
    let header = response.headers().get("x-amzn-errortype").unwrap_or("");
    let body = response.body().bytes().unwrap_or(b"");
    let text = String::from_utf8_lossy(&body[..body.len().min(LOOKED_AT)]);
    status == 429 || THROTTLED.iter().any(|code| header.starts_with(code) || text.contains(code))
}

/// `http://123456789012.127.0.0.1:4566/x` → `http://127.0.0.1:4566/x`: S3 Control puts the account before the host name, which an
/// emulator on a loopback address cannot resolve. The account is in a header as well.
fn without_host_prefix(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let (prefix, host) = rest.split_once('.')?;
    let is_account = prefix.len() == 12 && prefix.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| format!("{scheme}://{host}"))
}

/// What makes a request the same as another: method, bucket, path, query and body; not the host, not the headers, no signature.
pub fn fingerprint(request: &HttpRequest) -> String {
    let mut hash = Sha256::new();
    hash.update(request.method());
    hash.update([0]);
    hash.update(target(request.uri()));
    hash.update([0]);
    hash.update(request.body().bytes().unwrap_or(b""));
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// Bucket, path and query, the same for S3's two styles: `https://bucket.s3.REGION.amazonaws.com/key` and `https://host/bucket/key`.
fn target(uri: &str) -> String {
    let Ok(uri) = uri.parse::<http::Uri>() else { return uri.to_owned() };
    let host = uri.host().unwrap_or("");
    let is_bucket_host = |rest: &str| rest.starts_with(['.', '-']) && !rest.starts_with("-control");
    let bucket = host.match_indices(".s3").find(|(at, found)| is_bucket_host(&host[at + found.len()..])).map(|(at, _)| &host[..at]);
    let path = bucket.map_or_else(|| uri.path().to_owned(), |bucket| format!("/{bucket}{}", uri.path()));
    format!("{}?{}", path.trim_end_matches('/'), uri.query().unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_is_told_by_its_status_or_its_code() {
        let is = |status: u16, body: &str| {
            is_throttle(&HttpResponse::new(status.try_into().unwrap(), aws_smithy_types::body::SdkBody::from(body)))
        };
        assert!(is(503, "<Response><Errors><Error><Code>RequestLimitExceeded</Code>") && is(429, ""));
        assert!(is(400, r#"{"__type":"ThrottlingException"}"#));
        assert!(!is(400, r#"{"__type":"AccessDeniedException"}"#) && !is(200, "ThrottlingException") && !is(500, "InternalError"));
    }

    #[test]
    fn only_an_account_is_stripped_from_the_host() {
        let strip = |uri| without_host_prefix(uri);
        assert_eq!(strip("http://123456789012.127.0.0.1:9/v1?x=1").unwrap(), "http://127.0.0.1:9/v1?x=1");
        assert_eq!(strip("http://127.0.0.1:9/v1"), None);
    }

    #[test]
    fn the_same_request_has_the_same_fingerprint_on_any_host() {
        let of = |uri: &str, body: &str| {
            let mut request = HttpRequest::new(aws_smithy_types::body::SdkBody::from(body));
            request.set_uri(uri).unwrap();
            fingerprint(&request)
        };
        assert_eq!(of("http://a/x?y=1", "b"), of("https://b:9/x?y=1", "b"));
        assert_ne!(of("http://a/x?y=1", "b"), of("http://a/x?y=2", "b"));
        assert_ne!(of("http://a/x", "b"), of("http://a/x", "c"));
    }

    #[test]
    fn a_bucket_in_the_host_is_as_good_as_one_in_the_path() {
        assert_eq!(target("https://my.bucket.s3.eu-west-1.amazonaws.com/?acl"), target("http://127.0.0.1:4566/my.bucket?acl"));
        assert_eq!(target("https://b.s3-accelerate.amazonaws.com/k/x"), target("https://s3.us-east-1.amazonaws.com/b/k/x"));
        assert_ne!(target("https://a.s3.eu-west-1.amazonaws.com/?acl"), target("https://b.s3.eu-west-1.amazonaws.com/?acl"));
        let control = target("https://123456789012.s3-control.eu-west-1.amazonaws.com/v20180820/x");
        assert_eq!(control, target("http://127.0.0.1:4566/v20180820/x"));
    }
}
