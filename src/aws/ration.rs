//! How much of what AWS sends is held at a time.
//!
//! Hundreds of requests may be in flight, and most answers are small. A page of a thousand network interfaces is not: answers above a
//! size share a ration, and one for which there is none left is not taken from the wire yet. What was taken is given back when the
//! call goes on to its next page, or ends.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Semaphore;

use super::guard::InCall;

/// Kilobytes of large answers that are held at a time. What is made of an answer takes some five times its size.
const RATION: u32 = 16 * 1024;

/// Answers up to so many kilobytes are taken as they come.
const SMALL: u32 = 16;

/// What an answer that does not tell its size is counted with, in kilobytes.
const UNTOLD: u32 = 256;

/// How long an answer waits for its part. A reader may hold one page while it asks about what is on it, so nobody waits for ever.
const WAIT: Duration = Duration::from_secs(2);

/// A client whose large answers share a ration.
#[derive(Debug, Clone)]
pub struct Ration {
    inner: SharedHttpClient,
    left: Arc<Semaphore>,
}

impl Ration {
    /// Rations what a client brings.
    pub fn new(inner: SharedHttpClient) -> Self {
        Self { inner, left: Arc::new(Semaphore::new(RATION as usize)) }
    }
}

impl HttpClient for Ration {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Rationed { inner: self.inner.http_connector(settings, components), left: Arc::clone(&self.left) })
    }
}

#[derive(Debug)]
struct Rationed {
    inner: SharedHttpConnector,
    left: Arc<Semaphore>,
}

impl HttpConnector for Rationed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(current) = request.extension::<Arc<InCall>>().cloned() else { return self.inner.call(request) };
        // The page before this one has been dealt with.
        drop(current.held.lock().unwrap_or_else(PoisonError::into_inner).take());
        let (answer, left) = (self.inner.call(request), Arc::clone(&self.left));
        HttpConnectorFuture::new(async move {
            let response = answer.await?;
            let size = kilobytes(&response);
            if size > SMALL {
                let part = tokio::time::timeout(WAIT, left.acquire_many_owned(size.min(RATION))).await;
                *current.held.lock().unwrap_or_else(PoisonError::into_inner) = part.ok().and_then(Result::ok);
            }
            Ok(response)
        })
    }
}

/// The size of an answer by its head; one that is in memory already tells its own.
fn kilobytes(response: &HttpResponse) -> u32 {
    let told = response.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    let bytes = told.or_else(|| response.body().content_length());
    bytes.map_or(UNTOLD, |bytes| u32::try_from(bytes / 1024).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn an_answer_counts_with_what_its_head_or_its_body_tells() {
        let with = |length: &str, body: SdkBody| {
            let mut response = HttpResponse::new(200.try_into().unwrap(), body);
            if !length.is_empty() {
                response.headers_mut().insert("content-length", length.to_owned());
            }
            kilobytes(&response)
        };
        assert_eq!(with("2097152", SdkBody::empty()), 2048);
        assert_eq!(with("", SdkBody::from(vec![0; 5 * 1024])), 5);
    }
}
