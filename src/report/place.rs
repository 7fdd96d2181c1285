//! Where a resource is, as formats of others want it: partition, home region, the parts of an ARN.

use crate::finding::{Finding, Status};

/// The region of what belongs to no region.
pub const GLOBAL: &str = "global";

/// The parts of an ARN that say where and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// The service's name (`ec2`).
    pub service: &'a str,
    /// The region, or `''`.
    pub region: &'a str,
    /// What follows the account (`subnet/subnet-1`).
    pub rest: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of a text, if it is an ARN.
    pub fn of(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some(service), Some(region), Some(_), Some(rest)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        (!partition.is_empty() && !service.is_empty()).then_some(Self { partition, service, region, rest })
    }

    /// The first word of what follows the account, and whether a name follows (`subnet`); `''` for a bucket, which is only a name.
    pub fn noun(&self) -> &'a str {
        self.rest.trim_start_matches('/').split_once([':', '/']).map_or("", |(noun, _)| noun)
    }
}

/// The partition that a finding is in: its resource says, or else its region.
pub fn partition(finding: &Finding) -> &str {
    Arn::of(&finding.resource).map_or_else(|| partition_of(&finding.region), |arn| arn.partition)
}

/// The partition of a region, by how its name begins.
fn partition_of(region: &str) -> &'static str {
    let known = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    known.into_iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// A finding's region, or where the global services of its partition live: `global` is no region that an API understands.
pub fn api_region(finding: &Finding) -> &str {
    if finding.region != GLOBAL && !finding.region.is_empty() {
        return &finding.region;
    }
    match partition(finding) {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

/// The verdict without its waiver: pass, fail or unknown.
pub fn verdict(finding: &Finding) -> Status {
    match finding.status {
        Status::Muted => finding.waiver.as_ref().map_or(Status::Fail, |waiver| waiver.was),
        other => other,
    }
}

/// What people call a resource: what its ARN ends in; of a whole place its account.
pub fn name(finding: &Finding) -> &str {
    let end = finding.resource.rsplit([':', '/']).next().filter(|end| !end.is_empty());
    if finding.resource.is_empty() { &finding.account } else { end.unwrap_or(&finding.resource) }
}

/// What a report says in a sentence, which is never empty.
pub fn sentence(finding: &Finding) -> &str {
    [&finding.message, &finding.title, &finding.check].into_iter().find(|text| !text.trim().is_empty()).map_or("-", |text| text)
}

/// The first characters of a text; one that is longer ends in `…`.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_arn() {
        let arn = Arn::of("arn:aws-cn:ec2:cn-north-1:111122223333:subnet/subnet-1").unwrap();
        assert_eq!((arn.partition, arn.service, arn.region, arn.noun()), ("aws-cn", "ec2", "cn-north-1", "subnet"));
        assert_eq!(Arn::of("arn:aws:s3:::docs").unwrap().noun(), "");
        assert_eq!(Arn::of("arn:aws:apigateway:us-east-1::/restapis/a/stages/b").unwrap().noun(), "restapis");
        assert_eq!((Arn::of("subnet-1"), Arn::of("arn:aws:ec2:x"), Arn::of("arn::ec2:a:b:c")), (None, None, None));
    }

    #[test]
    fn what_is_global_lives_in_the_home_region_of_its_partition() {
        let place = |resource: &str, region: &str| {
            let finding = Finding { resource: resource.into(), region: region.into(), ..Finding::sample() };
            (partition(&finding).to_owned(), api_region(&finding).to_owned())
        };
        let pair = |partition: &str, region: &str| (partition.to_owned(), region.to_owned());
        assert_eq!(place("arn:aws:iam::1:role/a", GLOBAL), pair("aws", "us-east-1"));
        assert_eq!(place("arn:aws-cn:iam::1:role/a", GLOBAL), pair("aws-cn", "cn-north-1"));
        assert_eq!(place("arn:aws-us-gov:iam::1:role/a", GLOBAL), pair("aws-us-gov", "us-gov-west-1"));
        assert_eq!(place("", "us-isob-east-1"), pair("aws-iso-b", "us-isob-east-1"));
        assert_eq!(place("", "eu-west-1"), pair("aws", "eu-west-1"));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!((cut("größe", 5), cut("größer", 5)), ("größe".to_owned(), "größ…".to_owned()));
    }
}
