//! What a plan will cost, told before its first call: requests, time, and what CloudWatch bills.
//!
//! How much there is in an account is known from an earlier snapshot of it, whose ledger has every call. What the account gained or
//! lost since then is what a forecast can be wrong by.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::{Plan, Step};
use crate::aws::{Call, Share};
use crate::inventory::GLOBAL;

/// What CloudWatch takes for a metric that GetMetricData is asked for, in US dollars. <https://aws.amazon.com/cloudwatch/pricing/>
const DOLLARS_A_METRIC: f64 = 0.01 / 1_000.0;

/// What is to be read like an earlier snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Like<'l> {
    /// The regions; empty for all.
    pub regions: &'l [String],
    /// The part of the API limits that may be used.
    pub share: Share,
}

/// What a plan will cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Requests by reader and permission.
    pub steps: BTreeMap<(String, String), u64>,
    /// All requests.
    pub requests: u64,
    /// How long it takes: the API limits, or the time that the earlier run took for the same.
    pub seconds: f64,
    /// Metrics that CloudWatch is asked for; none if the earlier run did not count them.
    pub metrics: Option<u64>,
    /// Regions that are to be read and that the earlier run did not read: nothing is known of them.
    pub unknown_regions: Vec<String>,
}

impl Forecast {
    /// What a plan costs in an account like the one of a snapshot.
    ///
    /// # Errors
    /// When the snapshot's ledger cannot be read.
    pub fn of(plan: &Plan, like: &Like<'_>, ledger: &Connection) -> rusqlite::Result<Self> {
        let is_asked = |region: &str| region == GLOBAL || like.regions.is_empty() || like.regions.iter().any(|asked| asked == region);
        let readers: BTreeMap<&str, &[&'static Call]> = plan.all().map(|reader| (reader.name, reader.calls)).collect();
        let mut steps = BTreeMap::new();
        let mut buckets: BTreeMap<(String, String, &str, &str), u64> = BTreeMap::new();
        let (mut metrics, mut is_all) = (counts_metrics(ledger)?.then_some(0), true);
        for line in lines(ledger)? {
            let call = readers
                .get(line.reader.as_str())
                .and_then(|calls| calls.iter().find(|call| call.action == line.action && call.permission == line.permission));
            let Some(call) = call.filter(|_| is_asked(&line.region)) else {
                is_all = false;
                continue;
            };
            *steps.entry((line.reader, line.permission)).or_insert(0) += line.requests;
            metrics = metrics.zip(line.metrics).map(|(sum, more)| sum + more);
            let (bucket, _) = call.api.quota.of(call.action);
            *buckets.entry((line.account_id, line.region, call.api.id, bucket)).or_insert(0) += line.requests;
        }
        let apis: BTreeMap<(&str, &str), _> = plan
            .all()
            .flat_map(|reader| reader.calls)
            .map(|call| {
                let (bucket, rate) = call.api.quota.of(call.action);
                ((call.api.id, bucket), rate)
            })
            .collect();
        let floor = buckets.iter().map(|((_, _, api, bucket), requests)| like.share.seconds(apis[&(*api, *bucket)], *requests));
        let floor = floor.fold(0.0, f64::max);
        let seconds = if is_all { floor.max(took(ledger)?) } else { floor };
        let known: BTreeSet<String> = column(ledger, "select distinct region from place where in_scope")?.into_iter().collect();
        let unknown_regions = like.regions.iter().filter(|region| !known.contains(*region)).cloned().collect();
        Ok(Self { requests: steps.values().sum(), steps, seconds, metrics, unknown_regions })
    }

    /// Requests of a step.
    pub fn requests_of(&self, step: &Step) -> u64 {
        let key = (step.reader.name.to_owned(), step.call.permission.to_owned());
        self.steps.get(&key).copied().unwrap_or(0)
    }

    /// What CloudWatch will bill for the metrics, in US dollars; none if it is not known how many there are.
    pub fn dollars(&self) -> Option<f64> {
        self.metrics.map(|metrics| metrics as f64 * DOLLARS_A_METRIC)
    }
}

/// What a reader asked in a place.
struct Line {
    account_id: String,
    region: String,
    reader: String,
    action: String,
    permission: String,
    requests: u64,
    metrics: Option<u64>,
}

/// Whether a snapshot says how many metrics were asked for: older ones do not.
fn counts_metrics(ledger: &Connection) -> rusqlite::Result<bool> {
    ledger.query_row("select count(*) > 0 from pragma_table_info('ledger') where name = 'metrics'", [], |row| row.get(0))
}

fn lines(ledger: &Connection) -> rusqlite::Result<Vec<Line>> {
    let metrics = if counts_metrics(ledger)? { "sum(metrics)" } else { "null" };
    let sql =
        format!("select account_id, region, reader, action, permission, sum(max(pages, 1)), {metrics} from ledger group by 1, 2, 3, 4, 5");
    let line = |row: &rusqlite::Row<'_>| {
        Ok(Line {
            account_id: row.get(0)?,
            region: row.get(1)?,
            reader: row.get(2)?,
            action: row.get(3)?,
            permission: row.get(4)?,
            requests: u64::from(row.get::<_, u32>(5)?),
            metrics: row.get::<_, Option<u32>>(6)?.map(u64::from),
        })
    };
    ledger.prepare(&sql)?.query_map([], line)?.collect()
}

/// How long the earlier run took, in seconds.
fn took(ledger: &Connection) -> rusqlite::Result<f64> {
    let sql = "select (julianday(finished_at) - julianday(started_at)) * 86400.0 from snapshot where finished_at <> ''";
    let mut seconds = ledger.prepare(sql)?.query_map([], |row| row.get::<_, f64>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(seconds.pop().unwrap_or(0.0))
}

fn column(ledger: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    ledger.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
