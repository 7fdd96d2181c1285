//! What a verdict stands on: whether the tables behind it were read where it matters, and by which calls.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::{Connection, params_from_iter};

use super::file::Reach;
use crate::finding::Receipt;
use crate::inventory::GLOBAL;

/// The table that lists an account's regions: without it nobody knows which regions there are.
const REGIONS: &str = "aws_region";

/// The table whose row says that an account was entered.
const ACCOUNT: &str = "aws_account";

/// Places of which calls are remembered.
const MOST_PLACES: usize = 256;

/// Why something that a verdict needs is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The table.
    pub table: String,
    /// The permission of the call that would have told, or `''`.
    pub action: String,
    /// In a word: denied, throttled, not_collected, …
    pub outcome: String,
    /// What happened, in words.
    pub message: String,
}

/// The state of a snapshot's tables, place by place.
#[derive(Debug)]
pub struct Standing<'s> {
    connection: &'s Connection,
    /// Every account's regions, those out of scope too.
    regions: BTreeMap<String, BTreeSet<String>>,
    in_scope: BTreeSet<(String, String)>,
    /// The numbers of places, by account and region: with a thousand accounts the names would take more room than all that is said.
    numbers: HashMap<String, HashMap<String, usize>>,
    /// By table and number of the place: whether it was read completely; nothing where nobody says.
    coverage: HashMap<String, Vec<Option<bool>>>,
    /// Tables that are read once for all regions.
    global: HashSet<String>,
    readers: HashMap<String, String>,
    /// The calls about whole places, by reader, account and region, as far as they were asked for.
    receipts: RefCell<HashMap<(String, String, String), Vec<Receipt>>>,
}

impl<'s> Standing<'s> {
    /// Reads the state.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub fn of(connection: &'s Connection) -> rusqlite::Result<Self> {
        let mut regions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut in_scope = BTreeSet::new();
        let mut statement = connection.prepare("select account_id, region, in_scope from place")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (account, region): (String, String) = (row.get(0)?, row.get(1)?);
            if row.get(2)? {
                in_scope.insert((account.clone(), region.clone()));
            }
            regions.entry(account).or_default().insert(region);
        }
        let mut numbers: HashMap<String, HashMap<String, usize>> = HashMap::new();
        let mut count = 0;
        let mut coverage: HashMap<String, Vec<Option<bool>>> = HashMap::new();
        let (mut global, mut readers) = (HashSet::new(), HashMap::new());
        let mut statement = connection.prepare("select table_name, account_id, region, reader, complete from coverage")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, account, region): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if region == GLOBAL {
                global.insert(table.clone());
            }
            let number = *numbers.entry(account).or_default().entry(region).or_insert_with(|| {
                count += 1;
                count - 1
            });
            if !readers.contains_key(&table) || row.get_ref(3)?.as_str().ok() != readers.get(&table).map(String::as_str) {
                readers.insert(table.clone(), row.get(3)?);
            }
            let places = coverage.entry(table).or_default();
            if places.len() <= number {
                places.resize(number + 1, None);
            }
            places[number] = Some(row.get(4)?);
        }
        Ok(Self { connection, regions, in_scope, numbers, coverage, global, readers, receipts: RefCell::default() })
    }

    /// The accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.regions.keys().map(String::as_str)
    }

    /// Every account's regions, and whether they were in scope.
    pub fn places(&self) -> Vec<(String, String, bool)> {
        let regions =
            self.regions.iter().flat_map(|(account, regions)| regions.iter().map(move |region| (account.clone(), region.clone())));
        regions.map(|place| (place.0.clone(), place.1.clone(), self.in_scope.contains(&place))).collect()
    }

    /// The places of an account in which a table should have been read.
    pub fn places_of(&self, table: &str, account: &str) -> Vec<String> {
        if self.is_global(table) || !self.coverage.contains_key(table) {
            return vec![GLOBAL.to_owned()];
        }
        let regions = self.regions.get(account).into_iter().flatten();
        let in_scope = |region: &&String| *region != GLOBAL && self.in_scope.contains(&(account.to_owned(), (*region).clone()));
        regions.filter(in_scope).cloned().collect()
    }

    /// Why nobody knows in which regions of an account a table should have been read; `None` when that is known, or was said.
    pub fn unlisted_regions(&self, table: &str, account: &str) -> rusqlite::Result<Option<Missing>> {
        if self.is_global(table) || self.hole(REGIONS, account, GLOBAL)?.is_none() {
            return Ok(None);
        }
        let sql = "select action, outcome, message from gap where table_name = 'place' and account_id = ? order by id limit 1";
        self.first_gap(sql, &[account], table)
    }

    /// Why a table was not read completely in one place; `None` when it was.
    pub fn hole(&self, table: &str, account: &str, region: &str) -> rusqlite::Result<Option<Missing>> {
        let missing = |outcome: &str, message: String| {
            Some(Missing { table: table.to_owned(), action: String::new(), outcome: outcome.to_owned(), message })
        };
        let Some(places) = self.coverage.get(table) else {
            return Ok(missing("not_collected", format!("this snapshot was taken without {table}: take one that asks for it")));
        };
        let number = self.numbers.get(account).and_then(|regions| regions.get(region));
        match number.and_then(|number| places.get(*number)).copied().flatten() {
            Some(true) => Ok(None),
            _ if region != GLOBAL && !self.in_scope.contains(&(account.to_owned(), region.to_owned())) => {
                Ok(missing("not_in_scope", format!("{region} of {account} was left out of the run")))
            }
            _ => {
                let sql = "select action, outcome, message from gap where table_name = ? and account_id = ? and region = ?
                    and resource = '' order by id limit 1";
                let mut found = self.first_gap(sql, &[table, account, region], table)?;
                if found.is_none() && table != ACCOUNT {
                    // An account that could not be entered has one gap, which is the reason for all that is missing of it.
                    found = self.first_gap(sql, &[ACCOUNT, account, GLOBAL], table)?;
                }
                Ok(found.or_else(|| missing("cancelled", format!("the run ended before {table} was read"))))
            }
        }
    }

    /// The first table that a verdict in this place needs and that is not complete wherever it matters.
    pub fn missing<'t>(
        &self,
        tables: impl IntoIterator<Item = &'t str>,
        account: &str,
        region: &str,
        reach: Reach,
    ) -> rusqlite::Result<Option<Missing>> {
        for table in tables {
            for account in self.reached_accounts(account, reach) {
                for region in self.reached_regions(table, &account, region, reach)? {
                    let region = match region {
                        Ok(region) => region,
                        Err(missing) => return Ok(Some(missing)),
                    };
                    if let Some(missing) = self.hole(table, &account, &region)? {
                        return Ok(Some(missing));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Why columns of one of these resources are unread; failing that, of anything in these tables in this place.
    pub fn item_gap(&self, tables: &BTreeSet<String>, links: &[String], account: &str, region: &str) -> rusqlite::Result<Option<Missing>> {
        for link in links {
            let sql = "select action, outcome, message, table_name from gap where resource = ? order by id";
            if let Some(missing) = self.gap_in(sql, &[link], tables)? {
                return Ok(Some(missing));
            }
        }
        // The first of them by number, table by table: of an account that denies much there are many.
        let mut first: Option<(i64, Missing)> = None;
        let sql = "select id, action, outcome, message from gap where table_name = ? and account_id = ? and region = ? order by id limit 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        for table in tables {
            for region in [region, GLOBAL] {
                let mut rows = statement.query([table.as_str(), account, region])?;
                let Some(row) = rows.next()? else { continue };
                let id: i64 = row.get(0)?;
                if first.as_ref().is_none_or(|(before, _)| id < *before) {
                    let missing = Missing { table: table.clone(), action: row.get(1)?, outcome: row.get(2)?, message: row.get(3)? };
                    first = Some((id, missing));
                }
            }
        }
        Ok(first.map(|(_, missing)| missing))
    }

    /// The calls behind a verdict: those about the whole place, and those about the resources that it names.
    pub fn receipts(&self, tables: &BTreeSet<String>, links: &[String], account: &str, region: &str) -> rusqlite::Result<Vec<Receipt>> {
        let mut receipts = BTreeMap::new();
        for reader in tables.iter().filter_map(|table| self.readers.get(table)).collect::<BTreeSet<_>>() {
            self.of_place(reader, account, region, &mut receipts)?;
            for link in links {
                let sql = "select id, permission, region, resource, outcome, started_at from ledger
                    where resource = ? and reader = ? and account_id = ?";
                self.collect_receipts(sql, &[link, reader, account], &mut receipts)?;
            }
        }
        Ok(receipts.into_values().collect())
    }

    /// The calls about a whole place: the same for everything in it, so they are looked up once.
    fn of_place(&self, reader: &str, account: &str, region: &str, into: &mut BTreeMap<i64, Receipt>) -> rusqlite::Result<()> {
        let place = (reader.to_owned(), account.to_owned(), region.to_owned());
        if let Some(known) = self.receipts.borrow().get(&place) {
            into.extend(known.iter().map(|receipt| (receipt.id, receipt.clone())));
            return Ok(());
        }
        let sql = "select id, permission, region, resource, outcome, started_at from ledger
            where reader = ? and account_id = ? and region in (?, 'global') and resource = ''";
        let mut found = BTreeMap::new();
        self.collect_receipts(sql, &[reader, account, region], &mut found)?;
        into.extend(found.iter().map(|(id, receipt)| (*id, receipt.clone())));
        let mut receipts = self.receipts.borrow_mut();
        if receipts.len() >= MOST_PLACES {
            receipts.clear();
        }
        receipts.insert(place, found.into_values().collect());
        Ok(())
    }

    fn collect_receipts(&self, sql: &str, values: &[&str], into: &mut BTreeMap<i64, Receipt>) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let receipt = Receipt {
                id: row.get(0)?,
                action: row.get(1)?,
                region: row.get(2)?,
                resource: row.get(3)?,
                outcome: row.get(4)?,
                at: row.get(5)?,
            };
            into.insert(receipt.id, receipt);
        }
        Ok(())
    }

    /// Whether a table is read once for all regions.
    pub fn is_global(&self, table: &str) -> bool {
        self.global.contains(table)
    }

    fn reached_accounts(&self, account: &str, reach: Reach) -> Vec<String> {
        match reach {
            Reach::Everywhere => self.regions.keys().cloned().collect(),
            Reach::Region | Reach::Account => vec![account.to_owned()],
        }
    }

    /// The regions of an account in which a table must have been read; an error when nobody knows which regions there are.
    fn reached_regions(&self, table: &str, account: &str, region: &str, reach: Reach) -> rusqlite::Result<Vec<Result<String, Missing>>> {
        if self.is_global(table) {
            return Ok(vec![Ok(GLOBAL.to_owned())]);
        }
        // What has no region of its own could match in any of them.
        if region != GLOBAL && reach == Reach::Region {
            return Ok(vec![Ok(region.to_owned())]);
        }
        if let Some(missing) = self.hole(REGIONS, account, GLOBAL)? {
            return Ok(vec![Err(missing)]);
        }
        let regions = self.regions.get(account).into_iter().flatten();
        Ok(regions.filter(|region| *region != GLOBAL).cloned().map(Ok).collect())
    }

    fn first_gap(&self, sql: &str, values: &[&str], table: &str) -> rusqlite::Result<Option<Missing>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        rows.next()?
            .map(|row| Ok(Missing { table: table.to_owned(), action: row.get(0)?, outcome: row.get(1)?, message: row.get(2)? }))
            .transpose()
    }

    fn gap_in(&self, sql: &str, values: &[&str], tables: &BTreeSet<String>) -> rusqlite::Result<Option<Missing>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let table: String = row.get(3)?;
            if tables.contains(&table) {
                return Ok(Some(Missing { table, action: row.get(0)?, outcome: row.get(1)?, message: row.get(2)? }));
            }
        }
        Ok(None)
    }
}

impl Missing {
    /// What could not be done, in words: `ec2:DescribeSubnets was denied: …`.
    pub fn sentence(&self) -> String {
        let what = match self.outcome.as_str() {
            "denied" => "was denied",
            "throttled" => "was throttled on every attempt",
            "timed_out" => "was not answered in time",
            "unreachable" => "could not be reached",
            "region_off" => "is not possible: the region is not enabled",
            "credentials" => "was refused: the credentials are not accepted",
            "malformed" => "was answered in a way that cannot be understood",
            "unrecognised" => "was answered with a word that this version does not know",
            "refused" => "was refused by the guard",
            "unrecorded" => "is not in the recording",
            "cancelled" => "was cancelled",
            _ => "failed",
        };
        match (self.action.is_empty(), self.message.is_empty()) {
            (true, _) => self.message.clone(),
            (false, true) => format!("{} {what}", self.action),
            (false, false) => format!("{} {what}: {}", self.action, self.message),
        }
    }
}
