//! `permissions`: the least-privilege policy, from the declared calls and nothing else.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::whose::role;
use super::{Checks, Exit, Global, vet};
use crate::aws::Warrant;
use crate::check::select;
use crate::plan::Plan;
use crate::services::cloudtrail::history::{BY_NAME, PEEK, SWEEP};
use crate::services::organizations::account::LIST as ACCOUNTS;
use crate::services::s3::state::{Address, FETCH, LIST};

/// Print the least-privilege policy for what is to be read
///
/// The policy is an IAM policy document: attach it to the role that driftlead uses.
#[derive(Debug, Args)]
pub struct Permissions {
    /// Only what these checks need; patterns such as vpc/* are understood
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Also what this errand needs: `who`, or the place of a state, s3://BUCKET/KEY or s3://BUCKET/PREFIX/ (repeatable)
    #[arg(long, value_name = "ERRAND", value_parser = errand)]
    with: Vec<With>,
    /// For the account whose credentials read a whole organization: also listing it, and assuming --role in its accounts
    #[arg(long, requires = "role")]
    org: bool,
    /// The role by which each account is entered: its name, or path and name
    #[arg(long, value_name = "NAME", requires = "org", value_parser = role)]
    role: Option<String>,
    #[command(flatten)]
    checks: Checks,
}

/// An errand.
#[derive(Debug, Clone)]
enum With {
    /// Asking CloudTrail who changed something.
    Who,
    /// Fetching a state.
    State(Address),
}

fn errand(typed: &str) -> Result<With, String> {
    match typed {
        "who" => Ok(With::Who),
        uri if uri.starts_with("s3://") => Address::parse(uri).map(With::State),
        _ => Err("write `who`, or the place of a state: s3://BUCKET/KEY or s3://BUCKET/PREFIX/".to_owned()),
    }
}

impl Permissions {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let plan = if self.ids.is_empty() {
            Plan::everything()
        } else {
            let checks = vet(select(&self.checks.all()?, &self.ids)?)?;
            Plan::for_checks(checks.iter().map(|(_, vetted)| vetted))
        };
        let mut actions = plan.permissions();
        if self.with.iter().any(|with| matches!(with, With::Who)) {
            actions.extend([PEEK.warrant, SWEEP.warrant, BY_NAME.warrant].iter().flat_map(permissions));
        }
        let actions: Vec<&str> = actions.into_iter().collect();
        let mut statements = vec![json!({"Sid": "DriftleadReads", "Effect": "Allow", "Action": actions, "Resource": "*"})];
        let addresses: Vec<&Address> = self.with.iter().filter_map(With::address).collect();
        if !addresses.is_empty() {
            let objects: Vec<String> = addresses.iter().map(|address| objects(address)).collect();
            let actions: Vec<&str> = permissions(&FETCH.warrant).collect();
            statements.push(json!({"Sid": "DriftleadStates", "Effect": "Allow", "Action": actions, "Resource": objects}));
        }
        let listed: Vec<&Address> = addresses.into_iter().filter(|address| address.is_prefix()).collect();
        if !listed.is_empty() {
            let buckets: BTreeSet<String> = listed.iter().map(|address| format!("arn:aws:s3:::{}", address.bucket)).collect();
            let actions: BTreeSet<&str> = permissions(&LIST.warrant).collect();
            statements.push(json!({"Sid": "DriftleadStateLists", "Effect": "Allow", "Action": actions, "Resource": buckets}));
        }
        if let Some(role) = &self.role {
            let actions: BTreeSet<&str> = permissions(&ACCOUNTS.warrant).collect();
            statements.push(json!({"Sid": "DriftleadOrganization", "Effect": "Allow", "Action": actions, "Resource": "*"}));
            let roles = format!("arn:aws:iam::*:role/{role}");
            statements.push(json!({"Sid": "DriftleadEnters", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles}));
            global.remark(&trust(role));
        }
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        crate::report::print_text(&format!("{policy:#}"))?;
        Ok(Exit::Clean)
    }
}

/// What each account's role must say of who may assume it.
fn trust(role: &str) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/driftlead"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "EXTERNAL-ID"}},
        }],
    });
    format!(
        "Every account needs the role {role}, with the statement DriftleadReads of the policy on standard output, and with this trust \
         policy. Put in the identity that runs driftlead, and the --external-id, or leave the condition out. A stack set with \
         automatic deployment makes the role in accounts that join later.\n{policy:#}"
    )
}

impl With {
    fn address(&self) -> Option<&Address> {
        match self {
            Self::Who => None,
            Self::State(address) => Some(address),
        }
    }
}

fn permissions(warrant: &Warrant) -> impl Iterator<Item = &'static str> + use<> {
    warrant.calls.iter().map(|call| call.permission)
}

/// The objects that may be fetched: one, or all states below a prefix.
fn objects(address: &Address) -> String {
    let end = if address.is_prefix() { "*.tfstate" } else { "" };
    format!("arn:aws:s3:::{}/{}{end}", address.bucket, address.key)
}
