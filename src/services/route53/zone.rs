//! Hosted zones and their records.

use aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsOutput;
use aws_sdk_route53::types;
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Json, Row};
use crate::services::{reader, text};

/// A hosted zone, as ListHostedZones tells it.
#[apply(row!)]
#[table("aws_route53_zone", key(arn))]
pub struct Zone {
    /// ARN of the hosted zone.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Id of the zone.
    pub zone_id: String,
    /// Its name, in lower case and without the last dot.
    pub name: String,
    /// Whether only VPCs see it.
    pub is_private: bool,
    /// Its comment, or ''.
    pub comment: String,
    /// Records; they are in `aws_route53_record`.
    #[is(derived)]
    pub record_count: Fact<i64>,
}

/// A record set, as ListResourceRecordSets tells it. Texts (`TXT`) are not kept: some are passwords.
#[apply(row!)]
#[table(
    "aws_route53_record", key(arn, name, record_type, set_identifier),
    guard("aws_route53_zone", "record_count"),
    part_of("aws_route53_zone", arn = arn)
)]
pub struct Record {
    /// ARN of the hosted zone.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`.
    pub region: String,
    /// Its name, in lower case and without the last dot; `*.` begins one that stands for all below.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, `NS`, …
    pub record_type: String,
    /// What tells it from other records of this name and type, or ''.
    pub set_identifier: String,
    /// Whether it is an alias.
    pub is_alias: bool,
    /// Name that it leads to: an alias's, or a `CNAME`'s, in lower case and without the last dot; '' for another record.
    pub target: String,
    /// Values of another record but `TXT`, a list.
    pub record_values: Json,
    /// Seconds that it may be remembered; 0 for an alias.
    pub ttl: i64,
}

reader! {
    "route53/zone", Global, fills [Zone::TABLE, Record::TABLE],
    calls [call::ListHostedZones, call::ListResourceRecordSets], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let route53: aws_sdk_route53::Client = cx.client();
    let mut pages = cx.pages(call::ListHostedZones, |token| route53.list_hosted_zones().max_items(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker().filter(|_| page.is_truncated())).await? {
        cx.each(page.hosted_zones().to_vec(), |zone| read_one(&cx, zone)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, zone: types::HostedZone) {
    let zone_id = zone.id().trim_start_matches("/hostedzone/").to_owned();
    let arn = cx.global_arn("route53", "", &format!("hostedzone/{zone_id}"));
    let record_count = records(cx, &arn, &zone_id).await.into();
    let config = zone.config();
    cx.emit(Zone {
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: plain(zone.name()),
        is_private: config.is_some_and(|config| config.private_zone()),
        comment: text(config.and_then(|config| config.comment())),
        record_count,
        zone_id,
        arn,
    })
    .await;
}

async fn records(cx: &Cx, arn: &str, zone_id: &str) -> Result<i64, Unread> {
    let route53: aws_sdk_route53::Client = cx.client();
    let about = cx.about(Zone::TABLE, arn, &["record_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::ListResourceRecordSets, |token| {
        let (name, kind, identifier) = start(token);
        let list = route53.list_resource_record_sets().hosted_zone_id(zone_id).max_items(300);
        let asked = list.set_start_record_name(name).set_start_record_type(kind).set_start_record_identifier(identifier).send();
        async move { asked.await.map(|page| (next(&page), page)) }
    });
    while let Some((_, page)) = pages.next(|(next, _)| next.as_deref()).await? {
        for record in page.resource_record_sets() {
            count += 1;
            emit(cx, arn, record).await;
        }
    }
    Ok(count)
}

/// Where the next page begins, as one text: a name, a type and an identifier, which alone can hold spaces.
fn next(page: &ListResourceRecordSetsOutput) -> Option<String> {
    let name = page.next_record_name().filter(|_| page.is_truncated())?;
    let kind = page.next_record_type().map_or("", |kind| kind.as_str());
    Some(format!("{name} {kind} {}", page.next_record_identifier().unwrap_or("")))
}

/// The same as the members of a request.
fn start(token: Option<String>) -> (Option<String>, Option<types::RrType>, Option<String>) {
    let Some(token) = token else { return (None, None, None) };
    let mut parts = token.splitn(3, ' ').map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
    let mut part = || parts.next().flatten();
    let (name, kind) = (part(), part());
    (name, kind.map(|kind| types::RrType::from(kind.as_str())), part())
}

async fn emit(cx: &Cx, arn: &str, record: &types::ResourceRecordSet) {
    let record_type = record.r#type().as_str();
    let values = record.resource_records();
    let target = match record.alias_target() {
        Some(alias) => plain(alias.dns_name()),
        None if record_type == "CNAME" => values.first().map_or_else(String::new, |value| plain(value.value())),
        None => String::new(),
    };
    let shown = if record_type == "TXT" { &[] } else { values };
    cx.emit(Record {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: GLOBAL.to_owned(),
        name: plain(record.name()),
        record_type: record_type.to_owned(),
        set_identifier: text(record.set_identifier()),
        is_alias: record.alias_target().is_some(),
        target,
        record_values: Json::set(shown.iter().map(|value| value.value())),
        ttl: record.ttl().unwrap_or(0),
    })
    .await;
}

/// A name as people write it. Route 53 writes `*` as `\052` and ends names with a dot.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').replace("\\052", "*").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const ZONES: &str = "<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>Example.com.</Name>
        <CallerReference>r</CallerReference><Config><PrivateZone>true</PrivateZone></Config></HostedZone></HostedZones>
        <Marker></Marker><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesResponse>";
    const FIRST: &str = "<ListResourceRecordSetsResponse><ResourceRecordSets>
        <ResourceRecordSet><Name>\\052.pay.example.com.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z</HostedZoneId>
        <DNSName>dualstack.Pay-1.us-east-1.elb.amazonaws.com.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>
        <ResourceRecordSet><Name>a.example.com.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>\"password\"</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>
        </ResourceRecordSets><IsTruncated>true</IsTruncated><NextRecordName>www.example.com.</NextRecordName><NextRecordType>CNAME</NextRecordType>
        <NextRecordIdentifier>one of two</NextRecordIdentifier><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>";
    const SECOND: &str = "<ListResourceRecordSetsResponse><ResourceRecordSets>
        <ResourceRecordSet><Name>www.example.com.</Name><Type>CNAME</Type><SetIdentifier>one of two</SetIdentifier><TTL>60</TTL>
        <ResourceRecords><ResourceRecord><Value>Pay.example.com</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>
        </ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>";

    fn script() -> Script {
        Script::default()
            .on("ListHostedZones", ZONES)
            .on_match("ListResourceRecordSets", "identifier=one%20of%20two", SECOND)
            .on("ListResourceRecordSets", FIRST)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        let from = ZONES.find("<HostedZone>").unwrap();
        let to = ZONES.find("</HostedZones>").unwrap();
        let empty = format!("{}{}", &ZONES[..from], &ZONES[to..]);
        script().four_answers(READER, call::ListHostedZones, &empty, 1).await;
    }

    #[tokio::test]
    async fn tells_names_as_people_write_them_and_asks_for_every_page() {
        let read = script().read(READER).await;
        assert_eq!(read.one("select zone_id, name, is_private, record_count from aws_route53_zone"), "Z1|example.com|1|3");
        let sql = "select name, record_type, set_identifier, is_alias, target, record_values from aws_route53_record order by 1";
        let told = [
            "*.pay.example.com|A||1|dualstack.pay-1.us-east-1.elb.amazonaws.com|[]",
            "a.example.com|TXT||0||[]",
            r#"www.example.com|CNAME|one of two|0|pay.example.com|["Pay.example.com"]"#,
        ];
        assert_eq!(read.all(sql), told);
        let denied = script().read_with(READER, call::ListResourceRecordSets, Fault::Denied).await;
        assert_eq!(denied.one("select record_count from aws_route53_zone"), "unread");
    }
}
