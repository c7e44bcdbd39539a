//! Logs and metrics around the time of a request.

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use aws_smithy_types::DateTime;
use engine::observed::Observed;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::ask::WINDOW;
use crate::connect::Clients;
use crate::read::{Answer, Call, list, observe};

/// What a metric is summed over, in seconds.
const PERIOD: i32 = 60;

fn window(at: Timestamp) -> (Timestamp, Timestamp) {
    (at.checked_sub(WINDOW).unwrap_or(at), at.checked_add(WINDOW).unwrap_or(at))
}

/// The events of a log group that contain a text; `None` where there is no such group.
pub(super) async fn logs(
    clients: &Clients,
    call: &Call,
    group: &str,
    filter: Option<&str>,
    at: Timestamp,
) -> Observed<Option<Value>> {
    let (start, end) = window(at);
    // Without the quotation marks, a hyphen would be part of the pattern's own language.
    let pattern = filter.map(|text| format!("\"{}\"", text.replace('"', "")));
    let events = list(call, |token| async {
        let request = clients.logs.filter_log_events().log_group_name(group).set_filter_pattern(pattern.clone());
        let request = request.start_time(start.as_millisecond()).end_time(end.as_millisecond());
        let page = request.set_next_token(token).send().await?;
        Answer::<_, _>::Ok((page.events, page.next_token))
    });
    match events.await {
        Observed::NotRead(why) if why.message.starts_with("ResourceNotFoundException") => Observed::Known(None),
        events => events.map(|events| {
            let event = |event: FilteredLogEvent| {
                json!({
                    "timestamp": event.timestamp, "message": event.message, "logStreamName": event.log_stream_name,
                })
            };
            Some(events.into_iter().map(event).collect())
        }),
    }
}

/// The sum of a metric; `None` where it has no values.
pub(super) async fn metric(
    clients: &Clients,
    call: &Call,
    namespace: &str,
    name: &str,
    dimensions: &[(String, String)],
    at: Timestamp,
) -> Observed<Option<Value>> {
    let (start, end) = window(at);
    let dimensions = dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric =
        Metric::builder().namespace(namespace).metric_name(name).set_dimensions(Some(dimensions.collect())).build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat("Sum").build();
    let query = MetricDataQuery::builder().id("asked").metric_stat(stat).build();
    let request = clients.cloudwatch.get_metric_data().metric_data_queries(query);
    let request = request.start_time(DateTime::from_secs(start.as_second()));
    let answer = request.end_time(DateTime::from_secs(end.as_second())).send().await;
    observe(answer, call).map(|answer| {
        let results = answer.metric_data_results.unwrap_or_default();
        let values: Vec<f64> = results.into_iter().flat_map(|result| result.values.unwrap_or_default()).collect();
        (!values.is_empty()).then(|| Value::from(values.iter().sum::<f64>()))
    })
}
