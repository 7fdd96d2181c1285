//! For tests of formats: what a report writes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::Report;
use crate::finding::{Finding, Head, Summary};

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

/// What a report of JSON writes of what it is told.
pub fn written<R: Report>(make: impl FnOnce(Box<dyn Write>) -> R, head: &Head, tell: impl FnOnce(&mut R)) -> Value {
    let paper = Paper::default();
    let mut report = make(Box::new(paper.clone()));
    report.begin(head).unwrap();
    tell(&mut report);
    report.end(&Summary { fail: 1, ..Summary::default() }).unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    serde_json::from_slice(&bytes).unwrap()
}

/// A failure with words.
pub fn failure() -> Finding {
    Finding {
        title: "A fault".into(),
        message: "pay is wrong".into(),
        fingerprint: "0a1b".into(),
        observed_at: "2026-11-23T10:00:01Z".into(),
        ..Finding::sample()
    }
}

/// What hostile input looks like.
pub const HOSTILE: &str = "\"quoted\" </script> \u{1b}[31m \u{202e} \0 a\r\nb =cmd {0} [a](b) ü😀";
