//! What ASFF has no place for, as its `ProductFields`: at most 50 pairs of texts.

use serde_json::{Map, Value, json};

use super::limits::{Text, text};
use crate::finding::{Finding, Head};

/// Pairs that a finding may have.
const MOST: usize = 50;

/// The pairs; `field` says how long a value may be.
pub fn fields(finding: &Finding, head: &Head, field: Text) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            fields.insert(text(Text::FieldName, &format!("driftlead/{name}")), json!(text(field, value)));
        }
    };
    add("tool", &head.tool);
    add("status", finding.status.word());
    add("fingerprint", &finding.fingerprint);
    add("severity", finding.severity.word());
    add("leg", finding.leg.word());
    add("family", &finding.family);
    add("region", &finding.region);
    add("reason", &finding.reason);
    add("action", &finding.action);
    add("resource", &finding.resource);
    add("observed-at", &finding.observed_at);
    add("configured-not-working", if finding.configured_not_working { "true" } else { "false" });
    add("since", finding.since.map_or("", |since| since.word()));
    if let Some(waiver) = &finding.waiver {
        add("waiver", &waiver.name);
        add("waiver-owner", &waiver.owner);
        add("waiver-expires", &waiver.expires);
    }
    add("calls", &calls(finding));
    add("frameworks", &json!(finding.frameworks).to_string());
    let room = MOST - fields.len();
    // Two pairs of evidence may differ only behind the limit of a name: the second would take the place of the first in silence.
    let whole = finding.evidence.iter().all(|(name, _)| name.chars().count() <= 100);
    if finding.evidence.len() <= room && whole {
        for (name, value) in &finding.evidence {
            let name = text(Text::FieldName, &format!("driftlead/evidence/{name}"));
            fields.insert(name, json!(text(field, &shown(value))));
        }
    } else {
        // What does not fit as pairs stands in few, in pieces of one JSON text.
        let whole = json!(finding.evidence).to_string();
        let letters: Vec<char> = whole.chars().collect();
        let pieces: Vec<&[char]> = letters.chunks(text_room(field)).collect();
        for (i, piece) in pieces.iter().take(room - 1).enumerate() {
            let piece: String = piece.iter().collect();
            fields.insert(format!("driftlead/evidence-json/{}", i + 1), json!(text(field, &piece)));
        }
        let is_cut = pieces.len() > room - 1;
        fields.insert("driftlead/evidence-json".into(), json!(if is_cut { "cut: the JSON report has all" } else { "whole, in pieces" }));
    }
    fields
}

/// Characters that a value has room for.
fn text_room(field: Text) -> usize {
    if field == Text::ShortField { 256 } else { 2048 }
}

/// Calls by operation and how they ended, each once.
fn calls(finding: &Finding) -> String {
    let mut calls: Vec<String> = finding.calls.iter().map(|call| format!("{} {}", call.action, call.outcome)).collect();
    calls.sort_unstable();
    calls.dedup();
    calls.join(", ")
}

/// A value as text: a text as it is, anything else, an empty text too, as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.trim().is_empty() => text.clone(),
        other => other.to_string(),
    }
}
