//! What is counted: lines in CloudWatch's embedded metric format, which become metrics where they are logged.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::time::Duration;

use collect::Usage;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use store::Tally;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "stagecheck";

/// Name, unit and value.
type Metric = (&'static str, &'static str, f64);

/// What one audit of an API took and could not say: of an account and a region.
pub fn audit(place: (&str, &str), at: Timestamp, usage: Usage, took: Duration, not_evaluated: usize) -> Value {
    line(
        Some(place),
        at,
        &[
            ("Audits", "Count", 1.0),
            ("NotEvaluated", "Count", number(not_evaluated)),
            ("Calls", "Count", usage.calls as f64),
            ("Throttles", "Count", usage.throttles as f64),
            ("Duration", "Milliseconds", took.as_secs_f64() * 1000.0),
        ],
    )
}

/// What could not be evaluated of what belongs to no API of a region.
pub fn rest(place: (&str, &str), at: Timestamp, not_evaluated: usize) -> Value {
    line(Some(place), at, &[("NotEvaluated", "Count", number(not_evaluated))])
}

/// What a region came to when a run had ended; nothing of findings and stages, if its APIs could not all be listed: then it is
/// an unread place, and its silence is no zero. `unfinished` is how many of the APIs that were listed were not audited: each
/// end of a run tells it, so that no end for long means no run.
pub fn region(place: (&str, &str), at: Timestamp, tally: Option<&Tally>, unfinished: usize) -> Value {
    let Some(tally) = tally else {
        let metrics = [("UnfinishedApis", "Count", number(unfinished)), ("UnreadPlaces", "Count", 1.0)];
        return line(Some(place), at, &metrics);
    };
    let open = tally.open;
    line(
        Some(place),
        at,
        &[
            ("CriticalFindings", "Count", number(open.critical)),
            ("HighFindings", "Count", number(open.high)),
            ("MediumFindings", "Count", number(open.medium)),
            ("LowFindings", "Count", number(open.low)),
            ("InfoFindings", "Count", number(open.info)),
            ("UnknownFindings", "Count", number(tally.unknown)),
            ("DriftingStages", "Count", number(tally.drifting_stages)),
            ("UnknownStages", "Count", number(tally.unknown_stages)),
            ("UnfinishedApis", "Count", number(unfinished)),
            ("UnreadPlaces", "Count", 0.0),
        ],
    )
}

/// How many messages of an invocation failed, and come back, and how many of these failed again and again: of no place, for
/// what cannot be read names none.
pub fn messages(at: Timestamp, failed: usize, stubborn: usize) -> Value {
    let metrics = [("FailedMessages", "Count", number(failed)), ("StubbornMessages", "Count", number(stubborn))];
    line(None, at, &metrics)
}

fn number(count: usize) -> f64 {
    count as f64
}

/// Each metric of the place, if there is one, and once more of all places.
fn line(place: Option<(&str, &str)>, at: Timestamp, metrics: &[Metric]) -> Value {
    let dimensions = if place.is_some() { json!([[], ["AccountId", "Region"]]) } else { json!([[]]) };
    let definitions: Vec<Value> = metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": at.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions,
            }],
        }),
    );
    if let Some((account, region)) = place {
        line.insert("AccountId".to_owned(), account.into());
        line.insert("Region".to_owned(), region.into());
    }
    line.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), json!(value))));
    Value::Object(line)
}

/// Logs a line. What cannot be logged is no reason to fail.
pub fn log(line: &Value) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_defines_what_it_holds() {
        let at: Timestamp = "2026-10-10T12:00:00Z".parse().unwrap();
        let usage = Usage { calls: 9, throttles: 1 };
        let line = audit(("111122223333", "eu-west-1"), at, usage, Duration::from_millis(1500), 2);
        let definition = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            (&definition["Namespace"], &line["_aws"]["Timestamp"]),
            (&json!("stagecheck"), &json!(1_791_633_600_000_i64))
        );
        for metric in definition["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
        for dimension in definition["Dimensions"][1].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
        }
        assert_eq!(
            (&line["Calls"], &line["Duration"], &line["NotEvaluated"]),
            (&json!(9.0), &json!(1500.0), &json!(2.0))
        );
    }

    #[test]
    fn of_what_could_not_be_listed_nothing_is_counted_but_that_and_what_was_not_finished() {
        let at: Timestamp = "2026-10-10T12:00:00Z".parse().unwrap();
        let names = |unfinished| {
            let line = region(("111122223333", "eu-west-1"), at, None, unfinished);
            let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().clone();
            metrics.iter().map(|own| format!("{} {}", own["Name"], line[own["Name"].as_str().unwrap()])).collect()
        };
        let all: [Vec<String>; 2] = [names(0), names(2)];
        let told =
            |unfinished: &str| vec![format!("\"UnfinishedApis\" {unfinished}"), "\"UnreadPlaces\" 1.0".to_owned()];
        assert_eq!(all, [told("0.0"), told("2.0")]);
    }
}
