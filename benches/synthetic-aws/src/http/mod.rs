//! HTTP/1.1, as much as AWS's SDKs speak of it: keep-alive, pipelined requests, bodies of a known length or in chunks.

mod request;
mod response;

pub use request::{Parsed, Request, parse};
pub use response::{Response, head};
