//! How fast a run could have been at best: the higher of two floors, both from the run's own ledger.
//!
//! **The chain.** Readers start when the readers that they need have ended, and pages come one after the other. Within a reader, a call
//! about an item comes after the first page of its own list, if it has one and needs no other reader; nothing else is taken to
//! depend on anything, so the floor is never too high. A reader's depth in a place is therefore the higher of its most pages, and of
//! one more than the most pages of a call about an item. The longest way through the readers of an account, which begins with
//! who it is and which regions it has, times the latency of a call, is the chain.
//!
//! **The throttle.** Requests of a bucket (account, region, API, and operation where AWS counts those apart), less its burst, by its
//! rate; both are AWS's, times the share that the run may take.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// What driftlead's readers declare; a test of the house (`tests/house/bounds.rs`) writes it and holds it to the program.
static DECLARED: LazyLock<Declared> = LazyLock::new(|| serde_json::from_str(include_str!("readers.json")).expect("readers.json"));

#[derive(Deserialize)]
struct Declared {
    /// The share of AWS's rates that is taken unless told otherwise, in percent.
    share: f64,
    /// Readers that run before all others, in this order.
    first: Vec<String>,
    readers: BTreeMap<String, Reader>,
    buckets: HashMap<String, Bucket>,
}

#[derive(Deserialize)]
struct Reader {
    is_global: bool,
    /// Readers that must have ended.
    needs: Vec<String>,
    /// By operation, the bucket that it draws from.
    calls: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Bucket {
    per_second: f64,
    burst: f64,
}

/// The floor of a run's wall time.
#[derive(Debug, Clone, Serialize)]
pub struct Bound {
    /// Calls in the longest chain.
    pub chain_calls: u64,
    /// The readers of the longest chain, with the calls of each.
    pub chain: Vec<String>,
    /// What the chain takes, in seconds.
    pub chain_s: f64,
    /// What the fullest bucket takes, in seconds.
    pub throttle_s: f64,
    /// The fullest bucket, with its requests.
    pub throttle: String,
}

impl Bound {
    /// The higher of the two, in seconds.
    pub fn seconds(&self) -> f64 {
        self.chain_s.max(self.throttle_s)
    }
}

/// A reader in a region.
type Place<'p> = (&'p str, &'p str);

/// What the ledger has of a reader in a place.
#[derive(Default)]
struct Asked {
    /// Most pages of a call about the place.
    pages: u64,
    /// Most pages of a call about an item.
    item_pages: u64,
}

struct Line {
    account: String,
    region: String,
    reader: String,
    action: String,
    is_item: bool,
    pages: u64,
    requests: u64,
}

const GLOBAL: &str = "global";

/// The floor of the run that made a snapshot. `share` is in percent; `None` is driftlead's own.
pub fn bound(snapshot: &Path, latency_s: f64, share: Option<f64>) -> Outcome<Bound> {
    let connection = Connection::open(snapshot)?;
    let sql = "select account_id, region, reader, action, resource <> '', max(max(pages, 1)), sum(attempts) from ledger
        where outcome not in ('refused', 'cancelled') group by 1, 2, 3, 4, 5";
    let mut statement = connection.prepare(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Line {
            account: row.get(0)?,
            region: row.get(1)?,
            reader: row.get(2)?,
            action: row.get(3)?,
            is_item: row.get(4)?,
            pages: row.get::<_, i64>(5)?.unsigned_abs(),
            requests: row.get::<_, i64>(6)?.unsigned_abs(),
        })
    };
    let lines: Vec<Line> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
    let (chain_calls, chain) = longest(&lines);
    let (throttle_s, throttle) = fullest(&lines, share.unwrap_or(DECLARED.share) / 100.0)?;
    Ok(Bound { chain_calls, chain, chain_s: chain_calls as f64 * latency_s, throttle_s, throttle })
}

fn fullest(lines: &[Line], share: f64) -> Outcome<(f64, String)> {
    let mut requests: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for line in lines {
        // What is no reader is an errand, such as the list of an organization's accounts; it draws from buckets that nothing else fills.
        let Some(reader) = DECLARED.readers.get(&line.reader) else { continue };
        let bucket = reader.calls.get(&line.action).ok_or_else(|| format!("readers.json has no {} of {}", line.action, line.reader))?;
        *requests.entry((&line.account, &line.region, bucket)).or_insert(0) += line.requests;
    }
    let mut worst = (0.0, "none is over its burst".to_owned());
    for ((account, region, name), requests) in requests {
        let bucket = &DECLARED.buckets[name];
        let seconds = (requests as f64 - bucket.burst * share) / (bucket.per_second * share);
        if seconds > worst.0 {
            worst = (seconds, format!("{name} in {account} {region}: {requests} requests"));
        }
    }
    Ok(worst)
}

/// The longest chain of any account: its calls, and its steps.
fn longest(lines: &[Line]) -> (u64, Vec<String>) {
    let accounts: BTreeSet<&str> = lines.iter().map(|line| line.account.as_str()).collect();
    let chains = accounts.into_iter().map(|account| {
        let mut asked: HashMap<Place<'_>, Asked> = HashMap::new();
        for line in lines.iter().filter(|line| line.account == account) {
            let of = asked.entry((&line.reader, &line.region)).or_default();
            let most = if line.is_item { &mut of.item_pages } else { &mut of.pages };
            *most = (*most).max(line.pages);
        }
        let regions: BTreeSet<&str> = asked.keys().map(|(_, region)| *region).filter(|region| *region != GLOBAL).collect();
        let mut search = Search { regions: regions.into_iter().collect(), asked, ends: HashMap::new() };
        let first: Vec<(u64, &str)> = DECLARED.first.iter().map(|name| (search.depth(name, GLOBAL), name.as_str())).collect();
        let last = search.all().max_by_key(|(_, calls)| *calls);
        let (way, calls) = last.map_or((Vec::new(), 0), |(place, calls)| (search.way(place), calls));
        let steps = first.iter().copied().chain(way).filter(|(calls, _)| *calls > 0);
        let told = steps.map(|(calls, name)| format!("{name} ×{calls}")).collect();
        (first.iter().map(|(calls, _)| calls).sum::<u64>() + calls, told)
    });
    chains.max_by_key(|(calls, _)| *calls).unwrap_or((0, Vec::new()))
}

/// The longest way to the end of each reader of an account.
struct Search<'s> {
    regions: Vec<&'s str>,
    asked: HashMap<Place<'s>, Asked>,
    /// Calls up to a reader's end, and the reader that it waited for last.
    ends: HashMap<Place<'s>, (u64, Option<Place<'s>>)>,
}

impl<'s> Search<'s> {
    /// Every reader in every place where it runs, with the calls up to its end.
    fn all(&mut self) -> impl Iterator<Item = (Place<'s>, u64)> {
        let mut all = Vec::new();
        for (name, reader) in DECLARED.readers.iter().filter(|(name, _)| !DECLARED.first.contains(name)) {
            for region in self.places(reader) {
                let place = (name.as_str(), region);
                all.push((place, self.end(place)));
            }
        }
        all.into_iter()
    }

    fn places(&self, reader: &Reader) -> Vec<&'s str> {
        if reader.is_global { vec![GLOBAL] } else { self.regions.clone() }
    }

    fn end(&mut self, place: Place<'s>) -> u64 {
        if let Some((calls, _)) = self.ends.get(&place) {
            return *calls;
        }
        let reader = &DECLARED.readers[place.0];
        let mut before = (0, None);
        for needed in &reader.needs {
            let Some((needed, of)) = DECLARED.readers.get_key_value(needed) else { continue };
            // As the collector has it: within a region where both are regional, else after all of them.
            let regions = if of.is_global || reader.is_global { self.places(of) } else { vec![place.1] };
            for region in regions {
                let calls = self.end((needed, region));
                if calls > before.0 {
                    before = (calls, Some((needed.as_str(), region)));
                }
            }
        }
        let calls = before.0 + self.depth(place.0, place.1);
        self.ends.insert(place, (calls, before.1));
        calls
    }

    fn depth(&self, name: &str, region: &str) -> u64 {
        let Some(asked) = self.asked.get(&(name, region)) else { return 0 };
        let lists = asked.pages > 0 && DECLARED.readers[name].needs.is_empty();
        let to_items = if asked.item_pages > 0 { asked.item_pages + u64::from(lists) } else { 0 };
        asked.pages.max(to_items)
    }

    /// The readers up to the end of one, each with its calls.
    fn way(&self, place: Place<'s>) -> Vec<(u64, &'s str)> {
        let before = self.ends.get(&place).and_then(|(_, before)| *before);
        let mut way = before.map_or_else(Vec::new, |before| self.way(before));
        way.push((self.depth(place.0, place.1), place.0));
        way
    }
}
