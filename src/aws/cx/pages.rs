//! Answers that come in pages.

use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::calls::Made;
use super::{Cx, Unread};
use crate::aws::outcome::Failure;
use crate::inventory::Outcome;

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
    pub(super) fn begin(cx: Cx, made: Made, fetch: F) -> Self {
        Self { cx, made: Some(made), fetch, token: None, pages: 0, is_last: false }
    }

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
    pub async fn next_or_absent<O, E, Fut>(&mut self, absent: &[&str], token: impl Fn(&O) -> Option<&str>) -> Result<Option<O>, Unread>
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
