//! Account and region of an instance, from what it says itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Instance;

/// Where something is. `None`: it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Account, twelve digits.
    pub account_id: Option<String>,
    /// Region. A role has none.
    pub region: Option<String>,
}

/// Types whose attribute `region` is about something else than the place of the resource.
const REGION_OF_ANOTHER: &[&str] = &["aws_config_aggregate_authorization"];

/// What an instance itself tells: its identity (provider 6), its ARN, its owner, its `region` (provider 6 has it everywhere), its
/// availability zone.
pub(super) fn of(instance: &Instance) -> Place {
    let text = |name: &str| instance.attributes.get(name).and_then(Value::as_str);
    let identity = |name: &str| instance.identity.as_ref().and_then(|identity| identity.get(name)).and_then(Value::as_str);
    let arn = [text("arn"), identity("arn"), text("id")].into_iter().flatten().find_map(in_arn);
    // Elsewhere, as in an invitation to GuardDuty, `account_id` is another's.
    let of_s3 = text("account_id").filter(|_| instance.resource_type.starts_with("aws_s3"));
    let accounts = [identity("account_id"), arn.map(|(_, account)| account), text("owner_id"), of_s3];
    let own_region = text("region").filter(|_| !REGION_OF_ANOTHER.contains(&instance.resource_type.as_str()));
    let regions = [identity("region"), own_region, arn.map(|(region, _)| region), text("availability_zone").and_then(region_of_zone)];
    Place {
        account_id: accounts.into_iter().flatten().find(|account| is_account(account)).map(str::to_owned),
        region: regions.into_iter().flatten().find(|region| region_of_zone(region) == Some(region)).map(str::to_owned),
    }
}

/// For each configuration of the provider, what its instances agree on: before provider 6, one configuration works in one region.
pub(super) fn agreed(instances: &[Instance]) -> BTreeMap<String, Place> {
    let mut told: BTreeMap<&str, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for instance in instances {
        let Place { account_id, region } = instance.place.clone();
        let (accounts, regions) = told.entry(&instance.provider.config).or_default();
        accounts.extend(account_id);
        regions.extend(region);
    }
    let only = |mut set: BTreeSet<String>| if set.len() == 1 { set.pop_first() } else { None };
    let agreed =
        |(config, (accounts, regions)): (&str, _)| (config.to_owned(), Place { account_id: only(accounts), region: only(regions) });
    told.into_iter().map(agreed).collect()
}

/// Region and account in an ARN; either may be ''.
fn in_arn(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.split(':');
    (parts.next() == Some("arn")).then_some(())?;
    let (_partition, _service, region, account, _resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((region, account))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The region of an availability, local or Wavelength zone (`us-west-2-lax-1a`), or of a region itself: words, and the first number.
fn region_of_zone(zone: &str) -> Option<&str> {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut end = 0;
    for (i, part) in zone.split('-').enumerate() {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            return (i >= 2).then(|| &zone[..end + digits]);
        }
        if !is_word(part) {
            return None;
        }
        end += part.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Provider;
    use super::*;

    fn instance(resource_type: &str, config: &str, attributes: Value) -> Instance {
        let mut instance = Instance {
            address: format!("{resource_type}.x"),
            resource_type: resource_type.to_owned(),
            provider: Provider::parse(config, resource_type),
            attributes,
            identity: None,
            deposed: None,
            is_tainted: false,
            place: Place::default(),
            dependencies: Vec::new(),
        };
        instance.place = of(&instance);
        instance
    }

    fn place(account_id: &str, region: &str) -> Place {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place { account_id: known(account_id), region: known(region) }
    }

    #[test]
    fn regions_are_told_from_zones() {
        for (zone, region) in [
            ("us-east-1a", "us-east-1"),
            ("us-gov-west-1b", "us-gov-west-1"),
            ("us-west-2-lax-1a", "us-west-2"),
            ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
            ("ap-southeast-12c", "ap-southeast-12"),
            ("eu-central-1", "eu-central-1"),
        ] {
            assert_eq!(region_of_zone(zone), Some(region), "{zone}");
        }
        for zone in ["", "use1-az1", "a-1", "aws-global", "-1", "us--1", "Us-East-1", "1"] {
            assert_eq!(region_of_zone(zone), None, "{zone}");
        }
    }

    #[test]
    fn an_instance_tells_where_it_is() {
        for (resource_type, attributes, expected) in [
            ("aws_vpc", json!({"arn": "arn:aws:ec2:eu-west-3:111122223333:vpc/vpc-1"}), place("111122223333", "eu-west-3")),
            ("aws_iam_role", json!({"arn": "arn:aws:iam::111122223333:role/a"}), place("111122223333", "")),
            ("aws_iam_policy", json!({"arn": "arn:aws:iam::aws:policy/A"}), place("", "")),
            ("aws_s3_bucket", json!({"arn": "arn:aws:s3:::a", "region": "eu-west-1"}), place("", "eu-west-1")),
            (
                "aws_ebs_snapshot",
                json!({"arn": "arn:aws:ec2:us-east-1::snapshot/s", "owner_id": "111122223333"}),
                place("111122223333", "us-east-1"),
            ),
            ("aws_subnet", json!({"owner_id": "111122223333", "availability_zone": "us-east-1a"}), place("111122223333", "us-east-1")),
            (
                "aws_lb",
                json!({"id": "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/1"}),
                place("111122223333", "us-east-1"),
            ),
            ("aws_route", json!({"id": "r-rtb-1", "region": "us-east-2"}), place("", "us-east-2")),
            ("aws_s3_account_public_access_block", json!({"account_id": "111122223333"}), place("111122223333", "")),
            ("aws_guardduty_member", json!({"account_id": "111122223333"}), place("", "")),
            ("aws_config_aggregate_authorization", json!({"region": "us-east-1"}), place("", "")),
            ("aws_route", json!({"id": "arn:aws", "arn": null, "region": ""}), place("", "")),
        ] {
            assert_eq!(instance(resource_type, "", attributes.clone()).place, expected, "{resource_type} {attributes}");
        }
        let mut six = instance("aws_route", "", json!({"id": "r"}));
        six.identity = Some(json!({"account_id": "111122223333", "region": "us-east-1"}));
        assert_eq!(of(&six), place("111122223333", "us-east-1"));
    }

    #[test]
    fn a_provider_is_where_all_its_instances_are() {
        let vpc =
            |config: &str, region: &str| instance("aws_vpc", config, json!({"arn": format!("arn:aws:ec2:{region}:111122223333:vpc/v")}));
        let route = instance("aws_route", "provider.aws", json!({"id": "r"}));
        let found =
            agreed(&[vpc("provider.aws", "us-east-1"), route, vpc("provider.aws.b", "us-east-1"), vpc("provider.aws.b", "us-east-2")]);
        assert_eq!(found["provider.aws"], place("111122223333", "us-east-1"));
        assert_eq!(found["provider.aws.b"], place("111122223333", ""));
    }
}
