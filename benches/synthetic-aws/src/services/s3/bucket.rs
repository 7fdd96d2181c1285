//! Buckets and their settings. None replicates: that needs objects, of which there are none.

use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::place::REGIONS;
use crate::seed::Dice;
use crate::wire::{Body, Refusal};

const NAMESPACE: &str = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

/// The most buckets on a page. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const PAGE: u64 = 10_000;

/// The name of a bucket: its account and index are in it.
pub fn name(ask: &Ask<'_>, index: u64) -> String {
    let team = ask.dice(Kind::Bucket, index).pick(1, &["payments", "orders", "search", "platform", "identity", "data"]).to_owned();
    format!("{team}-{}-{index:07}", ask.account)
}

fn region(ask: &Ask<'_>, index: u64) -> &'static str {
    REGIONS[index as usize % ask.world.regions].0
}

/// The bucket that a call names.
fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let asked = ask.text("Bucket").unwrap_or_default().into_owned();
    let index = asked.rsplit('-').next().and_then(|digits| digits.parse::<u64>().ok());
    let index = index.filter(|index| *index < ask.count(Kind::Bucket) && name(ask, *index) == asked);
    let missing = || Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist");
    index.map(|index| (index, ask.dice(Kind::Bucket, index))).ok_or_else(missing)
}

fn root(body: &mut Body, name: &str, write: impl FnOnce(&mut Body)) {
    for part in ["<", name, NAMESPACE, ">"] {
        body.raw(part);
    }
    write(body);
    for part in ["</", name, ">"] {
        body.raw(part);
    }
}

/// `ListBuckets`. Pages and regions come only if the call says how many it wants.
pub fn list(ask: &Ask<'_>, body: &mut Body) -> Made {
    let size = ask.num("max-buckets").unwrap_or(PAGE).clamp(1, PAGE);
    let (range, next) = ask.page(Kind::Bucket, "continuation-token", size)?;
    root(body, "ListAllMyBucketsResult", |body| {
        body.member("Owner", |body| body.text("ID", "synthetic"));
        body.list("Buckets", "Bucket", range, |body, index| {
            body.text("Name", &name(ask, index));
            body.time("CreationDate", ask.days_ago(10 + ask.dice(Kind::Bucket, index).below(2, 2_000)));
            if ask.num("max-buckets").is_some() {
                body.text("BucketRegion", region(ask, index));
            }
        });
        if let Some(next) = next {
            body.text("ContinuationToken", &next);
        }
    });
    Ok(())
}

/// `HeadBucket`.
pub fn head(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    body.headers.push(("x-amz-bucket-region", region(ask, index).to_owned()));
    Ok(())
}

/// `GetBucketLocation`; that of us-east-1 is empty.
pub fn location(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    let region = region(ask, index);
    root(body, "LocationConstraint", |body| body.raw(if region == "us-east-1" { "" } else { region }));
    Ok(())
}

/// `GetBucketAcl`: the owner's alone.
pub fn acl(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    root(body, "AccessControlPolicy", |body| {
        body.raw(
            "<Owner><ID>synthetic</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ",
        );
        body.raw(
            "xsi:type=\"CanonicalUser\"><ID>synthetic</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>",
        );
    });
    Ok(())
}

/// `GetBucketEncryption`: a key of the account's for three in ten.
pub fn encryption(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    root(body, "ServerSideEncryptionConfiguration", |body| {
        body.member("Rule", |body| {
            let algorithm = if dice.percent(3, 30) { "aws:kms" } else { "AES256" };
            body.member("ApplyServerSideEncryptionByDefault", |body| body.text("SSEAlgorithm", algorithm));
            body.flag("BucketKeyEnabled", true);
        });
    });
    Ok(())
}

/// `GetBucketLifecycleConfiguration`: of every second bucket.
pub fn lifecycle(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    if !dice.percent(4, 50) {
        return Err(Refusal::new(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"));
    }
    root(body, "LifecycleConfiguration", |body| {
        body.raw("<Rule><ID>tidy</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload>");
        body.raw("<DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>");
    });
    Ok(())
}

/// `GetBucketLogging`: of three in ten.
pub fn logging(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    root(body, "BucketLoggingStatus", |body| {
        if dice.percent(5, 30) {
            body.member("LoggingEnabled", |body| {
                body.text("TargetBucket", &name(ask, 0));
                body.text("TargetPrefix", "access/");
            });
        }
    });
    Ok(())
}

/// `GetBucketNotificationConfiguration`: none.
pub fn notification(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    root(body, "NotificationConfiguration", |_| {});
    Ok(())
}

/// `GetBucketOwnershipControls`.
pub fn ownership(ask: &Ask<'_>, body: &mut Body) -> Made {
    named(ask)?;
    root(body, "OwnershipControls", |body| body.member("Rule", |body| body.text("ObjectOwnership", "BucketOwnerEnforced")));
    Ok(())
}

/// Three buckets in five have a policy, of which one in a hundred lets everybody read.
fn policy_kind(dice: Dice) -> Option<bool> {
    dice.percent(6, 60).then(|| dice.percent(7, 1))
}

fn no_policy() -> Refusal {
    Refusal::new(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
}

/// `GetBucketPolicy`: the answer is the document itself.
pub fn policy(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    let is_public = policy_kind(dice).ok_or_else(no_policy)?;
    let arn = format!("arn:aws:s3:::{}", name(ask, index));
    let open = if is_public {
        format!(r#",{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"{arn}/*"}}"#)
    } else {
        String::new()
    };
    let tls = format!(
        r#"{{"Sid":"DenyWithoutTls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["{arn}","{arn}/*"],"Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}"#
    );
    body.clear();
    body.raw(&format!(r#"{{"Version":"2012-10-17","Statement":[{tls}{open}]}}"#));
    Ok(())
}

/// `GetBucketPolicyStatus`.
pub fn policy_status(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    let is_public = policy_kind(dice).ok_or_else(no_policy)?;
    root(body, "PolicyStatus", |body| body.flag("IsPublic", is_public));
    Ok(())
}

/// `GetBucketReplication`: none.
pub fn replication(ask: &Ask<'_>, _: &mut Body) -> Made {
    named(ask)?;
    Err(Refusal::new(404, "ReplicationConfigurationNotFoundError", "The replication configuration was not found"))
}

/// `GetBucketTagging`: four in five have tags.
pub fn tagging(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    if !dice.percent(8, 80) {
        return Err(Refusal::new(404, "NoSuchTagSet", "The TagSet does not exist"));
    }
    root(body, "Tagging", |body| {
        body.list(
            "TagSet",
            "Tag",
            [("team", dice.pick(1, &["payments", "orders", "search", "platform", "identity", "data"])), ("env", "prod")],
            |body, (key, value)| {
                body.text("Key", key);
                body.text("Value", value);
            },
        );
    });
    Ok(())
}

/// `GetBucketVersioning`: of a little more than every second.
pub fn versioning(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    root(body, "VersioningConfiguration", |body| {
        if dice.percent(9, 55) {
            body.text("Status", "Enabled");
        }
    });
    Ok(())
}

/// `GetObjectLockConfiguration`: none.
pub fn object_lock(ask: &Ask<'_>, _: &mut Body) -> Made {
    named(ask)?;
    Err(Refusal::new(404, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"))
}

/// `GetPublicAccessBlock`: whole for all but a few.
pub fn public_access_block(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    let is_whole = dice.percent(10, 97);
    root(body, "PublicAccessBlockConfiguration", |body| {
        body.flag("BlockPublicAcls", true);
        body.flag("IgnorePublicAcls", true);
        body.flag("BlockPublicPolicy", is_whole);
        body.flag("RestrictPublicBuckets", is_whole);
    });
    Ok(())
}

/// `ListObjectsV2`: nothing is in any bucket.
pub fn objects(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, _) = named(ask)?;
    root(body, "ListBucketResult", |body| {
        body.text("Name", &name(ask, index));
        body.text("Prefix", "");
        body.num("KeyCount", 0);
        body.num("MaxKeys", 1_000);
        body.flag("IsTruncated", false);
    });
    Ok(())
}

/// `GetObject`, `HeadObject`: there is no object.
pub fn object(ask: &Ask<'_>, _: &mut Body) -> Made {
    named(ask)?;
    Err(Refusal::new(404, "NoSuchKey", "The specified key does not exist."))
}
