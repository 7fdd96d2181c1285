//! Requests out of a connection's bytes.

/// The largest head, and the largest body, that is read.
const LARGEST: usize = 16 << 20;

/// A whole request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The query as it was sent, without its `?`.
    pub query: String,
    /// The headers that matter, by lower-case name.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the client wants the connection closed after the answer.
    pub is_last: bool,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// What a connection's bytes begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A request, and how many bytes it took.
    Whole(Box<Request>, usize),
    /// Not yet a whole request. `true`: the client waits for a `100 Continue`.
    Partial(bool),
    /// Nothing that HTTP is.
    Wrong(&'static str),
}

/// Headers that are looked at; the others are passed over.
const KEPT: &[&str] =
    &["authorization", "x-amz-target", "x-amz-date", "smithy-protocol", "amz-sdk-request", "content-type", "x-amz-account-id", "host"];

/// Reads a request from the beginning of `bytes`.
pub fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut headers);
    let head_len = match head.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() > LARGEST => return Parsed::Wrong("the head is too long"),
        Ok(httparse::Status::Partial) => return Parsed::Partial(false),
        Err(_) => return Parsed::Wrong("not HTTP/1.1"),
    };
    let target = head.path.unwrap_or("/");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: head.method.unwrap_or("GET").to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::with_capacity(KEPT.len()),
        body: Vec::new(),
        is_last: head.version == Some(0),
    };
    let (mut length, mut is_chunked, mut expects) = (0usize, false, false);
    for header in head.headers.iter() {
        let Ok(value) = std::str::from_utf8(header.value) else { continue };
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            match value.trim().parse() {
                Ok(parsed) if parsed <= LARGEST => length = parsed,
                _ => return Parsed::Wrong("the content-length is none"),
            }
        } else if is("transfer-encoding") {
            is_chunked = value.to_ascii_lowercase().contains("chunked");
        } else if is("expect") {
            expects = value.eq_ignore_ascii_case("100-continue");
        } else if is("connection") {
            request.is_last |= value.eq_ignore_ascii_case("close");
        } else if let Some(kept) = KEPT.iter().find(|kept| is(kept)) {
            request.headers.push((*kept, value.to_owned()));
        }
    }
    let rest = &bytes[head_len..];
    let taken = if is_chunked {
        match chunks(rest, &mut request.body) {
            Ok(Some(taken)) => taken,
            Ok(None) => return Parsed::Partial(expects && rest.is_empty()),
            Err(wrong) => return Parsed::Wrong(wrong),
        }
    } else if let Some(body) = rest.get(..length) {
        request.body.extend_from_slice(body);
        length
    } else {
        return Parsed::Partial(expects && rest.is_empty());
    };
    Parsed::Whole(Box::new(request), head_len + taken)
}

/// Joins chunks; `None` while the last has not come. <https://www.rfc-editor.org/rfc/rfc9112.html#section-7.1>
fn chunks(bytes: &[u8], body: &mut Vec<u8>) -> Result<Option<usize>, &'static str> {
    let mut at = 0;
    loop {
        let (data, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete((line, size))) => (at + line, usize::try_from(size).map_err(|_| "a chunk is too long")?),
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err("a chunk has no size"),
        };
        if size > LARGEST || body.len() + size > LARGEST {
            return Err("the body is too long");
        }
        if size == 0 {
            // Trailers, if any, end with an empty line.
            let tail = &bytes[data..];
            if tail.starts_with(b"\r\n") {
                return Ok(Some(data + 2));
            }
            return Ok(tail.windows(4).position(|window| window == b"\r\n\r\n").map(|end| data + end + 4));
        }
        match bytes.get(data..data + size + 2) {
            Some(chunk) => body.extend_from_slice(&chunk[..size]),
            None => return Ok(None),
        }
        at = data + size + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> (Request, usize) {
        match parse(text.as_bytes()) {
            Parsed::Whole(request, taken) => (*request, taken),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn requests_follow_one_another() {
        let text = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n";
        let (first, taken) = whole(text);
        assert_eq!((first.path.as_str(), first.query.as_str(), &first.body[..]), ("/a", "b=c", &b"abc"[..]));
        assert_eq!(whole(&text[taken..]).0.method, "GET");
    }

    #[test]
    fn chunks_are_joined() {
        let text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET";
        let (request, taken) = whole(text);
        assert_eq!((&request.body[..], &text[taken..]), (&b"abcde"[..], "GET"));
        for end in 0..taken {
            assert!(matches!(parse(&text.as_bytes()[..end]), Parsed::Partial(_)), "{end}");
        }
    }

    #[test]
    fn what_is_not_http_is_said() {
        assert!(matches!(parse(b"\x16\x03\x01 hello\r\n\r\n"), Parsed::Wrong(_)));
        assert!(matches!(parse(b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n"), Parsed::Wrong(_)));
        assert_eq!(parse(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"), Parsed::Partial(true));
    }
}
