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
    /// What AWS lets everybody in an account have of it, in one region. driftlead takes a share of that.
    pub quota: Quota,
    /// How the wire looks, for whoever has to build an answer (recordings, tests).
    pub wire: Wire,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: f64,
    /// Requests at once after a pause.
    pub burst: u32,
}

/// AWS's own limits of an API, for an account in a region: what is documented, or a careful guess where nothing is.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    rate: Rate,
    is_each: bool,
    apart: &'static [(&'static str, f64, u32)],
}

impl Quota {
    /// All operations draw from one bucket.
    pub const fn shared(per_second: f64, burst: u32) -> Self {
        Self { rate: Rate { per_second, burst }, is_each: false, apart: &[] }
    }

    /// Every operation has a bucket of its own.
    pub const fn each(per_second: f64, burst: u32) -> Self {
        Self { rate: Rate { per_second, burst }, is_each: true, apart: &[] }
    }

    /// The same, but for some operations, which have buckets of their own: name, requests a second, burst.
    pub const fn but(self, apart: &'static [(&'static str, f64, u32)]) -> Self {
        Self { apart, ..self }
    }

    /// The bucket from which an operation draws: its name (`''` for the one that operations share), and its size.
    pub fn of(&self, action: &'static str) -> (&'static str, Rate) {
        match self.apart.iter().find(|(name, ..)| *name == action) {
            Some((_, per_second, burst)) => (action, Rate { per_second: *per_second, burst: *burst }),
            None => (if self.is_each { action } else { "" }, self.rate),
        }
    }
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
