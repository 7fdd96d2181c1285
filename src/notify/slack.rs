//! A message as Slack's incoming webhooks take it: blocks, within Slack's limits, in which nothing from an account is markup.
//!
//! Limits: <https://docs.slack.dev/reference/block-kit/blocks> (50 blocks, a header of 150 characters) and
//! <https://docs.slack.dev/reference/block-kit/composition-objects/text-object> (a text of 3000). All texts of a message together must
//! stay below some 13,000 characters, or Slack refuses it (`msg_blocks_too_long`).

use serde_json::{Value, json};

use super::told::{Message, Notice};
use crate::finding::{Severity, Status};

/// Characters of the header.
const OF_A_HEADER: usize = 150;

/// The body.
pub(super) fn body(message: &Message) -> Value {
    let headline = headline(message);
    let mut blocks = vec![
        json!({"type": "header", "text": {"type": "plain_text", "text": clipped(&headline, OF_A_HEADER), "emoji": false}}),
        section(&facts(message)),
    ];
    blocks.extend(message.findings.iter().map(|notice| section(&line(notice))));
    if message.more > 0 {
        blocks.push(section(&format!("… and {} more", message.more)));
    }
    // `text` is what a notification shows; there too `&`, `<` and `>` would be markup.
    json!({"text": safe(&headline, OF_A_HEADER), "blocks": blocks})
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}})
}

fn headline(message: &Message) -> String {
    let failures = message.number() - message.counts["unknown"];
    let what = if message.findings.iter().any(|notice| notice.since.is_some()) { "new " } else { "" };
    let mut parts = Vec::new();
    if failures > 0 {
        parts.push(format!("{failures} {what}{}", if failures == 1 { "failure" } else { "failures" }));
    }
    if message.counts["unknown"] > 0 {
        parts.push(format!("{} that cannot be said", message.counts["unknown"]));
    }
    let accounts = &message.snapshot.accounts;
    let of = match &accounts[..] {
        [] => String::new(),
        [one] => format!(" in {one}"),
        several => format!(" in {} accounts", several.len()),
    };
    format!("driftlead: {}{of}", parts.join(", "))
}

/// What was read, and all verdicts in numbers.
fn facts(message: &Message) -> String {
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .filter_map(|severity| Some((severity.word(), *message.counts.get(severity.word())?)))
        .filter(|(_, number)| *number > 0)
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    let summary = &message.summary;
    let mut lines = Vec::new();
    if !by_severity.is_empty() {
        lines.push(by_severity.join(", "));
    }
    lines
        .push(format!("In all: {} fail, {} cannot be said, {} muted, {} pass", summary.fail, summary.unknown, summary.muted, summary.pass));
    if let Some(since) = summary.since.as_ref().filter(|since| !since.started_at.is_empty()) {
        let resolved = if since.resolved > 0 { format!(", {} resolved", since.resolved) } else { String::new() };
        lines.push(format!("Since {}: {} new, {} persist{resolved}", safe(&since.started_at, 40), since.new, since.persisting));
    }
    let complete = if message.snapshot.complete { "" } else { "; the snapshot is incomplete" };
    lines.push(format!("Read at {}{complete}", safe(&message.snapshot.started_at, 40)));
    lines.join("\n")
}

/// A finding, in 600 characters at the most: twenty of them leave room for the rest.
fn line(notice: &Notice) -> String {
    let verdict = match notice.status {
        Status::Unknown => "cannot be said",
        _ => notice.severity.word(),
    };
    let told = notice.message.as_deref().filter(|message| !message.is_empty());
    let text = safe(told.unwrap_or(&notice.title), 160);
    let why = if notice.action.is_empty() { String::new() } else { format!(" (needs {})", safe(&notice.action, 60)) };
    let (check, place) = (safe(&notice.check, 80), safe(&format!("{} {}", notice.account, notice.region), 40));
    let resource = if notice.resource.is_empty() { String::new() } else { format!("\n`{}`", code(&notice.resource, 180)) };
    format!("*{verdict}* {text}{why}\n{check} · {place}{resource}")
}

/// A text that Slack shows as it is: what would be markup is escaped, what would be invisible or break the line is a space. At most
/// so many characters, counted as they go out.
fn safe(text: &str, most: usize) -> String {
    let mut safe = String::new();
    let mut left = most;
    for c in text.chars() {
        let escaped = match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            // Between others these would be bold, struck or code; a character that looks like it is not.
            '*' => "\u{2217}".to_owned(),
            '`' => "\u{2018}".to_owned(),
            '~' => "\u{223c}".to_owned(),
            c if is_hidden(c) => " ".to_owned(),
            c => c.to_string(),
        };
        let length = escaped.chars().count();
        if length >= left {
            safe.push('…');
            break;
        }
        left -= length;
        safe += &escaped;
    }
    safe
}

/// The same between backticks, where stars are only stars.
fn code(text: &str, most: usize) -> String {
    safe(text, most).replace('\u{2217}', "*").replace('\u{223c}', "~")
}

/// A text for a header, in which nothing is markup.
fn clipped(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    if text.chars().count() <= most { text } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// What shows nothing, breaks the line, or turns the writing round.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
