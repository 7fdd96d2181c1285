//! AWS Certificate Manager: certificates, and whether they renew.

use aws_sdk_acm::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::View;

pub mod certificate;

/// The API. The slowest of the calls that are made here is allowed eight times a second.
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html>
pub const ACM: &Api = &Api { id: "ACM", prefix: "acm", quota: Quota::each(8.0, 8), wire: Wire::AwsJson };

calls! { ACM "acm":
    DescribeCertificate,
    ListCertificates,
    ListTagsForCertificate,
}

client!(aws_sdk_acm, ACM);

words!(types::CertificateStatus, types::CertificateType, types::RenewalStatus);

/// The card.
pub const SERVICE: Service =
    Service { name: "acm", title: "AWS Certificate Manager", readers: &[certificate::READER], views: &[CERTIFICATE] };

const CERTIFICATE: &View = &View { name: "aws_certificate", sql: include_str!("certificate.sql") };
