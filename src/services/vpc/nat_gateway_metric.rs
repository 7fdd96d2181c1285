//! What NAT gateways really move, as CloudWatch counted it.
//!
//! A zonal gateway publishes under its id, a regional one under its id and each zone: asked by the id alone it would look idle.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html>

use macro_rules_attribute::apply;

use super::nat_gateway::{Address, NatGateway};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::cloudwatch::call;
use crate::services::cloudwatch::metric::{Series, Wanted, series};
use crate::services::{Found, reader};

/// What a NAT gateway moved in the last 14 days, by GetMetricData over six-hour points. Counters are per gateway, not per subnet:
/// traffic of one subnet proves the gateway, not another subnet's way to it.
#[apply(row!)]
#[table("aws_vpc_nat_gateway_metric", key(arn), part_of("aws_vpc_nat_gateway", arn = arn), is(churn))]
pub struct NatGatewayMetric {
    /// ARN of the NAT gateway.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// NAT gateway.
    pub nat_gateway_id: String,
    /// Points of BytesOutToDestination that CloudWatch has; 0 means that it counted nothing at all, not even zeroes.
    pub datapoints_14d: Fact<i64>,
    /// Bytes sent to the internet in 7 days.
    pub bytes_out_7d: Fact<f64>,
    /// Bytes sent to the internet in 14 days.
    pub bytes_out_14d: Fact<f64>,
    /// Most connections at a time in 14 days.
    pub active_connections_max_14d: Fact<f64>,
    /// Connections that were tried in a day.
    pub connection_attempts_1d: Fact<f64>,
    /// Connections that were made in a day.
    pub connections_established_1d: Fact<f64>,
    /// Times in 7 days that no port was left for a connection.
    pub error_port_allocation_7d: Fact<f64>,
    /// Packets dropped in 7 days.
    pub packets_drop_7d: Fact<f64>,
}

const COLUMNS: &[&str] = &[
    "datapoints_14d", "bytes_out_7d", "bytes_out_14d", "active_connections_max_14d", "connection_attempts_1d",
    "connections_established_1d", "error_port_allocation_7d", "packets_drop_7d",
];

/// The metrics that are asked for, with their statistics.
const METRICS: [(&str, &str); 6] = [
    ("BytesOutToDestination", "Sum"),
    ("ActiveConnectionCount", "Maximum"),
    ("ConnectionAttemptCount", "Sum"),
    ("ConnectionEstablishedCount", "Sum"),
    ("ErrorPortAllocation", "Sum"),
    ("PacketsDropCount", "Sum"),
];

reader! {
    "vpc/nat_gateway_metric", Regional, fills [NatGatewayMetric::TABLE], calls [call::GetMetricData],
    needs [NatGateway::TABLE, Address::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select n.arn, n.nat_gateway_id, n.availability_mode = 'regional',
            coalesce(json_group_array(distinct a.availability_zone) filter (where a.availability_zone <> ''), '[]')
        from aws_vpc_nat_gateway as n left join aws_vpc_nat_gateway_address as a on a.arn = n.arn and a.account_id = n.account_id
        where n.account_id = ?1 and n.region = ?2 and n.arn > ?3 and coalesce(n.state, '') <> 'deleted'
        group by n.arn order by n.arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(gateways) = found.next(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).await? {
        read_some(&cx, gateways).await;
    }
    Ok(())
}

/// ARN, id, whether it is regional (unread for an unknown mode), zones as a JSON list.
type Gateway = (String, String, Option<bool>, String);

async fn read_some(cx: &Cx, gateways: Vec<Gateway>) {
    let wanted: Vec<Wanted> = gateways.iter().flat_map(wanted).collect();
    let mut answers = wanted.iter().zip(series(cx, NatGatewayMetric::TABLE, COLUMNS, &wanted).await);
    for (arn, id, _, _) in gateways {
        let count = wanted.iter().filter(|one| one.arn == arn).count();
        // Nothing asked is nothing known: the mode of a gateway, or the zones of a regional one, may be untold.
        let start = || if count == 0 { Fact::Unread } else { Fact::Known(Series::default()) };
        let mut of: [Fact<Series>; METRICS.len()] = std::array::from_fn(|_| start());
        let mine = answers.by_ref().take(count);
        for (one, answer) in mine {
            let Some(i) = METRICS.iter().position(|(metric, _)| *metric == one.metric) else { continue };
            of[i] = of[i].clone().and_then(|series| answer.map(|other| series.join(other)));
        }
        let [bytes, active, attempts, established, ports, drops] = of;
        cx.emit(NatGatewayMetric {
            arn,
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            nat_gateway_id: id,
            datapoints_14d: bytes.as_ref().map(Series::count),
            bytes_out_7d: bytes.as_ref().map(|series| series.sum(7)),
            bytes_out_14d: bytes.map(|series| series.sum(14)),
            active_connections_max_14d: active.map(|series| series.max(14)),
            connection_attempts_1d: attempts.map(|series| series.sum(1)),
            connections_established_1d: established.map(|series| series.sum(1)),
            error_port_allocation_7d: ports.map(|series| series.sum(7)),
            packets_drop_7d: drops.map(|series| series.sum(7)),
        })
        .await;
    }
}

/// The series of one gateway: for a regional one those of every zone.
fn wanted(gateway: &Gateway) -> Vec<Wanted> {
    let (arn, id, is_regional, zones) = gateway;
    let zones: Vec<String> = match is_regional {
        Some(true) => serde_json::from_str::<Vec<String>>(zones).ok().into_iter().flatten().collect(),
        Some(false) => vec![String::new()],
        None => Vec::new(),
    };
    let series = |zone: &String| {
        let mut dimensions = vec![("NatGatewayId", id.clone())];
        if !zone.is_empty() {
            dimensions.push(("AvailabilityZone", zone.clone()));
        }
        METRICS.map(|(metric, stat)| Wanted { arn: arn.clone(), namespace: "AWS/NATGateway", metric, stat, dimensions: dimensions.clone() })
    };
    zones.iter().flat_map(series).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    fn script() -> Script {
        let answer = r#"{"MetricDataResults": [
            {"Id": "m0", "StatusCode": "Complete", "Timestamps": [1795300000, 1794600000], "Values": [100, 20]},
            {"Id": "m1", "StatusCode": "Complete", "Timestamps": [], "Values": []},
            {"Id": "m2", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [5]},
            {"Id": "m3", "StatusCode": "Complete", "Timestamps": [1795300000], "Values": [5]},
            {"Id": "m4", "StatusCode": "InternalError", "Timestamps": [], "Values": []},
            {"Id": "m5", "StatusCode": "Complete", "Timestamps": [], "Values": []}]}"#;
        let values = format!("'arn:nat-1', '{ACCOUNT}', 'us-east-1', 'nat-1', 'available', 'zonal'");
        Script::default()
            .on("GetMetricData", answer)
            .seed("aws_vpc_nat_gateway (arn, account_id, region, nat_gateway_id, state, availability_mode)", &values)
    }

    const SQL: &str = "select datapoints_14d, bytes_out_7d, bytes_out_14d, error_port_allocation_7d from aws_vpc_nat_gateway_metric";

    #[tokio::test]
    async fn counts_what_was_counted_and_leaves_the_rest_unread() {
        let read = script().read(READER).await;
        assert_eq!(read.one(SQL), "2|100|120|unread");
        assert!(read.is_complete);
    }

    #[tokio::test]
    async fn a_denial_leaves_the_row_with_unread_columns() {
        for fault in [Fault::Denied, Fault::Throttled, Fault::CutAfterFirstPage] {
            let read = script().read_with(READER, call::GetMetricData, fault).await;
            assert_eq!(read.one(SQL), "unread|unread|unread|unread", "{fault:?}");
            assert_eq!(read.gaps()[0].1, "arn:nat-1");
        }
    }

    #[tokio::test]
    async fn a_regional_gateway_without_known_zones_is_not_idle_but_unread() {
        let values = format!("'arn:nat-1', '{ACCOUNT}', 'us-east-1', 'nat-1', 'available', 'regional'");
        let columns = "aws_vpc_nat_gateway (arn, account_id, region, nat_gateway_id, state, availability_mode)";
        let read = Script::default().seed(columns, &values).read(READER).await;
        assert_eq!(read.one(SQL), "unread|unread|unread|unread");
    }

    #[tokio::test]
    async fn without_gateways_nothing_is_asked() {
        let read = Script::default().read(READER).await;
        assert_eq!((read.count("aws_vpc_nat_gateway_metric"), read.is_complete), (0, true));
    }

    #[test]
    fn a_regional_gateway_is_asked_by_zone() {
        let gateway = ("a".to_owned(), "nat-1".to_owned(), Some(true), r#"["use1-az1","use1-az2"]"#.to_owned());
        let all = wanted(&gateway);
        assert_eq!(all.len(), 12);
        assert_eq!(all[0].dimensions, [("NatGatewayId", "nat-1".to_owned()), ("AvailabilityZone", "use1-az1".to_owned())]);
    }
}
