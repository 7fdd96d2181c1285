//! What an SDK error means: denied, throttled, timed out, … Every way a call can end has a word, and none of them is "fine".
//!
//! Services model few of their error codes (EC2 models none), so codes are compared as text.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::breaker::Dead;
use super::guard::Refused;
use super::recording::Unrecorded;
use super::whole::BrokenOff;
use crate::inventory::Outcome;

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub outcome: Outcome,
    /// AWS's code, or `''`.
    pub code: String,
    /// AWS's message, or what the transport said.
    pub message: String,
    /// The HTTP status, where there was an answer. `HeadBucket` answers with nothing else.
    pub status: Option<u16>,
}

const DENIED: &[&str] = &[
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "AuthorizationError",
    "AuthorizationErrorException", "UnauthorizedAccess", "UnauthorizedException", "NotAuthorized", "AllAccessDisabled", "Forbidden",
    "ForbiddenException", "KMS.AccessDeniedException", "AccountProblem",
];

/// <https://docs.rs/aws-runtime>, `retries/classifiers.rs`, and EC2's and S3's own words.
pub(super) const THROTTLED: &[&str] = &[
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled", "TooManyRequestsException",
    "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "ProvisionedThroughputExceededException",
    "TransactionInProgressException", "PriorRequestNotComplete", "EC2ThrottledException", "Client.RequestLimitExceeded", "SlowDown",
];

const CREDENTIALS: &[&str] = &[
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "InvalidClientTokenId", "InvalidToken",
    "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException", "InvalidAccessKeyId",
    "RequestTimeTooSkewed", "IncompleteSignature", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotSignedUp",
];

const REGION_OFF: &[&str] = &["OptInRequired", "RegionDisabledException"];

/// Sorts an SDK error. `region_off` is what the account's own list of regions says of the region that was called.
pub fn classify<E>(error: &SdkError<E, HttpResponse>, region_off: bool) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    let failure = |outcome, code: &str, message: String| Failure { outcome, code: code.to_owned(), message: shorten(&message), status };
    if let Some(refused) = find::<Refused>(error) {
        return failure(Outcome::Refused, "", refused.to_string());
    }
    if let Some(dead) = find::<Dead>(error) {
        return failure(dead.outcome, "", dead.to_string());
    }
    if let Some(broken_off) = find::<BrokenOff>(error) {
        return failure(Outcome::Malformed, "", broken_off.to_string());
    }
    if let Some(unrecorded) = find::<Unrecorded>(error) {
        return failure(Outcome::Unrecorded, "", unrecorded.to_string());
    }
    if let Some(credentials) = find::<CredentialsError>(error) {
        // STS refused them: its own words say more than those of the layers above it.
        return match find::<ErrorMetadata>(credentials) {
            Some(told) => failure(Outcome::Credentials, told.code().unwrap_or(""), told.message().unwrap_or("").to_owned()),
            None => failure(Outcome::Credentials, "", chain(error)),
        };
    }
    match error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("");
            let message = service.err().message().unwrap_or("").to_owned();
            failure(service_outcome(code, &message, status, region_off), code, message)
        }
        SdkError::TimeoutError(_) => failure(Outcome::TimedOut, "", "no answer in time".to_owned()),
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => failure(Outcome::TimedOut, "", chain(error)),
        SdkError::DispatchFailure(_) => failure(Outcome::Unreachable, "", chain(error)),
        SdkError::ResponseError(_) => failure(Outcome::Malformed, "", chain(error)),
        other => failure(Outcome::Failed, "", chain(other)),
    }
}

fn service_outcome(code: &str, message: &str, status: Option<u16>, region_off: bool) -> Outcome {
    // A region that is not enabled answers as if the credentials were wrong; only the list of regions can tell the two apart.
    if REGION_OFF.contains(&code) || (region_off && (CREDENTIALS.contains(&code) || DENIED.contains(&code))) {
        Outcome::RegionOff
    } else if DENIED.contains(&code) {
        Outcome::Denied
    } else if THROTTLED.contains(&code) || status == Some(429) {
        Outcome::Throttled
    } else if CREDENTIALS.contains(&code) {
        Outcome::Credentials
    } else if status == Some(403) || message.contains("is not authorized to perform") {
        Outcome::Denied
    } else {
        Outcome::Failed
    }
}

/// Whether a code says that the caller may not.
pub fn is_denial(code: &str) -> bool {
    DENIED.contains(&code)
}

/// The first error of a type in the chain of causes.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// All causes in one line; the SDK's outermost message alone ("dispatch failure") says nothing.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

/// Messages are kept to what a person reads.
fn shorten(message: &str) -> String {
    const MOST: usize = 600;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_one_meaning_each() {
        let of = |code| service_outcome(code, "", Some(400), false);
        assert_eq!(of("UnauthorizedOperation"), Outcome::Denied);
        assert_eq!(of("RequestLimitExceeded"), Outcome::Throttled);
        assert_eq!(of("ExpiredToken"), Outcome::Credentials);
        // S3's word for a clock that is wrong; its status alone would say that a permission is missing.
        assert_eq!(of("RequestTimeTooSkewed"), Outcome::Credentials);
        assert_eq!(of("OptInRequired"), Outcome::RegionOff);
        assert_eq!(of("InternalError"), Outcome::Failed);
        for list in [DENIED, THROTTLED, CREDENTIALS, REGION_OFF] {
            let others = [DENIED, THROTTLED, CREDENTIALS, REGION_OFF].into_iter().filter(|other| other != &list);
            assert!(others.flatten().all(|code| !list.contains(code)));
        }
    }

    #[test]
    fn a_region_that_is_off_is_not_a_credentials_error() {
        assert_eq!(service_outcome("AuthFailure", "", Some(401), false), Outcome::Credentials);
        assert_eq!(service_outcome("AuthFailure", "", Some(401), true), Outcome::RegionOff);
    }

    #[test]
    fn a_bare_403_is_a_denial() {
        assert_eq!(service_outcome("", "", Some(403), false), Outcome::Denied);
    }
}
