//! Where replication rules lead, and what is there.
//!
//! Whether a bucket is the account's own is decided by the account's list. Of others HeadBucket tells whether they are there, in
//! which region, and, asked with an expected owner, whether they belong to the account that the rule names. Its 403 counts only for
//! a caller who is heard (see `head`). <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use std::collections::HashMap;
use std::sync::OnceLock;

use macro_rules_attribute::apply;

use super::bucket::{Bucket, ReplicationRule};
use super::call;
use super::head::{Control, is_refused, is_told};
use crate::aws::{Cx, Failure, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Outcome, Row};
use crate::services::{Found, kms, reader};

/// Where a replication rule leads, as the account's own list of buckets, HeadBucket, GetBucketVersioning and DescribeKey tell it.
#[apply(row!)]
#[table(
    "aws_s3_bucket_replication_destination", key(arn, rule_index),
    guard("aws_s3_bucket", "replication_rule_count"),
    part_of("aws_s3_bucket", arn = arn),
    is(derived)
)]
pub struct Destination {
    /// ARN of the source bucket.
    pub arn: String,
    /// Account that owns the source bucket.
    pub account_id: String,
    /// Region of the source bucket.
    pub region: String,
    /// The rule's place in the configuration, from 0.
    pub rule_index: i64,
    /// Name of the destination bucket.
    pub destination_name: String,
    /// `own`: it is in the account's list. `expected`: S3 confirms that the account that the rule names owns it. `foreign`: it is
    /// another account's and open to this one, and S3 does not confirm a named owner. `hidden`: there is one, and this account may
    /// not look at it. `missing`: nobody has a bucket of that name.
    pub found: Fact<String>,
    /// Region of the destination bucket; '' where nobody has one of that name.
    pub destination_region: Fact<String>,
    /// Versioning of the destination: `Enabled`, `Suspended`, or '' when it never was enabled or is missing (GetBucketVersioning).
    pub versioning: Fact<String>,
    /// Region of the key that encrypts the replicas, or '' without one.
    pub replica_key_region: String,
    /// State of that key (DescribeKey): `Enabled`, `Disabled`, `PendingDeletion`, …; `missing` for one that is gone; '' without one.
    pub replica_key_state: Fact<String>,
}

reader! {
    "s3/replication_destination", Global, fills [Destination::TABLE],
    calls [call::HeadBucket, call::GetBucketVersioning, kms::call::DescribeKey], needs [Bucket::TABLE, ReplicationRule::TABLE],
    by read
}

const RULES: &str = "select r.arn || printf(' %05d', r.rule_index), r.arn, r.region, r.rule_index,
        substr(r.destination_bucket_arn, instr(r.destination_bucket_arn, ':::') + 3), r.destination_account, r.replica_kms_key_id,
        own.arn is not null, own.region, own.versioning,
        (
            select json_array(g.action, g.outcome, g.code, g.message) from gap as g
            where g.account_id = r.account_id and g.resource = own.arn and own.versioning is null order by g.id limit 1
        )
    from aws_s3_bucket_replication_rule as r
    left join aws_s3_bucket as own on own.arn = r.destination_bucket_arn and own.account_id = r.account_id
    where r.account_id = ?1 and ?2 = 'global' and r.arn || printf(' %05d', r.rule_index) > ?3 order by 1 limit ?4";

/// A rule, with what the account's own list says of its destination.
struct Line {
    arn: String,
    region: String,
    rule_index: i64,
    name: String,
    owner: String,
    key: String,
    is_own: bool,
    own_region: Option<String>,
    own_versioning: Option<String>,
    /// Why the versioning of a bucket of one's own was not read: action, outcome, code and message, as JSON.
    why: Option<String>,
}

impl Line {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            arn: row.get(1)?,
            region: row.get(2)?,
            rule_index: row.get(3)?,
            name: row.get(4)?,
            owner: row.get(5)?,
            key: row.get(6)?,
            is_own: row.get(7)?,
            own_region: row.get(8)?,
            own_versioning: row.get(9)?,
            why: row.get(10)?,
        })
    }
}

/// What is known of a bucket: how it was found, its region, its versioning.
type Seen = (Fact<String>, Fact<String>, Fact<String>);

async fn read(cx: Cx) -> Result<(), Unread> {
    let mut known: HashMap<(String, String), Seen> = HashMap::new();
    let mut keys: HashMap<String, Fact<String>> = HashMap::new();
    let control = Control::new(Destination::TABLE, "replica-control");
    let mut found = Found::new(&cx, RULES);
    while let Some(lines) = found.next(Line::of).await? {
        for line in lines {
            let bucket = (line.name.clone(), line.owner.clone());
            let seen = match known.get(&bucket) {
                _ if line.is_own => own(&cx, &line).await,
                Some(seen) => seen.clone(),
                None => {
                    let seen = other(&cx, &line, &control).await;
                    known.insert(bucket, seen.clone());
                    seen
                }
            };
            let (found, destination_region, versioning) = seen;
            // An ARN names its region; a bare id is looked for where the bucket is.
            let key_region = line.key.split(':').nth(3).map(str::to_owned);
            let replica_key_region = match (&destination_region, key_region) {
                (_, Some(region)) => region,
                (Fact::Known(region), None) if !line.key.is_empty() => region.clone(),
                (Fact::Known(_) | Fact::Unread, None) => String::new(),
            };
            let replica_key_state = match keys.get(&line.key) {
                _ if line.key.is_empty() => Fact::Known(String::new()),
                Some(state) => state.clone(),
                None => {
                    let state = key_state(&cx, &line, &replica_key_region).await;
                    keys.insert(line.key.clone(), state.clone());
                    state
                }
            };
            cx.emit(Destination {
                arn: line.arn,
                account_id: cx.account_id().to_owned(),
                region: line.region,
                rule_index: line.rule_index,
                destination_name: line.name,
                found,
                destination_region,
                versioning,
                replica_key_region,
                replica_key_state,
            })
            .await;
        }
    }
    Ok(())
}

/// A bucket of the account's own: its row tells all. What is unread there is unread here, and why is passed on.
async fn own(cx: &Cx, line: &Line) -> Seen {
    let region = Fact::told(line.own_region.clone().filter(|region| region != "unknown"));
    if line.own_versioning.is_none() {
        let why = line.why.as_deref().and_then(|why| serde_json::from_str::<[String; 4]>(why).ok());
        let [action, outcome, code, message] = why.unwrap_or_else(|| ["", "failed", "", "it was left out"].map(str::to_owned));
        let failure = Failure { outcome: Outcome::from_word(&outcome), code, message, status: None };
        cx.about(Destination::TABLE, &line.arn, &["versioning"]).needed("aws_s3_bucket", action, &failure).await;
    }
    (Fact::Known("own".to_owned()), region, Fact::told(line.own_versioning.clone()))
}

/// A bucket that is not in the account's list.
async fn other(cx: &Cx, line: &Line, control: &Control) -> Seen {
    let (found, region) = match whose(cx, line, control).await {
        Err(Unread) => return (Fact::Unread, Fact::Unread, Fact::Unread),
        Ok(("missing", _)) => {
            return (Fact::Known("missing".to_owned()), Fact::Known(String::new()), Fact::Known(String::new()));
        }
        Ok((found, region)) => (found.to_owned(), region),
    };
    let versioning = match &region {
        None => Fact::Unread,
        Some(region) => {
            let s3: aws_sdk_s3::Client = cx.client_in(region);
            let about = cx.about(Destination::TABLE, &line.arn, &["versioning"]);
            match about.call(call::GetBucketVersioning, s3.get_bucket_versioning().bucket(&line.name).send()).await {
                Ok(told) => cx.word(Destination::TABLE, &line.arn, &["versioning"], told.status(), &[]).await,
                Err(Unread) => Fact::Unread,
            }
        }
    };
    (Fact::Known(found), Fact::told(region), versioning)
}

/// Whose a bucket is, and where, as far as HeadBucket tells.
async fn whose(cx: &Cx, line: &Line, control: &Control) -> Result<(&'static str, Option<String>), Unread> {
    let mut answer = head(cx, line, "", &line.owner, control).await?;
    if let (Some(301 | 307), Some(region)) = (answer.status, answer.region.clone()) {
        answer = head(cx, line, &region, &line.owner, control).await?;
    }
    let found = match answer.status {
        Some(200) if line.owner.is_empty() => "foreign",
        Some(200) => "expected",
        Some(404) => "missing",
        // Not the named account's, or closed: asked without a name, only the second is left.
        _ if !line.owner.is_empty() => {
            let region = answer.region.clone();
            match head(cx, line, region.as_deref().unwrap_or(""), "", control).await?.status {
                Some(200) => "foreign",
                _ => "hidden",
            }
        }
        _ => "hidden",
    };
    Ok((found, answer.region))
}

/// The status of a HeadBucket, and the region that S3 tells with it whatever else it says.
struct Answer {
    status: Option<u16>,
    region: Option<String>,
}

async fn head(cx: &Cx, line: &Line, region: &str, owner: &str, control: &Control) -> Result<Answer, Unread> {
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let about = cx.about(Destination::TABLE, &line.arn, &["found", "destination_region", "versioning"]);
    let owner = Some(owner.to_owned()).filter(|owner| !owner.is_empty());
    let told_region = OnceLock::new();
    let ask = s3.head_bucket().bucket(&line.name).set_expected_bucket_owner(owner).send();
    let asked = async {
        let answer = ask.await;
        let header = answer.as_ref().err().and_then(|error| error.raw_response()?.headers().get("x-amz-bucket-region"));
        if let Some(region) = header {
            // It is set once.
            let _ = told_region.set(region.to_owned());
        }
        answer
    };
    Ok(match about.probe_held(call::HeadBucket, is_told, is_refused, control.is_heard_now(cx), asked).await? {
        Ok(told) => Answer { status: Some(200), region: told.bucket_region().map(str::to_owned) },
        Err(failure) => Answer { status: failure.status, region: told_region.into_inner() },
    })
}

/// The state of the key that encrypts the replicas.
async fn key_state(cx: &Cx, line: &Line, region: &str) -> Fact<String> {
    let kms: aws_sdk_kms::Client = cx.client_in(region);
    let about = cx.about(Destination::TABLE, &line.arn, &["replica_key_state"]);
    match about.call_or_absent(kms::call::DescribeKey, &["NotFoundException"], kms.describe_key().key_id(&line.key).send()).await {
        Err(Unread) => Fact::Unread,
        Ok(None) => Fact::Known("missing".to_owned()),
        Ok(Some(told)) => match told.key_metadata().and_then(|key| key.key_state()) {
            None => Fact::Unread,
            state => cx.word(Destination::TABLE, &line.arn, &["replica_key_state"], state, &[]).await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
    const SQL: &str = "select found, destination_region, versioning, replica_key_region, replica_key_state
        from aws_s3_bucket_replication_destination order by rule_index";

    fn script(destination: &str, owner: &str, key: &str) -> Script {
        let bucket = "aws_s3_bucket (arn, account_id, region, name, versioning, replication_rule_count)";
        let rule = "aws_s3_bucket_replication_rule
            (arn, account_id, region, rule_index, destination_bucket_arn, destination_account, replica_kms_key_id)";
        Script::default()
            .seed(bucket, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'us-east-1', 'docs', 'Enabled', 1"))
            .seed(bucket, &format!("'arn:aws:s3:::copy', '{ACCOUNT}', 'eu-west-1', 'copy', 'Suspended', 0"))
            .seed(bucket, &format!("'arn:aws:s3:::dark', '{ACCOUNT}', 'eu-west-1', 'dark', null, 0"))
            .seed(rule, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'us-east-1', 0, 'arn:aws:s3:::{destination}', '{owner}', '{key}'"))
            .fails_match("HeadBucket", "control", 404, "NotFound")
            .on("GetBucketVersioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            .on("DescribeKey", r#"{"KeyMetadata": {"KeyId": "k", "KeyState": "PendingDeletion"}}"#)
    }

    #[tokio::test]
    async fn a_bucket_of_ones_own_is_told_by_the_list() {
        let read = script("copy", "", KEY).read(READER).await;
        assert_eq!(read.one(SQL), "own|eu-west-1|Suspended|eu-west-1|PendingDeletion");
        assert!(read.is_complete);
    }

    #[tokio::test]
    async fn without_rules_nothing_is_asked() {
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_s3_bucket_replication_destination"), nothing.is_complete), (0, true));
    }

    #[tokio::test]
    async fn the_named_owner_is_confirmed_by_s3() {
        let there = Script::default().on_head("HeadBucket", "theirs", "x-amz-bucket-region", "eu-west-1");
        let read = there.clone().followed_by(script("theirs", "999988887777", "")).read(READER).await;
        assert_eq!(read.one(SQL), "expected|eu-west-1|Enabled||");
        let read = there.followed_by(script("theirs", "", "")).read(READER).await;
        assert_eq!(read.one(SQL), "foreign|eu-west-1|Enabled||");
    }

    #[tokio::test]
    async fn a_name_that_nobody_has_is_missing() {
        let read =
            Script::default().fails_match("HeadBucket", "gone", 404, "NotFound").followed_by(script("gone", "", "")).read(READER).await;
        assert_eq!(read.one(SQL), "missing||||");
    }

    #[tokio::test]
    async fn a_closed_bucket_is_hidden_and_a_key_that_is_gone_is_missing() {
        let read = Script::default()
            .fails_match("HeadBucket", "theirs", 403, "AccessDenied")
            .fails("DescribeKey", 400, "NotFoundException")
            .followed_by(script("theirs", "999988887777", KEY))
            .read(READER)
            .await;
        assert_eq!(read.one(SQL), "hidden|unread|unread|eu-west-1|missing");
    }

    #[tokio::test]
    async fn a_refusal_after_the_credentials_ran_out_says_nothing_of_the_bucket() {
        let rule = "aws_s3_bucket_replication_rule
            (arn, account_id, region, rule_index, destination_bucket_arn, destination_account, replica_kms_key_id)";
        let read = Script::default()
            .fails_match("HeadBucket", "theirs", 403, "AccessDenied")
            // The bucket and the control; then the next bucket and its control.
            .fails_after("HeadBucket", 2, 400, "ExpiredToken")
            .followed_by(script("theirs", "", ""))
            .seed(rule, &format!("'arn:aws:s3:::docs', '{ACCOUNT}', 'us-east-1', 1, 'arn:aws:s3:::others', '', ''"))
            .read(READER)
            .await;
        let found = "select destination_name, found from aws_s3_bucket_replication_destination order by rule_index";
        assert_eq!(read.all(found), ["theirs|hidden", "others|unread"]);
        assert!(read.gaps().iter().any(|gap| gap.2 == "s3:ListBucket"), "{:?}", read.gaps());
    }

    #[tokio::test]
    async fn what_was_denied_is_unread() {
        let read = script("theirs", "", KEY).read_with(READER, call::HeadBucket, Fault::Denied).await;
        assert_eq!(read.one(SQL), "unread|unread|unread|eu-west-1|PendingDeletion");
        assert!(read.is_complete && read.gaps().iter().all(|gap| gap.2 == "s3:ListBucket" && gap.3 == "denied"), "{:?}", read.gaps());
        let read = script("copy", "", KEY).read_with(READER, kms::call::DescribeKey, Fault::Denied).await;
        assert_eq!(read.one(SQL), "own|eu-west-1|Suspended|eu-west-1|unread");
        let there = Script::default().on_head("HeadBucket", "theirs", "x-amz-bucket-region", "eu-west-1");
        let read = there.followed_by(script("theirs", "", "")).read_with(READER, call::GetBucketVersioning, Fault::Denied).await;
        assert_eq!(read.one(SQL), "foreign|eu-west-1|unread||");
    }

    #[tokio::test]
    async fn what_is_unread_of_ones_own_bucket_is_unread_here_with_its_reason() {
        let gap =
            format!("'aws_s3_bucket', '{ACCOUNT}', 'global', 'arn:aws:s3:::dark', '[]', 's3:GetBucketVersioning', 'denied', '', 'no'");
        let columns = "gap (table_name, account_id, region, resource, columns, action, outcome, code, message)";
        let read = script("dark", "", "").seed(columns, &gap).read(READER).await;
        assert_eq!(read.one(SQL), "own|eu-west-1|unread||");
        let of = ("aws_s3_bucket_replication_destination", "s3:GetBucketVersioning");
        assert!(read.gaps().iter().any(|gap| (gap.0.as_str(), gap.2.as_str()) == of), "{:?}", read.gaps());
    }
}
