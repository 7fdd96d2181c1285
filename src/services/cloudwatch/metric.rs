//! Metric samples for the readers of other services.
//!
//! What they ask is packed into as few GetMetricData calls as AWS allows, without metric math. A series that AWS answers completely
//! and without a point is known to be empty; one that it answers in part, or with an error of its own, is unread.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>

use std::collections::HashMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StatusCode};
use aws_smithy_types::DateTime;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::{Fact, Table};

/// Series in one call, AWS's limit.
const SERIES_A_CALL: usize = 500;

/// Days that are looked at. CloudWatch keeps points of this width for longer.
pub const DAYS: i64 = 14;

/// Width of a point in seconds: six hours.
pub const PERIOD: i32 = 21_600;

/// A series that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// ARN of the resource whose row the answer goes into.
    pub arn: String,
    /// Namespace (`AWS/NATGateway`).
    pub namespace: &'static str,
    /// Metric (`BytesOutToDestination`).
    pub metric: &'static str,
    /// Statistic (`Sum`, `Maximum`).
    pub stat: &'static str,
    /// Dimensions.
    pub dimensions: Vec<(&'static str, String)>,
}

/// Moments in seconds since 1970, each with its value.
type Points = Vec<(i64, f64)>;

/// The points of a series over the last [`DAYS`] days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    points: Points,
    clock: i64,
}

impl Series {
    /// How many points there are.
    pub fn count(&self) -> i64 {
        self.points.len() as i64
    }

    /// How many points there are in the last days.
    pub fn count_in(&self, days: i64) -> i64 {
        self.of(days).count() as i64
    }

    /// The sum over the last days; 0 without points.
    pub fn sum(&self, days: i64) -> f64 {
        self.of(days).sum()
    }

    /// The highest over the last days; 0 without points.
    pub fn max(&self, days: i64) -> f64 {
        self.of(days).fold(0.0, f64::max)
    }

    fn of(&self, days: i64) -> impl Iterator<Item = f64> {
        // A point is named by the beginning of its period.
        let from = self.clock - days * 86_400 - i64::from(PERIOD);
        self.points.iter().filter(move |(at, _)| *at > from).map(|(_, value)| *value)
    }

    /// This series and another one as one (the zones of a regional NAT gateway, say).
    pub fn join(mut self, other: Self) -> Self {
        self.points.extend(other.points);
        // An empty series has no clock of its own.
        Self { clock: self.clock.max(other.clock), ..self }
    }
}

/// Asks for series; the answers come in the order of the questions. A call that fails leaves gaps in these columns of every row that
/// it was about, not in the whole table.
pub async fn series(cx: &Cx, table: &'static Table, columns: &'static [&'static str], wanted: &[Wanted]) -> Vec<Fact<Series>> {
    series_in("", cx, table, columns, wanted).await
}

/// The same in another region, for what publishes there; `''` is this one.
pub async fn series_in(
    region: &str,
    cx: &Cx,
    table: &'static Table,
    columns: &'static [&'static str],
    wanted: &[Wanted],
) -> Vec<Fact<Series>> {
    let mut all = Vec::with_capacity(wanted.len());
    for chunk in wanted.chunks(SERIES_A_CALL) {
        let mut arns: Vec<String> = chunk.iter().map(|wanted| wanted.arn.clone()).collect();
        arns.dedup();
        let about = cx.about_all(table, arns, columns);
        match ask(&about, region, chunk).await {
            Ok(answers) => all.extend(answers),
            Err(Unread) => all.extend(chunk.iter().map(|_| Fact::Unread)),
        }
    }
    all
}

async fn ask(cx: &Cx, region: &str, chunk: &[Wanted]) -> Result<Vec<Fact<Series>>, Unread> {
    answers(cx, cx.client_in(region), chunk.iter().enumerate().map(|(i, wanted)| query(i, wanted)).collect()).await
}

/// The answers to queries, in their order, from the region that a client asks.
pub(super) async fn answers(
    cx: &Cx,
    cloudwatch: aws_sdk_cloudwatch::Client,
    queries: Vec<MetricDataQuery>,
) -> Result<Vec<Fact<Series>>, Unread> {
    let clock = cx.clock().unix().unwrap_or(0);
    let mut points: HashMap<String, (Points, Option<StatusCode>)> = HashMap::new();
    let mut pages = cx.billed(queries.len()).pages(call::GetMetricData, |token| {
        cloudwatch
            .get_metric_data()
            .start_time(DateTime::from_secs(clock - DAYS * 86_400))
            .end_time(DateTime::from_secs(clock))
            .set_metric_data_queries(Some(queries.clone()))
            .set_next_token(token)
            .send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for result in page.metric_data_results() {
            let entry = points.entry(result.id().unwrap_or("").to_owned()).or_default();
            entry.0.extend(result.timestamps().iter().map(DateTime::secs).zip(result.values().iter().copied()));
            entry.1 = result.status_code().cloned();
        }
    }
    let series = |query: &MetricDataQuery| match points.remove(query.id().unwrap_or("")) {
        Some((points, Some(StatusCode::Complete))) => Fact::Known(Series { points, clock }),
        Some(_) | None => Fact::Unread,
    };
    Ok(queries.iter().map(series).collect())
}

fn id(i: usize) -> String {
    format!("m{i}")
}

fn query(i: usize, wanted: &Wanted) -> MetricDataQuery {
    let dimension = |(name, value): &(&str, String)| Dimension::builder().name(*name).value(value).build();
    let metric = Metric::builder()
        .namespace(wanted.namespace)
        .metric_name(wanted.metric)
        .set_dimensions(Some(wanted.dimensions.iter().map(dimension).collect()))
        .build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat(wanted.stat).build();
    MetricDataQuery::builder().id(id(i)).metric_stat(stat).return_data(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_sums_the_days_that_are_asked() {
        let clock = 100 * 86_400;
        let points = vec![(clock - 86_400, 1.0), (clock - 6 * 86_400, 2.0), (clock - 13 * 86_400, 4.0)];
        let series = Series { points, clock };
        assert_eq!((series.sum(7), series.sum(14), series.max(14), series.count()), (3.0, 7.0, 4.0, 3));
        assert_eq!((series.count_in(1), series.count_in(7)), (1, 2));
        assert_eq!(Series::default().sum(14), 0.0);
    }
}
