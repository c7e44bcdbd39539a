//! Reading metrics: what failed, in few calls, before any log is looked at.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_smithy_types::DateTime;
use engine::health::Span;
use engine::observed::Observed;
use jiff::{SignedDuration, Timestamp};

use crate::connect::Clients;
use crate::form::timestamp;
use crate::read::{Answer, Call, list};

/// The most series that one call may ask for.
const MOST_SERIES: usize = 500;

/// How many values a series should have at most. Narrow periods tell when something failed, and 500 series of so many
/// values fit into one page (100,800 values).
const VALUES: i64 = 60;

/// A series to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    /// `AWS/Lambda`.
    pub(crate) namespace: &'static str,
    /// `Errors`.
    pub(crate) metric: &'static str,
    /// `Sum` or `Maximum`.
    pub(crate) stat: &'static str,
    /// Names and values.
    pub(crate) dimensions: Vec<(&'static str, String)>,
}

/// The values of a series, each with the period in which it was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(Vec<(Span, f64)>);

impl Values {
    /// All values together, where each counts something.
    pub(crate) fn sum(&self) -> u64 {
        let sum: f64 = self.0.iter().map(|(_, value)| value.max(0.0)).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and counts are whole")]
        let whole = sum.round() as u64;
        whole
    }

    /// The largest.
    pub(crate) fn max(&self) -> Option<f64> {
        self.0.iter().map(|(_, value)| *value).reduce(f64::max)
    }

    /// When something was counted.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.0.iter().filter(|(_, value)| *value > 0.0).map(|(span, _)| *span).collect()
    }
}

/// Reads series. One that has no values is there all the same. If one call fails, nothing is known of any series.
pub(crate) async fn read(clients: &Clients, series: &[Series], span: Span) -> Observed<BTreeMap<Series, Values>> {
    let call = Call::anywhere("cloudwatch:GetMetricData");
    let period = period(span);
    let mut all = BTreeMap::new();
    for batch in series.chunks(MOST_SERIES) {
        let queries: Vec<MetricDataQuery> =
            batch.iter().enumerate().map(|(at, series)| query(at, series, period)).collect();
        let results = list(&call, |token| async {
            let request = clients.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.clone()));
            let request = request.start_time(time(span.since)).end_time(time(span.until));
            let page = request.scan_by(ScanBy::TimestampAscending).set_next_token(token).send().await?;
            Answer::<_, _>::Ok((page.metric_data_results, page.next_token))
        });
        let results = match results.await {
            Observed::Known(results) => results,
            Observed::NotRead(why) => return Observed::NotRead(why),
        };
        all.extend(batch.iter().map(|series| (series.clone(), Values::default())));
        for result in results {
            let at = result.id.as_deref().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
            let Some(values) = at.and_then(|at| batch.get(at)).and_then(|series| all.get_mut(series)) else { continue };
            let points = result.timestamps.into_iter().flatten().zip(result.values.into_iter().flatten());
            values
                .0
                .extend(points.filter_map(|(begin, value)| Some((lasting(timestamp(begin)?, period, span), value))));
        }
    }
    Observed::Known(all)
}

/// The period that begins at a time, as far as it lies in the span.
fn lasting(begin: Timestamp, period: i64, span: Span) -> Span {
    let end = begin.checked_add(SignedDuration::from_secs(period)).unwrap_or(begin);
    Span { since: begin.max(span.since), until: end.min(span.until) }
}

fn time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}

/// The length of a period in seconds. CloudWatch keeps values of a minute for 15 days, of five for 63, and of an hour for
/// longer.
fn period(span: Span) -> i64 {
    const DAY: i64 = 24 * 60 * 60;
    // The present is not asked for: a span that ended long ago is not read, and its end stands for it.
    let finest = match span.seconds() {
        seconds if seconds <= 15 * DAY => 60,
        seconds if seconds <= 63 * DAY => 300,
        _ => 3600,
    };
    let wanted = span.seconds() / VALUES;
    ((wanted + finest - 1) / finest * finest).max(finest)
}

fn query(at: usize, series: &Series, period: i64) -> MetricDataQuery {
    let dimensions =
        series.dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(value).build());
    let metric = Metric::builder().namespace(series.namespace).metric_name(series.metric);
    let metric = metric.set_dimensions(Some(dimensions.collect())).build();
    let period = i32::try_from(period).unwrap_or(i32::MAX);
    let stat = MetricStat::builder().metric(metric).period(period).stat(series.stat).build();
    MetricDataQuery::builder().id(format!("m{at}")).metric_stat(stat).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_as_fine_as_what_is_kept_and_gives_few_values() {
        let of = |hours: i64| {
            let since = Timestamp::UNIX_EPOCH;
            let until = since.checked_add(SignedDuration::from_hours(hours)).unwrap();
            period(Span { since, until })
        };
        assert_eq!((of(1), of(2), of(24), of(24 * 7)), (60, 120, 1440, 10_080));
        assert_eq!((of(24 * 20), of(24 * 90)), (28_800, 129_600));
        assert_eq!(of(0), 60);
    }

    #[test]
    fn values_are_added_up_and_tell_when() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let span = |since, until| Span { since: at(since), until: at(until) };
        let values = Values(vec![(span(0, 60), 2.0), (span(60, 120), 0.0), (span(120, 180), 1.0)]);
        assert_eq!((values.sum(), values.max()), (3, Some(2.0)));
        assert_eq!(values.spans(), [span(0, 60), span(120, 180)]);
        assert_eq!(lasting(at(60), 60, span(90, 100)), span(90, 100));
    }
}
