//! Certificates of ACM: issued by Amazon, by a private authority, or imported.

use aws_sdk_acm::types;
use macro_rules_attribute::apply;
use serde_json::json;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A certificate, as ListCertificates, DescribeCertificate and ListTagsForCertificate tell it. Neither its body nor its key is read.
#[apply(row!)]
#[table("aws_acm_certificate", key(arn))]
pub struct Certificate {
    /// ARN of the certificate.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// The first name that it is for.
    pub domain_name: String,
    /// All names that it is for, a list in lower case.
    pub subject_alternative_names: Fact<Json>,
    /// `PENDING_VALIDATION`, `ISSUED`, `INACTIVE`, `EXPIRED`, `VALIDATION_TIMED_OUT`, `REVOKED` or `FAILED`.
    pub status: Fact<String>,
    /// `AMAZON_ISSUED`, `PRIVATE` or `IMPORTED`.
    pub certificate_type: Fact<String>,
    /// From when it is valid, or ''.
    #[is(churn)]
    pub not_before: Fact<Time>,
    /// Until when it is valid, or ''.
    #[is(churn)]
    pub not_after: Fact<Time>,
    /// When it was requested; '' for an imported one.
    pub created_at: Fact<Time>,
    /// When it was imported, or ''.
    pub imported_at: Fact<Time>,
    /// ARNs of what uses it, a list. API Gateway's domains are told by the load balancers and distributions of AWS's behind them.
    #[is(churn)]
    pub in_use_by: Fact<Json>,
    /// How its renewal stands: `PENDING_AUTO_RENEWAL`, `PENDING_VALIDATION`, `SUCCESS`, `FAILED`; '' while none is due.
    #[is(churn)]
    pub renewal_status: Fact<String>,
    /// Why, or ''.
    #[is(churn)]
    pub renewal_status_reason: Fact<String>,
    /// `ELIGIBLE` when ACM renews it, else `INELIGIBLE`.
    #[is(churn)]
    pub renewal_eligibility: Fact<String>,
    /// Why it could not be issued, or ''.
    #[is(churn)]
    pub failure_reason: Fact<String>,
    /// How its names are proven, a list of `{"domain_name", "status", "method", "record_name", "record_value"}`.
    #[is(churn)]
    pub domain_validations: Fact<Json>,
    /// Kind of its key (`RSA_2048`, `EC_prime256v1`, …).
    pub key_algorithm: String,
    /// `AWS_MANAGED`, `CUSTOMER_PROVIDED` or `ACME`, or ''.
    pub certificate_key_pair_origin: Fact<String>,
    /// `CLOUDFRONT` for one that CloudFront keeps in order itself, or ''.
    pub managed_by: Fact<String>,
    /// Tags, a map.
    pub tags: Fact<Json>,
}

/// Kinds of keys. Without them ListCertificates tells certificates with RSA keys of 2,048 bits only.
const KEY_TYPES: &[types::KeyAlgorithm] = &[
    types::KeyAlgorithm::Rsa1024,
    types::KeyAlgorithm::Rsa2048,
    types::KeyAlgorithm::Rsa3072,
    types::KeyAlgorithm::Rsa4096,
    types::KeyAlgorithm::EcPrime256v1,
    types::KeyAlgorithm::EcSecp384r1,
    types::KeyAlgorithm::EcSecp521r1,
];

/// Origins of keys. Without them ListCertificates leaves out what an ACME client was issued.
const ORIGINS: &[types::CertificateKeyPairOrigin] = &[
    types::CertificateKeyPairOrigin::AwsManaged,
    types::CertificateKeyPairOrigin::Acme,
    types::CertificateKeyPairOrigin::CustomerProvided,
];

const DETAILS: &[&str] = &[
    "subject_alternative_names", "status", "certificate_type", "not_before", "not_after", "created_at", "imported_at", "in_use_by",
    "renewal_status", "renewal_status_reason", "renewal_eligibility", "failure_reason", "domain_validations",
    "certificate_key_pair_origin", "managed_by",
];

reader! {
    "acm/certificate", Regional, fills [Certificate::TABLE],
    calls [call::ListCertificates, call::DescribeCertificate, call::ListTagsForCertificate], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let acm: aws_sdk_acm::Client = cx.client();
    let every_key = types::Filters::builder().set_key_types(Some(KEY_TYPES.to_vec())).build();
    let mut pages = cx.pages(call::ListCertificates, |token| {
        let list = acm.list_certificates().includes(every_key.clone()).set_certificate_key_pair_origins(Some(ORIGINS.to_vec()));
        list.max_items(1000).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut certificates = Vec::new();
        for certificate in page.certificate_summary_list() {
            let arn = identified!(cx, call::ListCertificates, certificate.certificate_arn());
            certificates.push((arn.to_owned(), certificate.clone()));
        }
        cx.each(certificates, |(arn, certificate)| read_one(&cx, arn, certificate)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, summary: types::CertificateSummary) {
    let acm: aws_sdk_acm::Client = cx.client();
    let table = Certificate::TABLE;
    let about = cx.about(table, &arn, DETAILS);
    let told = about.call(call::DescribeCertificate, acm.describe_certificate().certificate_arn(&arn).send()).await;
    let detail = Fact::from(told).and_then(|told| Fact::told(told.certificate().cloned()));
    let about = cx.about(table, &arn, &["tags"]);
    let tags = about.call(call::ListTagsForCertificate, acm.list_tags_for_certificate().certificate_arn(&arn).send()).await;
    let pair = |tag: &types::Tag| (tag.key().to_owned(), text(tag.value()));
    let of = |f: fn(&types::CertificateDetail) -> String| detail.as_ref().map(f);
    let when = |f: fn(&types::CertificateDetail) -> Time| detail.as_ref().map(f);
    let (status, kind, renewal) = match &detail {
        Fact::Known(detail) => (
            cx.word(table, &arn, &["status"], detail.status(), &[]).await,
            cx.word(table, &arn, &["certificate_type"], detail.r#type(), &[]).await,
            cx.word(table, &arn, &["renewal_status"], detail.renewal_summary().map(|renewal| renewal.renewal_status()), &[]).await,
        ),
        Fact::Unread => (Fact::Unread, Fact::Unread, Fact::Unread),
    };
    cx.emit(Certificate {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        domain_name: text(summary.domain_name()),
        subject_alternative_names: detail.as_ref().map(names),
        status,
        certificate_type: kind,
        not_before: when(|one| time(one.not_before())),
        not_after: when(|one| time(one.not_after())),
        created_at: when(|one| time(one.created_at())),
        imported_at: when(|one| time(one.imported_at())),
        in_use_by: detail.as_ref().map(|one| Json::set(one.in_use_by())),
        renewal_status: renewal,
        renewal_status_reason: of(|one| {
            text(one.renewal_summary().and_then(|renewal| renewal.renewal_status_reason()).map(|reason| reason.as_str()))
        }),
        renewal_eligibility: of(|one| text(one.renewal_eligibility().map(|word| word.as_str()))),
        failure_reason: of(|one| text(one.failure_reason().map(|reason| reason.as_str()))),
        domain_validations: detail.as_ref().map(|one| Json(validations(one).iter().map(validation).collect())),
        key_algorithm: text(summary.key_algorithm().map(|kind| kind.as_str())),
        certificate_key_pair_origin: of(|one| text(one.certificate_key_pair_origin().map(|origin| origin.as_str()))),
        managed_by: of(|one| text(one.managed_by().map(|by| by.as_str()))),
        tags: Fact::from(tags).map(|told| Json::map(told.tags().iter().map(pair))),
        arn: arn.clone(),
    })
    .await;
}

/// The names of a certificate. The first one is among its alternative names; where there are none it stands alone.
fn names(detail: &types::CertificateDetail) -> Json {
    let mut names: Vec<String> = detail.subject_alternative_names().iter().map(|name| name.to_lowercase()).collect();
    if names.is_empty() {
        names.extend(detail.domain_name().map(str::to_lowercase));
    }
    Json::set(names)
}

/// How the names are to be proven: for the renewal, where one is under way.
fn validations(detail: &types::CertificateDetail) -> &[types::DomainValidation] {
    let renewal = detail.renewal_summary().map(|renewal| renewal.domain_validation_options());
    renewal.filter(|list| !list.is_empty()).unwrap_or(detail.domain_validation_options())
}

fn validation(one: &types::DomainValidation) -> serde_json::Value {
    let record = one.resource_record();
    json!({
        "domain_name": one.domain_name(),
        "status": text(one.validation_status().map(|status| status.as_str())),
        "method": text(one.validation_method().map(|method| method.as_str())),
        "record_name": record.map_or("", |record| record.name()),
        "record_value": record.map_or("", |record| record.value()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str =
        r#"{"CertificateSummaryList": [{"CertificateArn": "arn:c", "DomainName": "pay.example.com", "KeyAlgorithm": "EC_prime256v1"}]}"#;
    const DETAIL: &str = r#"{"Certificate": {"CertificateArn": "arn:c", "DomainName": "pay.example.com", "Status": "ISSUED", "Type": "AMAZON_ISSUED",
        "SubjectAlternativeNames": ["Pay.example.com", "*.pay.example.com"], "NotAfter": 1800000000, "InUseBy": ["arn:lb"],
        "RenewalEligibility": "ELIGIBLE", "RenewalSummary": {"RenewalStatus": "PENDING_VALIDATION", "UpdatedAt": 1790000000, "RenewalStatusReason": "NO_AVAILABLE_CONTACTS",
        "DomainValidationOptions": [{"DomainName": "pay.example.com", "ValidationStatus": "PENDING_VALIDATION", "ValidationMethod": "DNS",
        "ResourceRecord": {"Name": "_a.pay.example.com.", "Type": "CNAME", "Value": "_b.acm-validations.aws."}}]}}}"#;

    fn script() -> Script {
        Script::default()
            .on("ListCertificates", LIST)
            .on("DescribeCertificate", DETAIL)
            .on("ListTagsForCertificate", r#"{"Tags": [{"Key": "env", "Value": "prod"}]}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListCertificates, r#"{"CertificateSummaryList": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_names_use_and_renewal() {
        let read = script().read(READER).await;
        let sql = "select subject_alternative_names, status, certificate_type, not_after, in_use_by, renewal_status, renewal_status_reason,
            renewal_eligibility, imported_at, tags from aws_acm_certificate";
        let told = r#"["*.pay.example.com","pay.example.com"]|ISSUED|AMAZON_ISSUED|2027-01-15T08:00:00Z|["arn:lb"]|PENDING_VALIDATION|NO_AVAILABLE_CONTACTS|ELIGIBLE||{"env":"prod"}"#;
        assert_eq!(read.one(sql), told);
        let record = "select domain_validations ->> '$[0].record_name' from aws_acm_certificate";
        assert_eq!(read.one(record), "_a.pay.example.com.");
    }

    #[tokio::test]
    async fn keys_and_origins_of_all_kinds_are_asked_for() {
        let all = Script::default().on_match("ListCertificates", "EC_secp521r1", LIST).followed_by(script());
        assert_eq!(all.read(READER).await.count("aws_acm_certificate"), 1);
        let all = Script::default().on_match("ListCertificates", "ACME", LIST).followed_by(script());
        assert_eq!(all.read(READER).await.count("aws_acm_certificate"), 1);
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = script().read_with(READER, call::DescribeCertificate, Fault::Denied).await;
        let sql = "select domain_name, status, not_after, in_use_by, renewal_status, tags <> '{}' from aws_acm_certificate";
        assert_eq!(denied.one(sql), "pay.example.com|unread|unread|unread|unread|1");
        let denied = script().read_with(READER, call::ListTagsForCertificate, Fault::Denied).await;
        assert_eq!(denied.one("select status, tags from aws_acm_certificate"), "ISSUED|unread");
    }
}
