//! Every AWS call that driftlead can make, declared once beside its service.
//!
//! From a declaration come the guard (an undeclared call is refused before it is signed), the limiter's rate, the plan, the
//! least-privilege policy and the message of a gap. Declaring a call is the only way to be able to make it.

/// An AWS API as one SDK crate speaks it.
#[derive(Debug)]
pub struct Api {
    /// The service id, as the SDK's own metadata has it (`EC2`, `CloudWatch Logs`).
    pub id: &'static str,
    /// The prefix of its IAM actions (`ec2`, `logs`).
    pub prefix: &'static str,
    /// Requests a second that one account may get from us in one region, and how many at once after a pause. AWS's own limits are
    /// shared with everything else that runs in the account, so these stay well below what is documented.
    pub rate: Rate,
    /// How the wire looks, for whoever has to build an answer (recordings, tests).
    pub wire: Wire,
}

/// A token bucket.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Requests a second.
    pub per_second: f64,
    /// Requests at once after a pause.
    pub burst: u32,
}

/// The protocol of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// EC2's query protocol: form in, XML out.
    Ec2Query,
    /// The older query protocol (IAM, STS).
    AwsQuery,
    /// JSON with an `X-Amz-Target` header.
    AwsJson,
    /// JSON over REST.
    RestJson,
    /// XML over REST, errors bare (S3).
    RestXml,
    /// XML over REST, errors in an envelope (S3 Control).
    RestXmlWrapped,
    /// Smithy's RPC protocol with CBOR bodies (CloudWatch).
    RpcCbor,
}

/// What a call does to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It reads, and its name says so.
    Read,
    /// It makes AWS compile a report about the account (`iam:GenerateCredentialReport`); nothing of the account changes.
    Report,
}

/// One operation.
#[derive(Debug)]
pub struct Call {
    /// The API.
    pub api: &'static Api,
    /// The operation, as AWS names it (`DescribeSubnets`).
    pub action: &'static str,
    /// The IAM permission that it needs (`ec2:DescribeSubnets`); not always the operation's name.
    pub permission: &'static str,
    /// What it does to the account.
    pub class: Class,
}

impl Call {
    /// Whether the name is one of a reading operation. What hands out a secret (a value, credentials, a signed link to code) is
    /// not, whatever its name says.
    pub fn is_read_class(&self) -> bool {
        const READS: &[&str] = &["Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Search", "Filter", "Simulate"];
        const SECRETS: &[&str] = &[
            "GetSecretValue", "BatchGetSecretValue", "GetParameter", "GetParameters", "GetParametersByPath", "GetPasswordData",
            "GetSessionToken", "GetFederationToken", "GetRandomPassword", "GetFunction",
        ];
        match self.class {
            Class::Read => READS.iter().any(|prefix| self.action.starts_with(prefix)) && !SECRETS.contains(&self.action),
            Class::Report => self.action == "GenerateCredentialReport",
        }
    }
}

/// Declares the calls of an API: `calls! { EC2 "ec2": DescribeVpcs, DescribeSubnets }`, with `= "s3:ListBucket"` where the
/// permission has another name, and `as Report` where the call is not a plain reading one.
macro_rules! calls {
    ($api:ident $prefix:literal: $( $(#[$doc:meta])* $action:ident $(= $permission:literal)? $(as $class:ident)? ),+ $(,)?) => {
        /// The declared calls, each named as AWS names it.
        #[allow(non_upper_case_globals, missing_docs)]
        pub mod call {
            use $crate::aws::{Call, Class};
            $(
                $(#[$doc])*
                pub const $action: &Call = &Call {
                    api: super::$api,
                    action: stringify!($action),
                    permission: $crate::aws::call::calls!(@permission $prefix, $action $(, $permission)?),
                    class: $crate::aws::call::calls!(@class $($class)?),
                };
            )+
        }
    };
    (@permission $prefix:literal, $action:ident, $permission:literal) => { $permission };
    (@permission $prefix:literal, $action:ident) => { concat!($prefix, ":", stringify!($action)) };
    (@class) => { Class::Read };
    (@class $class:ident) => { Class::$class };
}
pub(crate) use calls;
