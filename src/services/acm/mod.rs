//! AWS Certificate Manager: certificates, and whether they renew.

use aws_sdk_acm::types;

use super::Service;
use crate::aws::{Api, Rate, Wire, calls, client, words};
use crate::inventory::View;

pub mod certificate;

/// The API. Its slowest calls that are made here are limited to eight a second.
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html>
pub const ACM: &Api = &Api { id: "ACM", prefix: "acm", rate: Rate { per_second: 4.0, burst: 8 }, wire: Wire::AwsJson };

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
