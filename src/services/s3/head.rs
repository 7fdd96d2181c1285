//! `HeadBucket` of names that are not in the account's list.
//!
//! A HEAD has no body: 404 says that nobody has the name, but 403 and 400 say the same of a stranger's bucket, of one's own behind a
//! deny, of a caller who may not ask at all, and of credentials that ran out or a clock that went wrong in the middle of a run.
//! A name that only this account could take, and has not, tells them apart: it is 404 for a caller who is heard.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use std::time::Instant;

use aws_sdk_s3::operation::head_bucket::{HeadBucketError, HeadBucketOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use tokio::sync::Mutex;

use super::call;
use crate::aws::{Cx, Failure, Unread};
use crate::inventory::Table;

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

    /// `HeadBucket`, sent by `send`: also a refusal comes back as `Ok(Err(failure))` where it is about the bucket.
    ///
    /// # Errors
    /// [`Unread`] when nothing was said about the bucket; the gap is recorded.
    pub(super) async fn head<F>(&self, cx: &Cx, about: &Cx, send: F) -> Result<Result<HeadBucketOutput, Failure>, Unread>
    where
        F: Future<Output = Result<HeadBucketOutput, SdkError<HeadBucketError, HttpResponse>>>,
    {
        // In another region, or nowhere.
        let is_answer = |failure: &Failure| matches!(failure.status, Some(301 | 307 | 404));
        let is_refusal = |failure: &Failure| matches!(failure.status, Some(400 | 403));
        about.probe_held(call::HeadBucket, is_answer, is_refusal, Box::pin(self.is_heard_now(cx)), send).await
    }

    /// Whether the caller is heard now, which nothing that was known before can say.
    async fn is_heard_now(&self, cx: &Cx) -> bool {
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
