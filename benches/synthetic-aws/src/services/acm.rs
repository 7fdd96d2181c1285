//! ACM. One certificate in fifty ends within three weeks.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::clock::DAY;
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "acm",
    id: "ACM",
    scope: "acm",
    wire: Wire::AwsJson11,
    target: Some("CertificateManager"),
    namespace: "",
    calls: &[
        ("DescribeCertificate", Does::Makes(describe)),
        ("ListCertificates", Does::Makes(list)),
        ("ListTagsForCertificate", Does::Makes(tags)),
    ],
};

fn arn(ask: &Ask<'_>, index: u64) -> String {
    ask.arn("acm", &format!("certificate/{}", ask.uuid(Kind::Certificate, index)))
}

fn domain(index: u64) -> String {
    format!("service-{index}.example.com")
}

fn named(ask: &Ask<'_>) -> Result<(u64, Dice), Refusal> {
    let asked = ask.text("CertificateArn").unwrap_or_default();
    let index = ask.index_of_uuid(Kind::Certificate, asked.rsplit('/').next().unwrap_or_default());
    let missing = || Refusal::new(400, "ResourceNotFoundException", format!("Could not find certificate {asked}."));
    index.map(|index| (index, ask.dice(Kind::Certificate, index))).ok_or_else(missing)
}

/// From when, and until when.
fn validity(ask: &Ask<'_>, dice: Dice) -> (i64, i64) {
    let left = if dice.below(1, 50) == 0 { 5 + dice.below(2, 15) } else { 50 + dice.below(2, 140) };
    let end = ask.days_ago(0) + left as i64 * DAY;
    (end - 198 * DAY, end)
}

fn list(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::Certificate, "NextToken", ask.num("MaxItems").unwrap_or(100).clamp(1, 1_000))?;
    body.list("CertificateSummaryList", "", range, |body, index| {
        let (from, until) = validity(ask, ask.dice(Kind::Certificate, index));
        body.text("CertificateArn", &arn(ask, index));
        body.text("DomainName", &domain(index));
        body.text("Status", "ISSUED");
        body.text("Type", "AMAZON_ISSUED");
        body.text("KeyAlgorithm", "RSA-2048");
        body.flag("InUse", true);
        body.text("RenewalEligibility", "ELIGIBLE");
        body.time("NotBefore", from);
        body.time("NotAfter", until);
    });
    if let Some(next) = next {
        body.text("NextToken", &next);
    }
    Ok(())
}

fn describe(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (index, dice) = named(ask)?;
    let (from, until) = validity(ask, dice);
    let domain = domain(index);
    body.member("Certificate", |body| {
        body.text("CertificateArn", &arn(ask, index));
        body.text("DomainName", &domain);
        body.texts("SubjectAlternativeNames", "", [&domain]);
        body.list("DomainValidationOptions", "", [()], |body, ()| {
            body.text("DomainName", &domain);
            body.text("ValidationDomain", &domain);
            body.text("ValidationStatus", "SUCCESS");
            body.member("ResourceRecord", |body| {
                body.fmt("Name", format_args!("_synthetic.{domain}."));
                body.text("Type", "CNAME");
                body.text("Value", "_synthetic.acm-validations.aws.");
            });
            body.text("ValidationMethod", "DNS");
        });
        body.fmt("Subject", format_args!("CN={domain}"));
        body.text("Issuer", "Amazon");
        body.time("CreatedAt", from);
        body.time("IssuedAt", from);
        body.text("Status", "ISSUED");
        body.time("NotBefore", from);
        body.time("NotAfter", until);
        body.text("KeyAlgorithm", "RSA-2048");
        body.text("SignatureAlgorithm", "SHA256WITHRSA");
        let balancers = ask.count(Kind::LoadBalancer);
        let balancer = (balancers > 0).then(|| super::elbv2::arn(ask, dice.below(3, balancers)));
        body.texts("InUseBy", "", balancer);
        body.text("Type", "AMAZON_ISSUED");
        body.text("RenewalEligibility", "ELIGIBLE");
        if until - ask.now < 30 * DAY {
            body.member("RenewalSummary", |body| {
                body.text("RenewalStatus", "PENDING_AUTO_RENEWAL");
                body.list("DomainValidationOptions", "", [] as [u64; 0], |_, _| {});
                body.time("UpdatedAt", ask.days_ago(1));
            });
        }
        body.text("CertificateKeyPairOrigin", "AWS_MANAGED");
    });
    Ok(())
}

fn tags(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (_, dice) = named(ask)?;
    body.list("Tags", "", dice.percent(4, 70).then_some(()), |body, ()| {
        body.text("Key", "team");
        body.text("Value", "platform");
    });
    Ok(())
}
