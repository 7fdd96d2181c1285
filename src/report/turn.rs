//! Where a check's verdict on a resource turned, in a row of snapshots: for people, and as JSON, schema 1.

use std::io;

use serde_json::{Value, json};

use super::text::{Ink, count};
use super::{Format, Style, lines, print_text};
use crate::finding::{Finding, Head, Status};

/// The version of the JSON. It grows when a reader of the old one would misunderstand the new one.
const SCHEMA: u32 = 1;

/// What a snapshot says of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// The check's verdict, which may be that it cannot say.
    Verdict(Box<Finding>),
    /// The resource is there, and the check is not about such.
    NotAsked,
    /// The resource is not there, and whatever would list it was read to its end.
    NotThere,
    /// Nothing can be said, and why.
    Unread(String),
}

/// What one snapshot says.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The snapshot's clock.
    pub at: String,
    /// Its file.
    pub path: String,
    /// What it says.
    pub said: Said,
}

/// Where a verdict turned last.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The check's id.
    pub check: String,
    /// The ARN.
    pub resource: String,
    /// What the latest snapshot says.
    pub latest: Seen,
    /// The first snapshot from which on all say the same as the last one that can say anything; none when none can.
    pub since: Option<Seen>,
    /// The last snapshot that says something else; none when it never turned.
    pub before: Option<Seen>,
    /// The snapshots in between, and after, that cannot say; the latest first.
    pub stepped_over: Vec<Seen>,
    /// How many snapshots were asked.
    pub asked: usize,
}

impl Seen {
    /// In a word: pass, fail, unknown, not_asked, not_there.
    pub fn word(&self) -> &'static str {
        match &self.said {
            Said::Verdict(finding) => finding.status.word(),
            Said::NotAsked => "not_asked",
            Said::NotThere => "not_there",
            Said::Unread(_) => Status::Unknown.word(),
        }
    }

    /// Whether it says anything.
    pub fn is_decided(&self) -> bool {
        self.word() != Status::Unknown.word()
    }

    fn words(&self) -> &'static str {
        match self.word() {
            "not_asked" => "not asked about",
            "not_there" => "not there",
            word => word,
        }
    }

    fn place(&self) -> String {
        format!("{} (snapshot {})", self.at, self.path)
    }

    fn why(&self) -> &str {
        match &self.said {
            Said::Verdict(finding) => &finding.message,
            Said::Unread(why) => why,
            Said::NotAsked | Said::NotThere => "",
        }
    }

    fn json(&self) -> Value {
        let mut object = json!({"status": self.word(), "at": self.at, "snapshot": self.path});
        match &self.said {
            Said::Verdict(finding) => {
                object["message"] = json!(finding.message);
                object["reason"] = json!(finding.reason);
                object["evidence"] = json!(finding.evidence);
                object["calls"] = json!(finding.calls);
                object["observed_at"] = json!(finding.observed_at);
            }
            Said::Unread(why) => object["message"] = json!(why),
            Said::NotAsked | Said::NotThere => {}
        }
        object
    }
}

impl Turn {
    /// Prints it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn print(&self, style: Style, format: Format) -> io::Result<()> {
        match format {
            Format::Json => print_text(&format!("{:#}", self.json())),
            _ => print_text(self.text(style).trim_end()),
        }
    }

    fn json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "tool": concat!("driftlead ", env!("CARGO_PKG_VERSION")),
            "check": self.check,
            "resource": self.resource,
            "snapshots": self.asked,
            "latest": self.latest.json(),
            "since": self.since.as_ref().map(Seen::json),
            "before": self.before.as_ref().map(Seen::json),
            "stepped_over": self.stepped_over.iter().map(Seen::json).collect::<Vec<_>>(),
        })
    }

    fn text(&self, style: Style) -> String {
        let mut text = format!("{}\n", style.wrap(&self.sentence(), "", ""));
        if !self.latest.is_decided() && self.since.is_some() {
            let latest = format!("The latest snapshot, of {}, cannot say: {}", self.latest.place(), self.latest.why());
            text += &format!("{}\n", style.paint(Ink::Warn, &style.wrap(&latest, "", "")));
        }
        for seen in self.since.iter().chain(&self.before) {
            let Said::Verdict(finding) = &seen.said else { continue };
            let ink = if finding.status == Status::Fail { Ink::Bad } else { Ink::Good };
            text += &format!("\n{}\n", style.paint(ink, &format!("{}, {}", seen.words(), seen.at)));
            text += &format!("{}\n", lines::sentence(style, &Head::default(), finding));
            lines::proof(style, finding).iter().for_each(|line| text += &format!("{line}\n"));
        }
        if !self.stepped_over.is_empty() {
            let heading = format!("{} that cannot say", count(self.stepped_over.len(), "snapshot"));
            text += &format!("\n{}\n", style.paint(Ink::Warn, &heading));
            let shown = if style.limit == 0 { self.stepped_over.len() } else { style.limit.min(self.stepped_over.len()) };
            for seen in &self.stepped_over[..shown] {
                text += &format!("{}\n", style.wrap(&format!("{}: {}", seen.place(), seen.why()), "  • ", "    "));
            }
            if shown < self.stepped_over.len() {
                text += &format!("{}\n", style.paint(Ink::Dim, &format!("  … and {} more", self.stepped_over.len() - shown)));
            }
        }
        text
    }

    fn sentence(&self) -> String {
        let subject = format!("{} on {}", self.check, self.resource);
        match (&self.since, &self.before) {
            (Some(since), Some(before)) => {
                format!("{subject}: {} since {}; {} before, last seen {}.", since.words(), since.place(), before.words(), before.place())
            }
            (Some(since), None) => format!(
                "{subject}: {} in every snapshot that can say, since the oldest, {}; it never turned.",
                since.words(),
                since.place()
            ),
            (None, _) => format!("{subject}: none of {} can say.", count(self.asked, "snapshot")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Style = Style { color: false, width: 140, is_bounded: true, limit: 1 };

    fn seen(day: u32, status: Status) -> Seen {
        let finding = Finding { status, message: format!("it is as on the {day}th"), fix: String::new(), ..Finding::sample() };
        Seen { at: format!("2026-11-{day}"), path: format!("{day}.db"), said: Said::Verdict(Box::new(finding)) }
    }

    fn turn(since: Option<Seen>, before: Option<Seen>, stepped_over: Vec<Seen>) -> Turn {
        let latest = stepped_over.first().or(since.as_ref()).unwrap().clone();
        Turn { check: "s/c".into(), resource: "arn:x".into(), latest, since, before, stepped_over, asked: 4 }
    }

    #[test]
    fn a_turn_is_told_with_both_sides() {
        let turn = turn(Some(seen(20, Status::Fail)), Some(seen(19, Status::Pass)), Vec::new());
        let text = turn.text(WIDE);
        assert!(
            text.starts_with("s/c on arn:x: fail since 2026-11-20 (snapshot 20.db); pass before, last seen 2026-11-19 (snapshot 19.db).\n"),
            "{text}"
        );
        assert!(text.contains("\nfail, 2026-11-20\n  • it is as on the 20th") && text.contains("\npass, 2026-11-19\n  • it is"), "{text}");
        let json = turn.json();
        assert_eq!((&json["schema"], &json["since"]["status"], &json["before"]["snapshot"]), (&json!(1), &json!("fail"), &json!("19.db")));
        assert_eq!(json["since"]["reason"], json!("code"));
    }

    #[test]
    fn what_never_turned_and_what_nobody_can_say_is_told_so() {
        let never = turn(Some(seen(18, Status::Pass)), None, vec![seen(21, Status::Unknown), seen(20, Status::Unknown)]);
        let text = never.text(WIDE);
        assert!(text.contains("pass in every snapshot that can say, since the oldest, 2026-11-18 (snapshot 18.db); it never"), "{text}");
        assert!(text.contains("The latest snapshot, of 2026-11-21 (snapshot 21.db), cannot say: it is as on the 21th"), "{text}");
        assert!(
            text.contains("2 snapshots that cannot say\n  • 2026-11-21 (snapshot 21.db): it is as on the 21th\n  … and 1 more"),
            "{text}"
        );
        let open = turn(None, None, vec![seen(21, Status::Unknown)]);
        assert!(open.text(WIDE).starts_with("s/c on arn:x: none of 4 snapshots can say."));
        assert_eq!((&open.json()["since"], &open.json()["latest"]["status"]), (&Value::Null, &json!("unknown")));
    }
}
