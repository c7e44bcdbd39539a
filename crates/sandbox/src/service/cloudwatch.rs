//! `cloudwatch`: metrics. A recording holds series of values; adding these up is done here.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Operation, Protocol, Request, Service};
use crate::answer::Answer;
use crate::recording::Part;

/// CloudWatch, 2010-08-01.
pub(super) static SERVICE: Service = Service {
    name: "cloudwatch",
    signing_name: "monitoring",
    protocol: Protocol::Cbor("/service/GraniteServiceVersion20100801/operation/"),
    operations: OPERATIONS,
    to_wire: |_, answer| answer,
    from_wire: |_, answer| answer,
};

static OPERATIONS: &[Operation] = &[Operation::evaluated("get_metric_data", "GetMetricData", get_metric_data)];

/// The most series of one request.
const MOST_QUERIES: usize = 500;

/// A series as the recording holds it.
struct Series<'a> {
    namespace: &'a str,
    metric: &'a str,
    dimensions: Option<&'a Map<String, Value>>,
    values: &'a [Value],
}

/// What one query asks for.
struct Asked<'a> {
    id: &'a str,
    namespace: &'a str,
    metric: &'a str,
    dimensions: BTreeMap<&'a str, &'a str>,
    period: i64,
    stat: &'a str,
}

impl Series<'_> {
    fn read(held: &Value) -> Option<Series<'_>> {
        Some(Series {
            namespace: held.get("namespace")?.as_str()?,
            metric: held.get("metric")?.as_str()?,
            dimensions: held.get("dimensions").and_then(Value::as_object),
            values: held.get("values")?.as_array()?,
        })
    }

    fn is_asked(&self, asked: &Asked) -> bool {
        let own = self.dimensions.into_iter().flatten();
        let own: BTreeMap<&str, &str> =
            own.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect();
        (self.namespace, self.metric) == (asked.namespace, asked.metric) && own == asked.dimensions
    }
}

impl Asked<'_> {
    fn read(query: &Value) -> Option<Asked<'_>> {
        let stat = query.get("MetricStat")?;
        let metric = stat.get("Metric")?;
        let dimensions = metric.get("Dimensions").and_then(Value::as_array).into_iter().flatten();
        Some(Asked {
            id: query.get("Id")?.as_str()?,
            namespace: metric.get("Namespace")?.as_str()?,
            metric: metric.get("MetricName")?.as_str()?,
            dimensions: dimensions
                .filter_map(|dimension| Some((dimension.get("Name")?.as_str()?, dimension.get("Value")?.as_str()?)))
                .collect(),
            period: stat.get("Period")?.as_i64().filter(|period| *period > 0)?,
            stat: stat.get("Stat")?.as_str()?,
        })
    }

    /// The values of each period that has some, by the second in which it begins.
    fn add_up(&self, series: &[Series], start: f64, end: f64) -> Option<BTreeMap<i64, f64>> {
        let mut periods: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for pair in series.iter().filter(|series| series.is_asked(self)).flat_map(|series| series.values) {
            let (Some(millis), Some(value)) =
                (pair.get(0).and_then(Value::as_i64), pair.get(1).and_then(Value::as_f64))
            else {
                continue;
            };
            let second = millis.div_euclid(1000);
            if second as f64 >= start && (second as f64) < end {
                periods.entry(second.div_euclid(self.period) * self.period).or_default().push(value);
            }
        }
        let of: fn(&[f64]) -> f64 = match self.stat {
            "Sum" => |values| values.iter().sum(),
            "Maximum" => |values| values.iter().copied().fold(f64::MIN, f64::max),
            "Minimum" => |values| values.iter().copied().fold(f64::MAX, f64::min),
            "Average" => |values| values.iter().sum::<f64>() / values.len() as f64,
            "SampleCount" => |values| values.len() as f64,
            _ => return None,
        };
        Some(periods.into_iter().map(|(second, values)| (second, of(&values))).collect())
    }
}

/// A series that the recording does not hold has no values, as one of which CloudWatch never heard.
fn get_metric_data(part: &Part, request: &Request) -> Answer {
    let invalid = |message: String| Answer::error("ValidationError", message);
    let Some(held) = part.metrics() else { return Answer::NotHeld };
    if held.get("Error").is_some() {
        return Answer::from_held(held);
    }
    let series: Vec<Series> = held.as_array().into_iter().flatten().filter_map(Series::read).collect();
    let queries = request.json("MetricDataQueries").unwrap_or_default();
    let queries = queries.as_array().map(Vec::as_slice).unwrap_or_default();
    if queries.is_empty() || queries.len() > MOST_QUERIES {
        return invalid(format!("a request takes 1 to {MOST_QUERIES} queries, and not {}", queries.len()));
    }
    let bound = |name: &str| request.text(name).and_then(|seconds| seconds.parse::<f64>().ok());
    let (Some(start), Some(end)) = (bound("StartTime"), bound("EndTime")) else {
        return invalid("StartTime and EndTime are required".to_owned());
    };
    let is_oldest_first = request.text("ScanBy") == Some("TimestampAscending");
    let mut results = Vec::new();
    for query in queries {
        let found = Asked::read(query).and_then(|asked| Some((asked.add_up(&series, start, end)?, asked)));
        let Some((periods, asked)) = found else {
            return invalid(format!("the sandbox evaluates single metrics alone, and not {query}"));
        };
        let mut points: Vec<(i64, f64)> = periods.into_iter().collect();
        if !is_oldest_first {
            points.reverse();
        }
        let (times, values): (Vec<i64>, Vec<f64>) = points.into_iter().unzip();
        let label = asked.metric;
        results.push(json!({
            "Id": asked.id, "Label": label, "StatusCode": "Complete", "Timestamps": times, "Values": values,
        }));
    }
    Answer::Json(json!({ "MetricDataResults": results, "Messages": [] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Recording;
    use crate::{cbor, service};

    fn ask(metrics: Value, body: &Value) -> Result<Value, String> {
        let mut recording = json!({ "accountId": "111122223333", "region": "eu-west-1" });
        if !metrics.is_null() {
            recording["metrics"] = metrics;
        }
        let part = Recording::parse(&recording.to_string()).unwrap().parts()[0].clone();
        let path = "/service/GraniteServiceVersion20100801/operation/GetMetricData";
        let body = cbor::encode(body, &["StartTime", "EndTime"]);
        let (service, operation, request) = service::find("monitoring", "POST", path, &body, "").unwrap();
        match crate::answer::answer(&part, service, operation, &request) {
            Answer::Json(answer) => Ok(answer),
            Answer::Error { code, .. } => Err(code),
            other => Err(format!("{other:?}")),
        }
    }

    fn query(id: &str, metric: &str, stat: &str) -> Value {
        let dimensions = json!([{ "Name": "FunctionName", "Value": "f" }]);
        let metric = json!({ "Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions });
        json!({ "Id": id, "MetricStat": { "Metric": metric, "Period": 60, "Stat": stat } })
    }

    fn series(metric: &str, values: Value) -> Value {
        json!({ "namespace": "AWS/Lambda", "metric": metric, "dimensions": { "FunctionName": "f" }, "values": values })
    }

    #[test]
    fn adds_up_the_values_of_each_period() {
        let metrics = json!([
            series("Errors", json!([[60_000, 1], [119_000, 2], [120_000, 4], [600_000, 8]])),
            series("Duration", json!([[60_000, 10.5], [61_000, 20.5]])),
        ]);
        let queries = [query("a", "Errors", "Sum"), query("b", "Duration", "Maximum"), query("c", "Throttles", "Sum")];
        let body = json!({ "StartTime": 60, "EndTime": 600, "MetricDataQueries": queries });
        let answer = ask(metrics, &body).unwrap();
        let of = |at: usize| {
            let result = &answer["MetricDataResults"][at];
            (result["Id"].clone(), result["Timestamps"].clone(), result["Values"].clone())
        };
        assert_eq!(of(0), (json!("a"), json!([120, 60]), json!([4.0, 3.0])), "the newest first, and none at the end");
        assert_eq!(of(1), (json!("b"), json!([60]), json!([20.5])));
        assert_eq!(of(2), (json!("c"), json!([]), json!([])), "a series that nobody wrote");
    }

    #[test]
    fn what_is_not_recorded_is_not_answered() {
        let body = |queries: Vec<Value>| json!({ "StartTime": 0, "EndTime": 60, "MetricDataQueries": queries });
        assert_eq!(ask(Value::Null, &body(vec![query("a", "Errors", "Sum")])), Err("NotHeld".to_owned()));
        let denied = json!({ "Error": { "Code": "AccessDenied", "Message": "no" } });
        assert_eq!(ask(denied, &body(vec![query("a", "Errors", "Sum")])), Err("AccessDenied".to_owned()));
        let invalid = Err("ValidationError".to_owned());
        assert_eq!(ask(json!([]), &body(Vec::new())), invalid);
        assert_eq!(ask(json!([]), &body(vec![query("a", "Errors", "Sum"); 501])), invalid);
        assert_eq!(ask(json!([]), &body(vec![query("a", "Errors", "p99")])), invalid);
    }
}
