//! One line a family: what is configured beside what works.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::Style;
use super::text::Ink;
use crate::finding::{Finding, Leg, Status};

/// The columns of each leg.
const COLUMNS: [(Status, &str, Ink); 3] =
    [(Status::Fail, "fail", Ink::Bad), (Status::Unknown, "?", Ink::Warn), (Status::Pass, "pass", Ink::Good)];

/// How wide a number is.
const NUMBER: usize = 6;

/// Verdicts counted by family, leg and status.
#[derive(Debug, Default)]
pub struct Posture(BTreeMap<String, BTreeMap<(Leg, Status), u64>>);

impl Posture {
    /// Counts a verdict.
    pub fn count(&mut self, finding: &Finding) {
        *self.0.entry(finding.family.clone()).or_default().entry((finding.leg, finding.status)).or_default() += 1;
    }

    /// Writes the lines; nothing when there are none.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, out: &mut dyn Write, style: Style) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let legs = 2 * (COLUMNS.len() * NUMBER + 3);
        let longest = self.0.keys().map(|family| family.chars().count()).max().unwrap_or(0);
        let name = longest.max("FAMILIES".len()).min(style.width.saturating_sub(legs)).max(12);
        let leg = |text: &str| format!("   {text:>0$}", COLUMNS.len() * NUMBER);
        writeln!(out, "\n{}", style.paint(Ink::Bold, &format!("{:<name$}{}{}", "FAMILIES", leg("configured"), leg("working"))))?;
        let words = COLUMNS.map(|(_, word, _)| format!("{word:>NUMBER$}")).concat();
        writeln!(out, "{}", style.paint(Ink::Dim, &format!("{:<name$}   {words}   {words}", "")))?;
        for (family, counts) in &self.0 {
            let mut line = format!("{:<name$}", shortened(family, name));
            for leg in [Leg::Configured, Leg::Working] {
                line += "   ";
                for (status, _, ink) in COLUMNS {
                    line += &match counts.get(&(leg, status)) {
                        Some(number) => style.paint(ink, &format!("{number:>NUMBER$}")),
                        None => style.paint(Ink::Dim, &format!("{:>NUMBER$}", "·")),
                    };
                }
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width - 1).chain(['…']).collect() }
}
