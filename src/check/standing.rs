//! What a verdict stands on: whether the tables behind it were read where it matters, and by which calls.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::{Connection, params_from_iter};

use super::file::Reach;
use crate::finding::Receipt;
use crate::inventory::GLOBAL;

/// The table that lists an account's regions: without it nobody knows which regions there are.
const REGIONS: &str = "aws_region";

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
    coverage: HashMap<String, HashMap<(String, String), bool>>,
    readers: HashMap<String, String>,
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
        let mut coverage: HashMap<String, HashMap<_, _>> = HashMap::new();
        let mut readers = HashMap::new();
        let mut statement = connection.prepare("select table_name, account_id, region, reader, complete from coverage")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, place): (String, (String, String)) = (row.get(0)?, (row.get(1)?, row.get(2)?));
            readers.insert(table.clone(), row.get(3)?);
            coverage.entry(table).or_default().insert(place, row.get(4)?);
        }
        Ok(Self { connection, regions, in_scope, coverage, readers })
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

    /// Why a table was not read completely in one place; `None` when it was.
    pub fn hole(&self, table: &str, account: &str, region: &str) -> rusqlite::Result<Option<Missing>> {
        let missing = |outcome: &str, message: String| {
            Some(Missing { table: table.to_owned(), action: String::new(), outcome: outcome.to_owned(), message })
        };
        let Some(places) = self.coverage.get(table) else {
            return Ok(missing("not_collected", format!("this snapshot was taken without {table}: take one that asks for it")));
        };
        let place = (account.to_owned(), region.to_owned());
        match places.get(&place) {
            Some(true) => Ok(None),
            _ if region != GLOBAL && !self.in_scope.contains(&place) => {
                Ok(missing("not_in_scope", format!("{region} of {account} was left out of the run")))
            }
            _ => {
                let sql = "select action, outcome, message from gap where table_name = ? and account_id = ? and region = ?
                    and resource = '' order by id limit 1";
                let found = self.first_gap(sql, &[table, account, region], table)?;
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
        let sql = "select action, outcome, message, table_name from gap where account_id = ? and region in (?, 'global') order by id";
        self.gap_in(sql, &[account, region], tables)
    }

    /// The calls behind a verdict: those about the whole place, and those about the resources that it names.
    pub fn receipts(&self, tables: &BTreeSet<String>, links: &[String], account: &str, region: &str) -> rusqlite::Result<Vec<Receipt>> {
        let mut receipts = BTreeMap::new();
        for reader in tables.iter().filter_map(|table| self.readers.get(table)).collect::<BTreeSet<_>>() {
            let sql = "select id, permission, region, resource, outcome, started_at from ledger
                where reader = ? and account_id = ? and region in (?, 'global') and resource = ''";
            self.collect_receipts(sql, &[reader, account, region], &mut receipts)?;
            for link in links {
                let sql = "select id, permission, region, resource, outcome, started_at from ledger
                    where reader = ? and account_id = ? and resource = ?";
                self.collect_receipts(sql, &[reader, account, link], &mut receipts)?;
            }
        }
        Ok(receipts.into_values().collect())
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
        self.coverage.get(table).is_some_and(|places| places.keys().any(|(_, region)| region == GLOBAL))
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
