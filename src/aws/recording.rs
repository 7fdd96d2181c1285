//! Recordings: AWS's answers on file, replayed later through the same clients, readers and checks.
//!
//! A recording is JSON lines, gzipped when its name ends in `.gz`: a header, then one exchange a line. Requests are kept as their
//! fingerprint only, so no credential and no signature can be in one; answers pass [`redact`] before they are kept. `diff`, `grep`
//! and `jq` work on it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};

use super::guard::{InCall, fingerprint};
use super::members::Members;
use super::redact::{Templates, redact};

/// The version of the format.
const FORMAT: u32 = 1;

/// Headers of an answer that are kept; the others name hosts, ids and dates that nobody reads.
const KEPT_HEADERS: &[&str] = &[
    "content-type", "x-amzn-errortype", "x-amz-bucket-region", "x-amz-replication-status", "x-amz-version-id", "x-amz-error-code",
    "smithy-protocol",
];

/// To how many bytes a packed recording may unpack: a few kilobytes of gzip can stand for gigabytes, and all of it is held in memory. Of
/// a file that is not packed its owner sees the size.
const MOST_UNPACKED: u64 = 1 << 30;

/// The first line of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Marks the file and its format.
    pub driftlead_recording: u32,
    /// The program that made it.
    pub tool: String,
    /// The clock of the run, in seconds since 1970.
    pub started_at: i64,
    /// The sessions, in the order of the command line.
    pub sessions: Vec<String>,
    /// The regions that were chosen by flag; empty when the account's own list was used.
    pub regions: Vec<String>,
    /// The region of the session's own configuration.
    pub home_region: String,
    /// `''` for AWS itself; otherwise what answered in its place.
    pub endpoint: String,
    /// The accounts that were entered with the credentials of the one session.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub members: Option<Members>,
    /// The sessions that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub refused: Vec<Refusal>,
}

/// A session whose credentials were refused: no call was made with it that could be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The session.
    pub session: String,
    /// How it ended, in the ledger's word.
    pub outcome: String,
    /// AWS's code, or `''`.
    pub code: String,
    /// What AWS said.
    pub message: String,
}

/// One request's fingerprint and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The session that asked.
    pub session: String,
    /// The region that was asked, or `global`.
    pub region: String,
    /// The service id.
    pub service: String,
    /// The operation.
    pub action: String,
    /// The fingerprint of the request.
    pub input: String,
    /// When it was answered, in seconds since 1970.
    pub at: i64,
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub headers: Vec<(String, String)>,
    /// The body, if it is text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<String>,
    /// The body in base64, if it is not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_base64: Option<String>,
}

impl Exchange {
    /// The body's bytes.
    ///
    /// # Errors
    /// When the base64 is none.
    pub fn bytes(&self) -> Result<Vec<u8>, aws_smithy_types::base64::DecodeError> {
        match (&self.body, &self.body_base64) {
            (Some(text), _) => Ok(text.clone().into_bytes()),
            (None, Some(encoded)) => aws_smithy_types::base64::decode(encoded),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// Puts a body in place of the one there is.
    pub fn set_bytes(&mut self, bytes: &[u8]) {
        (self.body, self.body_base64) = match std::str::from_utf8(bytes) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(aws_smithy_types::base64::encode(bytes))),
        };
    }

    fn key(&self) -> Key {
        (self.session.clone(), self.region.clone(), self.service.clone(), self.action.clone(), self.input.clone())
    }
}

type Key = (String, String, String, String, String);

/// A recording does not hold a request.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the recording does not hold this call: {service} {action}")]
pub struct Unrecorded {
    service: String,
    action: String,
}

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{path}:{line}: {detail} (is it a recording made with `driftlead snapshot --record FILE`?)")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
}

/// A recording in memory.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The first line.
    pub header: Header,
    /// The rest.
    pub exchanges: Vec<Exchange>,
}

impl Recording {
    /// Reads a recording from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is not what it should be.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        let bytes = std::fs::read(path).map_err(|source| RecordingError::File { path: path.to_owned(), source })?;
        Self::parse(&bytes, path)
    }

    /// Reads a recording from bytes, gzipped or not; `path` is for messages.
    ///
    /// # Errors
    /// When a line is not what it should be.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, RecordingError> {
        Self::parse_within(bytes, path, MOST_UNPACKED)
    }

    fn parse_within(bytes: &[u8], path: &Path, most_unpacked: u64) -> Result<Self, RecordingError> {
        let reader: Box<dyn Read> = if bytes.starts_with(&[0x1f, 0x8b]) {
            Box::new(Unpacked { of: flate2::read::MultiGzDecoder::new(bytes), left: most_unpacked })
        } else {
            Box::new(bytes)
        };
        let wrong = |line: usize, detail: String| RecordingError::Line { path: path.to_owned(), line, detail };
        let mut lines = BufReader::new(reader).lines().enumerate();
        let header: Header = match lines.next() {
            Some((_, Ok(line))) => serde_json::from_str(&line).map_err(|error| wrong(1, error.to_string()))?,
            Some((_, Err(error))) => return Err(wrong(1, error.to_string())),
            None => return Err(wrong(1, "the file is empty".into())),
        };
        if header.driftlead_recording != FORMAT {
            return Err(wrong(1, format!("format {} is not known to this version", header.driftlead_recording)));
        }
        let mut exchanges = Vec::new();
        for (i, line) in lines {
            let line = line.map_err(|error| wrong(i + 1, error.to_string()))?;
            let exchange: Exchange = serde_json::from_str(&line).map_err(|error| wrong(i + 1, error.to_string()))?;
            exchange.bytes().map_err(|error| wrong(i + 1, error.to_string()))?;
            exchanges.push(exchange);
        }
        Ok(Self { header, exchanges })
    }

    /// The recording as bytes: sorted, so that the same answers give the same file whatever order they came in.
    ///
    /// # Errors
    /// When gzip fails, which it does not in memory.
    pub fn to_bytes(&self, gzip: bool) -> std::io::Result<Vec<u8>> {
        let mut lines = vec![serde_json::to_string(&self.header)?];
        let mut exchanges: Vec<&Exchange> = self.exchanges.iter().collect();
        exchanges.sort_by_key(|exchange| exchange.key());
        for exchange in exchanges {
            lines.push(serde_json::to_string(exchange)?);
        }
        lines.push(String::new());
        let text = lines.join("\n").into_bytes();
        if !gzip {
            return Ok(text);
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&text)?;
        encoder.finish()
    }

    /// Writes the recording; gzipped when the name ends in `.gz`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RecordingError> {
        let is_gzip = path.extension().is_some_and(|extension| extension == "gz");
        let result = self.to_bytes(is_gzip).and_then(|bytes| std::fs::write(path, bytes));
        result.map_err(|source| RecordingError::File { path: path.to_owned(), source })
    }
}

/// What gzip unpacks, as long as there is not too much of it.
struct Unpacked<R> {
    of: R,
    left: u64,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.of.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            std::io::Error::other(
                "it unpacks to more than a recording is expected to hold; if that is meant, unpack it with `gunzip` first",
            )
        })?;
        Ok(read)
    }
}

/// The format number, for whoever makes a header.
pub const fn format() -> u32 {
    FORMAT
}

/// A client that passes requests on and keeps the answers.
#[derive(Debug, Clone)]
pub struct Recorder {
    inner: SharedHttpClient,
    kept: Arc<Mutex<HashMap<Key, Exchange>>>,
    templates: Templates,
}

impl Recorder {
    /// Records what `inner` answers; of templates, what `templates` lets through.
    pub fn new(inner: SharedHttpClient, templates: Templates) -> Self {
        Self { inner, kept: Arc::default(), templates }
    }

    /// What was kept so far. Of several answers to one request (retries) the last.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(RecordingConnector { inner, kept: Arc::clone(&self.kept), templates: self.templates })
    }
}

#[derive(Debug)]
struct RecordingConnector {
    inner: SharedHttpConnector,
    kept: Arc<Mutex<HashMap<Key, Exchange>>>,
    templates: Templates,
}

impl HttpConnector for RecordingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let current = request.extension::<Arc<InCall>>().cloned();
        let input = fingerprint(&request);
        let answer = self.inner.call(request);
        let kept = Arc::clone(&self.kept);
        let templates = self.templates;
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            let Some(current) = current else { return Ok(response) };
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            let bytes = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
            *response.body_mut() = SdkBody::from(bytes.clone());
            let mut exchange = Exchange {
                session: current.session.clone(),
                region: current.region.clone(),
                service: current.call.api.id.to_owned(),
                action: current.call.action.to_owned(),
                input,
                at: jiff::Timestamp::now().as_second(),
                status: response.status().as_u16(),
                headers: kept_headers(&response),
                body: None,
                body_base64: None,
            };
            exchange.set_bytes(&redact(current.call, &bytes, templates));
            kept.lock().unwrap_or_else(PoisonError::into_inner).insert(exchange.key(), exchange);
            Ok(response)
        })
    }
}

fn kept_headers(response: &HttpResponse) -> Vec<(String, String)> {
    let value = |name: &&str| response.headers().get(*name).map(|value| ((*name).to_owned(), value.to_owned()));
    KEPT_HEADERS.iter().filter_map(value).collect()
}

/// A client that answers from a recording and never touches the network.
#[derive(Debug, Clone)]
pub struct Replayer {
    answers: Arc<HashMap<Key, Exchange>>,
}

impl Replayer {
    /// Answers from these exchanges.
    pub fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        Self { answers: Arc::new(exchanges.into_iter().map(|exchange| (exchange.key(), exchange)).collect()) }
    }
}

impl HttpClient for Replayer {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Replayer {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(current) = request.extension::<Arc<InCall>>() else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user("a request outside of a declared call".into())));
        };
        let service = current.call.api.id.to_owned();
        let action = current.call.action.to_owned();
        let key = (current.session.clone(), current.region.clone(), service.clone(), action.clone(), fingerprint(&request));
        HttpConnectorFuture::ready(match self.answers.get(&key) {
            Some(exchange) => {
                *current.answered_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange.at);
                answer(exchange)
            }
            None => Err(ConnectorError::other(Unrecorded { service, action }.into(), None)),
        })
    }
}

/// The HTTP response of an exchange.
pub fn answer(exchange: &Exchange) -> Result<HttpResponse, ConnectorError> {
    let status = exchange.status.try_into().map_err(|_| ConnectorError::user("a status that is none".into()))?;
    let body = exchange.bytes().map_err(|error| ConnectorError::user(error.into()))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &exchange.headers {
        response.headers_mut().try_insert(name.clone(), value.clone()).map_err(|error| ConnectorError::user(error.into()))?;
    }
    Ok(response)
}

#[cfg(test)]
#[path = "recording_test.rs"]
mod recording_test;
