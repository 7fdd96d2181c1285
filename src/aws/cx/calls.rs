//! Making calls: inside the guard, within the limits, and with an entry in the ledger however they end.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{Cx, Pages, Subject, Unread};
use crate::aws::call::Call;
use crate::aws::guard::{IN_CALL, InCall};
use crate::aws::outcome::{Failure, classify};
use crate::inventory::{Entry, Outcome, Time};

impl Cx {
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
        self.probe_held(call, is_answer, |_| false, std::future::ready(false), send).await
    }

    /// Like [`Cx::probe`], with failures that are an answer only if what is asked after them, `holds`, bears it out.
    ///
    /// # Errors
    /// [`Unread`] when the failure was no answer; the gap is recorded.
    pub async fn probe_held<O, E, F>(
        &self,
        call: &'static Call,
        is_answer: impl Fn(&Failure) -> bool,
        is_doubtful: impl Fn(&Failure) -> bool,
        holds: impl Future<Output = bool>,
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
            Err(failure) => {
                if is_answer(&failure) || (is_doubtful(&failure) && holds.await) {
                    self.end(made, Err(Failure { outcome: Outcome::Absent, ..failure.clone() }), 1).await;
                    return Ok(Err(failure));
                }
                Err(self.fail(made, failure, 0).await)
            }
        }
    }

    /// Makes a call again until its answer says that AWS is done: one call in the ledger, however often it was asked.
    ///
    /// # Errors
    /// [`Unread`] when AWS did not answer, or was not done after so many tries.
    pub async fn poll<O, E, F, Fut>(&self, call: &'static Call, tries: u32, send: F, is_done: impl Fn(&O) -> bool) -> Result<O, Unread>
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
        Pages::begin(self.clone(), self.begin(call), fetch)
    }

    fn begin(&self, call: &'static Call) -> Made {
        let state = Arc::new(InCall {
            call,
            session: self.site.session.clone(),
            region: self.site.region.clone(),
            pace: self.run.limiter.pace(&self.site.account_id, &self.site.region, call),
            held: Mutex::new(None),
            attempts: AtomicU32::new(0),
            throttles: AtomicU32::new(0),
            input: OnceLock::new(),
            answered_at: Mutex::new(None),
        });
        Made { state, started: Instant::now(), started_at: jiff::Timestamp::now().as_second() }
    }

    /// Sends one request: within the limits, inside the guard, until it is answered or the run is cancelled.
    pub(super) async fn send<O, E, F>(&self, made: &Made, send: F) -> Result<O, Failure>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = made.state.call;
        if !self.warrant.calls.iter().any(|declared| declared.action == call.action && declared.api.id == call.api.id) {
            let message = format!("{} did not declare {}", self.warrant.name, call.permission);
            return Err(Failure { outcome: Outcome::Refused, code: String::new(), message, status: None });
        }
        let cancelled =
            || Failure { outcome: Outcome::Cancelled, code: String::new(), message: "the run was cancelled".to_owned(), status: None };
        let mut stop = self.run.cancelled.clone();
        let late = async {
            match &self.run.deadline {
                Some(deadline) => deadline.over().await,
                None => std::future::pending().await,
            }
        };
        let work = async {
            let _permit = self.run.limiter.admit(made.state.pace.as_deref()).await;
            self.run.calls.fetch_add(1, Ordering::Relaxed);
            IN_CALL.scope(Arc::clone(&made.state), send).await.map_err(|error| classify(&error, self.site.region_off))
        };
        tokio::select! {
            biased;
            // Nobody left to cancel is no cancellation.
            Ok(_) = stop.wait_for(|stop| *stop) => Err(cancelled()),
            failure = late => Err(failure),
            result = work => result,
        }
    }

    pub(super) async fn end(&self, made: Made, result: Result<(), Failure>, pages: u32) {
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
            reader: self.warrant.name,
            resource: match &self.subject {
                Subject::Items { arns, .. } if arns.len() == 1 => arns[0].clone(),
                Subject::Matter(matter) => matter.to_string(),
                Subject::Place | Subject::Items { .. } => String::new(),
            },
            input: made.state.input.get().cloned().unwrap_or_else(String::new),
            outcome,
            code,
            message,
            pages,
            attempts: made.state.attempts.load(Ordering::Relaxed),
            throttles: made.state.throttles.load(Ordering::Relaxed),
            metrics: self.metrics * pages.max(1),
            started_at: Time::from_unix(replayed.unwrap_or(made.started_at)),
            millis: if replayed.is_some() { 0 } else { u64::try_from(made.started.elapsed().as_millis()).unwrap_or(u64::MAX) },
        };
        self.run.sink.entry(entry).await;
    }

    pub(super) async fn fail(&self, made: Made, failure: Failure, pages: u32) -> Unread {
        self.gap(Some(made.state.call), &failure).await;
        self.end(made, Err(failure), pages).await;
        Unread
    }
}

/// A call that is being made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) state: Arc<InCall>,
    pub(super) started: Instant,
    pub(super) started_at: i64,
}
