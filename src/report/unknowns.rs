//! What cannot be said, by what would have told: one permission to allow can end many unknowns.
//!
//! Of each cause a few names and the numbers are held, not the findings.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};

use super::Style;
use super::text::{Ink, count, first_of};
use crate::finding::Finding;

/// The most names of a kind that are shown.
const MOST: usize = 3;

/// The most sentences that are told apart; what comes after them is told in one.
const MOST_SENTENCES: usize = 300;

/// Why something cannot be said, in the order in which a reader can do something about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A permission that is missing.
    Denied(String),
    /// A call that was not answered for another reason: the action and how it ended.
    Call(String, String),
    /// Everything was read, and it does not allow a verdict.
    Open(String),
    /// More of the like.
    Others,
}

impl Cause {
    fn of(finding: &Finding) -> Self {
        let why = sentence(finding);
        // The judge's sentence begins with the action where a call would have told; where a check names a reason of its own, that says more.
        let is_call = !finding.action.is_empty() && why.strip_prefix(&finding.action).is_some_and(|rest| rest.starts_with(' '));
        match is_call {
            true if finding.reason == "denied" => Self::Denied(finding.action.clone()),
            true => Self::Call(finding.action.clone(), finding.reason.clone()),
            false => Self::Open(why.to_owned()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Denied(_) => 0,
            Self::Call(..) => 1,
            Self::Open(_) => 2,
            Self::Others => 3,
        }
    }

    /// What it is, in a line.
    pub fn words<'c>(&'c self, about: &'c About) -> String {
        match self {
            Self::Denied(action) => format!("allow {action}"),
            Self::Call(..) | Self::Open(_) => about.sentence.clone(),
            Self::Others => "other reasons, which a report in JSON or CSV has in full".to_owned(),
        }
    }
}

/// Different texts: how many, and the first few in their order.
#[derive(Debug, Default)]
struct Distinct {
    first: BTreeSet<String>,
    // Of each only a digest of 8 bytes is kept, so that a large account costs little.
    seen: HashSet<u64>,
}

impl Distinct {
    fn insert(&mut self, text: &str) {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if self.seen.insert(hasher.finish()) {
            self.first.insert(text.to_owned());
            if self.first.len() > MOST + 1 {
                self.first.pop_last();
            }
        }
    }

    fn some(&self, noun: &str) -> String {
        first_of(&self.first.iter().collect::<Vec<_>>(), self.seen.len(), MOST, noun)
    }
}

/// What hangs on a cause.
#[derive(Debug, Default)]
pub struct About {
    /// How many unknowns.
    pub count: usize,
    /// AWS's own words about a denial, or `''`.
    pub said: String,
    sentence: String,
    checks: Distinct,
    names: Distinct,
    places: Distinct,
}

impl About {
    fn add(&mut self, cause: &Cause, finding: &Finding) {
        if self.count == 0 {
            sentence(finding).clone_into(&mut self.sentence);
        }
        self.count += 1;
        if let Cause::Denied(action) = cause
            && self.said.is_empty()
        {
            aws_says(finding, action).clone_into(&mut self.said);
        }
        self.checks.insert(&finding.check);
        self.places.insert(&format!("{} {}", finding.account, finding.region));
        if let Some(name) = name(finding) {
            self.names.insert(name);
        }
    }

    /// Which checks, and about what.
    pub fn words(&self) -> String {
        let checks = self.checks.some("check");
        match self.names.seen.is_empty() {
            true => format!("{checks} in {}", self.places.some("place")),
            false => format!("{checks} about {}", self.names.some("resource")),
        }
    }
}

/// All that cannot be said.
#[derive(Debug, Default)]
pub struct Unknowns {
    count: usize,
    sentences: usize,
    causes: BTreeMap<Cause, About>,
}

impl Unknowns {
    /// Takes an unknown.
    pub fn add(&mut self, finding: &Finding) {
        self.count += 1;
        let mut cause = Cause::of(finding);
        if matches!(cause, Cause::Open(_)) && !self.causes.contains_key(&cause) {
            if self.sentences >= MOST_SENTENCES {
                cause = Cause::Others;
            }
            self.sentences += 1;
        }
        self.causes.entry(cause.clone()).or_default().add(&cause, finding);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The causes, those first about which a reader can do something, and of these the most frequent.
    pub fn causes(&self) -> Vec<(&Cause, &About)> {
        let mut causes: Vec<(&Cause, &About)> = self.causes.iter().collect();
        causes.sort_by_key(|(cause, about)| (cause.rank(), Reverse(about.count)));
        causes
    }

    /// Writes them.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, out: &mut dyn Write, style: Style) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        writeln!(out, "\n{}", style.paint(Ink::Warn, &format!("CANNOT SAY ({})", self.count)))?;
        writeln!(out, "{}", style.wrap("What could not be read is unknown, never fine.", "", ""))?;
        for (cause, about) in self.causes() {
            match cause {
                Cause::Denied(_) => writeln!(out, "{}", style.paint(Ink::Warn, &format!("• {}", cause.words(about))))?,
                _ => writeln!(out, "{}", style.wrap(&cause.words(about), "• ", "  "))?,
            }
            let unknowns = if about.count > 1 { format!("{}: ", count(about.count, "unknown")) } else { String::new() };
            let text = format!("{unknowns}{}", about.words());
            writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&text, "    ", "    ")))?;
            if !about.said.is_empty() {
                writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&about.said, "    AWS says: ", "    ")))?;
            }
        }
        Ok(())
    }
}

/// AWS's own words about a denial; what hangs on a list that was denied passes them on.
fn aws_says<'f>(finding: &'f Finding, action: &str) -> &'f str {
    let told = sentence(finding);
    let said = told.strip_prefix(action).and_then(|rest| rest.strip_prefix(" was denied")).unwrap_or(told);
    let said = said.split_once("which was not read completely").map_or(said, |(_, passed_on)| passed_on);
    said.trim_start_matches([':', ' '])
}

/// Why, without the name of the resource.
fn sentence(finding: &Finding) -> &str {
    finding.message.split_once("cannot say: ").map_or(finding.message.as_str(), |(_, cause)| cause)
}

/// The name of the resource; a verdict on a whole place has none.
fn name(finding: &Finding) -> Option<&str> {
    let named = finding.message.split_once(": cannot say: ").map(|(name, _)| name);
    named.filter(|name| !finding.resource.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(resource: &str, action: &str, reason: &str, why: &str) -> Finding {
        let message = format!("{resource}: cannot say: {why}");
        Finding { resource: resource.into(), action: action.into(), reason: reason.into(), message, ..Finding::sample() }
    }

    #[test]
    fn a_permission_is_one_cause_and_the_most_frequent_comes_first() {
        let mut unknowns = Unknowns::default();
        unknowns.add(&unknown("a", "", "odd", "it is odd"));
        unknowns.add(&unknown("a", "s3:GetX", "denied", "s3:GetX was denied: no"));
        for name in ["a", "b", "c", "d", "e", "a"] {
            unknowns.add(&unknown(name, "s3:GetY", "denied", "s3:GetY was denied"));
        }
        unknowns.add(&unknown("a", "s3:GetY", "stale", "it is old (unread here: s3:GetY was denied)"));
        let told: Vec<_> = unknowns.causes().into_iter().map(|(cause, about)| (cause.words(about), about.count, about.words())).collect();
        assert_eq!(told[0], ("allow s3:GetY".to_owned(), 6, "s/f about a, b, c and 2 more resources".to_owned()));
        assert_eq!(told[1].0, "allow s3:GetX");
        assert_eq!(told[2].0, "it is odd");
        assert!(told[3].0.starts_with("it is old"));
    }

    #[test]
    fn sentences_without_number_end_in_one() {
        let mut unknowns = Unknowns::default();
        for i in 0..1000 {
            unknowns.add(&unknown("a", "", "odd", &format!("it is {i}")));
        }
        let causes = unknowns.causes();
        assert_eq!((causes.len(), unknowns.count()), (MOST_SENTENCES + 1, 1000));
        assert_eq!(causes.last().map(|(cause, about)| (*cause, about.count)), Some((&Cause::Others, 1000 - MOST_SENTENCES)));
    }
}
