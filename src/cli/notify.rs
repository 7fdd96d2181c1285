//! Who is told after a scan, and how that went.

use clap::Args;

use super::Global;
use crate::finding::{Head, Summary};
use crate::notify::{Notices, NotifySection, Pace};
use crate::report::remark;
use crate::report::text::count;

/// Whether the webhooks of `driftlead.toml` are told.
#[derive(Debug, Args)]
pub struct Notifying {
    /// Tell the webhooks of driftlead.toml also of a snapshot or a recording (default: only of live accounts)
    #[arg(long, conflicts_with_all = ["plan", "no_notify"], help_heading = "Since last time")]
    notify: bool,
    /// Tell no webhook
    #[arg(long, help_heading = "Since last time")]
    no_notify: bool,
}

impl Notifying {
    /// Who is to be told, if anybody.
    pub fn section<'c>(&self, section: &'c NotifySection, is_live: bool) -> Option<&'c NotifySection> {
        Some(section).filter(|section| !section.webhook.is_empty() && !self.no_notify && (is_live || self.notify))
    }
}

/// Tells the webhooks. That one cannot be told changes no verdict and no exit code, and not even `--quiet` hides it: the same will
/// not be new in the next run.
pub fn send(global: &Global, notices: &Notices<'_>, head: &Head, summary: &Summary) {
    for sent in notices.send(head, summary, Pace::default()) {
        match sent.result {
            Ok(number) => {
                let number = count(usize::try_from(number).unwrap_or(usize::MAX), "finding");
                global.remark(&format!("{} was told of {number}.", sent.webhook));
            }
            Err(why) => remark(&format!("{} was not told: {why}. The scan itself is not touched by that.", sent.webhook)),
        }
    }
}
