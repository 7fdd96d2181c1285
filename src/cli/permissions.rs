//! `permissions`: the least-privilege policy, from the declared calls and nothing else.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{Checks, Exit, vet};
use crate::check::select;
use crate::plan::Plan;

/// Print the least-privilege policy for what is to be read
///
/// The policy is an IAM policy document: attach it to the role that driftlead uses.
#[derive(Debug, Args)]
pub struct Permissions {
    /// Only what these checks need; patterns such as vpc/* are understood
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    checks: Checks,
}

impl Permissions {
    /// Runs the command.
    pub fn run(&self) -> Result<Exit> {
        let plan = if self.ids.is_empty() {
            Plan::everything()
        } else {
            let checks = vet(select(&self.checks.all()?, &self.ids)?)?;
            Plan::for_checks(checks.iter().map(|(_, vetted)| vetted))
        };
        let actions: Vec<&str> = plan.permissions().into_iter().collect();
        let statement = json!({"Sid": "DriftleadReads", "Effect": "Allow", "Action": actions, "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        crate::report::print_text(&format!("{policy:#}"))?;
        Ok(Exit::Clean)
    }
}
