//! A line that is dead is not asked again and again: what gives no answer at all costs its patience once, not once for every call.
//!
//! A region behind a firewall that drops packets, or one that takes requests and never answers, would cost each reader all of its
//! attempts. So attempts without any answer are counted, for each API in a region and for the region as a whole. After several of
//! them in a row, by different calls and over some time, further requests there fail at once with the same reason; now and then one
//! is let through, and an answer opens the line again. An error that AWS sends is an answer.
//!
//! It sits between the SDK and the HTTP client, and so sees every attempt. The region is the one that a request was signed for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::guard::InCall;
use crate::inventory::Outcome;

/// Attempts without an answer that make a line dead.
const ATTEMPTS: u32 = 3;

/// Calls that made them: one that is slow by itself proves nothing about the line.
const CALLS: usize = 2;

/// When a line is dead.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long there must have been no answer: a moment's break is none.
    pub silence: Duration,
    /// How long a dead line is left alone before it is tried again.
    pub pause: Duration,
}

/// A line is dead: nothing was sent.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{place} {what}: {attempts} requests got no answer in {seconds} s; the rest was not asked")]
pub struct Dead {
    place: String,
    what: &'static str,
    attempts: u32,
    seconds: u64,
    /// How the last attempt ended.
    pub outcome: Outcome,
}

/// A client that leaves dead lines alone.
#[derive(Debug, Clone)]
pub struct Breaker {
    inner: SharedHttpClient,
    lines: Arc<Lines>,
}

impl Breaker {
    /// Watches what `inner` answers.
    pub fn new(inner: SharedHttpClient, patience: Patience) -> Self {
        Self { inner, lines: Arc::new(Lines { patience, is_quiet: AtomicBool::new(false), silences: Mutex::default() }) }
    }
}

impl HttpClient for Breaker {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Watched { inner: self.inner.http_connector(settings, components), lines: Arc::clone(&self.lines) })
    }
}

#[derive(Debug)]
struct Watched {
    inner: SharedHttpConnector,
    lines: Arc<Lines>,
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(current) = request.extension::<Arc<InCall>>().cloned() else { return self.inner.call(request) };
        let region = signed_region(&request).unwrap_or(&current.region).to_owned();
        let attempt = Attempt { lines: Arc::clone(&self.lines), region, current, began: Instant::now(), is_over: false };
        if let Err(dead) = self.lines.admit(&attempt.region, attempt.current.call.api.id, attempt.began) {
            attempt.forget();
            // Of no kind that the SDK tries again.
            return HttpConnectorFuture::ready(Err(aws_smithy_runtime_api::client::result::ConnectorError::other(dead.into(), None)));
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            match &answer {
                Ok(_) => attempt.answered(),
                Err(error) if error.is_timeout() => attempt.silent(Outcome::TimedOut),
                Err(error) if error.is_io() => attempt.silent(Outcome::Unreachable),
                Err(_) => attempt.forget(),
            }
            answer
        })
    }
}

/// The region in the credential scope of a signature: `Credential=KEY/DATE/REGION/SERVICE/…`. One for many regions has
/// none.
fn signed_region(request: &HttpRequest) -> Option<&str> {
    let scope = request.headers().get("authorization")?.split_once("Credential=")?.1;
    scope.split(',').next()?.split('/').nth(2).filter(|region| region.contains('-'))
}

/// A request that was sent. If it is dropped before its end, it was given up.
struct Attempt {
    lines: Arc<Lines>,
    region: String,
    current: Arc<InCall>,
    began: Instant,
    is_over: bool,
}

impl Attempt {
    fn answered(mut self) {
        self.is_over = true;
        self.lines.answered(&self.region, self.current.call.api.id);
    }

    fn silent(mut self, outcome: Outcome) {
        self.is_over = true;
        self.fall_silent(outcome);
    }

    fn forget(mut self) {
        self.is_over = true;
    }

    fn fall_silent(&self, outcome: Outcome) {
        let call = Arc::as_ptr(&self.current) as usize;
        self.lines.silent(&self.region, self.current.call.api.id, call, self.began, Instant::now(), outcome);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.is_over {
            self.fall_silent(Outcome::TimedOut);
        }
    }
}

/// What is known of all lines.
#[derive(Debug)]
struct Lines {
    patience: Patience,
    /// Whether there is any silence at all; while everything answers nobody takes the lock.
    is_quiet: AtomicBool,
    /// By region and API; `''` for a region as a whole.
    silences: Mutex<HashMap<(String, &'static str), Silence>>,
}

/// Attempts in a row that got no answer.
#[derive(Debug)]
struct Silence {
    since: Instant,
    attempts: u32,
    calls: Vec<usize>,
    last: Outcome,
    /// Until when the line is left alone; `None` as long as it is not dead.
    alone_until: Option<Instant>,
    /// How long it had been silent when it was found dead.
    lasted: Duration,
}

impl Lines {
    /// Whether a request may be sent; one that may although the line is dead tries it.
    fn admit(&self, region: &str, api: &'static str, now: Instant) -> Result<(), Dead> {
        if !self.is_quiet.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut silences = self.silences.lock().unwrap_or_else(PoisonError::into_inner);
        for scope in ["", api] {
            let Some(silence) = silences.get_mut(&(region.to_owned(), scope)) else { continue };
            match silence.alone_until {
                Some(until) if now < until => return Err(silence.dead(region, scope)),
                // This one tries it; the others go on waiting for what comes of that.
                Some(_) => silence.alone_until = Some(now + self.patience.pause),
                None => {}
            }
        }
        Ok(())
    }

    fn answered(&self, region: &str, api: &'static str) {
        if !self.is_quiet.load(Ordering::Relaxed) {
            return;
        }
        let mut silences = self.silences.lock().unwrap_or_else(PoisonError::into_inner);
        for scope in ["", api] {
            silences.remove(&(region.to_owned(), scope));
        }
        self.is_quiet.store(!silences.is_empty(), Ordering::Relaxed);
    }

    fn silent(&self, region: &str, api: &'static str, call: usize, began: Instant, now: Instant, outcome: Outcome) {
        let mut silences = self.silences.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_quiet.store(true, Ordering::Relaxed);
        for scope in ["", api] {
            let silence = silences.entry((region.to_owned(), scope)).or_insert_with(|| Silence::since(began, outcome));
            silence.attempts += 1;
            silence.last = outcome;
            silence.since = silence.since.min(began);
            if silence.calls.len() < CALLS && !silence.calls.contains(&call) {
                silence.calls.push(call);
            }
            let lasted = now.duration_since(silence.since);
            if silence.attempts >= ATTEMPTS && silence.calls.len() >= CALLS && lasted >= self.patience.silence {
                silence.alone_until = Some(now + self.patience.pause);
                silence.lasted = lasted;
            }
        }
    }
}

impl Silence {
    fn since(began: Instant, outcome: Outcome) -> Self {
        Self { since: began, attempts: 0, calls: Vec::new(), last: outcome, alone_until: None, lasted: Duration::ZERO }
    }

    fn dead(&self, region: &str, api: &str) -> Dead {
        Dead {
            place: if api.is_empty() { region.to_owned() } else { format!("{api} in {region}") },
            what: if self.last == Outcome::Unreachable { "cannot be reached" } else { "does not answer" },
            attempts: self.attempts,
            seconds: self.lasted.as_secs().max(1),
            outcome: self.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Lines {
        let patience = Patience { silence: Duration::from_secs(5), pause: Duration::from_secs(15) };
        Lines { patience, is_quiet: AtomicBool::new(false), silences: Mutex::default() }
    }

    const FAR: &str = "us-west-1";

    #[test]
    fn a_region_without_any_answer_is_left_alone_and_tried_again() {
        let (lines, start) = (lines(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for (call, api) in [(1, "EC2"), (2, "RDS"), (3, "KMS")] {
            assert!(lines.admit(FAR, api, start).is_ok());
            lines.silent(FAR, api, call, start, at(20), Outcome::TimedOut);
        }
        let dead = lines.admit(FAR, "Lambda", at(21)).unwrap_err();
        assert_eq!(dead.to_string(), "us-west-1 does not answer: 3 requests got no answer in 20 s; the rest was not asked");
        assert_eq!(dead.outcome, Outcome::TimedOut);
        assert!(lines.admit("us-east-1", "EC2", at(21)).is_ok(), "another region");
        assert!(lines.admit(FAR, "Lambda", at(36)).is_ok(), "one tries it");
        assert!(lines.admit(FAR, "Lambda", at(36)).is_err(), "and only one");
        lines.answered(FAR, "Lambda");
        assert!(lines.admit(FAR, "EC2", at(37)).is_ok());
    }

    #[test]
    fn an_api_alone_can_be_dead() {
        let (lines, start) = (lines(), Instant::now());
        let late = start + Duration::from_secs(6);
        for call in 1..=3 {
            lines.silent(FAR, "KMS", call, start, late, Outcome::Unreachable);
            lines.answered(FAR, "EC2");
        }
        let dead = lines.admit(FAR, "KMS", late).unwrap_err();
        assert_eq!(dead.to_string(), "KMS in us-west-1 cannot be reached: 3 requests got no answer in 6 s; the rest was not asked");
        assert!(lines.admit(FAR, "EC2", late).is_ok());
    }

    #[test]
    fn a_moments_break_or_one_slow_call_is_no_dead_line() {
        let (lines, start) = (lines(), Instant::now());
        for call in 1..=20 {
            lines.silent(FAR, "EC2", call, start, start + Duration::from_secs(1), Outcome::Unreachable);
        }
        assert!(lines.admit(FAR, "EC2", start + Duration::from_secs(1)).is_ok());
        lines.answered(FAR, "EC2");
        for _ in 0..9 {
            lines.silent(FAR, "EC2", 7, start, start + Duration::from_secs(90), Outcome::TimedOut);
        }
        assert!(lines.admit(FAR, "EC2", start + Duration::from_secs(90)).is_ok());
    }

    #[test]
    fn the_region_is_that_of_the_signature() {
        let mut request = HttpRequest::new(aws_smithy_types::body::SdkBody::empty());
        assert_eq!(signed_region(&request), None);
        let signed = "AWS4 Credential=AKID/20261123/eu-west-1/ec2/end, SignedHeaders=host, Signature=0";
        request.headers_mut().insert("authorization", signed);
        assert_eq!(signed_region(&request), Some("eu-west-1"));
        request.headers_mut().insert("authorization", "AWS4-ECDSA-P256-SHA256 Credential=AKID/20261123/s3/end, Signature=0");
        assert_eq!(signed_region(&request), None);
    }
}
