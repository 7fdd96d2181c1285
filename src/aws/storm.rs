//! A storm: everything that goes wrong between a program and AWS, at random and as often as one likes.
//!
//! It is an HTTP client around another one, so what the SDK makes of it (retries, timeouts, parsing) is part of what is tried. Its
//! dice are thrown for each attempt of each request by themselves and from a seed, so the order in which answers come changes
//! nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};

use super::call::{Call, Wire};
use super::fault::{denial, error, shortened, throttle};
use super::guard::{InCall, fingerprint};

/// Pieces in which a slow answer comes.
const PIECES: usize = 6;

/// The pause between them.
const DRIP: Duration = Duration::from_millis(8);

/// Of so many slow answers one stops in the middle.
const STOPS: f64 = 0.1;

/// Something that can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Danger {
    /// AWS says: too many requests.
    Throttle,
    /// AWS says that it has an error of its own.
    Error,
    /// The connection breaks in the middle of an answer.
    Reset,
    /// An answer ends before its end.
    Truncated,
    /// Something else answers: a page of a proxy, or noise.
    Malformed,
    /// Answers drip, and some stop in the middle.
    Slow,
    /// Regions take requests and never answer.
    Hang,
    /// Calls may not be made.
    Denied,
    /// The credentials expire on the way.
    Expired,
    /// The clock goes wrong on the way: signatures are not accepted any more.
    Skew,
    /// Names of services do not resolve.
    Dns,
}

impl Danger {
    /// All.
    pub const ALL: [Self; 11] = [
        Self::Throttle,
        Self::Error,
        Self::Reset,
        Self::Truncated,
        Self::Malformed,
        Self::Slow,
        Self::Hang,
        Self::Denied,
        Self::Expired,
        Self::Skew,
        Self::Dns,
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Error => "error",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::Slow => "slow",
            Self::Hang => "hang",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Skew => "skew",
            Self::Dns => "dns",
        }
    }

    /// The danger of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|danger| danger.word() == word)
    }

    /// How much of it there is unless somebody says: a share from 0 to 1 of what [`Danger::whole`] names.
    pub fn usual(self) -> f64 {
        match self {
            Self::Throttle => 0.3,
            Self::Error | Self::Truncated | Self::Malformed => 0.1,
            Self::Reset => 0.05,
            Self::Slow | Self::Denied | Self::Dns => 0.2,
            Self::Hang | Self::Expired | Self::Skew => 0.5,
        }
    }

    /// Of what its share is one.
    pub fn whole(self) -> &'static str {
        match self {
            Self::Throttle | Self::Error | Self::Reset | Self::Truncated | Self::Malformed | Self::Slow => "requests",
            Self::Hang => "regions",
            Self::Denied => "operations in a region",
            Self::Expired | Self::Skew => "the run, from its end",
            Self::Dns => "services in a region",
        }
    }
}

/// How much of which danger there is.
#[derive(Debug, Clone)]
pub struct Weather {
    /// Shares from 0 to 1, by danger.
    pub dangers: Vec<(Danger, f64)>,
    /// What the dice are thrown from.
    pub seed: u64,
    /// Requests of the run when nothing goes wrong: what a share of the run is counted by.
    pub requests: u64,
    /// The regions that there are, of which some may hang.
    pub regions: Vec<String>,
    /// Permissions of calls that are spared.
    pub spared: &'static [&'static str],
}

/// A client in a storm.
#[derive(Debug, Clone)]
pub struct Storm {
    inner: SharedHttpClient,
    weather: Arc<Weather>,
    counts: Arc<Counts>,
}

/// What a storm did.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests that were made.
    pub requests: AtomicU64,
    /// Those among them that something happened to.
    pub struck: AtomicU64,
}

impl Storm {
    /// Puts a storm around `inner`.
    pub fn new(inner: SharedHttpClient, weather: Arc<Weather>, counts: Arc<Counts>) -> Self {
        Self { inner, weather, counts }
    }
}

impl HttpClient for Storm {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(InStorm { storm: self.clone(), inner: self.inner.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct InStorm {
    storm: Storm,
    inner: SharedHttpConnector,
}

impl HttpConnector for InStorm {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (weather, counts) = (&self.storm.weather, &self.storm.counts);
        let number = counts.requests.fetch_add(1, Ordering::Relaxed);
        let current = request.extension::<Arc<InCall>>().cloned();
        let Some(current) = current.filter(|current| !weather.spared.contains(&current.call.permission)) else {
            return self.inner.call(request);
        };
        let is_head = request.method() == "HEAD";
        let dice = Dice::of(weather.seed, &current, &request);
        let struck = weather.dangers.iter().copied().find(|(danger, share)| weather.strikes(*danger, *share, number, &dice, is_head));
        let Some((danger, _)) = struck else { return self.inner.call(request) };
        counts.struck.fetch_add(1, Ordering::Relaxed);
        let ready = HttpConnectorFuture::ready;
        let call = current.call;
        match danger {
            Danger::Throttle => ready(throttle(call, is_head)),
            Danger::Error => {
                let (code, status) = if dice.roll("status") < 0.5 { ("InternalError", 500) } else { ("ServiceUnavailable", 503) };
                ready(error(call, code, "An internal error occurred", status, is_head))
            }
            Danger::Denied => ready(denial(call, is_head)),
            Danger::Expired => ready(expired(call, is_head)),
            Danger::Skew => ready(skewed(call, is_head)),
            Danger::Dns => {
                let why = "dns error: failed to lookup address information: Name or service not known";
                ready(Err(ConnectorError::io(io::Error::other(why).into())))
            }
            Danger::Hang => HttpConnectorFuture::new(std::future::pending()),
            Danger::Reset | Danger::Truncated | Danger::Malformed | Danger::Slow => {
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move { bent(answer.await?, danger, &dice).await })
            }
        }
    }
}

impl Weather {
    fn strikes(&self, danger: Danger, share: f64, number: u64, dice: &Dice, is_head: bool) -> bool {
        match danger {
            Danger::Throttle | Danger::Error => dice.roll(danger.word()) < share,
            // The answer to HEAD has no body that anything could happen to.
            Danger::Reset | Danger::Truncated | Danger::Malformed | Danger::Slow => !is_head && dice.roll(danger.word()) < share,
            Danger::Denied => dice.roll_for(danger.word(), &(dice.current.call.api.id, dice.current.call.action)) < share,
            Danger::Dns => dice.roll_for(danger.word(), &dice.current.call.api.id) < share,
            Danger::Hang => {
                let many = (self.regions.len() as f64 * share).ceil() as usize;
                // The last of them: the first is most often where the account is at home.
                self.regions.iter().rev().take(many).any(|region| *region == dice.current.region)
            }
            Danger::Expired | Danger::Skew => number as f64 >= self.requests as f64 * (1.0 - share),
        }
    }
}

/// Dice for one attempt of a request.
#[derive(Debug)]
struct Dice {
    seed: u64,
    current: Arc<InCall>,
    input: String,
    attempt: u32,
}

impl Dice {
    fn of(seed: u64, current: &Arc<InCall>, request: &HttpRequest) -> Self {
        let attempt = current.attempts.load(Ordering::Relaxed);
        Self { seed, current: Arc::clone(current), input: fingerprint(request), attempt }
    }

    /// From 0 to 1, for this attempt.
    fn roll(&self, what: &str) -> f64 {
        self.roll_for(what, &(self.current.call.api.id, self.current.call.action, &self.input, self.attempt))
    }

    /// From 0 to 1, the same for everything alike in a region.
    fn roll_for(&self, what: &str, alike: &impl Hash) -> f64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, what, &self.current.session, &self.current.region).hash(&mut hasher);
        alike.hash(&mut hasher);
        hasher.finish() as f64 / u64::MAX as f64
    }
}

/// The answer to who comes with credentials that are too old.
fn expired(call: &Call, is_head: bool) -> Result<HttpResponse, ConnectorError> {
    let (code, status) = match call.api.wire {
        Wire::Ec2Query => ("RequestExpired", 400),
        Wire::AwsQuery => ("ExpiredToken", 403),
        Wire::RestXml | Wire::RestXmlWrapped => ("ExpiredToken", 400),
        Wire::AwsJson | Wire::RpcCbor => ("ExpiredTokenException", 400),
        Wire::RestJson => ("ExpiredTokenException", 403),
    };
    error(call, code, "The security token included in the request is expired", status, is_head)
}

/// The answer to who signs with a clock that is wrong.
fn skewed(call: &Call, is_head: bool) -> Result<HttpResponse, ConnectorError> {
    let (code, status) = match call.api.wire {
        Wire::Ec2Query => ("RequestExpired", 400),
        Wire::AwsQuery => ("SignatureDoesNotMatch", 403),
        Wire::RestXml | Wire::RestXmlWrapped => ("RequestTimeTooSkewed", 403),
        Wire::AwsJson | Wire::RpcCbor => ("InvalidSignatureException", 400),
        Wire::RestJson => ("InvalidSignatureException", 403),
    };
    error(call, code, "Signature expired: the request time and the server's differ too much", status, is_head)
}

/// An answer to whose body something happens.
async fn bent(mut response: HttpResponse, danger: Danger, dice: &Dice) -> Result<HttpResponse, ConnectorError> {
    let share = dice.roll("where");
    if danger == Danger::Truncated {
        return shortened(response, (share * 100.0) as usize).await;
    }
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    let at = (bytes.len() as f64 * share) as usize;
    *response.body_mut() = match danger {
        Danger::Reset => broken(bytes.slice(..at)),
        Danger::Slow => dripping(bytes, dice.roll("stop") < STOPS),
        _ => SdkBody::from(noise(&bytes, share)),
    };
    Ok(response)
}

/// What comes in place of an answer.
fn noise(bytes: &[u8], share: f64) -> Vec<u8> {
    match (share * 3.0) as u32 {
        0 => b"<!doctype html><html><head><title>Sign in</title></head><body>Your network wants to know who you are</body></html>".to_vec(),
        // Whatever the protocol was, this is none.
        1 => bytes.iter().map(|byte| byte ^ 0x5a).collect(),
        _ => [b"\0\xff\xfe", bytes].concat(),
    }
}

/// The beginning of a body, and then an error.
fn broken(begin: Bytes) -> SdkBody {
    let begun = BodyStream::new(Full::new(begin)).map(|frame| frame.map_err(io::Error::other));
    let reset = stream::once(async { Err(io::Error::from(io::ErrorKind::ConnectionReset)) });
    SdkBody::from_body_1_x(StreamBody::new(begun.chain(reset)))
}

/// A body that comes piece by piece, and perhaps not to its end.
fn dripping(bytes: Bytes, stops: bool) -> SdkBody {
    let step = bytes.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = (0..bytes.len()).step_by(step).map(|at| bytes.slice(at..bytes.len().min(at + step))).collect();
    let half = pieces.len() / 2;
    let pieces = stream::iter(pieces.into_iter().enumerate()).then(move |(i, piece)| async move {
        tokio::time::sleep(DRIP).await;
        if stops && i == half {
            std::future::pending::<()>().await;
        }
        BodyStream::new(Full::new(piece))
    });
    SdkBody::from_body_1_x(StreamBody::new(pieces.flatten().map(|frame| frame.map_err(io::Error::other))))
}
