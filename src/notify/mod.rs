//! WHO IS TOLD: webhooks of `driftlead.toml` that get one message after a scan, and only if there is something to say.
//!
//! Beside `aws` this is the only room that opens a connection, and it comes after the verdicts: what happens here changes none. A
//! message names checks, accounts, regions and resources. Values go out only where the webhook says `include_evidence = true`; so do
//! sentences and commands, which are made of values.

mod post;
mod section;
mod slack;
mod told;

use crate::finding::{Finding, Head, Severity, Since, Status, Summary};

pub use post::Pace;
pub use section::{Format, NotifySection, On, Webhook};
pub use told::{Message, Notice};

/// Findings that one message shows; the rest is counted. Twenty of the longest stay below what Slack takes in one message.
const MOST: usize = 20;

/// What is to be said to each webhook, gathered while the verdicts go by: a few findings and numbers, however many there are.
#[derive(Debug)]
pub struct Notices<'c> {
    drafts: Vec<Draft<'c>>,
}

/// What one webhook is to be told.
#[derive(Debug)]
struct Draft<'c> {
    webhook: &'c Webhook,
    /// The worst, in order.
    findings: Vec<Finding>,
    /// How many there are of each severity, the worst first; and unknowns.
    fails: [u64; 5],
    unknown: u64,
}

/// How it ended for one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The webhook's name.
    pub webhook: String,
    /// How many findings the message was about; or why nobody was told, without the address.
    pub result: Result<u64, String>,
}

impl<'c> Notices<'c> {
    /// Nothing yet, for these webhooks.
    pub fn new(section: &'c NotifySection) -> Self {
        let draft = |webhook| Draft { webhook, findings: Vec::new(), fails: [0; 5], unknown: 0 };
        Self { drafts: section.webhook.iter().map(draft).collect() }
    }

    /// Takes a verdict that may be worth telling.
    pub fn take(&mut self, finding: &Finding) {
        if matches!(finding.status, Status::Fail | Status::Unknown) {
            self.drafts.iter_mut().for_each(|draft| draft.take(finding));
        }
    }

    /// Sends one message to each webhook that has something to hear, and says how that went.
    pub fn send(&self, head: &Head, summary: &Summary, pace: Pace) -> Vec<Sent> {
        let with_news = self.drafts.iter().filter(|draft| !draft.findings.is_empty());
        let send = |draft: &Draft<'_>| {
            let message = draft.message(head, summary);
            let number = message.number();
            Sent { webhook: draft.webhook.name.clone(), result: draft.webhook.tell(&message, pace).map(|()| number) }
        };
        with_news.map(send).collect()
    }
}

impl Draft<'_> {
    fn take(&mut self, finding: &Finding) {
        let is_wanted = self.webhook.on == On::Failures || finding.since == Some(Since::New);
        if !is_wanted || finding.severity < self.webhook.min_severity {
            return;
        }
        match finding.status {
            Status::Fail => self.fails[rank(finding)] += 1,
            _ => self.unknown += 1,
        }
        // What fails comes before what cannot be said; of equals the first stays first.
        let order = |finding: &Finding| (finding.status != Status::Fail, rank(finding));
        let at = self.findings.partition_point(|other| order(other) <= order(finding));
        if at < MOST {
            self.findings.insert(at, finding.clone());
            self.findings.truncate(MOST);
        }
    }

    fn message(&self, head: &Head, summary: &Summary) -> Message {
        Message::of(self.webhook, head, summary, self.fails, self.unknown, &self.findings)
    }
}

/// Where a severity stands among all, the worst first.
fn rank(finding: &Finding) -> usize {
    Severity::ALL.iter().take_while(|severity| **severity != finding.severity).count()
}

impl Webhook {
    /// Sends a message.
    ///
    /// # Errors
    /// Why nobody was told, without the address.
    pub fn tell(&self, message: &Message, pace: Pace) -> Result<(), String> {
        let target = self.target()?;
        let body = match self.format {
            Format::Json => serde_json::to_vec(message),
            Format::Slack => serde_json::to_vec(&slack::body(message)),
        };
        post::post(&target, &body.map_err(|error| error.to_string())?, self.timeout_seconds, self.retries, pace)
    }
}
