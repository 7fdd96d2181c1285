//! Trust stores: the file in S3 that says which clients' certificates a domain with mutual TLS accepts.
//!
//! API Gateway takes a copy when the domain is updated and never looks again. So the file is read here: whether it is there in the
//! version that the domain names, whether there is a newer one, and which certificates are in it.

use macro_rules_attribute::apply;

use super::certificate::{Certificate, certificates, is_torn};
use super::{domain_name, http_domain_name};
use crate::aws::{Cx, Failure, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::s3::call;
use crate::services::{Found, reader, text};

/// The trust store of a custom domain name with mutual TLS, as HeadBucket, GetBucketVersioning and HeadObject tell it.
#[apply(row!)]
#[table("aws_api_gateway_trust_store", key(arn), part_of("aws_api_gateway_domain_name", arn = arn))]
pub struct TrustStore {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the domain name.
    pub region: String,
    /// The domain name.
    #[is(derived)]
    pub domain_name: String,
    /// Where the file is (`s3://…`).
    #[is(derived)]
    pub truststore_uri: String,
    /// Bucket that holds it.
    #[is(derived)]
    pub bucket_name: String,
    /// Its key in the bucket.
    #[is(derived)]
    pub object_key: String,
    /// Version that the domain is pinned to; '' when it names none.
    #[is(derived)]
    pub pinned_version: String,
    /// Whether the bucket is there.
    pub bucket_exists: Fact<bool>,
    /// Region of the bucket; '' when it is not there.
    pub bucket_region: Fact<String>,
    /// `Enabled` or `Suspended`; '' when versioning never was on, or the bucket is not there.
    pub bucket_versioning: Fact<String>,
    /// Whether the file is there: in the pinned version, or in any when none is pinned.
    pub object_exists: Fact<bool>,
    /// Newest version of the file; '' when the file is gone, or its bucket keeps no versions.
    pub latest_version: Fact<String>,
    /// Certificates in the file; they are in `aws_api_gateway_trust_store_certificate`.
    #[is(derived)]
    pub certificate_count: Fact<i64>,
    /// Blocks of the file that say that they are certificates and cannot be read as such.
    pub not_understood_count: Fact<i64>,
}

/// A certificate in a trust store, as it stands in the file (GetObject). The file holds no private keys; if it did, none would be kept.
#[apply(row!)]
#[table(
    "aws_api_gateway_trust_store_certificate", key(arn, certificate_index),
    guard("aws_api_gateway_trust_store", "certificate_count"),
    part_of("aws_api_gateway_trust_store", arn = arn)
)]
pub struct TrustStoreCertificate {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the domain name.
    pub region: String,
    /// Its place in the file, from 0.
    pub certificate_index: i64,
    /// Whose it is, a distinguished name.
    pub subject: String,
    /// Who issued it, a distinguished name.
    pub issuer: String,
    /// Its serial number.
    pub serial_number: String,
    /// From when it holds.
    pub not_before: Time,
    /// Until when it holds.
    pub not_after: Time,
    /// Whether it may issue others.
    pub is_ca: bool,
    /// SHA-256 of it, in hexadecimal digits.
    pub fingerprint: String,
}

/// Bytes that API Gateway takes at most: 1,000 certificates, 1 MB.
const MOST_BYTES: i64 = 1 << 20;

reader! {
    "apigateway/trust_store", Regional, fills [TrustStore::TABLE, TrustStoreCertificate::TABLE],
    calls [call::HeadBucket, call::GetBucketLocation, call::GetBucketVersioning, call::HeadObject, call::GetObject],
    needs [domain_name::DomainName::TABLE, http_domain_name::DomainName::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    // Both versions of the API can tell of one domain.
    let sql = "select arn, name, truststore_uri, max(truststore_version)
        from (
            select arn, account_id, region, name, truststore_uri, truststore_version from aws_api_gateway_domain_name
            union
            select arn, account_id, region, name, truststore_uri, truststore_version from aws_api_gatewayv2_domain_name
        )
        where account_id = ?1 and region = ?2 and truststore_uri <> '' and arn > ?3
        group by arn order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(domains) = found.next(Domain::of).await? {
        cx.each(domains, |domain| read_one(&cx, domain)).await;
    }
    Ok(())
}

/// A domain with mutual TLS.
struct Domain {
    arn: String,
    name: String,
    uri: String,
    bucket: String,
    key: String,
    pinned: Option<String>,
}

impl Domain {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let (uri, pinned): (String, String) = (row.get(2)?, row.get(3)?);
        let path = uri.strip_prefix("s3://").unwrap_or(&uri);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Ok(Self {
            arn: row.get(0)?,
            name: row.get(1)?,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            pinned: Some(pinned).filter(|pinned| !pinned.is_empty()),
            uri,
        })
    }
}

async fn read_one(cx: &Cx, domain: Domain) {
    let place = place(cx, &domain).await;
    let is_gone = matches!(place, Fact::Known(None));
    // Where nobody said in which region the bucket is, the domain's own one is the likeliest.
    let region = place.as_ref().known().and_then(Clone::clone).unwrap_or_else(|| cx.region().to_owned());
    let (versioning, file, content) = if is_gone {
        let nothing = (Vec::new(), 0);
        let file = File { exists: Fact::Known(false), latest_version: Fact::Known(String::new()) };
        (Fact::Known(String::new()), file, Fact::Known(nothing))
    } else {
        let (versioning, file) = tokio::join!(versioning(cx, &domain, &region), file(cx, &domain, &region));
        let content = match file.exists {
            Fact::Known(true) => content(cx, &domain, &region).await,
            Fact::Known(false) => Fact::Known((Vec::new(), 0)),
            Fact::Unread => Fact::Unread,
        };
        (versioning, file, content)
    };
    for (index, one) in content.as_ref().known().into_iter().flat_map(|(found, _)| found.iter().cloned()).enumerate() {
        emit_certificate(cx, &domain.arn, index as i64, one).await;
    }
    cx.emit(TrustStore {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        domain_name: domain.name,
        truststore_uri: domain.uri,
        bucket_name: domain.bucket,
        object_key: domain.key,
        pinned_version: text(domain.pinned.as_deref()),
        bucket_exists: place.as_ref().map(|region| region.is_some()),
        bucket_region: place.map(|region| text(region.as_deref())),
        bucket_versioning: versioning,
        object_exists: file.exists,
        latest_version: file.latest_version,
        certificate_count: content.as_ref().map(|(found, _)| found.len() as i64),
        not_understood_count: content.map(|(_, not_understood)| not_understood),
        arn: domain.arn,
    })
    .await;
}

async fn emit_certificate(cx: &Cx, arn: &str, index: i64, certificate: Certificate) {
    cx.emit(TrustStoreCertificate {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        certificate_index: index,
        subject: certificate.subject,
        issuer: certificate.issuer,
        serial_number: certificate.serial_number,
        not_before: certificate.not_before,
        not_after: certificate.not_after,
        is_ca: certificate.is_ca,
        fingerprint: certificate.fingerprint,
    })
    .await;
}

/// The bucket's region, or that there is no such bucket. HeadBucket says 301 where the bucket is in another region.
async fn place(cx: &Cx, domain: &Domain) -> Fact<Option<String>> {
    let s3: aws_sdk_s3::Client = cx.client();
    let about = cx.about(TrustStore::TABLE, &domain.arn, &["bucket_exists", "bucket_region"]);
    let tells = |failure: &Failure| matches!(failure.status, Some(301 | 307 | 404));
    match about.probe(call::HeadBucket, tells, s3.head_bucket().bucket(&domain.bucket).send()).await {
        Ok(Ok(told)) => Fact::Known(Some(told.bucket_region().unwrap_or(cx.region()).to_owned())),
        Ok(Err(failure)) if failure.status == Some(404) => Fact::Known(None),
        Ok(Err(_)) => {
            let told = about.call(call::GetBucketLocation, s3.get_bucket_location().bucket(&domain.bucket).send()).await;
            Fact::from(told).map(|told| match told.location_constraint().map(|constraint| constraint.as_str()) {
                None | Some("") => Some("us-east-1".to_owned()),
                Some("EU") => Some("eu-west-1".to_owned()),
                Some(region) => Some(region.to_owned()),
            })
        }
        Err(Unread) => Fact::Unread,
    }
}

async fn versioning(cx: &Cx, domain: &Domain, region: &str) -> Fact<String> {
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let about = cx.about(TrustStore::TABLE, &domain.arn, &["bucket_versioning"]);
    match about.call(call::GetBucketVersioning, s3.get_bucket_versioning().bucket(&domain.bucket).send()).await {
        Ok(told) => cx.word(TrustStore::TABLE, &domain.arn, &["bucket_versioning"], told.status(), &[]).await,
        Err(Unread) => Fact::Unread,
    }
}

/// Whether the file is there, and its newest version.
struct File {
    exists: Fact<bool>,
    latest_version: Fact<String>,
}

async fn file(cx: &Cx, domain: &Domain, region: &str) -> File {
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let about = cx.about(TrustStore::TABLE, &domain.arn, &["object_exists", "latest_version"]);
    // 404: there is none. 405: what is there is the mark of a deletion.
    let tells = |failure: &Failure| matches!(failure.status, Some(404 | 405));
    let latest = about.probe(call::HeadObject, tells, s3.head_object().bucket(&domain.bucket).key(&domain.key).send()).await;
    let latest_version =
        Fact::from(latest.as_ref()).map(|told| told.as_ref().map_or_else(|_| String::new(), |told| text(told.version_id())));
    let exists = match &domain.pinned {
        None => Fact::from(latest.map(|told| told.is_ok())),
        Some(pinned) => {
            let request = s3.head_object().bucket(&domain.bucket).key(&domain.key).version_id(pinned);
            let told = about.probe(call::HeadObject, tells, request.send()).await;
            Fact::from(told.map(|told| told.is_ok()))
        }
    };
    File { exists, latest_version }
}

/// The certificates in the file, and how many were not understood.
async fn content(cx: &Cx, domain: &Domain, region: &str) -> Fact<(Vec<Certificate>, i64)> {
    let s3: aws_sdk_s3::Client = cx.client_in(region);
    let about = cx.about(TrustStore::TABLE, &domain.arn, &["certificate_count", "not_understood_count"]);
    let request = s3.get_object().bucket(&domain.bucket).key(&domain.key).set_version_id(domain.pinned.clone());
    let Ok(told) = about.call(call::GetObject, request.send()).await else { return Fact::Unread };
    if told.content_length().is_some_and(|length| length > MOST_BYTES) {
        about.malformed(call::GetObject, "is larger than any trust store that API Gateway takes").await;
        return Fact::Unread;
    }
    let told_length = told.content_length();
    match told.body.collect().await {
        Ok(body) => {
            let body = body.into_bytes();
            if told_length.is_some_and(|length| length != body.len() as i64) {
                about.malformed(call::GetObject, "is not as long as it says").await;
                return Fact::Unread;
            }
            // API Gateway takes no empty file, so this is no answer either.
            if body.is_empty() {
                about.malformed(call::GetObject, "is empty").await;
                return Fact::Unread;
            }
            if is_torn(&body) {
                about.malformed(call::GetObject, "ends in the middle of a certificate").await;
                return Fact::Unread;
            }
            Fact::Known(certificates(&body))
        }
        Err(error) => {
            about.malformed(call::GetObject, &format!("broke off: {error}")).await;
            Fact::Unread
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const PEM: &str = include_str!("certificate_test.pem");
    const SQL: &str = "select domain_name, bucket_name, object_key, pinned_version, bucket_exists, bucket_region, bucket_versioning,
        object_exists, latest_version, certificate_count, not_understood_count from aws_api_gateway_trust_store";

    fn domain(script: Script, pinned: &str) -> Script {
        let columns = "(arn, account_id, region, name, truststore_uri, truststore_version)";
        let values = format!("'arn:d', '{ACCOUNT}', 'us-east-1', 'pay.example.com', 's3://trust/ca/clients.pem', '{pinned}'");
        let bare = format!("'arn:bare', '{ACCOUNT}', 'us-east-1', 'www.example.com', '', ''");
        script
            .seed(&format!("aws_api_gateway_domain_name {columns}"), &values)
            .seed(&format!("aws_api_gatewayv2_domain_name {columns}"), &values)
            .seed(&format!("aws_api_gateway_domain_name {columns}"), &bare)
    }

    fn answers() -> Script {
        Script::default()
            .on("HeadBucket", "x-amz-bucket-region: eu-west-1")
            .on("GetBucketVersioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
            .on_match("HeadObject", "versionId=v1", "x-amz-version-id: v1")
            .on("HeadObject", "x-amz-version-id: v2")
            .on("GetObject", PEM)
    }

    fn script() -> Script {
        domain(answers(), "v1")
    }

    #[tokio::test]
    async fn tells_the_file_and_its_certificates() {
        let read = script().read(READER).await;
        assert!(read.is_complete, "{:?}", read.gaps());
        assert_eq!(read.one(SQL), "pay.example.com|trust|ca/clients.pem|v1|1|eu-west-1|Enabled|1|v2|2|0");
        let sql = "select certificate_index, subject, not_after, is_ca from aws_api_gateway_trust_store_certificate order by 1";
        assert_eq!(
            read.all(sql),
            [
                "0|C=DE, O=Example Partner, CN=Partner CA 2019|2024-01-01T00:00:00Z|1",
                "1|C=DE, O=Example Partner, CN=Partner CA 2023|2036-01-01T00:00:00Z|1",
            ]
        );
        let nothing = Script::default().read(READER).await;
        assert_eq!((nothing.count("aws_api_gateway_trust_store"), nothing.is_complete), (0, true));
    }

    #[tokio::test]
    async fn an_empty_file_is_no_trust_store_without_certificates() {
        let read = domain(Script::default().on("GetObject", "").followed_by(answers()), "v1").read(READER).await;
        assert_eq!(read.one("select certificate_count, not_understood_count from aws_api_gateway_trust_store"), "unread|unread");
        assert_eq!(read.gaps()[0].3, "malformed");
    }

    #[tokio::test]
    async fn what_is_gone_is_known_to_be() {
        let bucket = Script::default().fails("HeadBucket", 404, "NotFound").followed_by(script()).read(READER).await;
        assert_eq!((bucket.one(SQL).as_str(), bucket.is_complete), ("pay.example.com|trust|ca/clients.pem|v1|0|||0||0|0", true));
        let version = Script::default().fails_match("HeadObject", "versionId=v1", 404, "NotFound").followed_by(script()).read(READER).await;
        assert_eq!(version.one(SQL), "pay.example.com|trust|ca/clients.pem|v1|1|eu-west-1|Enabled|0|v2|0|0");
        let unpinned = domain(Script::default().fails("HeadObject", 404, "NotFound").followed_by(answers()), "");
        assert_eq!(unpinned.read(READER).await.one(SQL), "pay.example.com|trust|ca/clients.pem||1|eu-west-1|Enabled|0||0|0");
    }

    #[tokio::test]
    async fn a_bucket_in_another_region_is_asked_there() {
        let script = Script::default()
            .fails("HeadBucket", 301, "")
            .on("GetBucketLocation", "<LocationConstraint>eu-central-1</LocationConstraint>")
            .followed_by(script());
        assert_eq!(script.read(READER).await.one("select bucket_region from aws_api_gateway_trust_store"), "eu-central-1");
        let denied = script.read_with(READER, call::GetBucketLocation, Fault::Denied).await;
        assert_eq!(
            denied.one("select bucket_exists, bucket_region, certificate_count from aws_api_gateway_trust_store"),
            "unread|unread|2"
        );
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await };
        let columns = "bucket_exists, bucket_versioning, object_exists, latest_version, certificate_count";
        let sql = format!("select {columns} from aws_api_gateway_trust_store");
        assert_eq!(denied(call::HeadBucket).await.one(&sql), "unread|Enabled|1|v2|2");
        assert_eq!(denied(call::GetBucketVersioning).await.one(&sql), "1|unread|1|v2|2");
        assert_eq!(denied(call::HeadObject).await.one(&sql), "1|Enabled|unread|unread|unread");
        let read = denied(call::GetObject).await;
        assert_eq!((read.one(&sql).as_str(), read.is_complete), ("1|Enabled|1|v2|unread", true));
        assert_eq!(read.gaps()[0].2, "s3:GetObject");
    }
}
