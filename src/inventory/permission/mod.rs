//! What a principal may really do: identity policies, permissions boundary and service control policies together.
//!
//! The rules are AWS's (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>): a Deny that
//! matches wins wherever it stands; without one there must be an Allow in the identity's policies, in its boundary, if it has one,
//! and on every level of service control policies. What cannot be decided without a request, and what was not read, is
//! [`Truth::Open`]: never allowed and never denied. Resource policies and session policies are not weighed.

pub mod action;
pub mod condition;
mod document;
pub mod escalation;
pub mod evaluate;
mod ladder;
pub mod namespace;
pub mod pattern;
pub mod truth;

pub use condition::Context;
pub use document::Document;
pub use evaluate::{Guardrail, Policies, Principal};
pub use truth::Truth;
