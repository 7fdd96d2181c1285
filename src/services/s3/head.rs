//! `HeadBucket` of names that are not in the account's list.
//!
//! A HEAD has no body: 404 says that nobody has the name, but 403 and 400 say the same of a stranger's bucket, of one's own behind a
//! deny, of a caller who may not ask at all, and of credentials that ran out or a clock that went wrong in the middle of a run.
//! A name that only this account could take, and has not, tells them apart: it is 404 for a caller who is heard.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use std::pin::Pin;
use std::time::Instant;

use tokio::sync::Mutex;

use super::call;
use crate::aws::{Cx, Failure};
use crate::inventory::Table;

/// Failures that are an answer: the bucket is in another region, or nowhere.
pub(super) fn is_told(failure: &Failure) -> bool {
    matches!(failure.status, Some(301 | 307 | 404))
}

/// Failures that are an answer only if the caller was still heard after them.
pub(super) fn is_refused(failure: &Failure) -> bool {
    matches!(failure.status, Some(400 | 403))
}

/// Tells whether a refusal was about the bucket: whether the caller was still heard after it.
pub(super) struct Control {
    table: &'static Table,
    purpose: &'static str,
    last: Mutex<Last>,
}

/// What the control said last.
enum Last {
    Never,
    /// The caller was heard by a question that was put then.
    Heard(Instant),
    /// It stays at that: who was not heard once is not asked about again.
    NotHeard,
}

impl Control {
    /// A control for what this table says. `purpose` is part of the name that is asked for: no two readers ask for the same.
    pub(super) fn new(table: &'static Table, purpose: &'static str) -> Self {
        Self { table, purpose, last: Mutex::new(Last::Never) }
    }

    /// Whether the caller is heard now, which nothing that was known before can say. Boxed, since every question carries it along.
    pub(super) fn is_heard_now<'a>(&'a self, cx: &'a Cx) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(self.ask_now(cx))
    }

    async fn ask_now(&self, cx: &Cx) -> bool {
        let now = Instant::now();
        let mut last = self.last.lock().await;
        match *last {
            Last::NotHeard => return false,
            // Another one's question, which was put after this one came up.
            Last::Heard(asked) if asked > now => return true,
            Last::Heard(_) | Last::Never => {}
        }
        let asked = Instant::now();
        let is_heard = self.is_heard(cx).await;
        *last = if is_heard { Last::Heard(asked) } else { Last::NotHeard };
        is_heard
    }

    /// Whether 404 is said of a name in the namespace that S3 keeps for this account, which nobody else can take.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
    async fn is_heard(&self, cx: &Cx) -> bool {
        let name = format!("driftlead-{}-{}-us-east-1-an", self.purpose, cx.account_id());
        let s3: aws_sdk_s3::Client = cx.client();
        let about = cx.about(self.table, &cx.global_arn("s3", "", &name), &["found"]);
        let is_answer = |failure: &Failure| failure.status == Some(404);
        about.probe(call::HeadBucket, is_answer, s3.head_bucket().bucket(&name).send()).await.is_ok()
    }
}
