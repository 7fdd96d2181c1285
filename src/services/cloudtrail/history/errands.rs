//! The errands: the newest page of writing events, all of them, or those of one name after another.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudtrail::types::{Event as Said, LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;

use super::Event;
use super::event::Told;
use crate::aws::{Cx, Errand, Unread, Warrant};
use crate::services::cloudtrail::call;

/// Events that a page has at most.
const PAGE: i32 = 50;

/// Pages that are read of one name. Some names have thousands of events that only read (a key that decrypts, a role that is taken).
const PAGES_OF_A_NAME: usize = 10;

/// Names in a row that cannot be asked, after which no other is.
const FAILURES: usize = 3;

/// A time, in seconds since 1970, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when on.
    pub start: i64,
    /// Until when.
    pub end: i64,
}

impl Span {
    /// Whether an event happened in it.
    pub fn holds(&self, event: &Event) -> bool {
        event.time.unix().is_some_and(|time| (self.start..=self.end).contains(&time))
    }

    fn start(&self) -> DateTime {
        DateTime::from_secs(self.start)
    }

    fn end(&self) -> DateTime {
        DateTime::from_secs(self.end)
    }
}

/// What the newest page of writing events tells.
#[derive(Debug, Clone)]
pub struct Peeked {
    /// The changes in it.
    pub events: Vec<Event>,
    /// When its oldest event happened; the end of the time asked about when there was none.
    pub back_to: i64,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// A time of which all writing events are to be read.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The time.
    pub span: Span,
    /// The names that matter; events about others are dropped as they come.
    pub names: BTreeSet<String>,
    /// Pages at the most.
    pub pages: usize,
}

/// What a sweep found.
#[derive(Debug, Clone)]
pub struct Swept {
    /// The changes about names that matter.
    pub events: Vec<Event>,
    /// How far back all was read, in seconds since 1970: the beginning of the time, or later when a page could not be read or there
    /// were more pages than wanted.
    pub back_to: i64,
}

/// Some names of one thing, to be asked one after another until one answers.
#[derive(Debug, Clone)]
pub struct Named {
    /// The names, the likeliest first.
    pub names: Vec<String>,
    /// The sources whose events count; empty for all.
    pub sources: Vec<String>,
    /// The time.
    pub span: Span,
}

impl Named {
    /// Whether an event is about it.
    pub fn is_in(&self, event: &Event) -> bool {
        self.is_meant(event) && event.resources.iter().any(|resource| self.names.contains(resource))
    }

    fn is_meant(&self, event: &Event) -> bool {
        self.span.holds(event) && (self.sources.is_empty() || self.sources.contains(&event.source))
    }
}

/// What its names told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The changes; `Some` time (seconds since 1970) where the events of a name are too many to be read further back.
    Told(Vec<Event>, Option<i64>),
    /// A name could not be asked; the gap is on that name.
    Open(String),
    /// Not asked, since so many before it could not be.
    GivenUp,
}

/// The newest page of writing events: how much happens here?
pub const PEEK: &Errand<Span, Peeked> = &Errand { warrant: WARRANT, run: |cx, span| Box::pin(peek(cx, span)) };

/// All writing events of a time.
pub const SWEEP: &Errand<Sweep, Swept> = &Errand { warrant: WARRANT, run: |cx, sweep| Box::pin(sweep_all(cx, sweep)) };

/// The changes of some things, by their names.
pub const BY_NAME: &Errand<Vec<Named>, Vec<Found>> = &Errand { warrant: WARRANT, run: |cx, named| Box::pin(by_name(cx, named)) };

/// What they may.
const WARRANT: Warrant = Warrant { name: "cloudtrail/history", tables: &[], calls: &[call::LookupEvents] };

fn attribute(key: LookupAttributeKey, value: &str) -> Option<Vec<LookupAttribute>> {
    LookupAttribute::builder().attribute_key(key).attribute_value(value).build().ok().map(|attribute| vec![attribute])
}

/// The changes in a page and the time of its oldest event.
async fn changes(cx: &Cx, said: &[Said]) -> (Vec<Event>, Option<i64>) {
    let mut changes = Vec::new();
    for event in said {
        match Told::of(event, cx.partition(), cx.region()) {
            Told::Change(event) => changes.push(*event),
            Told::NoChange => {}
            Told::Malformed => {
                cx.malformed(call::LookupEvents, "holds an event without id, name, time or detail").await;
            }
        }
    }
    (changes, said.iter().filter_map(|event| event.event_time()).map(DateTime::secs).min())
}

async fn peek(cx: Cx, span: Span) -> Result<Peeked, Unread> {
    let trail: aws_sdk_cloudtrail::Client = cx.client();
    let mut pages = cx.pages(call::LookupEvents, |token| {
        trail
            .lookup_events()
            .set_lookup_attributes(attribute(LookupAttributeKey::ReadOnly, "false"))
            .start_time(span.start())
            .end_time(span.end())
            .max_results(PAGE)
            .set_next_token(token)
            .send()
    });
    let Some(page) = pages.next(|page| page.next_token()).await? else { return Err(Unread) };
    pages.stop().await;
    let (events, oldest) = changes(&cx, page.events()).await;
    Ok(Peeked { events, back_to: oldest.unwrap_or(span.end), has_more: page.next_token().is_some_and(|token| !token.is_empty()) })
}

async fn sweep_all(cx: Cx, sweep: Sweep) -> Result<Swept, Unread> {
    let trail: aws_sdk_cloudtrail::Client = cx.client();
    let span = sweep.span;
    let mut pages = cx.pages(call::LookupEvents, |token| {
        trail
            .lookup_events()
            .set_lookup_attributes(attribute(LookupAttributeKey::ReadOnly, "false"))
            .start_time(span.start())
            .end_time(span.end())
            .max_results(PAGE)
            .set_next_token(token)
            .send()
    });
    let mut swept = Swept { events: Vec::new(), back_to: span.end };
    for _ in 0..sweep.pages {
        let page = match pages.next(|page| page.next_token()).await {
            Ok(Some(page)) => page,
            Ok(None) => break,
            // What was read is worth keeping; how far it goes is told.
            Err(Unread) => return Ok(swept),
        };
        let (events, oldest) = changes(&cx, page.events()).await;
        let matters = |event: &Event| event.resources.iter().any(|name| sweep.names.contains(name));
        swept.events.extend(events.into_iter().filter(matters));
        // A second that is cut by the end of a page is not read whole.
        swept.back_to = oldest.map_or(swept.back_to, |oldest| swept.back_to.min(oldest + 1));
        if page.next_token().is_none_or(str::is_empty) {
            swept.back_to = span.start;
            break;
        }
    }
    pages.stop().await;
    Ok(swept)
}

/// The changes that are filed under a name, and how far back they were read if not all were.
type Filed = (Vec<Event>, Option<i64>);

async fn filed(cx: &Cx, name: &str, span: Span) -> Result<Filed, Unread> {
    let cx = cx.on(name);
    let trail: aws_sdk_cloudtrail::Client = cx.client();
    let mut pages = cx.pages(call::LookupEvents, |token| {
        trail
            .lookup_events()
            .set_lookup_attributes(attribute(LookupAttributeKey::ResourceName, name))
            .start_time(span.start())
            .end_time(span.end())
            .max_results(PAGE)
            .set_next_token(token)
            .send()
    });
    let (mut all, mut back_to) = (Vec::new(), span.end);
    for _ in 0..PAGES_OF_A_NAME {
        let Some(page) = pages.next(|page| page.next_token()).await? else { return Ok((all, None)) };
        let (events, oldest) = changes(&cx, page.events()).await;
        all.extend(events);
        back_to = oldest.map_or(back_to, |oldest| back_to.min(oldest + 1));
        if page.next_token().is_none_or(str::is_empty) {
            pages.stop().await;
            return Ok((all, None));
        }
    }
    pages.stop().await;
    Ok((all, Some(back_to)))
}

async fn by_name(cx: Cx, named: Vec<Named>) -> Result<Vec<Found>, Unread> {
    // A name that several ask about is asked once, for as long as all of them want.
    let mut spans: BTreeMap<&str, Span> = BTreeMap::new();
    for one in &named {
        for name in &one.names {
            let span = spans.entry(name).or_insert(one.span);
            *span = Span { start: span.start.min(one.span.start), end: span.end.max(one.span.end) };
        }
    }
    let mut known: BTreeMap<&str, Result<Filed, Unread>> = BTreeMap::new();
    let (mut all, mut failures) = (Vec::new(), 0);
    for one in &named {
        let mut found = Found::Told(Vec::new(), None);
        for name in &one.names {
            if !known.contains_key(name.as_str()) {
                if failures == FAILURES {
                    found = Found::GivenUp;
                    break;
                }
                let told = filed(&cx, name, spans[name.as_str()]).await;
                failures = if told.is_ok() { 0 } else { failures + 1 };
                known.insert(name, told);
            }
            match &known[name.as_str()] {
                Err(Unread) => found = Found::Open(name.clone()),
                Ok((events, cut)) => {
                    let own: Vec<Event> = events.iter().filter(|event| one.is_meant(event)).cloned().collect();
                    let is_answer = !own.is_empty();
                    let cut = cut.filter(|cut| *cut > one.span.start);
                    found = match found {
                        _ if is_answer => Found::Told(own, cut),
                        // That a later name tells nothing does not close an earlier one's question.
                        Found::Told(_, before) => Found::Told(own, before.max(cut)),
                        open => open,
                    };
                    if is_answer {
                        break;
                    }
                }
            }
        }
        all.push(found);
    }
    Ok(all)
}
