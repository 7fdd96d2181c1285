//! Answers as the bytes of a connection.

use std::cell::RefCell;
use std::io::Write;

use crate::clock::Http;

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The `content-type`.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the answer has no body on the wire, as that to a `HEAD`.
    pub is_head: bool,
}

thread_local! {
    /// The `date` header of the second that was asked for last: writing a date costs more than the rest of a head.
    static DATE: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

fn date(out: &mut Vec<u8>, now: i64) {
    DATE.with_borrow_mut(|(second, text)| {
        if *second != now {
            (*second, *text) = (now, Http(now).to_string());
        }
        out.extend_from_slice(text.as_bytes());
    });
}

/// The head of an answer at a moment. The body is written after it, from the buffer that it is in.
pub fn head(response: &Response, request_id: &str, now: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let reason = match response.status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    };
    let (status, content_type) = (response.status, response.content_type);
    // Writing to a buffer does not fail.
    let _ = write!(out, "HTTP/1.1 {status} {reason}\r\nx-amzn-requestid: {request_id}\r\ndate: ");
    date(&mut out, now);
    out.extend_from_slice(b"\r\n");
    for (name, value) in &response.headers {
        let _ = write!(out, "{name}: {value}\r\n");
    }
    if !response.is_head {
        let _ = write!(out, "content-type: {content_type}\r\n");
        if !response.headers.iter().any(|(name, _)| *name == "content-length") {
            let _ = write!(out, "content-length: {}\r\n", response.body.len());
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_end_with_an_empty_line() {
        let headers = vec![("x-amz-bucket-region", "eu-west-1".to_owned())];
        let response = Response { status: 200, content_type: "text/xml", headers, body: b"abc".to_vec(), is_head: false };
        let text = String::from_utf8(head(&response, "r", 0)).expect("text");
        assert!(text.starts_with("HTTP/1.1 200 OK\r\nx-amzn-requestid: r\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"));
        assert!(text.ends_with("x-amz-bucket-region: eu-west-1\r\ncontent-type: text/xml\r\ncontent-length: 3\r\n\r\n"));
    }
}
