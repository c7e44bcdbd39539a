//! What a recorder keeps of logs and metrics: events by log group and series of values, whichever calls brought them.

use std::collections::{BTreeMap, BTreeSet};

use engine::logs;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cbor;
use crate::service::Request;

/// What was seen of one region's logs and metrics.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    groups: BTreeMap<String, Group>,
    /// The log group that a query looks into.
    queries: BTreeMap<String, String>,
    /// What `DescribeLogGroups` says of each group, and the names that it was asked for.
    described: BTreeMap<String, Value>,
    asked_for: BTreeSet<String>,
    /// Nothing where no metric was asked for. A series without values is left out: nobody wrote it.
    series: Option<BTreeMap<Series, BTreeMap<i64, f64>>>,
    metrics_error: Option<Value>,
}

/// What was seen of one log group.
#[derive(Clone, Debug, Default)]
struct Group {
    /// By time and id: spans that overlap bring an event twice.
    events: BTreeMap<(i64, String), Value>,
    /// Requests that came to nothing yet. One of them that is answered later is taken away.
    failed: BTreeMap<String, Value>,
    /// What became of a query that did not complete.
    query_status: Option<String>,
}

/// Namespace, metric and dimensions.
type Series = (String, String, BTreeMap<String, String>);

impl Watched {
    /// Takes down an answer of CloudWatch or CloudWatch Logs, or the error in its place.
    pub(super) fn observe(&mut self, operation: &str, request: &Request, answer: Result<&[u8], Value>) {
        let text = |name: &str| request.parameters.get(name).cloned().unwrap_or_default();
        let json = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap_or_default();
        match operation {
            "filter_log_events" => {
                let group = self.groups.entry(text("logGroupName")).or_default();
                let asked = json!(request.parameters).to_string();
                match answer {
                    Ok(body) => {
                        group.failed.remove(&asked);
                        group.keep(json(body).get("events").and_then(Value::as_array).into_iter().flatten());
                    }
                    Err(error) => drop(group.failed.insert(asked, error)),
                }
            }
            "describe_log_groups" => {
                let Ok(body) = answer else { return };
                self.asked_for.insert(text("logGroupNamePrefix"));
                for group in json(body).get("logGroups").and_then(Value::as_array).into_iter().flatten() {
                    if let Some(name) = group.get("logGroupName").and_then(Value::as_str) {
                        self.described.insert(name.to_owned(), group.clone());
                    }
                }
            }
            "start_query" => {
                let name = text("logGroupName");
                let group = self.groups.entry(name.clone()).or_default();
                match answer {
                    Ok(body) => {
                        if let Some(id) = json(body).get("queryId").and_then(Value::as_str) {
                            self.queries.insert(id.to_owned(), name);
                        }
                    }
                    Err(error) => drop(group.failed.insert("query".to_owned(), error)),
                }
            }
            "get_query_results" => self.observe_results(&text("queryId"), answer),
            "get_metric_data" => match answer {
                Ok(body) => self.observe_series(request, &cbor::decode(body).unwrap_or_default()),
                Err(error) => self.metrics_error = Some(error),
            },
            _ => {}
        }
    }

    fn observe_results(&mut self, query: &str, answer: Result<&[u8], Value>) {
        let Some(group) = self.queries.get(query).and_then(|name| self.groups.get_mut(name)) else { return };
        let answer: Value = match answer {
            Ok(body) => serde_json::from_slice(body).unwrap_or_default(),
            Err(error) => return drop(group.failed.insert("query".to_owned(), error)),
        };
        let status = answer.get("status").and_then(Value::as_str).unwrap_or_default();
        group.query_status = (status != "Complete").then(|| status.to_owned());
        for row in answer.get("results").and_then(Value::as_array).into_iter().flatten() {
            let fields = row.as_array().into_iter().flatten();
            let fields: BTreeMap<&str, &str> = fields
                .filter_map(|field| Some((field.get("field")?.as_str()?, field.get("value")?.as_str()?)))
                .collect();
            let field = |name: &str| fields.get(name).copied();
            let time =
                field("@timestamp").and_then(|time| format!("{}Z", time.replace(' ', "T")).parse::<Timestamp>().ok());
            if let (Some(time), Some(message)) = (time, field("@message")) {
                let event = json!({
                    "timestamp": time.as_millisecond(), "message": message, "logStreamName": field("@logStream"),
                    "eventId": field("@ptr"),
                });
                group.keep([&event]);
            }
        }
    }

    fn observe_series(&mut self, request: &Request, answer: &Value) {
        self.metrics_error = None;
        let all = self.series.get_or_insert_default();
        let queries = request.parameters.get("MetricDataQueries").and_then(|text| serde_json::from_str(text).ok());
        let queries: Vec<Value> = queries.unwrap_or_default();
        let series_of = |id: &str| -> Option<Series> {
            let query = queries.iter().find(|query| query.get("Id").and_then(Value::as_str) == Some(id))?;
            let metric = query.pointer("/MetricStat/Metric")?;
            let text = |name: &str| metric.get(name).and_then(Value::as_str).map(str::to_owned);
            let dimensions = metric.get("Dimensions").and_then(Value::as_array).into_iter().flatten();
            let pair = |dimension: &Value| {
                let text = |name: &str| dimension.get(name).and_then(Value::as_str).map(str::to_owned);
                Some((text("Name")?, text("Value")?))
            };
            Some((text("Namespace")?, text("MetricName")?, dimensions.filter_map(pair).collect()))
        };
        for result in answer.get("MetricDataResults").and_then(Value::as_array).into_iter().flatten() {
            let Some(series) = result.get("Id").and_then(Value::as_str).and_then(series_of) else { continue };
            let list = |name: &str| result.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            let points = list("Timestamps").into_iter().zip(list("Values"));
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and what is out of range is no time")]
            let points = points.filter_map(|(time, value)| Some(((time.as_f64()? * 1000.0) as i64, value.as_f64()?)));
            let points: BTreeMap<i64, f64> = points.collect();
            if !points.is_empty() {
                all.entry(series).or_default().extend(points);
            }
        }
    }

    /// What a recording holds of it, added to what it holds of the region's other services.
    pub(super) fn finish(self, region: &mut Map<String, Value>) {
        let mut logs = Map::new();
        // A name that was asked for, and that no group has, is known to be missing.
        for name in self.asked_for.iter().filter(|name| !self.described.contains_key(*name)) {
            logs.insert(name.clone(), Value::Null);
        }
        for (name, group) in self.groups {
            let described = self.described.get(&name);
            logs.insert(name, group.held(described));
        }
        if !logs.is_empty() {
            region.insert("logs".to_owned(), logs.into());
        }
        let series = self.series.map(|series| {
            let held = series.into_iter().map(|((namespace, metric, dimensions), values)| {
                json!({
                    "namespace": namespace, "metric": metric, "dimensions": dimensions,
                    "values": values.into_iter().collect::<Vec<_>>(),
                })
            });
            Value::from_iter(held)
        });
        if let Some(metrics) = self.metrics_error.or(series) {
            region.insert("metrics".to_owned(), metrics);
        }
    }
}

impl Group {
    fn keep<'a>(&mut self, events: impl IntoIterator<Item = &'a Value>) {
        for event in events {
            let text = |name: &str| event.get(name).and_then(Value::as_str);
            let (Some(time), Some(message)) = (event.get("timestamp").and_then(Value::as_i64), text("message")) else {
                continue;
            };
            let id = text("eventId").map_or_else(|| message.to_owned(), str::to_owned);
            let mut kept = json!({ "timestamp": time, "message": redacted(message) });
            for name in ["logStreamName", "eventId"] {
                text(name).into_iter().for_each(|value| crate::wire::set(&mut kept, name, value));
            }
            self.events.insert((time, id), kept);
        }
    }

    /// The events; or, where a part of these was not read, the error alone, so that nobody takes the rest for all.
    fn held(self, described: Option<&Value>) -> Value {
        if let Some(error) = self.failed.into_values().next() {
            let code = error.pointer("/Error/Code").and_then(Value::as_str);
            return if code == Some("ResourceNotFoundException") { Value::Null } else { error };
        }
        let events: Vec<Value> = self.events.into_values().collect();
        let mut about = Map::new();
        for name in ["logGroupClass", "storedBytes"] {
            if let Some(value) = described.and_then(|described| described.get(name)) {
                about.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(status) = self.query_status {
            about.insert("queryStatus".to_owned(), status.into());
        }
        if about.is_empty() {
            return events.into();
        }
        about.insert("events".to_owned(), events.into());
        about.into()
    }
}

/// A message without the secrets in it. Its lines stay lines.
fn redacted(message: &str) -> String {
    logs::redact(message.split('\n').map(str::to_owned).collect()).join("\n")
}
