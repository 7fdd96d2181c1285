//! Server certificates of IAM: uploaded once, never renewed by AWS.

use macro_rules_attribute::apply;
use x509_parser::extensions::GeneralName;

use super::{call, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Json, Row, Time};
use crate::services::{reader, time};

/// A server certificate, as ListServerCertificates and GetServerCertificate tell it. IAM never gives its key away.
#[apply(row!)]
#[table("aws_iam_server_certificate", key(arn))]
pub struct ServerCertificate {
    /// ARN of the certificate.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// When it was uploaded.
    pub upload_date: Time,
    /// Until when it is valid.
    pub expiration: Fact<Time>,
    /// All names that it is for, a list in lower case, taken from the certificate itself.
    pub subject_alternative_names: Fact<Json>,
    /// Tags, a map.
    pub tags: Fact<Json>,
}

reader! {
    "iam/server_certificate", Global, fills [ServerCertificate::TABLE],
    calls [call::ListServerCertificates, call::GetServerCertificate], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let iam: aws_sdk_iam::Client = cx.client();
    let mut pages = cx.pages(call::ListServerCertificates, |token| iam.list_server_certificates().max_items(1000).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker().filter(|_| page.is_truncated())).await? {
        cx.each(page.server_certificate_metadata_list().to_vec(), |certificate| read_one(&cx, certificate)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, certificate: aws_sdk_iam::types::ServerCertificateMetadata) {
    let iam: aws_sdk_iam::Client = cx.client();
    let (arn, name) = (certificate.arn(), certificate.server_certificate_name());
    let about = cx.about(ServerCertificate::TABLE, arn, &["subject_alternative_names", "tags"]);
    let told = about.call(call::GetServerCertificate, iam.get_server_certificate().server_certificate_name(name).send()).await;
    let detail = Fact::from(told).and_then(|told| Fact::told(told.server_certificate().cloned()));
    let subject_alternative_names = match &detail {
        Fact::Known(detail) => match names(detail.certificate_body()) {
            Some(names) => Fact::Known(names),
            None => {
                let about = cx.about(ServerCertificate::TABLE, arn, &["subject_alternative_names"]);
                about.malformed(call::GetServerCertificate, "holds no certificate that can be understood").await;
                Fact::Unread
            }
        },
        Fact::Unread => Fact::Unread,
    };
    cx.emit(ServerCertificate {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: name.to_owned(),
        path: certificate.path().to_owned(),
        upload_date: time(certificate.upload_date()),
        expiration: Fact::told(certificate.expiration()).map(|moment| time(Some(moment))),
        subject_alternative_names,
        tags: detail.map(|detail| tags(detail.tags())),
    })
    .await;
}

/// The names of a certificate in PEM: its alternative names, or, in one of old, its common name. `None` if it cannot be understood.
fn names(pem: &str) -> Option<Json> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let mut names: Vec<String> = Vec::new();
    if let Some(extension) = certificate.subject_alternative_name().ok()? {
        let dns = |name: &GeneralName<'_>| if let GeneralName::DNSName(dns) = name { Some(dns.to_lowercase()) } else { None };
        names.extend(extension.value.general_names.iter().filter_map(dns));
    }
    if names.is_empty() {
        names.extend(certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok()).map(str::to_lowercase));
    }
    Some(Json::set(names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = "<ServerCertificateMetadataList><member><Path>/</Path><ServerCertificateName>old</ServerCertificateName>
        <ServerCertificateId>A</ServerCertificateId><Arn>arn:aws:iam::1:server-certificate/old</Arn>
        <UploadDate>2024-01-01T00:00:00Z</UploadDate><Expiration>2025-01-01T00:00:00Z</Expiration></member>
        </ServerCertificateMetadataList><IsTruncated>false</IsTruncated>";
    const PEM: &str = "-----BEGIN CERTIFICATE-----\n\
        MIIBvjCCAWSgAwIBAgIUaqFebHhVcHbngteI6DJ6rOBUKCUwCgYIKoZIzj0EAwIw\n\
        GzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTAeFw0yNjExMjMwNTI0MTFaFw0z\n\
        NjExMjAwNTI0MTFaMBsxGTAXBgNVBAMMEHNob3AuZXhhbXBsZS5jb20wWTATBgcq\n\
        hkjOPQIBBggqhkjOPQMBBwNCAAQ8GG/6mnzFudtXlvJHujcVZ5z7ovPJRGbL4LfL\n\
        PGMqzhQn//msXTYGJTRpCWUR1Rgkl878MyB8iP6zwSTsP8S2o4GFMIGCMB0GA1Ud\n\
        DgQWBBTLsrPUD7Irq1gR3sgZ/oHDo5Er4TAfBgNVHSMEGDAWgBTLsrPUD7Irq1gR\n\
        3sgZ/oHDo5Er4TAPBgNVHRMBAf8EBTADAQH/MC8GA1UdEQQoMCaCEFNob3AuZXhh\n\
        bXBsZS5jb22CEiouc2hvcC5leGFtcGxlLmNvbTAKBggqhkjOPQQDAgNIADBFAiEA\n\
        2PBXc9sKrxBcRCQ13fxvniR0T6J91qqU0DCBofP3PsoCIEQb5NkvQemnwDTzmlrr\n\
        VfpDdKfA+uE+gfAlc7u02UgK\n\
        -----END CERTIFICATE-----";

    fn script(body: &str) -> Script {
        let detail = format!(
            "<ServerCertificate><ServerCertificateMetadata><Path>/</Path><ServerCertificateName>old</ServerCertificateName>
            <ServerCertificateId>A</ServerCertificateId><Arn>arn:aws:iam::1:server-certificate/old</Arn></ServerCertificateMetadata>
            <CertificateBody>{body}</CertificateBody><Tags/></ServerCertificate>"
        );
        Script::default().on("ListServerCertificates", LIST).on("GetServerCertificate", &detail)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        let empty = "<ServerCertificateMetadataList/><IsTruncated>false</IsTruncated>";
        script(PEM).four_answers(READER, call::ListServerCertificates, empty, 1).await;
    }

    #[tokio::test]
    async fn names_come_from_the_certificate_itself() {
        let sql = "select name, expiration, subject_alternative_names, tags from aws_iam_server_certificate";
        let told = r#"old|2025-01-01T00:00:00Z|["*.shop.example.com","shop.example.com"]|{}"#;
        assert_eq!(script(PEM).read(READER).await.one(sql), told);
        assert_eq!(script("not a certificate").read(READER).await.one(sql), "old|2025-01-01T00:00:00Z|unread|{}");
        let denied = script(PEM).read_with(READER, call::GetServerCertificate, Fault::Denied).await;
        assert_eq!(denied.one(sql), "old|2025-01-01T00:00:00Z|unread|unread");
    }
}
