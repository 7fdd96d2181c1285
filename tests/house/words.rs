//! Words that have no place in the program: guesses in place of facts, half-done work, and printing outside of the reports.

use super::source::{Source, find_word, hold, sources};

/// A guess: what nobody said becomes "none", "no" or "nothing", where it may be unread.
const GUESSES: &[&str] = &["unwrap_or_default()", "unwrap_or(false)", "unwrap_or(true)", "unwrap_or(0)", "unwrap_or(0.0)", "or_insert(0)"];

/// The same in other words; under `src/services` only, where they would be about what AWS said.
const DISGUISED: &[&str] = &[
    "map_or(0,", "map_or(0.0,", "map_or(false,", "unwrap_or_else(String::new)", "unwrap_or_else(Vec::new)",
    "unwrap_or_else(|_| Vec::new())", "unwrap_or_else(HashMap::new)",
];

/// Places where the guess is none, by file and a part of the line, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    ("src/check/legs.rs", "is_configured", "a leg that no check judged was not proven to be configured"),
    ("src/check/mod.rs", "let best =", "the best score among no checks"),
    ("src/check/vet.rs", "check.sql.find(\"*/\")", "a place in a text, for the line in a message"),
    ("src/check/vet.rs", "check.sql.find(sql.as_str())", "a place in a text, for the line in a message"),
    ("src/check/vet.rs", "usize::try_from(*offset)", "SQLite's -1 for an error without a place"),
    ("src/plan/forecast.rs", "steps.get(&key)", "a call that the earlier run did not make is forecast as none"),
    ("src/plan/forecast.rs", "or_insert(0)", "a sum begins with nothing"),
    ("src/plan/forecast.rs", "seconds.pop()", "a run that never ended says nothing of its length; the limits then tell it alone"),
    ("src/services/elbv2/listener.rs", "listener.port()", "a gateway load balancer takes all ports and has none; documented on the column"),
    (
        "src/services/logs/group.rs",
        "retention_in_days",
        "DescribeLogGroups leaves it out when events never expire; documented on the column",
    ),
    ("src/services/route53/zone.rs", "record.ttl()", "an alias has no time to live of its own; documented on the column"),
    ("src/services/secretsmanager/secret.rs", "version_ids_to_stages", "DescribeSecret leaves it out for a secret without a version"),
    ("src/services/vpc/network_acl.rs", "from_port", "a rule without ports is about all of them; documented on the column"),
    ("src/services/s3/bucket.rs", "priority", "the oldest form of rule has none; documented on the column"),
    (
        "src/services/iam/authorization.rs",
        "permissions_boundary_usage_count",
        "AWS always tells it; an emulator that does not lists AWS's own thousand policies, of which nobody uses one",
    ),
    ("src/services/s3/bucket.rs", "replication_time_minutes", "no promise, no minutes; documented on the column"),
    ("src/services/s3/object_sample.rs", "sort_by_key", "an order, not a value"),
    ("src/services/s3/bucket_upkeep.rs", "default.map_or(0,", "no default retention, no days; documented on the column"),
    ("src/services/cloudtrail/mod.rs", "cx.clock().unix()", "a run's clock is a moment, never `never`"),
    ("src/services/cloudwatch/metric.rs", "cx.clock().unix()", "a run's clock is a moment, never `never`"),
    (
        "src/services/s3/bucket_upkeep.rs",
        "rule.expiration()",
        "S3 leaves out an action that a lifecycle rule does not have; 0 days is no action",
    ),
    ("src/services/s3/bucket_upkeep.rs", "rule.noncurrent_version_expiration()", "the same"),
    ("src/services/s3/bucket_upkeep.rs", "rule.abort_incomplete_multipart_upload()", "the same"),
    ("src/drift/fold.rs", "above(parent.table)", "what hangs on nothing is at no depth"),
    ("src/report/posture.rs", "let longest =", "the longest of no names"),
    ("src/report/text.rs", "cells.chain(", "the widest of no cells"),
];

/// Half-done work, and what is left from looking for a fault.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!", "#[ignore", "#[allow(dead_code)]", "#[allow(unused"];

/// Ways to print.
const PRINTS: &[&str] = &["println!", "print!", "eprintln!", "eprint!", "stdout().write", "stderr().write"];

fn places(source: &Source, word: &str) -> Vec<(String, String)> {
    find_word(&source.shipped, word).map(|at| (source.place(at), source.line(at).to_owned())).collect()
}

#[test]
fn nothing_is_guessed() {
    let mut used = vec![false; KNOWN.len()];
    let mut wrong = Vec::new();
    for source in sources() {
        let disguised = if source.path.starts_with("src/services/") { DISGUISED } else { &[] };
        for (place, line) in GUESSES.iter().chain(disguised).flat_map(|guess| places(&source, guess)) {
            match KNOWN.iter().position(|(path, part, _)| *path == source.path && line.contains(part)) {
                Some(known) => used[known] = true,
                None => wrong.push(format!("{place}: {line}")),
            }
        }
    }
    let stale = KNOWN.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(stale.map(|((path, part, _), _)| format!("{path}: `{part}` is not there any more; take it out of KNOWN")));
    hold(
        "What AWS did not say is unread: use `Fact::told`, or say with `Fact::told_or` and the column's documentation what its absence \
         means. If nothing of AWS is guessed here, add the line to KNOWN in tests/house/words.rs with the reason.",
        &wrong,
    );
}

#[test]
fn nothing_is_left_unfinished() {
    let mut wrong = Vec::new();
    for source in sources() {
        for word in UNFINISHED {
            wrong.extend(find_word(&source.code, word).map(|at| format!("{}: {}", source.place(at), source.line(at))));
        }
        for word in ["TODO", "FIXME", "XXX", "HACK"] {
            wrong.extend(find_word(&source.text, word).map(|at| format!("{}: {}", source.place(at), source.line(at))));
        }
    }
    hold("Finish it, or take it out.", &wrong);
}

#[test]
fn only_reports_print() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("src/report/") && source.path != "src/main.rs") {
        wrong.extend(PRINTS.iter().flat_map(|print| places(source, print)).map(|(place, line)| format!("{place}: {line}")));
    }
    hold("The only room that prints is `report`: hand it a finding, rows or a remark.", &wrong);
}
