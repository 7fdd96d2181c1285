//! [`Cx`]: the hand that a reader or an errand is given. Every call, row and gap goes through it.
//!
//! It makes a declared call inside the guard, within the limits, and writes into the ledger how it ended. A call that fails leaves
//! its gap before the reader hears of it, so no reader can forget to; what the reader gets is [`Unread`], which turns into
//! [`Fact::Unread`] and cannot turn into a value.

mod calls;
mod gaps;
mod pages;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use tokio::sync::watch;

pub use self::pages::Pages;
use super::call::Api;
use super::deadline::Deadline;
use super::errand::Warrant;
use super::limiter::Limiter;
use crate::inventory::{GLOBAL, Row, Sink, Table, Time};

/// Items of one page that are asked about at the same time. There are readers enough beside this one, and an API answers some ten
/// times a second in a region: more of them would only wait, and take room.
const ITEMS_AT_ONCE: usize = 4;

/// The same for small questions to an API that answers hundreds a second.
const SMALL_ITEMS_AT_ONCE: usize = 64;

/// Something could not be read, and its gap is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unread; the gap is recorded")]
pub struct Unread;

/// What all readers of a run share.
#[derive(Debug)]
pub struct Run {
    /// Where rows go.
    pub sink: Sink,
    /// The limits.
    pub limiter: Limiter,
    /// The run's clock: every age and every time window counts from here.
    pub clock: Time,
    /// Turns true when the user cancels.
    pub cancelled: watch::Receiver<bool>,
    /// When nothing more is to be asked.
    pub deadline: Option<Deadline>,
    /// Calls made so far, for the progress line.
    pub calls: AtomicU64,
}

/// An account in a region, as readers see it.
#[derive(Debug)]
pub struct Site {
    /// The session's name; recordings are kept apart by it.
    pub session: String,
    /// The account.
    pub account_id: String,
    /// The partition (`aws`, `aws-cn`, …).
    pub partition: String,
    /// The region, or `global`.
    pub region: String,
    /// The account's own list says that the region is not enabled.
    pub region_off: bool,
    /// How clients are made here.
    pub conf: ClientConf,
    /// The clients made so far, by type and region.
    pub clients: Mutex<HashMap<(TypeId, String), Box<dyn Any + Send + Sync>>>,
}

/// What an SDK client is made from.
#[derive(Debug, Clone)]
pub struct ClientConf {
    /// Credentials, region, HTTP client, timeouts, retries.
    pub sdk: aws_types::SdkConfig,
    /// The name under which retries are budgeted: one throttled account must not use up another's.
    pub retry_partition: String,
}

impl ClientConf {
    fn in_region(&self, region: &str) -> Self {
        let sdk = self.sdk.to_builder().region(aws_types::region::Region::new(region.to_owned())).build();
        Self { sdk, ..self.clone() }
    }
}

/// An SDK client that can be made from a [`ClientConf`]. The `client!` macro implements it.
pub trait SdkClient: Clone + Send + Sync + 'static {
    /// The API that it speaks.
    const API: &'static Api;
    /// Makes one.
    fn make(conf: &ClientConf) -> Self;
}

/// The hand of a reader. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cx {
    run: Arc<Run>,
    site: Arc<Site>,
    warrant: Warrant,
    /// Set once something about the whole place stayed unread.
    incomplete: Arc<AtomicBool>,
    subject: Subject,
    /// Metrics that each request asks for, which AWS bills.
    metrics: u32,
}

/// What the calls are about.
#[derive(Debug, Clone)]
enum Subject {
    /// The whole place: a failure leaves the reader's tables incomplete.
    Place,
    /// One item, or several that are asked about together: a failure leaves columns of them unread.
    Items { table: &'static Table, arns: Arc<[String]>, columns: &'static [&'static str] },
    /// What an errand asks about, in words: a failure leaves that question open, and nothing else.
    Matter(Arc<str>),
}

impl Cx {
    /// A hand for a reader or an errand at a site.
    pub fn new(run: Arc<Run>, site: Arc<Site>, warrant: impl Into<Warrant>) -> Self {
        Self { run, site, warrant: warrant.into(), incomplete: Arc::default(), subject: Subject::Place, metrics: 0 }
    }

    /// The account.
    pub fn account_id(&self) -> &str {
        &self.site.account_id
    }

    /// The partition (`aws`, `aws-cn`, …).
    pub fn partition(&self) -> &str {
        &self.site.partition
    }

    /// The region, or `global`.
    pub fn region(&self) -> &str {
        &self.site.region
    }

    /// The name of the credentials.
    pub fn session(&self) -> &str {
        &self.site.session
    }

    /// The run's clock.
    pub fn clock(&self) -> &Time {
        &self.run.clock
    }

    /// Where rows go, for a question about rows that are there already.
    pub fn sink(&self) -> &Sink {
        &self.run.sink
    }

    /// An ARN in this account and region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        self.arn_of(service, &self.site.account_id, resource)
    }

    /// An ARN in this region and another account: that of whoever owns what is shared.
    pub fn arn_of(&self, service: &str, owner_id: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{owner_id}:{resource}", self.site.partition, self.site.region)
    }

    /// An ARN of a service without regions, with or without the account.
    pub fn global_arn(&self, service: &str, account_id: &str, resource: &str) -> String {
        format!("arn:{}:{service}::{account_id}:{resource}", self.site.partition)
    }

    /// The SDK client of a service in this region.
    pub fn client<C: SdkClient>(&self) -> C {
        self.client_in("")
    }

    /// The SDK client of a service in another region, for what is listed once and lives anywhere (buckets). `''` is this region.
    pub fn client_in<C: SdkClient>(&self, region: &str) -> C {
        let mut clients = self.site.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || -> Box<dyn Any + Send + Sync> {
            let conf = &self.site.conf;
            Box::new(if region.is_empty() { C::make(conf) } else { C::make(&conf.in_region(region)) })
        };
        let client = clients.entry((TypeId::of::<C>(), region.to_owned())).or_insert_with(make);
        match client.downcast_ref::<C>() {
            Some(client) => client.clone(),
            None => unreachable!("clients are kept by their type"),
        }
    }

    /// The same hand for calls about one item: if one fails, these columns of the item's row are unread.
    pub fn about(&self, table: &'static Table, arn: &str, columns: &'static [&'static str]) -> Self {
        self.about_all(table, [arn.to_owned()], columns)
    }

    /// The same hand for a call about several items at once.
    pub fn about_all(&self, table: &'static Table, arns: impl IntoIterator<Item = String>, columns: &'static [&'static str]) -> Self {
        Self { subject: Subject::Items { table, arns: arns.into_iter().collect(), columns }, ..self.clone() }
    }

    /// The same hand for a call about columns of every row here: if it fails, they are unread in all of them.
    pub fn about_rows(&self, table: &'static Table, columns: &'static [&'static str]) -> Self {
        self.about_all(table, ["*".to_owned()], columns)
    }

    /// The same hand for a call about one of an errand's questions: if it fails, that one stays open.
    pub fn on(&self, matter: &str) -> Self {
        Self { subject: Subject::Matter(matter.into()), ..self.clone() }
    }

    /// The same hand for requests that each ask for so many metrics, which AWS bills.
    pub fn billed(&self, metrics: usize) -> Self {
        Self { metrics: u32::try_from(metrics).unwrap_or(u32::MAX), ..self.clone() }
    }

    /// Stores a row.
    pub async fn emit<R: Row>(&self, row: R) {
        debug_assert!(self.warrant.tables.iter().any(|table| table.name == R::TABLE.name), "{} is not declared", R::TABLE.name);
        self.run.sink.row(row).await;
    }

    /// Does the same for every item, several at a time.
    pub async fn each<I, F, Fut>(&self, items: I, each: F)
    where
        I: IntoIterator,
        F: Fn(I::Item) -> Fut,
        Fut: Future<Output = ()>,
    {
        futures_util::stream::iter(items.into_iter().map(each)).buffer_unordered(ITEMS_AT_ONCE).collect::<()>().await;
    }

    /// Does the same for every item, very many at a time: for small questions to an API that answers hundreds a second.
    pub async fn each_small<I, F, Fut>(&self, items: I, each: F)
    where
        I: IntoIterator,
        F: Fn(I::Item) -> Fut,
        Fut: Future<Output = ()>,
    {
        futures_util::stream::iter(items.into_iter().map(each)).buffer_unordered(SMALL_ITEMS_AT_ONCE).collect::<()>().await;
    }

    /// Whether everything about the whole place was read.
    pub fn is_complete(&self) -> bool {
        !self.incomplete.load(Ordering::Relaxed) && !*self.run.cancelled.borrow()
    }
}

impl Site {
    /// Whether this is the place of services without regions.
    pub fn is_global(&self) -> bool {
        self.region == GLOBAL
    }
}
