//! Errors in the shape of each protocol.

use super::{Body, Wire};

/// An error that AWS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// AWS's code.
    pub code: String,
    /// What it says to people.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl Refusal {
    /// An error.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status }
    }

    /// The caller lacks a permission.
    pub fn denied(wire: Wire, account: &str, permission: &str) -> Self {
        let (code, status) = match wire {
            Wire::Ec2Query => ("UnauthorizedOperation", 403),
            Wire::AwsQuery | Wire::RestXml | Wire::RestXmlWrapped => ("AccessDenied", 403),
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => ("AccessDeniedException", 400),
            Wire::RestJson => ("AccessDeniedException", 403),
        };
        Self::new(status, code, format!("User: arn:aws:iam::{account}:user/synthetic is not authorized to perform: {permission}"))
    }

    /// The caller asks too often. EC2, Auto Scaling and Lambda have codes of their own.
    pub fn throttled(wire: Wire, service: &str) -> Self {
        let (code, status) = match (wire, service) {
            (Wire::Ec2Query, _) => ("RequestLimitExceeded", 503),
            (Wire::AwsQuery, _) | (Wire::RestXmlWrapped, "route53") => ("Throttling", 400),
            (Wire::RestXml | Wire::RestXmlWrapped, _) => ("SlowDown", 503),
            (_, "organizations" | "backup") | (Wire::RestJson, "lambda" | "apigateway" | "apigatewayv2") => {
                ("TooManyRequestsException", 429)
            }
            (Wire::RestJson, _) => ("ThrottlingException", 429),
            (Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor, _) => ("ThrottlingException", 400),
        };
        let status = if status == 429 && matches!(wire, Wire::AwsJson10 | Wire::AwsJson11) { 400 } else { status };
        Self::new(status, code, "Rate exceeded")
    }

    /// Something broke at AWS.
    pub fn internal(wire: Wire) -> Self {
        let code = match wire {
            Wire::Ec2Query | Wire::RestXml | Wire::RestXmlWrapped => "InternalError",
            Wire::AwsQuery => "InternalFailure",
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => "InternalServerException",
            Wire::RestJson => "ServiceException",
        };
        Self::new(500, code, "An internal error occurred")
    }

    /// The credentials are no longer good.
    pub fn expired(wire: Wire) -> Self {
        let (code, status) = match wire {
            Wire::Ec2Query => ("RequestExpired", 400),
            Wire::AwsQuery | Wire::RestXmlWrapped => ("ExpiredToken", 403),
            Wire::RestXml => ("ExpiredToken", 400),
            Wire::RestJson => ("ExpiredTokenException", 403),
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => ("ExpiredTokenException", 400),
        };
        Self::new(status, code, "The security token included in the request is expired")
    }

    /// The caller's clock is off.
    pub fn skewed(wire: Wire) -> Self {
        let (code, status) = match wire {
            Wire::RestXml => ("RequestTimeTooSkewed", 403),
            Wire::Ec2Query | Wire::AwsQuery | Wire::RestXmlWrapped => ("RequestTimeTooSkewed", 403),
            Wire::RestJson => ("InvalidSignatureException", 403),
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => ("RequestTimeTooSkewed", 400),
        };
        Self::new(status, code, "The difference between the request time and the current time is too large")
    }

    /// The credentials are nobody's.
    pub fn nobody(wire: Wire) -> Self {
        let (code, status) = match wire {
            Wire::Ec2Query => ("AuthFailure", 401),
            Wire::AwsQuery | Wire::RestXmlWrapped => ("InvalidClientTokenId", 403),
            Wire::RestXml => ("InvalidAccessKeyId", 403),
            Wire::RestJson => ("UnrecognizedClientException", 403),
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RpcCbor => ("UnrecognizedClientException", 400),
        };
        Self::new(status, code, "The security token included in the request is invalid: the access key is AKIA<12-digit account>SYNT")
    }

    /// There is no such action.
    pub fn unknown(wire: Wire, action: &str) -> Self {
        let code = match wire {
            Wire::Ec2Query | Wire::AwsQuery => "InvalidAction",
            _ => "UnknownOperationException",
        };
        Self::new(400, code, format!("The action {action} is not one that the synthetic AWS knows"))
    }

    /// The token of a next page is none that was given.
    pub fn bad_token(wire: Wire) -> Self {
        match wire {
            Wire::Ec2Query => Self::new(400, "InvalidNextToken", "The token is invalid"),
            Wire::AwsQuery | Wire::RestXml | Wire::RestXmlWrapped => Self::new(400, "ValidationError", "The marker is invalid"),
            Wire::AwsJson10 | Wire::AwsJson11 => Self::new(400, "InvalidParameterException", "The specified nextToken is invalid."),
            Wire::RestJson | Wire::RpcCbor => Self::new(400, "InvalidParameterValueException", "The token is invalid"),
        }
    }

    /// The error as the body of an answer.
    pub fn body(&self, wire: Wire, request_id: &str) -> Body {
        let mut body = Body::new(wire.format());
        body.status = self.status;
        let fault = if self.status < 500 { "Sender" } else { "Receiver" };
        let error = |body: &mut Body| {
            body.text("Code", &self.code);
            body.text("Message", &self.message);
        };
        match wire {
            Wire::Ec2Query => {
                body.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>");
                body.list("Errors", "Error", [()], |body, ()| error(body));
                body.text("RequestID", request_id);
                body.raw("</Response>");
            }
            Wire::AwsQuery | Wire::RestXmlWrapped => {
                body.raw("<?xml version=\"1.0\"?>\n<ErrorResponse>");
                body.member("Error", |body| {
                    body.text("Type", fault);
                    error(body);
                });
                body.text("RequestId", request_id);
                body.raw("</ErrorResponse>");
            }
            Wire::RestXml => {
                body.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
                error(&mut body);
                body.text("RequestId", request_id);
                body.raw("</Error>");
            }
            Wire::AwsJson10 | Wire::AwsJson11 | Wire::RestJson | Wire::RpcCbor => {
                body.open();
                body.text("__type", &self.code);
                body.text("message", &self.message);
                body.close();
                body.headers.push(("x-amzn-errortype", self.code.clone()));
            }
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_shape_of_their_protocol() {
        let of = |wire: Wire| String::from_utf8_lossy(&Refusal::throttled(wire, "x").body(wire, "r").into_bytes()).into_owned();
        assert!(of(Wire::Ec2Query).contains("<Errors><Error><Code>RequestLimitExceeded</Code>"));
        assert!(of(Wire::AwsQuery).contains("<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>"));
        assert!(of(Wire::RestXml).ends_with("<RequestId>r</RequestId></Error>"));
        assert!(of(Wire::AwsJson11).starts_with(r#"{"__type":"ThrottlingException","message":"#));
        assert_eq!(Refusal::throttled(Wire::RpcCbor, "cloudwatch").body(Wire::RpcCbor, "r").into_bytes()[0], 0xbf);
    }
}
