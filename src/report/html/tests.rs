//! What the page holds of what it was told.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::Report;
use super::super::testing::{HOSTILE, failure};
use super::Html;
use super::pack::tests::parts;
use crate::finding::{Assessment, Compared, Finding, Head, Now, Requirement, Resolved, Since, Status, Summary};

/// A file in memory that is read after its report.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn page(head: &Head, summary: &Summary, tell: impl FnOnce(&mut Html<'_>)) -> String {
    let paper = Paper::default();
    let mut report = Html::new(Box::new(paper.clone()));
    report.begin(head).unwrap();
    tell(&mut report);
    report.end(summary).unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn of(page: &str, kind: &str) -> Vec<(u32, Value)> {
    parts(page).into_iter().filter(|part| part.0 == kind).map(|(_, first, value)| (first, value)).collect()
}

#[test]
fn rows_and_details_go_together_however_many_parts_there_are() {
    let page = page(&Head::default(), &Summary::default(), |report| {
        for i in 0..9_000 {
            report.finding(&Finding { message: format!("m{i}"), fix: format!("f{i}"), ..failure() }).unwrap();
        }
    });
    let index = of(&page, "index");
    assert_eq!(index.iter().map(|(_, part)| part["message"].as_array().unwrap().len()).sum::<usize>(), 9_000);
    assert_eq!(index.iter().map(|(_, part)| part["first"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 4_000, 8_000]);
    for (first, part) in of(&page, "details") {
        for (i, detail) in part.as_array().unwrap().iter().enumerate() {
            assert_eq!(detail["fix"], format!("f{}", usize::try_from(first).unwrap() + i));
        }
    }
}

#[test]
fn statuses_are_kept_apart_and_a_counted_pass_is_no_row() {
    let page = page(&Head::default(), &Summary::default(), |report| {
        for status in [Status::Fail, Status::Unknown, Status::Muted, Status::Pass] {
            report.finding(&Finding { status, since: Some(Since::New), configured_not_working: true, ..failure() }).unwrap();
        }
        report.passed(&Finding { status: Status::Pass, ..Finding::sample() }).unwrap();
        report.resolved(&Resolved { was: failure(), now: Now::Gone }).unwrap();
    });
    let (_, index) = &of(&page, "index")[0];
    assert_eq!(index["status"], json!([0, 1, 2, 4, 3]));
    assert_eq!(index["since"], json!([1, 1, 1, 1, 0]));
    // What a waiver accepts does not count as broken, as it does not in the summary.
    assert_eq!(index["broken"], json!([1, 0, 0, 0, 0]));
    let (_, book) = &of(&page, "book")[0];
    let card = &book["checks"][0];
    assert_eq!([&card["fail"], &card["unknown"], &card["muted"], &card["pass"]], [&json!(1), &json!(1), &json!(1), &json!(2)]);
    assert_eq!(of(&page, "details")[0].1[4]["now"], "gone");
}

#[test]
fn nothing_of_strangers_is_written_as_html() {
    let text = || HOSTILE.to_owned();
    let head = Head { path: text(), endpoint: text(), accounts: vec![text()], regions: vec![text()], tool: text(), ..Head::default() };
    let since = Some(Compared { started_at: text(), path: text(), ..Compared::default() });
    let finding = Finding { message: text(), resource: text(), fix: text(), check: text(), family: text(), ..failure() };
    let page = page(&head, &Summary { since, ..Summary::default() }, |report| report.finding(&finding).unwrap());
    let outside: String = page
        .split("<script type=\"application/x-driftlead\"")
        .map(|part| part.split_once("</script>").map_or(part, |(_, rest)| rest))
        .collect();
    assert!(!outside.contains(HOSTILE) && !outside.contains("\" </script>"), "{outside:.2000}");
    assert!(!page.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')));
    assert_eq!(of(&page, "index")[0].1["message"][0], HOSTILE);
}

#[test]
fn what_was_cut_short_says_so() {
    let whole = Head { complete: true, ..Head::default() };
    assert!(page(&Head::default(), &Summary::default(), |_| ()).contains("INCOMPLETE"));
    assert!(!page(&whole, &Summary::default(), |_| ()).contains("INCOMPLETE"));
}

#[test]
fn requirements_come_in_their_order() {
    let requirement = |id: &str| Requirement {
        framework: "soc2".into(),
        id: id.into(),
        title: "t".into(),
        verdict: Assessment::NotAssessed,
        checks: Vec::new(),
    };
    let page = page(&Head::default(), &Summary::default(), |report| {
        for id in ["CC1.2", "CC1.1"] {
            report.requirement(&requirement(id)).unwrap();
        }
    });
    let (_, list) = &of(&page, "requirements")[0];
    assert_eq!([&list[0]["id"], &list[1]["id"]], ["CC1.2", "CC1.1"]);
    assert_eq!(list[0]["verdict"], "not_assessed");
}
