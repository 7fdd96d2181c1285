//! Figures as Markdown: what README shows, made from the benchmark's JSON and from nothing else. A target that was missed says so.
//!
//! The tests of the house compile this file too, to hold README against the committed figures.

use serde_json::Value;

/// The tables of a file of figures, be it this driver's own or the comparison's.
pub fn page(figures: &Value) -> String {
    if figures["kind"] == "peer" { peer(figures) } else { scale(figures) }
}

fn scale(figures: &Value) -> String {
    let rows = list(&figures["scenarios"]);
    let of = |is: fn(&Value) -> bool| rows.iter().copied().filter(move |row| is(row)).collect::<Vec<_>>();
    let collections = of(|row| row["phase"] == "collection" && row["calls"].is_number());
    let others = of(|row| row["phase"] != "collection");
    let mut out = format!("Measured {}.\n\n", origin(figures));
    if !collections.is_empty() {
        let head =
            ["reading", "wall s", "CPU s", "peak MB", "calls", "calls/CPU s", "µs CPU/call", "throttled %", "at once", "bound s", "ratio"];
        let line = |row: &&Value| {
            let bound = row["bound"]["chain_s"].as_f64().zip(row["bound"]["throttle_s"].as_f64()).map(|(one, other)| one.max(other));
            vec![
                format!("{}: {}{}", text(&row["name"]), text(&row["about"]), note(row)),
                number(&row["wall_s"]),
                number(&row["cpu_s"]),
                number(&row["peak_mb"]),
                number(&row["calls"]),
                number(&row["calls_per_cpu_s"]),
                number(&row["us_per_call"]),
                number(&row["throttled_percent"]),
                number(&row["max_concurrency"]),
                bound.map_or_else(|| "–".to_owned(), written),
                number(&row["ratio"]),
            ]
        };
        out += &table(&head, &collections.iter().map(line).collect::<Vec<_>>());
        out += "\n";
    }
    if !others.is_empty() {
        let line = |row: &&Value| {
            let what =
                if row["phase"] == "start-up" { "start-up".to_owned() } else { format!("{}, {}", text(&row["phase"]), text(&row["name"])) };
            let command = format!("`{}`{}", shortened(text(&row["command"])), note(row));
            vec![what, command, number(&row["wall_s"]), number(&row["cpu_s"]), number(&row["peak_mb"])]
        };
        out += &table(&["afterwards", "command", "wall s", "CPU s", "peak MB"], &others.iter().map(line).collect::<Vec<_>>());
        out += "\n";
    }
    let mut aims = Vec::new();
    for row in &rows {
        for aim in list(&row["targets"]) {
            let what = if row["phase"] == "start-up" {
                format!("`{}`", text(&row["command"]))
            } else {
                format!("{}, {}", text(&row["name"]), text(&row["phase"]))
            };
            let met = if aim["met"] == true { "met" } else { "**MISSED**" };
            aims.push(vec![what, text(&aim["what"]).to_owned(), number(&aim["at_most"]), number(&aim["is"]), met.to_owned()]);
        }
    }
    if !aims.is_empty() {
        out += &table(&["target", "figure", "at most", "is", ""], &aims);
    }
    out.trim_end().to_owned() + "\n"
}

fn peer(figures: &Value) -> String {
    let rows = list(&figures["scenarios"]);
    let versions: Vec<String> =
        figures["versions"].as_object().into_iter().flatten().map(|(name, version)| format!("{name} {}", text(version))).collect();
    let mut out = format!("Measured {}, {}, one after the other on the same account.\n\n", origin(figures), versions.join(" and "));
    let head = [
        "account", "tool", "wall s", "CPU s", "peak MB", "calls", "throttled %", "µs CPU/call", "checks", "pass", "fail", "unknown",
        "other",
    ];
    let line = |row: &&Value| {
        let findings = &row["findings"];
        vec![
            format!("{}{}", text(&row["about"]), note(row)),
            text(&row["tool"]).to_owned(),
            number(&row["wall_s"]),
            number(&row["cpu_s"]),
            number(&row["peak_mb"]),
            number(&row["calls"]),
            number(&row["throttled_percent"]),
            number(&row["us_per_call"]),
            number(&row["checks"]),
            number(&findings["pass"]),
            number(&findings["fail"]),
            number(&findings["unknown"]),
            number(&findings["other"]),
        ]
    };
    out += &table(&head, &rows.iter().map(line).collect::<Vec<_>>());
    out
}

/// When, where and of what.
fn origin(figures: &Value) -> String {
    let machine = &figures["machine"];
    // Other work on the machine makes every time longer: it is no measurement then.
    let load = machine["load_before"].as_f64().filter(|load| *load > 0.7);
    let load = load.map_or_else(String::new, |load| format!(", **while {} other processes ran**", written(load.round())));
    let memory = machine["memory_mb"].as_u64().map_or_else(String::new, |mb| format!(", {} GB", (mb + 500) / 1000));
    format!(
        "{} at {} with {} processors ({}){memory}, client and server together{load}",
        text(&figures["measured_at"]),
        text(&figures["commit"]),
        number(&machine["processors"]),
        text(&machine["cpu"]),
    )
}

fn note(row: &Value) -> String {
    match text(&row["note"]) {
        "" => String::new(),
        note => format!(" (**{note}**)"),
    }
}

fn shortened(command: &str) -> String {
    command
        .split(" -o r.")
        .next()
        .filter(|start| start.len() < command.len())
        .map_or_else(|| command.to_owned(), |start| format!("{start} -o …"))
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().into_iter().flatten().collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// A number as people write it; `–` where there is none.
fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| "–".to_owned(), written)
}

/// Three digits after nothing, thousands apart: `0.0123`, `1.23`, `123`, `12,345`.
fn written(number: f64) -> String {
    let digits = match number.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let plain = format!("{number:.digits$}");
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut apart = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && digit.is_ascii_digit() {
            apart.push(',');
        }
        apart.push(digit);
    }
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { apart } else { format!("{apart}.{rest}") }
}

/// A Markdown table, its columns as wide as what is in them; all but the first are numbers, and stand at the right.
fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count(), 3]).max().unwrap_or(3)
    };
    let is_number = |column: usize| rows.iter().all(|row| row[column].starts_with(|c: char| c.is_ascii_digit() || c == '–' || c == '-'));
    let cell = |column: usize, text: &str| {
        let gap = " ".repeat(width(column) - text.chars().count());
        if is_number(column) { format!(" {gap}{text} |") } else { format!(" {text}{gap} |") }
    };
    let line = |cells: &[&str]| format!("|{}\n", cells.iter().enumerate().map(|(column, text)| cell(column, text)).collect::<String>());
    let rule = |column: usize| {
        let dashes = "-".repeat(width(column) - usize::from(is_number(column)));
        if is_number(column) { format!(" {dashes}: |") } else { format!(" {dashes} |") }
    };
    let mut out = line(head);
    out += &format!("|{}\n", (0..head.len()).map(rule).collect::<String>());
    for row in rows {
        out += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_missed_target_is_printed_as_missed() {
        let figures = json!({"machine": {"processors": 2, "cpu": "x", "memory_mb": 25_000}, "commit": "abc", "measured_at": "2026-11-23",
            "scenarios": [
                {"name": "empty", "about": "an empty account", "phase": "collection", "wall_s": 2.5, "cpu_s": 0.4, "peak_mb": 51.2, "calls": 1234,
                 "calls_per_cpu_s": 3085.0, "bound": {"chain_s": 0.5, "throttle_s": 1.25}, "ratio": 2.0,
                 "targets": [{"what": "ratio", "at_most": 1.3, "is": 2.0, "met": false}, {"what": "memory", "at_most": 150, "is": 51.2, "met": true}]},
                {"name": "1m", "about": "many", "phase": "collection", "wall_s": 420.0, "cpu_s": 300, "peak_mb": 200, "calls": 9, "note": "stopped after 420 s",
                 "targets": [{"what": "memory", "at_most": 300, "is": null, "met": false}]}]});
        let page = page(&figures);
        assert_eq!(page.matches("**MISSED**").count(), 2, "{page}");
        assert_eq!(page.matches("| met").count(), 1, "{page}");
        assert!(page.contains("1m: many (**stopped after 420 s**)"), "{page}");
        assert!(page.contains(" 1,234 |") && page.contains(" 1.25 |"), "{page}");
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!([0.0, 0.0123, 1.5, 12.34, 123.4, 1_234_567.0].map(written), ["0", "0.0123", "1.5", "12.3", "123", "1,234,567"]);
    }
}
