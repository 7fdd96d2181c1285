//! `--plan`: the calls that would be made.

use anyhow::Result;

use super::{Exit, Global};
use crate::plan::Plan;
use crate::report::print_rows;

/// Prints the plan. Nothing is called.
pub fn print(plan: &Plan, global: &Global) -> Result<Exit> {
    let row = |step: crate::plan::Step| vec![step.call.permission.to_owned(), step.reader.name.to_owned(), step.how_often()];
    let rows: Vec<Vec<String>> = plan.steps().into_iter().map(row).collect();
    print_rows(global.style(0), &["permission", "reader", "how often"], &rows)?;
    Ok(Exit::Clean)
}
