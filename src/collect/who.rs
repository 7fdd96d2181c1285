//! Who changed it: some suspected resources, taken to CloudTrail's event history with as few calls as will do.
//!
//! The history takes two questions a second. In each place either every resource is asked for by name, or all writing events of the
//! time in question are read once: whichever is fewer calls, going by how much happened lately.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde::Serialize;

use super::CollectError;
use super::outing::{Open, Outing, Party, Returned, Trip};
use crate::inventory::{GLOBAL, Time};
use crate::services::cloudtrail::history::{BY_NAME, Event, Found, LATE, Named, PEEK, Peeked, SWEEP, Span, Sweep, home_of_global};
use crate::services::cloudtrail::{CLOUD_TRAIL, DAYS};

/// A resource that changed, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// The account that it is in.
    pub account_id: String,
    /// Its region, or `global`.
    pub region: String,
    /// The names by which CloudTrail may know it, the likeliest first (`history::names_of`).
    pub names: Vec<String>,
    /// The services that can have changed it, as event sources (`history::sources_of`); empty for all.
    pub sources: Vec<String>,
    /// When it was last known to be as before; `None` for as long ago as the history goes.
    pub since: Option<Time>,
    /// When it was first seen changed; `None` for now.
    pub until: Option<Time>,
}

/// How many lookups are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// Lookups, about.
    pub lookups: usize,
    /// Seconds that they take at CloudTrail's rate.
    pub seconds: u64,
}

/// Lookups from which on they are announced.
pub const WORTH_TELLING: usize = 60;

/// Suspects in one place from which on it is worth a call to see how much happens there.
const WORTH_A_PEEK: usize = 4;

/// What is known of who changed a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Changing events about it in the time in question, the newest first.
    pub events: Vec<Event>,
    /// How far the history was read.
    #[serde(flatten)]
    pub ending: Ending,
}

/// How far the history was read for a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "history", content = "detail", rename_all = "snake_case")]
pub enum Ending {
    /// For the whole time in question.
    Read,
    /// From its end back to this moment only.
    ReadBackTo(String),
    /// Nothing is told, and the change is so young that it may not be told before this moment.
    NotYet(String),
    /// The change is older than the history.
    TooOld,
    /// Not asked: more lookups than were allowed.
    LeftOut,
    /// It could not be asked, and why.
    Unasked(String),
}

impl Answer {
    /// What to say where no event is told. Never that nobody did it: the history is no proof of that.
    pub fn silence(&self) -> String {
        match &self.ending {
            Ending::Read => "CloudTrail's event history does not tell".to_owned(),
            Ending::ReadBackTo(moment) => format!("CloudTrail's event history does not tell, as far as it was read (back to {moment})"),
            Ending::NotYet(moment) => {
                format!("CloudTrail does not tell yet: events arrive up to {} minutes late, ask again after {moment}", LATE / 60)
            }
            Ending::TooOld => format!("the change is older than the {DAYS} days that CloudTrail's event history goes back"),
            Ending::LeftOut => "CloudTrail was not asked: there are more lookups than --who-limit allows".to_owned(),
            Ending::Unasked(why) => format!("CloudTrail could not be asked: {why}"),
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Told {
    /// One answer a suspect, in their order.
    pub answers: Vec<Answer>,
    /// The ledger, and what stayed open.
    pub returned: Returned,
}

/// Asks who changed some resources, with about `most` lookups at the most. `announce` is told if there are many to come.
///
/// # Errors
/// When credentials lead to no account, or the ledger cannot be written. What cannot be asked is no error but an answer that says so.
pub async fn who(trip: Trip, suspects: &[Suspect], most: usize, announce: &(dyn Fn(Forecast) + Sync)) -> Result<Told, CollectError> {
    let outing = Outing::open(trip).await?;
    let mut answers: Vec<Option<Answer>> = vec![None; suspects.len()];
    let mut groups: BTreeMap<(&str, String), Group<'_>> = BTreeMap::new();
    let clock = outing.clock().unix().unwrap_or(i64::MAX);
    for (at, suspect) in suspects.iter().enumerate() {
        match place(&outing, suspect, clock) {
            Err(ending) => answers[at] = Some(Answer { events: Vec::new(), ending }),
            Ok((party, region, case)) => {
                let group = groups.entry((&party.account_id, region.clone()));
                group.or_insert_with(|| Group { party, region, cases: Vec::new(), way: Way::Names }).cases.push(Case { at, ..case });
            }
        }
    }
    let mut groups: Vec<Group<'_>> = groups.into_values().collect();
    join_all(groups.iter_mut().map(|group| group.choose(&outing))).await;
    for at in limit(&mut groups, most) {
        answers[at] = Some(Answer { events: Vec::new(), ending: Ending::LeftOut });
    }
    let lookups: usize = groups.iter().map(Group::lookups).sum();
    outing.plan(lookups as u64);
    if lookups > WORTH_TELLING {
        let longest = groups.iter().map(Group::lookups).max().unwrap_or(lookups);
        announce(Forecast { lookups, seconds: outing.seconds_for(CLOUD_TRAIL, longest) });
    }
    let told = join_all(groups.iter().map(|group| group.ask(&outing))).await;
    let places: Vec<(String, String)> = groups.iter().map(|group| (group.party.account_id.clone(), group.region.clone())).collect();
    let cases: Vec<Vec<Case>> = groups.into_iter().map(|group| group.cases).collect();
    let returned = outing.close().await?;
    for ((found, cases), (account_id, region)) in told.into_iter().zip(cases).zip(places) {
        let open: Vec<&Open> = returned.open.iter().filter(|open| open.account_id == account_id && open.region == region).collect();
        for (found, case) in found.into_iter().zip(cases) {
            answers[case.at] = Some(answer(found, &case, clock, &open));
        }
    }
    let answers = answers.into_iter().flatten().collect();
    Ok(Told { answers, returned })
}

/// A suspect in its place.
struct Case {
    /// Its place among the suspects.
    at: usize,
    named: Named,
    /// The history ends before the time in question begins.
    is_cut: bool,
    /// The time in question begins here, wherever the history does.
    since: Option<i64>,
}

/// The suspects of one place.
struct Group<'o> {
    party: &'o Party,
    region: String,
    cases: Vec<Case>,
    way: Way,
}

/// How a place is asked.
enum Way {
    /// Each resource by its names.
    Names,
    /// All writing events: those of the newest page, and so many pages more.
    Sweep(Peeked, usize),
    /// It cannot be asked.
    Closed,
}

/// Where a suspect is to be asked for, or why it is not.
fn place<'o>(outing: &'o Outing, suspect: &Suspect, clock: i64) -> Result<(&'o Party, String, Case), Ending> {
    let unasked = |why: &str| Err(Ending::Unasked(why.to_owned()));
    let Some(party) = outing.party(&suspect.account_id) else {
        return unasked(&format!("no credentials given lead to account {}", suspect.account_id));
    };
    if suspect.names.is_empty() {
        return unasked("the resource has no name that CloudTrail could know");
    }
    let oldest = clock - DAYS * 86_400;
    let since = suspect.since.as_ref().and_then(Time::unix);
    let end = suspect.until.as_ref().and_then(Time::unix).unwrap_or(clock).min(clock);
    if end < oldest {
        return Err(Ending::TooOld);
    }
    let span = Span { start: since.unwrap_or(oldest).max(oldest), end };
    if span.start > span.end {
        return unasked("it was seen changed before it was last seen unchanged");
    }
    let region = if suspect.region == GLOBAL { home_of_global(&party.partition) } else { &suspect.region };
    let named = Named { names: suspect.names.clone(), sources: suspect.sources.clone(), span };
    Ok((party, region.to_owned(), Case { at: 0, named, is_cut: since.is_some_and(|since| since < oldest), since }))
}

impl Group<'_> {
    /// The time that all its suspects lie in.
    fn span(&self) -> Span {
        let spans = || self.cases.iter().map(|case| case.named.span);
        let (start, end) = (spans().map(|span| span.start).min(), spans().map(|span| span.end).max());
        Span { start: start.unwrap_or(i64::MAX), end: end.unwrap_or(i64::MIN) }
    }

    /// The names that would be asked first.
    fn first_names(&self) -> BTreeSet<&str> {
        self.cases.iter().filter_map(|case| case.named.names.first()).map(String::as_str).collect()
    }

    /// Looks at the newest page, if that can save calls, and chooses the way.
    async fn choose(&mut self, outing: &Outing) {
        let names = self.first_names().len();
        if names < WORTH_A_PEEK {
            return;
        }
        let span = self.span();
        self.way = match outing.send(PEEK, self.party, &self.region, span).await {
            Err(_) => Way::Closed,
            Ok(peeked) => {
                // As many events in the rest of the time as in that of the page.
                let (page, rest) = ((span.end - peeked.back_to).max(1), (peeked.back_to - span.start).max(0));
                let pages = if peeked.has_more { usize::try_from(rest / page).unwrap_or(usize::MAX).saturating_add(1) } else { 0 };
                if pages < names { Way::Sweep(peeked, pages) } else { Way::Names }
            }
        };
    }

    /// Lookups to come, about.
    fn lookups(&self) -> usize {
        match &self.way {
            Way::Names => self.first_names().len(),
            Way::Sweep(_, pages) => *pages,
            Way::Closed => 0,
        }
    }

    /// Asks; one result a case, in their order.
    async fn ask(&self, outing: &Outing) -> Vec<Found> {
        match &self.way {
            Way::Closed => self.cases.iter().map(|_| Found::GivenUp).collect(),
            Way::Names => self.by_names(outing, self.cases.iter().map(|case| case.named.clone()).collect()).await,
            Way::Sweep(peeked, _) => self.sweep(outing, peeked).await,
        }
    }

    async fn by_names(&self, outing: &Outing, named: Vec<Named>) -> Vec<Found> {
        let count = named.len();
        let found = outing.send(BY_NAME, self.party, &self.region, named).await;
        found.unwrap_or_else(|_| vec![Found::GivenUp; count])
    }

    /// Reads all, and asks by name for what is left if all is more than was to be expected.
    async fn sweep(&self, outing: &Outing, peeked: &Peeked) -> Vec<Found> {
        let span = self.span();
        let (mut events, mut back_to) = (peeked.events.clone(), if peeked.has_more { peeked.back_to } else { span.start });
        if peeked.has_more {
            let names = self.cases.iter().flat_map(|case| case.named.names.iter().cloned()).collect();
            // The last second of the page may go on behind it, to its very end.
            let sweep = Sweep { span: Span { end: peeked.back_to.saturating_add(1), ..span }, names, pages: self.first_names().len() };
            match outing.send(SWEEP, self.party, &self.region, sweep).await {
                Ok(swept) => {
                    events.extend(swept.events);
                    back_to = swept.back_to;
                }
                Err(_) => return self.cases.iter().map(|_| Found::GivenUp).collect(),
            }
        }
        let mut seen = BTreeSet::new();
        events.retain(|event| seen.insert(event.id.clone()));
        let own = |case: &Case| -> Vec<Event> { events.iter().filter(|event| case.named.is_in(event)).cloned().collect() };
        let mut found: Vec<Found> = Vec::new();
        let mut left: Vec<(usize, Named)> = Vec::new();
        for (i, case) in self.cases.iter().enumerate() {
            let own = own(case);
            let is_cut = back_to > case.named.span.start;
            if own.is_empty() && is_cut {
                let end = back_to.min(case.named.span.end);
                left.push((i, Named { span: Span { end, ..case.named.span }, ..case.named.clone() }));
            }
            found.push(Found::Told(own, is_cut.then_some(back_to)));
        }
        let named: Vec<Named> = left.iter().map(|(_, named)| named.clone()).collect();
        if !named.is_empty() {
            for ((i, _), later) in left.into_iter().zip(self.by_names(outing, named).await) {
                found[i] = later;
            }
        }
        found
    }
}

/// Takes out of the groups what is beyond the limit; gives back their places among the suspects. Those that come first stay.
fn limit(groups: &mut [Group<'_>], most: usize) -> Vec<usize> {
    let mut left = most;
    let mut out = Vec::new();
    let mut order: Vec<(usize, usize)> =
        groups.iter().enumerate().flat_map(|(group, of)| of.cases.iter().map(move |case| (case.at, group))).collect();
    order.sort_unstable();
    let mut charged: BTreeSet<(usize, String)> = BTreeSet::new();
    for (at, number) in order {
        let group = &mut groups[number];
        if let Way::Sweep(_, pages) = group.way {
            if charged.contains(&(number, String::new())) {
                continue;
            }
            if pages <= left {
                left -= pages;
                charged.insert((number, String::new()));
                continue;
            }
            // Too much to read it all: the first ones by name, then.
            group.way = Way::Names;
        }
        if matches!(group.way, Way::Closed) {
            continue;
        }
        let name = group.cases.iter().find(|case| case.at == at).and_then(|case| case.named.names.first()).cloned();
        let is_new = name.is_some_and(|name| charged.insert((number, name)));
        match (is_new, left) {
            (false, _) => {}
            (true, 0) => out.push(at),
            (true, _) => left -= 1,
        }
    }
    for group in groups {
        group.cases.retain(|case| !out.contains(&case.at));
    }
    out
}

fn answer(found: Found, case: &Case, clock: i64, open: &[&Open]) -> Answer {
    let why = |matter: &str| {
        let of = open.iter().find(|open| open.matter == matter).or(open.first());
        of.map_or_else(|| "it did not answer".to_owned(), |open| open.why())
    };
    let (mut events, cut) = match found {
        Found::Told(events, cut) => (events, cut),
        Found::Open(name) => return Answer { events: Vec::new(), ending: Ending::Unasked(why(&name)) },
        Found::GivenUp => return Answer { events: Vec::new(), ending: Ending::Unasked(why("")) },
    };
    // Stable: of one second CloudTrail itself tells the newest first.
    events.sort_by(|a, b| b.time.as_str().cmp(a.time.as_str()));
    let back_to = cut.or(case.is_cut.then_some(case.named.span.start));
    let is_young = case.since.is_some_and(|since| since > clock - LATE);
    let ending = match back_to {
        _ if events.is_empty() && is_young => Ending::NotYet(Time::from_unix(case.named.span.end + LATE).as_str().to_owned()),
        Some(moment) => Ending::ReadBackTo(Time::from_unix(moment).as_str().to_owned()),
        None => Ending::Read,
    };
    Answer { events, ending }
}
