//! States of Terraform and OpenTofu that lie in S3, fetched whole.
//!
//! A state is the user's own file: the policy for it names its bucket, and nothing of it is kept. The only permission that a single
//! state needs is `s3:GetObject` on it; S3 itself says in which region its bucket is.

use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::call;
use crate::aws::{Cx, Errand, Failure, Unread, Warrant};

/// Bytes that a state may have. The largest ones that people complain of have some tens of megabytes.
pub const MOST_BYTES: usize = 256 << 20;

/// Keys below a prefix that are looked at.
pub const MOST_KEYS: usize = 10_000;

/// How the key of a state ends.
const SUFFIX: &str = ".tfstate";

/// Where a state is, or (with a key that is empty or ends in `/`) some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key, or a prefix.
    pub key: String,
}

impl Address {
    /// Reads `s3://BUCKET/KEY` or `s3://BUCKET/PREFIX/`.
    ///
    /// # Errors
    /// What is wrong with it, and what it should be.
    ///
    /// ```
    /// use driftlead::services::s3::state::Address;
    /// let one = Address::parse("s3://states/prod/network.tfstate").unwrap();
    /// assert_eq!((one.bucket.as_str(), one.key.as_str(), one.is_prefix()), ("states", "prod/network.tfstate", false));
    /// assert!(Address::parse("s3://states").unwrap().is_prefix());
    /// assert!(Address::parse("s3://").is_err());
    /// ```
    pub fn parse(uri: &str) -> Result<Self, String> {
        let form = || format!("`{uri}` is no place in S3: write s3://BUCKET/KEY, or s3://BUCKET/PREFIX/ for all states below it");
        let path = uri.strip_prefix("s3://").ok_or_else(form)?;
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if bucket.is_empty() || !bucket.bytes().all(is_name) {
            return Err(form());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// Whether all states below it are meant.
    pub fn is_prefix(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// As it is written.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The same bucket with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: key.to_owned() }
    }
}

/// What S3 says of a state that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// There is none, and why.
    Nothing(String),
}

/// What S3 says of a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// The keys of the states below it, in S3's order, and whether there are more keys than were looked at.
    Keys(Vec<String>, bool),
    /// There is no such bucket, or it cannot be told where it is.
    Nothing(String),
}

/// Fetches one state.
pub const FETCH: &Errand<Address, Fetched> = &Errand {
    warrant: Warrant { name: "s3/state", tables: &[], calls: &[call::GetObject] },
    run: |cx, address| Box::pin(fetch(cx, address)),
};

/// Lists the states below a prefix.
pub const LIST: &Errand<Address, Listed> = &Errand {
    warrant: Warrant { name: "s3/states", tables: &[], calls: &[call::HeadBucket, call::ListObjectsV2] },
    run: |cx, address| Box::pin(list(cx, address)),
};

/// The region that S3 names when it is asked in a wrong one.
#[derive(Default)]
struct Hint(Mutex<Option<String>>);

impl Hint {
    fn note<O, E>(&self, told: &Result<O, SdkError<E, HttpResponse>>) {
        let response = told.as_ref().err().and_then(SdkError::raw_response);
        let region = response.and_then(|response| response.headers().get("x-amz-bucket-region")).map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = region;
    }

    /// The region, if it is another than the one that was asked.
    fn other_than(&self, asked: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|region| region != asked)
    }
}

/// Whether S3 says: not here.
fn is_elsewhere(failure: &Failure) -> bool {
    let code = matches!(failure.code.as_str(), "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed");
    code || matches!(failure.status, Some(301 | 307))
}

fn lost(address: &Address, region: &str) -> String {
    format!("the bucket {} is not in {region}, and S3 does not say where it is: set AWS_REGION to its region", address.bucket)
}

async fn fetch(cx: Cx, address: Address) -> Result<Fetched, Unread> {
    let cx = cx.on(&address.uri());
    let hint = Hint::default();
    let mut region = cx.region().to_owned();
    // Once where it is thought to be, once where S3 says it is.
    for _ in 0..2 {
        let s3: aws_sdk_s3::Client = cx.client_in(&region);
        let tells = |failure: &Failure| {
            is_elsewhere(failure) || failure.status == Some(404) || matches!(failure.code.as_str(), "InvalidObjectState" | "InvalidRequest")
        };
        let asked = async {
            let told = s3.get_object().bucket(&address.bucket).key(&address.key).send().await;
            hint.note(&told);
            told
        };
        let failure = match cx.probe(call::GetObject, tells, asked).await? {
            Ok(told) => return content(&cx, told).await,
            Err(failure) => failure,
        };
        match (hint.other_than(&region), is_elsewhere(&failure)) {
            (Some(other), true) => region = other,
            (None, true) => break,
            (_, false) => return Ok(Fetched::Nothing(nothing(&address, &failure))),
        }
    }
    Ok(Fetched::Nothing(lost(&address, &region)))
}

/// Why S3 does not give it out, and what to do.
fn nothing(address: &Address, failure: &Failure) -> String {
    match failure.code.as_str() {
        "NoSuchBucket" => format!("there is no bucket {}: look at the name in the backend's configuration", address.bucket),
        "InvalidObjectState" => "it is archived: restore it, or give a copy on disk".to_owned(),
        "InvalidRequest" => {
            format!("S3 does not give it out ({}): if it is encrypted with a key of your own (SSE-C), give a copy on disk", failure.message)
        }
        _ => format!(
            "there is no object {} in the bucket {}: a workspace's state is below env:/WORKSPACE/, and a prefix ends with /",
            address.key, address.bucket
        ),
    }
}

/// The object's bytes, whole and not too many.
async fn content(cx: &Cx, told: aws_sdk_s3::operation::get_object::GetObjectOutput) -> Result<Fetched, Unread> {
    let length = told.content_length();
    let mut body = told.body;
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        match body.next().await {
            None => break,
            Some(Ok(chunk)) if bytes.len() + chunk.len() <= MOST_BYTES => bytes.extend_from_slice(&chunk),
            Some(Ok(_)) => {
                let most = MOST_BYTES >> 20;
                return Ok(Fetched::Nothing(format!("it is larger than {most} MB, which is no state that driftlead reads")));
            }
            Some(Err(error)) => return Err(cx.malformed(call::GetObject, &format!("broke off: {error}")).await),
        }
    }
    if length.is_some_and(|length| usize::try_from(length) != Ok(bytes.len())) {
        return Err(cx.malformed(call::GetObject, "is not as long as it says").await);
    }
    Ok(Fetched::Bytes(bytes))
}

async fn list(cx: Cx, address: Address) -> Result<Listed, Unread> {
    let cx = cx.on(&address.uri());
    let s3: aws_sdk_s3::Client = cx.client();
    let hint = Hint::default();
    let tells = |failure: &Failure| is_elsewhere(failure) || failure.status == Some(404);
    let asked = async {
        let told = s3.head_bucket().bucket(&address.bucket).send().await;
        hint.note(&told);
        told
    };
    let region = match cx.probe(call::HeadBucket, tells, asked).await? {
        Ok(told) => told.bucket_region().unwrap_or(cx.region()).to_owned(),
        Err(failure) if failure.status == Some(404) => {
            let what_to_do = "look at the name in the backend's configuration";
            return Ok(Listed::Nothing(format!("there is no bucket {}: {what_to_do}", address.bucket)));
        }
        Err(_) => match hint.other_than(cx.region()) {
            Some(region) => region,
            None => return Ok(Listed::Nothing(lost(&address, cx.region()))),
        },
    };
    let s3: aws_sdk_s3::Client = cx.client_in(&region);
    let (mut keys, mut looked_at) = (Vec::new(), 0);
    let mut pages = cx.pages(call::ListObjectsV2, |token| {
        s3.list_objects_v2().bucket(&address.bucket).prefix(&address.key).set_continuation_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_continuation_token()).await? {
        looked_at += page.contents().len();
        keys.extend(page.contents().iter().filter_map(|object| object.key()).filter(|key| key.ends_with(SUFFIX)).map(str::to_owned));
        if looked_at >= MOST_KEYS && page.next_continuation_token().is_some_and(|token| !token.is_empty()) {
            pages.stop().await;
            return Ok(Listed::Keys(keys, true));
        }
    }
    Ok(Listed::Keys(keys, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_bucket_and_a_key() {
        for wrong in ["states/prod.tfstate", "s3:///key", "s3://a b/key", "https://states.s3.amazonaws.com/prod.tfstate"] {
            assert!(Address::parse(wrong).unwrap_err().contains("s3://BUCKET/KEY"), "{wrong}");
        }
        let spaces = Address::parse("s3://states/env:/prod east/terraform.tfstate").unwrap();
        assert_eq!(spaces.uri(), "s3://states/env:/prod east/terraform.tfstate");
        assert!(Address::parse("s3://states/prod/").unwrap().is_prefix());
    }
}
