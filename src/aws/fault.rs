//! Answers that go wrong, in AWS's own shapes: denied, throttled, cut after the first page, broken off in the middle.
//!
//! The truth of a verdict is tested by taking one call away at a time. That is done on the wire, so that the SDK's own parsing of
//! errors and our sorting of them are part of what is tested.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use serde_json::Value;

use super::call::{Call, Wire};
use super::guard::{InCall, fingerprint};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The caller lacks the permission.
    Denied,
    /// Throttled, however often it is tried.
    Throttled,
    /// The first page is answered, the second is throttled. A call without pages is answered.
    CutAfterFirstPage,
    /// The answer breaks off in the middle of its body.
    BrokenOff,
    /// The answer has no body at all.
    Emptied,
}

/// A client in which one operation goes wrong.
#[derive(Debug, Clone)]
pub struct Faulty {
    inner: SharedHttpClient,
    service: String,
    action: String,
    fault: Fault,
}

impl Faulty {
    /// `service` is the SDK's service id, `action` the operation.
    pub fn new(inner: SharedHttpClient, service: &str, action: &str, fault: Fault) -> Self {
        Self { inner, service: service.to_owned(), action: action.to_owned(), fault }
    }
}

impl HttpClient for Faulty {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(FaultyConnector { faulty: self.clone(), inner: self.inner.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    faulty: Faulty,
    inner: SharedHttpConnector,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let current = request.extension::<Arc<InCall>>().cloned();
        let is_meant = |current: &Arc<InCall>| current.call.action == self.faulty.action && current.call.api.id == self.faulty.service;
        let Some(current) = current.filter(is_meant) else { return self.inner.call(request) };
        let is_head = request.method() == "HEAD";
        match self.faulty.fault {
            Fault::Denied => HttpConnectorFuture::ready(denial(current.call, is_head)),
            Fault::Throttled => HttpConnectorFuture::ready(throttle(current.call, is_head)),
            Fault::BrokenOff | Fault::Emptied => {
                let percent = if self.faulty.fault == Fault::Emptied { 0 } else { 50 };
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move { shortened(answer.await?, percent).await })
            }
            Fault::CutAfterFirstPage => {
                let is_later_page = current.input.get().is_some_and(|first| *first != fingerprint(&request));
                if is_later_page {
                    return HttpConnectorFuture::ready(throttle(current.call, is_head));
                }
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move { with_more_pages(current.call, answer.await?).await })
            }
        }
    }
}

/// The answer to a caller who may not.
///
/// # Errors
/// Never in practice; the SDK's constructors are fallible.
pub fn denial(call: &Call, is_head: bool) -> Result<HttpResponse, ConnectorError> {
    let (code, status) = match call.api.wire {
        Wire::Ec2Query => ("UnauthorizedOperation", 403),
        Wire::AwsQuery | Wire::RestXml | Wire::RestXmlWrapped => ("AccessDenied", 403),
        Wire::AwsJson | Wire::RpcCbor => ("AccessDeniedException", 400),
        Wire::RestJson => ("AccessDeniedException", 403),
    };
    let message = format!("User: arn:aws:iam::000000000000:user/nobody is not authorized to perform: {}", call.permission);
    error(call, code, &message, status, is_head)
}

/// The answer to a caller who asks too often.
///
/// # Errors
/// Never in practice; the SDK's constructors are fallible.
pub fn throttle(call: &Call, is_head: bool) -> Result<HttpResponse, ConnectorError> {
    let (code, status) = match call.api.wire {
        Wire::Ec2Query => ("RequestLimitExceeded", 503),
        Wire::AwsQuery => ("Throttling", 400),
        Wire::RestXml | Wire::RestXmlWrapped => ("SlowDown", 503),
        Wire::AwsJson | Wire::RpcCbor => ("ThrottlingException", 400),
        Wire::RestJson => ("TooManyRequestsException", 429),
    };
    error(call, code, "Rate exceeded", status, is_head)
}

/// An error in the shape of the call's protocol.
///
/// # Errors
/// Never in practice; the SDK's constructors are fallible.
pub fn error(call: &Call, code: &str, message: &str, status: u16, is_head: bool) -> Result<HttpResponse, ConnectorError> {
    let xml = format!("<Code>{code}</Code><Message>{message}</Message>");
    let body: Vec<u8> = match call.api.wire {
        _ if is_head => Vec::new(),
        Wire::Ec2Query => format!("<Response><Errors><Error>{xml}</Error></Errors><RequestID>r</RequestID></Response>").into(),
        Wire::AwsQuery | Wire::RestXmlWrapped => format!("<ErrorResponse><Error><Type>Sender</Type>{xml}</Error></ErrorResponse>").into(),
        Wire::RestXml => format!("<Error>{xml}</Error>").into(),
        Wire::AwsJson | Wire::RestJson => serde_json::json!({"__type": code, "message": message}).to_string().into(),
        Wire::RpcCbor => cbor_map(&[("__type", code), ("message", message)]),
    };
    let status = status.try_into().map_err(|_| ConnectorError::user("a status that is none".into()))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    match call.api.wire {
        Wire::RestJson => {
            response.headers_mut().insert("x-amzn-errortype", code.to_owned());
        }
        Wire::RpcCbor => {
            response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
            response.headers_mut().insert("content-type", "application/cbor");
        }
        _ => {}
    }
    Ok(response)
}

/// The answer with the beginning of its body only.
pub(super) async fn shortened(mut response: HttpResponse, percent: usize) -> Result<HttpResponse, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    // AWS says how long the answer is, and a recording leaves that out: what breaks off is shorter than it says.
    if percent > 0 {
        response.headers_mut().insert("content-length", bytes.len().to_string());
    }
    *response.body_mut() = SdkBody::from(bytes.slice(..bytes.len() * percent / 100));
    Ok(response)
}

/// The answer with the token of a next page put in.
async fn with_more_pages(call: &Call, mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let body = std::mem::replace(response.body_mut(), SdkBody::taken());
    let bytes = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    *response.body_mut() = SdkBody::from(if response.status().is_success() { with_token(call, &bytes) } else { bytes.into() });
    Ok(response)
}

/// A body that says that there is a next page.
pub fn with_token(call: &Call, body: &[u8]) -> Vec<u8> {
    const TOKEN: &str = "driftlead-cut";
    match call.api.wire {
        Wire::Ec2Query => after_open(body, &format!("{}Response", call.action), &format!("<nextToken>{TOKEN}</nextToken>")),
        Wire::AwsQuery => {
            let token = |name: &str| format!("<{name}>{TOKEN}</{name}>");
            let marker = format!("<IsTruncated>true</IsTruncated>{}{}{}", token("Marker"), token("NextMarker"), token("NextToken"));
            after_open(&without(body, "IsTruncated"), &format!("{}Result", call.action), &marker)
        }
        Wire::RestXmlWrapped if matches!(call.action, "ListHostedZones" | "ListResourceRecordSets") => {
            let next = format!("<IsTruncated>true</IsTruncated><NextMarker>{TOKEN}</NextMarker><NextRecordName>{TOKEN}</NextRecordName>");
            after_open(&without(&without(body, "IsTruncated"), "NextRecordName"), &format!("{}Response", call.action), &next)
        }
        Wire::RestXml | Wire::RestXmlWrapped => {
            let element = if call.action == "ListBuckets" { "ListAllMyBucketsResult" } else { "ListBucketResult" };
            let token = format!("<ContinuationToken>{TOKEN}</ContinuationToken><NextContinuationToken>{TOKEN}</NextContinuationToken>");
            after_open(body, element, &token)
        }
        Wire::AwsJson | Wire::RestJson => match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(mut object)) => {
                for name in ["NextToken", "nextToken", "NextMarker", "PaginationToken", "position"] {
                    object.insert(name.to_owned(), TOKEN.into());
                }
                object.insert("Truncated".to_owned(), true.into());
                Value::Object(object).to_string().into_bytes()
            }
            _ => body.to_vec(),
        },
        Wire::RpcCbor => cbor_with_text(body, "NextToken", TOKEN),
    }
}

fn after_open(body: &[u8], element: &str, insert: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let open = text.find(&format!("<{element}")).and_then(|at| Some(at + text[at..].find('>')? + 1));
    match open {
        Some(at) if !text[..at].ends_with("/>") => format!("{}{insert}{}", &text[..at], &text[at..]).into_bytes(),
        _ => body.to_vec(),
    }
}

fn without(body: &[u8], element: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(body).into_owned();
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    match (text.find(&open), text.find(&close)) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &text[..from], &text[to + close.len()..]).into_bytes(),
        _ => text.into_bytes(),
    }
}

/// A CBOR map of texts. <https://www.rfc-editor.org/rfc/rfc8949.html#section-3.1>
pub fn cbor_map(members: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0xbf];
    for (name, value) in members {
        cbor_text(&mut out, name);
        cbor_text(&mut out, value);
    }
    out.push(0xff);
    out
}

fn cbor_text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        short @ 0..=23 => out.push(0x60 | short as u8),
        longer => {
            out.push(0x79);
            out.extend((longer.min(usize::from(u16::MAX)) as u16).to_be_bytes());
        }
    }
    out.extend(text.as_bytes());
}

/// Puts a text into the map that a CBOR body is. The map may be of definite or indefinite length.
fn cbor_with_text(body: &[u8], name: &str, value: &str) -> Vec<u8> {
    let mut member = Vec::new();
    cbor_text(&mut member, name);
    cbor_text(&mut member, value);
    match body.first() {
        Some(0xbf) => [&[0xbf], &member[..], &body[1..]].concat(),
        Some(head @ 0xa0..=0xb6) => [&[head + 1], &member[..], &body[1..]].concat(),
        _ => body.to_vec(),
    }
}
