//! Runs a vetted check on a snapshot: rows become verdicts, and what could not be read becomes unknown.
//!
//! `ok` is 1, 0 or NULL. A row counts only where every table that the check reads was read completely in the places that matter;
//! elsewhere the check says, once a place, that it cannot say. So neither a row that is missing nor one that should not be there
//! can turn into a verdict.

use std::collections::{BTreeMap, HashSet};

use super::digest::digest;
use super::file::Check;
use super::legs::Legs;
use super::row::{Layout, Row, called, read_row, short};
use super::rules::{Config, Values};
use super::selector::{Facts, Subject};
use super::standing::{Missing, Standing};
use super::tell::{UNTOLD, blank, latest};
use super::vet::Vetted;
use super::waiver::{Extent, Waiver, Waiving};
use crate::finding::{Finding, Leg, Status};
use crate::inventory::{GLOBAL, Snapshot, Table};

/// A check could not be run. The verdict is then unknown, never silent.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// SQLite gave up in the middle, on JSON that is none, say.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The check broke its contract with a value.
    #[error("{0}")]
    Contract(String),
}

/// From how many bytes on a snapshot is worth a second thread: smaller ones are judged in less time than another connection takes.
const LARGE: u64 = 16 << 20;

/// Takes a verdict, with what selectors can ask about it.
pub(super) type Say<'s> = dyn FnMut(Finding, &Subject<'_>) + 's;

/// Runs checks on one snapshot.
#[derive(Debug)]
pub struct Judge<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) standing: Standing<'s>,
    pub(super) tables: &'s [&'static Table],
    pub(super) config: &'s Config,
    /// Whether passes are wanted with their receipts, or only counted.
    pub(super) with_passes: bool,
    /// From how many bytes on several threads ask a snapshot.
    pub(super) large: u64,
}

impl<'s> Judge<'s> {
    /// A judge for a snapshot.
    ///
    /// # Errors
    /// When the snapshot's ledger cannot be read.
    pub fn new(snapshot: &'s Snapshot, tables: &'s [&'static Table], config: &'s Config, with_passes: bool) -> rusqlite::Result<Self> {
        let standing = Standing::of(snapshot.connection())?;
        Ok(Self { snapshot, standing, tables, config, with_passes, large: LARGE })
    }

    /// The same with several threads, however small the snapshot is.
    pub fn in_threads(self) -> Self {
        Self { large: 0, ..self }
    }

    /// Runs all checks, configured legs first, and hands every verdict on; passes too. Then come the verdicts on the waivers, unless
    /// only one resource is asked about.
    ///
    /// # Errors
    /// What `say` returns.
    pub fn run_all<E>(
        &self,
        checks: &[(Check, Vetted)],
        resource: Option<&str>,
        say: &mut dyn FnMut(Finding) -> Result<(), E>,
    ) -> Result<(), E> {
        let leg = |leg: Leg| checks.iter().filter(move |(check, _)| check.card.leg == leg);
        let order: Vec<&(Check, Vetted)> = leg(Leg::Configured).chain(leg(Leg::Working)).collect();
        let mut configured = Legs::of(leg(Leg::Working).map(|(check, _)| check.card.family.as_str()));
        let mut waiving = self.waiving();
        let mut pass_on = |mut finding: Finding, subject: &Subject<'_>| {
            let is_other = |wanted| !finding.resource.is_empty() && finding.resource != wanted;
            if resource.is_some_and(is_other) {
                return Ok(());
            }
            // A failure that somebody accepts is no pass: what is configured is joined first.
            configured.join(&mut finding);
            waiving.apply(&mut finding, subject);
            say(finding)
        };
        match self.crew() {
            Some(crew) => crew.ask(self, &order, &mut pass_on)?,
            None => {
                for (check, vetted) in order {
                    let mut stopped = Ok(());
                    self.ask_or_break(check, vetted, &mut |finding, subject| {
                        if stopped.is_ok() {
                            stopped = pass_on(finding, subject);
                        }
                    });
                    stopped?;
                }
            }
        }
        if resource.is_some() {
            return Ok(());
        }
        let extent = Extent { checks: checks.iter().map(|(check, _)| check.id.as_str()).collect(), known: &self.config.known };
        waiving.end(&extent, &self.standing, &self.snapshot.meta).into_iter().try_for_each(say)
    }

    /// Runs one check; waivers hold.
    ///
    /// # Errors
    /// When it cannot be run to its end.
    pub fn run(&self, check: &Check, vetted: &Vetted, say: &mut dyn FnMut(Finding)) -> Result<(), RunError> {
        let mut waiving = self.waiving();
        self.ask(check, vetted, &mut |mut finding, subject| {
            waiving.apply(&mut finding, subject);
            say(finding);
        })
    }

    /// Every verdict with the waivers that accept it, whether they hold or not.
    ///
    /// # Errors
    /// When a check cannot be run to its end.
    pub fn waived(&self, check: &Check, vetted: &Vetted, say: &mut dyn FnMut(&Finding, &[&Waiver])) -> Result<(), RunError> {
        self.ask(check, vetted, &mut |finding, subject| {
            let waivers = self.config.waivers.iter().filter(|waiver| waiver.matches(finding.status, subject));
            say(&finding, &waivers.collect::<Vec<_>>());
        })
    }

    fn waiving(&self) -> Waiving<'s> {
        Waiving::new(&self.config.waivers, self.snapshot.meta.started_at.as_str())
    }

    /// What selectors can ask about a verdict on a whole place: which resources it stands for, nobody knows.
    fn place_of<'a>(check: &'a Check, account: &'a str, region: &'a str) -> Subject<'a> {
        Subject { check: Some(&check.id), account: Some(account), region: Some(region), ..Subject::default() }
    }

    /// Asks one check; one that breaks off says so.
    pub(super) fn ask_or_break(&self, check: &Check, vetted: &Vetted, say: &mut Say<'_>) {
        if let Err(error) = self.ask(check, vetted, say) {
            for finding in self.broken(check, &error) {
                let (account, region) = (finding.account.clone(), finding.region.clone());
                say(finding, &Self::place_of(check, &account, &region));
            }
        }
    }

    /// Asks one check, and says of each verdict what it is about.
    fn ask(&self, check: &Check, vetted: &Vetted, say: &mut Say<'_>) -> Result<(), RunError> {
        let blocked = self.blocked(check, vetted, say)?;
        self.unlisted(check, vetted, &blocked, say)?;
        let mut undecided: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let has_rules = self.config.has_rules_for(check);
        for values in self.value_sets(check, vetted)? {
            self.rows(check, vetted, &values, !self.with_passes && !has_rules, &mut |row, tags| {
                if (!blocked.is_empty() && blocked.contains(&row.place)) || self.is_owners_to_judge(vetted, &row)? {
                    return Ok(());
                }
                let subject = row.subject(check, tags.as_deref());
                if !has_rules {
                    // One set of values holds for all.
                    self.finding(check, vetted, &row, &values)?.into_iter().for_each(|finding| say(finding, &subject));
                    return Ok(());
                }
                let possible = self.config.possible(check, &subject);
                match possible.iter().find(|possible| possible.same_values(&values)) {
                    None => {}
                    Some(holding) if possible.len() == 1 => {
                        self.finding(check, vetted, &row, holding)?.into_iter().for_each(|finding| say(finding, &subject));
                    }
                    Some(_) => undecided.entry(row.resource.clone()).or_default().push(row),
                }
                Ok(())
            })?;
        }
        for rows in undecided.into_values() {
            // What left it open is that its tags were not read.
            let subject = rows[0].subject(check, None);
            self.settle(check, vetted, &rows)?.into_iter().for_each(|finding| say(finding, &subject));
        }
        Ok(())
    }

    /// The places of which the check cannot speak, each with a verdict that says so.
    fn blocked(&self, check: &Check, vetted: &Vetted, say: &mut Say<'_>) -> Result<HashSet<(String, String)>, RunError> {
        let mut blocked = HashSet::new();
        let mut block = |account: &str, region: &str, missing: &Missing| -> Result<(), RunError> {
            if blocked.insert((account.to_owned(), region.to_owned())) {
                say(self.unknown_place(check, vetted, account, region, missing)?, &Self::place_of(check, account, region));
            }
            Ok(())
        };
        let subject = vetted.subject.as_str();
        for account in self.standing.accounts() {
            for region in self.standing.places_of(subject, account) {
                if let Some(missing) = self.standing.hole(subject, account, &region)? {
                    block(account, &region, &missing)?;
                }
            }
            // Of regions that nobody listed it cannot speak either.
            if let Some(missing) = self.standing.unlisted_regions(subject, account)? {
                block(account, GLOBAL, &missing)?;
            }
        }
        let others: Vec<&str> = vetted.tables.iter().map(String::as_str).filter(|table| *table != subject).collect();
        let sql = format!("select distinct account_id, region from {subject} order by 1, 2");
        let mut statement = self.snapshot.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (account, region): (String, String) = (row.get(0)?, row.get(1)?);
            // A list that was read in part: what it holds may be right, what it lacks nobody knows.
            let own = self.standing.places_of(subject, &account);
            let home = if own == [GLOBAL] { GLOBAL } else { region.as_str() };
            let missing = match self.standing.hole(subject, &account, home)? {
                None => self.standing.missing(others.iter().copied(), &account, &region, check.card.reach)?,
                some => some,
            };
            if let Some(missing) = missing {
                block(&account, &region, &missing)?;
            }
        }
        Ok(blocked)
    }

    /// Where the subject is a list that hangs on an item, and that list was not read: no row tells of it, so the item does.
    fn unlisted(&self, check: &Check, vetted: &Vetted, blocked: &HashSet<(String, String)>, say: &mut Say<'_>) -> Result<(), RunError> {
        let guard = |name: &str| self.tables.iter().find(|table| table.name == name).and_then(|table| table.guard);
        let mut next = guard(&vetted.subject);
        while let Some((parent, column)) = next {
            let (name, _) = self.selector_columns(parent);
            let sql = format!("select s.arn, s.account_id, s.region, {name} from {parent} as s where s.{column} is null order by s.arn");
            let mut statement = self.snapshot.connection().prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (arn, place): (String, (String, String)) = (row.get(0)?, (row.get(1)?, row.get(2)?));
                if blocked.contains(&place) {
                    continue;
                }
                let name = row.get::<_, Option<String>>(3)?.filter(|name| !name.is_empty()).unwrap_or_else(|| short(&arn));
                let (account, region) = place;
                let links = [arn];
                let missing = self.standing.item_gap(&vetted.tables, &links, &account, &region)?;
                let calls = self.standing.receipts(&vetted.tables, &links, &account, &region)?;
                let reason = missing.as_ref().map_or_else(|| "unread".to_owned(), |missing| missing.outcome.clone());
                let finding = Finding {
                    action: missing.as_ref().map_or_else(String::new, |missing| missing.action.clone()),
                    message: format!("{name}: cannot say: {}", missing.as_ref().map_or(UNTOLD.to_owned(), Missing::sentence)),
                    evidence_digest: digest(&[&check.id, &account, &region, &links[0], &reason], std::iter::empty()),
                    reason,
                    observed_at: latest(&calls),
                    calls,
                    ..blank(check, Status::Unknown, &account, &region, &links[0])
                };
                // It stands for whatever the list holds: their ARNs, names and tags nobody knows.
                say(finding, &Self::place_of(check, &account, &region));
            }
            next = guard(parent);
        }
        Ok(())
    }

    /// Whether a row is another account's view of what its owner, who was read too, knows better.
    fn is_owners_to_judge(&self, vetted: &Vetted, row: &Row) -> Result<bool, RunError> {
        let owner = row.resource.split(':').nth(4).filter(|owner| **owner != row.place.0);
        let Some(owner) = owner.filter(|owner| self.standing.accounts().any(|account| account == *owner)) else {
            return Ok(false);
        };
        let sql = format!("select exists (select 1 from {} where arn = ? and account_id = ?)", vetted.subject);
        let mut statement = self.snapshot.connection().prepare_cached(&sql)?;
        Ok(statement.query_row([row.resource.as_str(), owner], |row| row.get(0))?)
    }

    /// The sets of parameter values that hold for some resource.
    fn value_sets(&self, check: &Check, vetted: &Vetted) -> Result<Vec<Values>, RunError> {
        if !self.config.has_rules_for(check) {
            return Ok(vec![self.config.base(check)]);
        }
        let mut sets: Vec<Values> = Vec::new();
        let (name, tags) = self.selector_columns(&vetted.subject);
        let sql = format!("select s.arn, s.account_id, s.region, {name}, {tags} from {} as s", vetted.subject);
        let mut statement = self.snapshot.connection().prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let arn: String = row.get(0)?;
            let name = called(row.get(3)?, &arn);
            let facts = Facts { account: row.get(1)?, region: row.get(2)?, name, arn, tags: row.get(4)? };
            for values in self.config.possible(check, &facts.subject(check)) {
                if !sets.iter().any(|set| set.same_values(&values)) {
                    sets.push(values);
                }
            }
        }
        Ok(sets)
    }

    /// SQL for the name and the tags of a subject's row. What cannot be tagged has no tags, which is known.
    fn selector_columns(&self, subject: &str) -> (&'static str, &'static str) {
        let table = self.tables.iter().find(|table| table.name == subject);
        let has = |column: &str| table.is_some_and(|table| table.column(column).is_some());
        (if has("name") { "s.name" } else { "''" }, if has("tags") { "s.tags" } else { "'{}'" })
    }

    /// Asks the check with one set of values.
    fn rows(
        &self,
        check: &Check,
        vetted: &Vetted,
        values: &Values,
        is_lean: bool,
        each: &mut dyn FnMut(Row, Option<String>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let (name, tags) = self.selector_columns(&vetted.subject);
        // A table may tell several rows of one ARN, and several accounts may see it: the check says whose row it judged, or any will do.
        let is_same_account = if vetted.names_account() { "and t.account_id = q.account_id" } else { "" };
        let sql = format!(
            "select q.*, s.account_id, s.region, {name}, {tags} from (\n{}\n) as q
             left join {subject} as s on s.rowid = (
                 select t.rowid from {subject} as t where t.arn = q.resource {is_same_account} limit 1
             )
             order by q.resource, s.account_id",
            check.select(),
            subject = vetted.subject
        );
        let mut statement = self.snapshot.connection().prepare_cached(&sql)?;
        for (name, value, _) in values.iter() {
            if let Some(index) = statement.parameter_index(&format!(":{name}"))? {
                statement.raw_bind_parameter(index, value.to_sql())?;
            }
        }
        let layout = Layout::of(&vetted.columns);
        let mut previous = (String::new(), String::new());
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let (read, tags) = read_row(check, &layout, row, is_lean)?;
            if read.resource == previous.0 && read.place.0 == previous.1 {
                let hint = if vetted.names_account() { "" } else { " (if several accounts see it, add its `account_id` to the SELECT)" };
                return Err(RunError::Contract(format!("it answers twice for {}{hint}", previous.0)));
            }
            previous.0.clone_from(&read.resource);
            previous.1.clone_from(&read.place.0);
            each(read, tags)?;
        }
        Ok(())
    }
}
