//! `logs`: CloudWatch Logs. A recording holds events by log group; looking among them is done here.

mod pattern;
mod query;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Operation, Protocol, Request, Service};
use crate::answer::Answer;
use crate::recording::{Held, Part};
use pattern::Pattern;

/// CloudWatch Logs, 2014-03-28.
pub(super) static SERVICE: Service = Service {
    name: "logs",
    signing_name: "logs",
    is_global: false,
    protocol: Protocol::Json,
    operations: OPERATIONS,
    to_wire: |_, answer| answer,
    from_wire: |_, answer| answer,
};

static OPERATIONS: &[Operation] = &[
    Operation::evaluated("filter_log_events", "FilterLogEvents", filter_log_events),
    Operation::evaluated("describe_log_groups", "DescribeLogGroups", describe_log_groups),
    Operation::evaluated("start_query", "StartQuery", query::start),
    Operation::evaluated("get_query_results", "GetQueryResults", query::results),
    Operation::evaluated("stop_query", "StopQuery", query::stop),
];

/// The most events, and the most bytes, that are looked at for one page.
const PAGE_EVENTS: usize = 10_000;
const PAGE_BYTES: usize = 1 << 20;

/// What AWS adds to an event's length for what stands beside its message.
const EVENT_OVERHEAD: usize = 26;

/// A log group, as a recording holds it: its events, or an object with them as `events`, that may say more of it.
struct Group {
    /// Pages of events. What is held as one list is one page here, and cut into AWS's own.
    pages: Vec<Value>,
    is_paged: bool,
    about: Map<String, Value>,
}

impl Group {
    fn of(part: &Part, name: &str) -> Result<Group, Answer> {
        if let Some(Held::Answer(error)) = part.held("logs", "Error", &[]) {
            return Err(Answer::from_held(json!({ "Error": error })));
        }
        let held = match part.held("logs", name, &[]) {
            Some(Held::Answer(held)) => held,
            Some(Held::NotFound) => {
                return Err(Answer::error("ResourceNotFoundException", "The specified log group does not exist."));
            }
            Some(Held::Error { code, message }) => return Err(Answer::Error { code, message }),
            None => return Err(Answer::NotHeld),
        };
        Ok(match held {
            Value::Object(mut about) => {
                let events = about.remove("events").unwrap_or_else(|| json!([]));
                match about.remove("pages") {
                    Some(Value::Array(pages)) => Group { pages, is_paged: true, about },
                    _ => Group { pages: vec![events], is_paged: false, about },
                }
            }
            events => Group { pages: vec![events], is_paged: false, about: Map::new() },
        })
    }

    /// What the recording says of the group besides its events.
    fn text(&self, name: &str) -> Option<&str> {
        self.about.get(name).and_then(Value::as_str)
    }

    fn stored_bytes(&self) -> u64 {
        let held = self.about.get("storedBytes").and_then(Value::as_u64);
        held.unwrap_or_else(|| self.pages.iter().flat_map(events).map(|event| size(event) as u64).sum())
    }

    /// The events of a span of time in milliseconds, ends included, as AWS orders them.
    fn between(&self, page: &Value, start: i64, end: i64) -> Vec<Event> {
        let own = events(page).enumerate().filter_map(|(at, held)| Event::read(at, held));
        let mut own: Vec<Event> = own.filter(|event| (start..=end).contains(&event.timestamp)).collect();
        own.sort_by_key(|event| event.timestamp);
        own
    }
}

/// The events of a page, which is a list of them or an object with one.
fn events(page: &Value) -> impl Iterator<Item = &Value> {
    page.as_array().or_else(|| page.get("events")?.as_array()).into_iter().flatten()
}

fn size(event: &Value) -> usize {
    event.get("message").and_then(Value::as_str).map_or(0, str::len) + EVENT_OVERHEAD
}

/// An event.
struct Event {
    timestamp: i64,
    message: String,
    stream: Option<String>,
    id: String,
}

impl Event {
    fn read(at: usize, held: &Value) -> Option<Event> {
        let text = |name: &str| held.get(name).and_then(Value::as_str).map(str::to_owned);
        let timestamp = held.get("timestamp")?.as_i64()?;
        Some(Event {
            timestamp,
            message: text("message")?,
            stream: text("logStreamName"),
            // As long as AWS's own, and in the order of the events.
            id: text("eventId").unwrap_or_else(|| format!("{timestamp:020}{at:036}")),
        })
    }

    fn into_json(self) -> Value {
        let mut event = json!({
            "eventId": self.id, "timestamp": self.timestamp, "ingestionTime": self.timestamp, "message": self.message,
        });
        if let Some(stream) = self.stream {
            crate::wire::set(&mut event, "logStreamName", stream);
        }
        event
    }
}

/// A log group by the name or the ARN that a request gives.
fn group_name(request: &Request) -> Option<&str> {
    let named = request.text("logGroupName").or_else(|| request.text("logGroupIdentifier"))?;
    Some(named.split_once(":log-group:").map_or(named, |(_, name)| name.trim_end_matches(":*")))
}

/// A page covers so many events, or so much text, as AWS looks at for one: of those that fit the pattern there may be
/// few among them or none, and a token all the same.
fn filter_log_events(part: &Part, request: &Request) -> Answer {
    let invalid = |message: &str| Answer::error("InvalidParameterException", message);
    let Some(name) = group_name(request) else { return invalid("a log group has to be named") };
    let group = match Group::of(part, name) {
        Ok(group) => group,
        Err(answer) => return answer,
    };
    if group.text("logGroupClass") == Some("INFREQUENT_ACCESS") {
        return Answer::error("InvalidOperationException", "the log group's class does not support this operation");
    }
    let pattern = match Pattern::parse(request.text("filterPattern").unwrap_or_default()) {
        Ok(pattern) => pattern,
        Err(message) => return invalid(&message),
    };
    let bound = |name: &str| request.text(name).and_then(|millis| millis.parse::<i64>().ok());
    let (start, end) = (bound("startTime").unwrap_or(0), bound("endTime").unwrap_or(i64::MAX));
    let limit = match request.text("limit").map(str::parse::<usize>) {
        None => PAGE_EVENTS,
        Some(Ok(limit)) if (1..=PAGE_EVENTS).contains(&limit) => limit,
        Some(_) => return invalid("limit has to be between 1 and 10000"),
    };
    let at = match request.text("nextToken").map(|token| token.strip_prefix("at-").and_then(|at| at.parse().ok())) {
        None => 0_usize,
        Some(Some(at)) => at,
        Some(None) => return invalid("The specified nextToken is invalid."),
    };
    let streams: Option<Vec<String>> =
        request.json("logStreamNames").and_then(|names| serde_json::from_value(names).ok());
    let (looked_at, next) = if group.is_paged {
        let Some(page) = group.pages.get(at) else { return invalid("The specified nextToken is invalid.") };
        if page.get("Error").is_some() {
            return Answer::from_held(page.clone());
        }
        (group.between(page, start, end), (at + 1 < group.pages.len()).then_some(at + 1))
    } else {
        let all = group.pages.first().map(|page| group.between(page, start, end)).unwrap_or_default();
        let mut bytes = 0;
        let page: Vec<Event> = all.into_iter().skip(at).collect();
        let count = page
            .iter()
            .take(limit)
            .take_while(|event| {
                bytes += event.message.len() + EVENT_OVERHEAD;
                bytes <= PAGE_BYTES
            })
            .count()
            .max(1);
        let next = (count < page.len()).then_some(at + count);
        (page.into_iter().take(count).collect(), next)
    };
    let is_wanted = |event: &Event| {
        let in_stream =
            streams.as_ref().is_none_or(|names| event.stream.as_ref().is_some_and(|own| names.contains(own)));
        in_stream && pattern.fits(&event.message)
    };
    let found: Vec<Value> = looked_at.into_iter().filter(is_wanted).map(Event::into_json).collect();
    let mut answer = json!({ "events": found, "searchedLogStreams": [] });
    if let Some(next) = next {
        crate::wire::set(&mut answer, "nextToken", format!("at-{next}"));
    }
    Answer::Json(answer)
}

/// The log groups that a recording holds are those that there are; unless it holds none at all.
fn describe_log_groups(part: &Part, request: &Request) -> Answer {
    if let Some(Held::Answer(error)) = part.held("logs", "Error", &[]) {
        return Answer::from_held(json!({ "Error": error }));
    }
    let Some(names) = part.names_of("logs") else { return Answer::NotHeld };
    let prefix = request.text("logGroupNamePrefix").unwrap_or_default();
    let limit = request.text("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50_usize).clamp(1, 50);
    let at = request.text("nextToken").and_then(|token| token.strip_prefix("at-")?.parse().ok()).unwrap_or(0_usize);
    // Of a group that may not be read it is known all the same that it is there.
    let there = names.filter(|name| name.starts_with(prefix));
    let there: Vec<&str> = there.filter(|name| part.held("logs", name, &[]) != Some(Held::NotFound)).collect();
    let described = there.iter().skip(at).take(limit).map(|name| {
        let group = Group::of(part, name).ok();
        let arn = format!("arn:aws:logs:{}:{}:log-group:{name}", part.region, part.account_id);
        json!({
            "logGroupName": name,
            "logGroupArn": arn,
            "arn": format!("{arn}:*"),
            "creationTime": 0,
            "metricFilterCount": 0,
            "storedBytes": group.as_ref().map(Group::stored_bytes),
            "logGroupClass": group.as_ref().and_then(|group| group.text("logGroupClass")).unwrap_or("STANDARD"),
        })
    });
    let mut answer = json!({ "logGroups": described.collect::<Vec<_>>() });
    if at + limit < there.len() {
        crate::wire::set(&mut answer, "nextToken", format!("at-{}", at + limit));
    }
    Answer::Json(answer)
}

/// A time as Insights writes it.
fn insights_time(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default().to_string();
    let (date, clock) = time.trim_end_matches('Z').split_once('T').unwrap_or((&time, ""));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    format!("{date} {clock}.{fraction:0<3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Recording;
    use crate::service;

    pub(super) fn part(logs: Value) -> Part {
        let recording = json!({ "accountId": "111122223333", "region": "eu-west-1", "logs": logs });
        Recording::parse(&recording.to_string()).unwrap().parts()[0].clone()
    }

    pub(super) fn ask(part: &Part, operation: &str, body: Value) -> Result<Value, String> {
        let target = format!("Logs_20140328.{operation}");
        let body = body.to_string();
        let (service, operation, request) = service::find("logs", "POST", "/", body.as_bytes(), &target).unwrap();
        match crate::answer::answer(part, service, operation, &request) {
            Answer::Json(answer) => Ok(answer),
            Answer::Error { code, .. } => Err(code),
            other => Err(format!("{other:?}")),
        }
    }

    fn messages(answer: &Value) -> Vec<&str> {
        answer["events"].as_array().unwrap().iter().map(|event| event["message"].as_str().unwrap()).collect()
    }

    #[test]
    fn looks_for_a_pattern_within_a_span_of_time() {
        let event = |timestamp: i64, message: &str| json!({ "timestamp": timestamp, "message": message });
        let part = part(json!({ "g": [event(30, "late ERROR"), event(10, "an ERROR"), event(20, "fine")] }));
        let found = |body: Value| ask(&part, "FilterLogEvents", body).unwrap();
        assert_eq!(messages(&found(json!({ "logGroupName": "g" }))), ["an ERROR", "fine", "late ERROR"]);
        let narrow =
            json!({ "logGroupName": "g", "startTime": 10, "endTime": 20, "filterPattern": "?ERROR ?\"no such\"" });
        assert_eq!(messages(&found(narrow)), ["an ERROR"]);
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:g:*";
        assert_eq!(messages(&found(json!({ "logGroupIdentifier": arn, "endTime": 15 }))), ["an ERROR"]);
        let wrong = json!({ "logGroupName": "g", "filterPattern": "{ $.a = 1 }" });
        assert_eq!(ask(&part, "FilterLogEvents", wrong), Err("InvalidParameterException".to_owned()));
    }

    #[test]
    fn a_page_may_be_empty_and_have_a_successor() {
        let events = |message: &str, count: i64| -> Vec<Value> {
            (0..count).map(|at| json!({ "timestamp": at, "message": message })).collect()
        };
        let mut all: Vec<Value> = events("fine", 10_000);
        all.push(json!({ "timestamp": 20_000, "message": "ERROR" }));
        let part = part(json!({ "g": all, "wide": events(&"x".repeat(400_000), 3) }));
        let first = ask(&part, "FilterLogEvents", json!({ "logGroupName": "g", "filterPattern": "ERROR" })).unwrap();
        assert_eq!((messages(&first).len(), &first["nextToken"]), (0, &json!("at-10000")));
        let second = json!({ "logGroupName": "g", "filterPattern": "ERROR", "nextToken": "at-10000" });
        let second = ask(&part, "FilterLogEvents", second).unwrap();
        assert_eq!((messages(&second), second.get("nextToken")), (vec!["ERROR"], None));
        let wide = ask(&part, "FilterLogEvents", json!({ "logGroupName": "wide" })).unwrap();
        assert_eq!((messages(&wide).len(), &wide["nextToken"]), (2, &json!("at-2")), "no page exceeds 1 MB");
    }

    #[test]
    fn pages_are_served_as_they_are_held_and_so_are_errors() {
        let denied = json!({ "Error": { "Code": "AccessDeniedException", "Message": "no" } });
        let part = part(json!({
            "g": { "pages": [[], { "events": [{ "timestamp": 1, "message": "x" }] }, denied] }, "gone": null, "shut": denied,
            "rare": { "logGroupClass": "INFREQUENT_ACCESS", "events": [] },
        }));
        let get = |name: &str, token: Option<&str>| {
            let mut body = json!({ "logGroupName": name });
            token.into_iter().for_each(|token| body["nextToken"] = json!(token));
            ask(&part, "FilterLogEvents", body)
        };
        assert_eq!(get("g", None).unwrap()["nextToken"], "at-1");
        assert_eq!(messages(&get("g", Some("at-1")).unwrap()), ["x"]);
        assert_eq!(get("g", Some("at-2")), Err("AccessDeniedException".to_owned()));
        assert_eq!(get("g", Some("x")), Err("InvalidParameterException".to_owned()));
        assert_eq!(get("gone", None), Err("ResourceNotFoundException".to_owned()));
        assert_eq!(get("shut", None), Err("AccessDeniedException".to_owned()));
        assert_eq!(get("rare", None), Err("InvalidOperationException".to_owned()));
        assert_eq!(get("other", None), Err("NotHeld".to_owned()));
    }

    #[test]
    fn describes_the_groups_that_are_held() {
        let part = part(json!({
            "/aws/lambda/a": [{ "timestamp": 1, "message": "four" }], "/aws/lambda/gone": null,
            "/aws/lambda/b": { "logGroupClass": "INFREQUENT_ACCESS", "storedBytes": 7, "events": [] }, "other": [],
        }));
        let all = ask(&part, "DescribeLogGroups", json!({ "logGroupNamePrefix": "/aws/lambda/" })).unwrap();
        let groups: Vec<(&str, u64, &str)> = all["logGroups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| {
                let text = |name: &str| group[name].as_str().unwrap();
                (text("logGroupName"), group["storedBytes"].as_u64().unwrap(), text("logGroupClass"))
            })
            .collect();
        assert_eq!(groups, [("/aws/lambda/a", 30, "STANDARD"), ("/aws/lambda/b", 7, "INFREQUENT_ACCESS")]);
        let first = ask(&part, "DescribeLogGroups", json!({ "limit": 2 })).unwrap();
        assert_eq!((first["logGroups"].as_array().unwrap().len(), &first["nextToken"]), (2, &json!("at-2")));
    }

    #[test]
    fn writes_times_as_insights_does() {
        assert_eq!(insights_time(1_791_633_600_000), "2026-10-10 12:00:00.000");
        assert_eq!(insights_time(1_791_633_600_120), "2026-10-10 12:00:00.120");
    }
}
