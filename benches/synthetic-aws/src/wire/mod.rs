//! AWS's protocols. <https://smithy.io/2.0/aws/protocols/index.html>

mod body;
mod cbor;
mod refusal;

pub use body::{Body, Format};
pub use cbor::read as read_cbor;
pub use refusal::Refusal;

/// The protocol that a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// EC2's query protocol.
    Ec2Query,
    /// The query protocol: IAM, STS, RDS, ELBv2, CloudFormation, Auto Scaling.
    AwsQuery,
    /// AWS JSON 1.0.
    AwsJson10,
    /// AWS JSON 1.1.
    AwsJson11,
    /// REST with JSON: Lambda, API Gateway, Backup.
    RestJson,
    /// REST with XML whose errors stand bare: S3.
    RestXml,
    /// REST with XML whose errors are wrapped: Route 53, S3 Control.
    RestXmlWrapped,
    /// Smithy RPC v2 CBOR: CloudWatch.
    RpcCbor,
}

impl Wire {
    /// How bodies are written.
    pub fn format(self) -> Format {
        match self {
            Self::Ec2Query | Self::AwsQuery | Self::RestXml | Self::RestXmlWrapped => Format::Xml,
            Self::AwsJson10 | Self::AwsJson11 | Self::RestJson => Format::Json,
            Self::RpcCbor => Format::Cbor,
        }
    }

    /// The `content-type` of bodies.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Ec2Query => "text/xml;charset=UTF-8",
            Self::AwsQuery | Self::RestXmlWrapped => "text/xml",
            Self::RestXml => "application/xml",
            Self::AwsJson10 => "application/x-amz-json-1.0",
            Self::AwsJson11 => "application/x-amz-json-1.1",
            Self::RestJson => "application/json",
            Self::RpcCbor => "application/cbor",
        }
    }
}

/// Base64 with padding. <https://www.rfc-editor.org/rfc/rfc4648.html#section-4>
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0u32, |number, index| number << 8 | u32::from(three.get(index).copied().unwrap_or(0)));
        for place in 0..4 {
            let is_there = place <= three.len();
            out.push(if is_there { LETTERS[(number >> (18 - 6 * place) & 63) as usize] as char } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        assert_eq!([base64(b""), base64(b"f"), base64(b"fo"), base64(b"foo"), base64(b"foobar")], ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    }
}
