//! States in a scripted S3.

use super::states::{State, StateError, states};
use super::who_test::trip;
use crate::aws::testing::Script;

const STATE: &str = r#"{"version": 4, "lineage": "l"}"#;

async fn fetch(script: Script, uri: &str) -> Result<Vec<State>, StateError> {
    states(trip(Some(script)), &[uri.to_owned()], "").await
}

async fn why(script: Script, uri: &str) -> String {
    fetch(script, uri).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_state_is_fetched_whole() {
    let found = fetch(Script::default().on("GetObject", STATE), "s3://states/env:/prod/terraform.tfstate").await.unwrap();
    assert_eq!((found[0].uri.as_str(), found[0].bytes.as_slice()), ("s3://states/env:/prod/terraform.tfstate", STATE.as_bytes()));
    // It is not for a log.
    assert!(!format!("{found:?}").contains("lineage"));
}

#[tokio::test]
async fn a_prefix_is_all_states_below_it() {
    let list = |keys: &[&str], token: &str| {
        let keys: String = keys.iter().map(|key| format!("<Contents><Key>{key}</Key></Contents>")).collect();
        let token = if token.is_empty() { String::new() } else { format!("<NextContinuationToken>{token}</NextContinuationToken>") };
        format!("<ListBucketResult>{token}{keys}</ListBucketResult>")
    };
    let script = Script::default()
        .on("HeadBucket", "x-amz-bucket-region: eu-west-1")
        .on_match("ListObjectsV2", "continuation-token=2", &list(&["prod/b.tfstate"], ""))
        .on("ListObjectsV2", &list(&["prod/a.tfstate", "prod/a.tfstate.backup", "prod/a.tflock"], "2"))
        .on("GetObject", STATE);
    let found = fetch(script.clone(), "s3://states/prod/").await.unwrap();
    assert_eq!(
        found.iter().map(|state| state.uri.as_str()).collect::<Vec<_>>(),
        ["s3://states/prod/a.tfstate", "s3://states/prod/b.tfstate"]
    );
    let none = Script::default().on("ListObjectsV2", &list(&["prod/readme.md"], "")).followed_by(script.clone());
    assert!(why(none, "s3://states/prod/").await.contains(".tfstate"));
    let denied = Script::default().fails("ListObjectsV2", 403, "AccessDenied").followed_by(script.clone());
    let why_denied = why(denied, "s3://states/prod/").await;
    assert!(why_denied.contains("s3:ListBucket: denied") && why_denied.contains("driftlead permissions --with"), "{why_denied}");
    // One that cannot be fetched makes the others worth nothing.
    let half = Script::default().fails_match("GetObject", "b.tfstate", 403, "AccessDenied").followed_by(script);
    assert!(why(half, "s3://states/prod/").await.starts_with("s3://states/prod/b.tfstate: s3:GetObject: denied"));
}

#[tokio::test]
async fn what_is_not_there_says_what_to_do() {
    let uri = "s3://states/prod.tfstate";
    assert!(why(Script::default().fails("GetObject", 404, "NoSuchKey"), uri).await.contains("no object prod.tfstate in the bucket states"));
    assert!(why(Script::default().fails("GetObject", 404, "NoSuchBucket"), uri).await.contains("no bucket states"));
    assert!(why(Script::default().fails("HeadBucket", 404, "NotFound"), "s3://states/").await.contains("no bucket states"));
    let denied = why(Script::default().fails("GetObject", 403, "AccessDenied"), uri).await;
    assert!(denied.contains("s3:GetObject: denied") && denied.contains("without s3:ListBucket"), "{denied}");
    assert!(why(Script::default().fails("GetObject", 503, "SlowDown"), uri).await.contains("throttled"));
    assert!(why(Script::default().fails("GetObject", 403, "InvalidObjectState"), uri).await.contains("archived"));
    assert!(why(Script::default().fails("GetObject", 301, "PermanentRedirect"), uri).await.contains("AWS_REGION"));
    assert!(why(Script::default(), "states/prod.tfstate").await.contains("s3://BUCKET/KEY"));
}

#[tokio::test]
async fn a_bucket_elsewhere_is_asked_where_s3_says_it_is() {
    for (status, code) in [(301, "PermanentRedirect"), (400, "AuthorizationHeaderMalformed")] {
        let moved = Script::default().elsewhere("GetObject", "eu-west-1", status, code, "eu-central-1");
        let found = fetch(moved.on_match("GetObject", "eu-central-1", STATE), "s3://states/prod.tfstate").await.unwrap();
        assert_eq!(found[0].bytes.len(), STATE.len());
    }
    let moved = Script::default().elsewhere("HeadBucket", "eu-west-1", 301, "", "eu-central-1");
    let list = "<ListBucketResult><Contents><Key>a.tfstate</Key></Contents></ListBucketResult>";
    let script = moved.on_match("ListObjectsV2", "eu-central-1", list).on("GetObject", STATE);
    assert_eq!(fetch(script, "s3://states").await.unwrap()[0].uri, "s3://states/a.tfstate");
}
