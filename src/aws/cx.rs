//! [`Cx`]: the hand that a reader is given. Every call, row and gap goes through it.
//!
//! It makes a declared call inside the guard, within the limits, and writes into the ledger how it ended. A call that fails leaves
//! its gap before the reader hears of it, so no reader can forget to; what the reader gets is [`Unread`], which turns into
//! [`Fact::Unread`] and cannot turn into a value.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::StreamExt;
use tokio::sync::watch;

use super::call::{Api, Call};
use super::guard::{IN_CALL, InCall};
use super::limiter::Limiter;
use super::outcome::{Failure, classify};
use super::reader::Reader;
use super::word::Word;
use crate::inventory::{Entry, Fact, GLOBAL, Gap, Outcome, Row, Sink, Table, Time};

/// Items of one page that are asked about at the same time. What is really in flight is the limiter's to bound.
const ITEMS_AT_ONCE: usize = 16;

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
    /// An endpoint other than AWS's own is set for everything.
    pub has_endpoint: bool,
    /// That endpoint is a bare address or `localhost`.
    pub has_bare_endpoint: bool,
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
    reader: &'static Reader,
    /// Set once something about the whole place stayed unread.
    incomplete: Arc<AtomicBool>,
    subject: Subject,
}

/// What the calls are about.
#[derive(Debug, Clone)]
enum Subject {
    /// The whole place: a failure leaves the reader's tables incomplete.
    Place,
    /// One item, or several that are asked about together: a failure leaves columns of them unread.
    Items { table: &'static Table, arns: Arc<[String]>, columns: &'static [&'static str] },
}

impl Cx {
    /// A hand for a reader at a site.
    pub fn new(run: Arc<Run>, site: Arc<Site>, reader: &'static Reader) -> Self {
        Self { run, site, reader, incomplete: Arc::default(), subject: Subject::Place }
    }

    /// The account.
    pub fn account_id(&self) -> &str {
        &self.site.account_id
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
    pub fn about_all(
        &self,
        table: &'static Table,
        arns: impl IntoIterator<Item = String>,
        columns: &'static [&'static str],
    ) -> Self {
        Self { subject: Subject::Items { table, arns: arns.into_iter().collect(), columns }, ..self.clone() }
    }

    /// The same hand for a call about columns of every row here: if it fails, they are unread in all of them.
    pub fn about_rows(&self, table: &'static Table, columns: &'static [&'static str]) -> Self {
        self.about_all(table, ["*".to_owned()], columns)
    }

    /// Makes a call that is answered at once.
    ///
    /// # Errors
    /// [`Unread`] when AWS did not answer; the gap is recorded.
    pub async fn call<O, E, F>(&self, call: &'static Call, send: F) -> Result<O, Unread>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match self.call_or_absent(call, &[], send).await? {
            Some(output) => Ok(output),
            None => unreachable!("no code means absent here"),
        }
    }

    /// Makes a call for something that may not be there: the listed error codes mean that there is none.
    ///
    /// # Errors
    /// [`Unread`] when AWS did not answer; the gap is recorded.
    pub async fn call_or_absent<O, E, F>(&self, call: &'static Call, absent: &[&str], send: F) -> Result<Option<O>, Unread>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let made = self.begin(call);
        match self.send(&made, send).await {
            Ok(output) => {
                self.end(made, Ok(()), 1).await;
                Ok(Some(output))
            }
            Err(failure) if absent.contains(&failure.code.as_str()) => {
                self.end(made, Err(Failure { outcome: Outcome::Absent, ..failure }), 1).await;
                Ok(None)
            }
            Err(failure) => Err(self.fail(made, failure, 0).await),
        }
    }

    /// Makes a call whose failure is itself an answer, such as `HeadBucket`, which says all by its status.
    ///
    /// `is_answer` decides from the status which failures are; those come back as `Ok(Err(failure))`.
    ///
    /// # Errors
    /// [`Unread`] when the failure was none of those; the gap is recorded.
    pub async fn probe<O, E, F>(
        &self,
        call: &'static Call,
        is_answer: impl Fn(&Failure) -> bool,
        send: F,
    ) -> Result<Result<O, Failure>, Unread>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let made = self.begin(call);
        match self.send(&made, send).await {
            Ok(output) => {
                self.end(made, Ok(()), 1).await;
                Ok(Ok(output))
            }
            Err(failure) if is_answer(&failure) => {
                self.end(made, Err(Failure { outcome: Outcome::Absent, ..failure.clone() }), 1).await;
                Ok(Err(failure))
            }
            Err(failure) => Err(self.fail(made, failure, 0).await),
        }
    }

    /// Makes a call again until its answer says that AWS is done: one call in the ledger, however often it was asked.
    ///
    /// # Errors
    /// [`Unread`] when AWS did not answer, or was not done after so many tries.
    pub async fn poll<O, E, F, Fut>(
        &self,
        call: &'static Call,
        tries: u32,
        send: F,
        is_done: impl Fn(&O) -> bool,
    ) -> Result<O, Unread>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let made = self.begin(call);
        for tried in 1..=tries {
            match self.send(&made, send()).await {
                Ok(output) if is_done(&output) => {
                    self.end(made, Ok(()), tried).await;
                    return Ok(output);
                }
                Ok(_) => tokio::time::sleep(self.run.limiter.pause()).await,
                Err(failure) => return Err(self.fail(made, failure, tried - 1).await),
            }
        }
        let message = "AWS was not done in time".to_owned();
        let failure = Failure { outcome: Outcome::TimedOut, code: String::new(), message, status: None };
        Err(self.fail(made, failure, tries).await)
    }

    /// Makes a call whose answer comes in pages. `fetch` makes the request for a token; see [`Pages::next`].
    pub fn pages<F>(&self, call: &'static Call, fetch: F) -> Pages<F> {
        Pages { cx: self.clone(), made: Some(self.begin(call)), fetch, token: None, pages: 0, is_last: false }
    }

    /// Stores a row.
    pub async fn emit<R: Row>(&self, row: R) {
        debug_assert!(self.reader.tables.iter().any(|table| table.name == R::TABLE.name), "{} is not declared", R::TABLE.name);
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

    /// The answer left out what identifies a resource, or could not be understood: the table is incomplete here.
    pub async fn malformed(&self, call: &'static Call, what: &str) -> Unread {
        let failure =
            Failure { outcome: Outcome::Malformed, code: String::new(), message: format!("the answer {what}"), status: None };
        self.gap(Some(call), &failure).await;
        Unread
    }

    /// The snapshot itself could not be asked: what hangs on its rows is incomplete.
    pub async fn broken(&self, why: &str) -> Unread {
        let message = format!("the snapshot could not be asked: {why}");
        let failure = Failure { outcome: Outcome::Failed, code: String::new(), message, status: None };
        self.gap(None, &failure).await;
        Unread
    }

    /// A word of an enumeration whose meaning matters: unread, with a gap, if this version does not know the word.
    ///
    /// A member that AWS left out is `''`. `also` lists words that AWS is known to send though its own model lacks them.
    pub async fn word<W: Word>(
        &self,
        table: &'static Table,
        arn: &str,
        columns: &'static [&'static str],
        word: Option<&W>,
        also: &[&str],
    ) -> Fact<String> {
        match word {
            None => Fact::Known(String::new()),
            Some(word) if word.is_known() || also.contains(&word.text()) => Fact::Known(word.text().to_owned()),
            Some(word) => {
                let failure = Failure {
                    outcome: Outcome::Unrecognised,
                    code: word.text().to_owned(),
                    message: format!("this version does not know what `{}` means here", word.text()),
                    status: None,
                };
                self.about(table, arn, columns).gap(None, &failure).await;
                Fact::Unread
            }
        }
    }

    /// Whether everything about the whole place was read.
    pub fn is_complete(&self) -> bool {
        !self.incomplete.load(Ordering::Relaxed) && !*self.run.cancelled.borrow()
    }

    /// Records that a table which this reader needs was not read completely, and why.
    pub async fn needed(&self, table: &str, action: String, failure: &Failure) {
        let message = format!("it hangs on {table}, which was not read completely: {}", failure.message);
        self.write_gap(Cow::Owned(action), &Failure { message, ..failure.clone() }).await;
    }

    /// Records that nothing can be read here because the account has not enabled the region.
    pub async fn region_is_off(&self) {
        let message = format!("{} is not enabled in the account", self.site.region);
        let failure = Failure { outcome: Outcome::RegionOff, code: String::new(), message, status: None };
        self.gap(None, &failure).await;
    }

    fn begin(&self, call: &'static Call) -> Made {
        let state = Arc::new(InCall {
            call,
            session: self.site.session.clone(),
            region: self.site.region.clone(),
            attempts: AtomicU32::new(0),
            input: OnceLock::new(),
            answered_at: Mutex::new(None),
        });
        Made { state, started: Instant::now(), started_at: jiff::Timestamp::now().as_second() }
    }

    /// Sends one request: within the limits, inside the guard, until it is answered or the run is cancelled.
    async fn send<O, E, F>(&self, made: &Made, send: F) -> Result<O, Failure>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = made.state.call;
        if !self.reader.calls.iter().any(|declared| declared.action == call.action && declared.api.id == call.api.id) {
            let message = format!("the reader {} did not declare {}", self.reader.name, call.permission);
            return Err(Failure { outcome: Outcome::Refused, code: String::new(), message, status: None });
        }
        let cancelled = || Failure {
            outcome: Outcome::Cancelled,
            code: String::new(),
            message: "the run was cancelled".to_owned(),
            status: None,
        };
        let mut stop = self.run.cancelled.clone();
        let work = async {
            let _permit = self.run.limiter.admit(&self.site.session, &self.site.region, call.api).await;
            self.run.calls.fetch_add(1, Ordering::Relaxed);
            IN_CALL.scope(Arc::clone(&made.state), send).await.map_err(|error| classify(&error, self.site.region_off))
        };
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => Err(cancelled()),
            result = work => result,
        }
    }

    async fn end(&self, made: Made, result: Result<(), Failure>, pages: u32) {
        let (outcome, code, message) = match result {
            Ok(()) => (Outcome::Ok, String::new(), String::new()),
            Err(failure) => (failure.outcome, failure.code, failure.message),
        };
        let call = made.state.call;
        let replayed = *made.state.answered_at.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = Entry {
            account_id: self.site.account_id.clone(),
            region: self.site.region.clone(),
            service: call.api.prefix,
            action: call.action,
            permission: call.permission,
            reader: self.reader.name,
            resource: match &self.subject {
                Subject::Items { arns, .. } if arns.len() == 1 => arns[0].clone(),
                Subject::Place | Subject::Items { .. } => String::new(),
            },
            input: made.state.input.get().cloned().unwrap_or_else(String::new),
            outcome,
            code,
            message,
            pages,
            attempts: made.state.attempts.load(Ordering::Relaxed),
            started_at: Time::from_unix(replayed.unwrap_or(made.started_at)),
            millis: if replayed.is_some() { 0 } else { u64::try_from(made.started.elapsed().as_millis()).unwrap_or(u64::MAX) },
        };
        self.run.sink.entry(entry).await;
    }

    async fn fail(&self, made: Made, failure: Failure, pages: u32) -> Unread {
        self.gap(Some(made.state.call), &failure).await;
        self.end(made, Err(failure), pages).await;
        Unread
    }

    async fn gap(&self, call: Option<&'static Call>, failure: &Failure) {
        self.write_gap(Cow::Borrowed(call.map_or("", |call| call.permission)), failure).await;
    }

    async fn write_gap(&self, action: Cow<'static, str>, failure: &Failure) {
        let gap = |table: &'static Table, resource: &str, columns: &'static [&'static str]| Gap {
            table: table.name,
            account_id: self.site.account_id.clone(),
            region: self.site.region.clone(),
            resource: resource.to_owned(),
            columns,
            action: action.clone(),
            outcome: failure.outcome,
            code: failure.code.clone(),
            message: failure.message.clone(),
        };
        match &self.subject {
            Subject::Items { table, arns, columns } => {
                for arn in arns.iter() {
                    self.run.sink.gap(gap(table, arn, columns)).await;
                }
            }
            Subject::Place => {
                self.incomplete.store(true, Ordering::Relaxed);
                for table in self.reader.tables {
                    self.run.sink.gap(gap(table, "", &[])).await;
                }
            }
        }
    }
}

/// A call that is being made.
#[derive(Debug)]
struct Made {
    state: Arc<InCall>,
    started: Instant,
    started_at: i64,
}

/// The pages of one call.
#[derive(Debug)]
pub struct Pages<F> {
    cx: Cx,
    made: Option<Made>,
    fetch: F,
    token: Option<String>,
    pages: u32,
    is_last: bool,
}

impl<F> Pages<F> {
    /// The next page, or `None` after the last. `token` takes the next page's token from a page.
    ///
    /// The SDK's own paginators end without a word when a service repeats a token; here that is a malformed answer, since the rest
    /// of the list was not read.
    ///
    /// # Errors
    /// [`Unread`] when a page could not be read; the gap is recorded.
    pub async fn next<O, E, Fut>(&mut self, token: impl Fn(&O) -> Option<&str>) -> Result<Option<O>, Unread>
    where
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.next_or_absent(&[], token).await
    }

    /// The same for a list that may not be there: the listed error codes on the first page mean that there is none.
    ///
    /// # Errors
    /// [`Unread`] when a page could not be read; the gap is recorded.
    pub async fn next_or_absent<O, E, Fut>(
        &mut self,
        absent: &[&str],
        token: impl Fn(&O) -> Option<&str>,
    ) -> Result<Option<O>, Unread>
    where
        F: Fn(Option<String>) -> Fut,
        Fut: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let Some(made) = self.made.take_if(|_| !self.is_last) else {
            self.stop().await;
            return Ok(None);
        };
        match self.cx.send(&made, (self.fetch)(self.token.clone())).await {
            Ok(page) => {
                self.pages += 1;
                let next = token(&page).filter(|token| !token.is_empty()).map(str::to_owned);
                if next.is_some() && next == self.token {
                    let message = "the service gave the same page token twice".to_owned();
                    let failure = Failure { outcome: Outcome::Malformed, code: String::new(), message, status: None };
                    return Err(self.cx.fail(made, failure, self.pages).await);
                }
                self.is_last = next.is_none();
                self.token = next;
                self.made = Some(made);
                Ok(Some(page))
            }
            Err(failure) if self.pages == 0 && absent.contains(&failure.code.as_str()) => {
                self.cx.end(made, Err(Failure { outcome: Outcome::Absent, ..failure }), 1).await;
                Ok(None)
            }
            Err(failure) => Err(self.cx.fail(made, failure, self.pages).await),
        }
    }

    /// Ends the reading before the last page, on purpose: a sample is wanted, not the list.
    pub async fn stop(&mut self) {
        if let Some(made) = self.made.take() {
            self.cx.end(made, Ok(()), self.pages).await;
        }
    }
}

/// Whether a site stands for the whole account.
impl Site {
    /// Whether this is the place of services without regions.
    pub fn is_global(&self) -> bool {
        self.region == GLOBAL
    }
}
