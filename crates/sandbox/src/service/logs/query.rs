//! Queries of Logs Insights, as far as `fields`, `filter FIELD like "text"` or `/one|another/`, `sort @timestamp` and
//! `limit` go. What else a query holds is refused rather than passed over.
//!
//! A query's id holds all that it asks, so that the sandbox keeps nothing between the two calls.

use serde_json::{Value, json};

use super::{Group, insights_time};
use crate::answer::Answer;
use crate::recording::Part;
use crate::service::Request;

/// What a query asks for.
struct Query {
    fields: Vec<String>,
    filters: Vec<Like>,
    is_newest_first: bool,
    limit: usize,
}

/// Texts of which one has to stand in a field.
struct Like {
    field: String,
    alternatives: Vec<String>,
    ignores_case: bool,
}

pub(super) fn start(part: &Part, request: &Request) -> Answer {
    if let Err(message) = Query::parse(request.text("queryString").unwrap_or_default()) {
        return Answer::error("MalformedQueryException", message);
    }
    for name in group_names(request) {
        if let Err(answer) = Group::of(part, &name) {
            return answer;
        }
    }
    let id: String = json!(request.parameters).to_string().bytes().map(|byte| format!("{byte:02x}")).collect();
    Answer::Json(json!({ "queryId": id }))
}

pub(super) fn results(part: &Part, request: &Request) -> Answer {
    let asked = request.text("queryId").and_then(unhex).and_then(|json| serde_json::from_slice(&json).ok());
    let Some(parameters) = asked else {
        return Answer::error("ResourceNotFoundException", "there is no such query");
    };
    let asked = Request { captures: Vec::new(), parameters };
    let Ok(query) = Query::parse(asked.text("queryString").unwrap_or_default()) else {
        return Answer::error("ResourceNotFoundException", "there is no such query");
    };
    let seconds = |name: &str| asked.text(name).and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let (start, end) = (seconds("startTime").saturating_mul(1000), seconds("endTime").saturating_mul(1000));
    let (mut scanned, mut bytes, mut found) = (0_usize, 0_usize, Vec::new());
    for name in group_names(&asked) {
        let group = match Group::of(part, &name) {
            Ok(group) => group,
            Err(answer) => return answer,
        };
        // A recording may say what becomes of every query of the group: `Failed`, `Timeout`, or `Running` for ever.
        if let Some(status) = group.text("queryStatus") {
            return Answer::Json(json!({ "status": status, "results": [] }));
        }
        for event in group.pages.iter().flat_map(|page| group.between(page, start, end)) {
            scanned += 1;
            bytes += event.message.len();
            let value = |field: &str| match field {
                "@message" => Some(event.message.clone()),
                "@timestamp" => Some(insights_time(event.timestamp)),
                "@logStream" => event.stream.clone(),
                "@log" => Some(format!("{}:{name}", part.account_id)),
                "@ptr" => Some(event.id.clone()),
                _ => None,
            };
            if query.filters.iter().all(|like| value(&like.field).is_some_and(|text| like.fits(&text))) {
                let row = query.fields.iter().map(String::as_str).chain(["@ptr"]);
                let row = row.filter_map(|field| Some(json!({ "field": field, "value": value(field)? })));
                found.push((event.timestamp, row.collect::<Vec<_>>()));
            }
        }
    }
    found.sort_by_key(|(time, _)| if query.is_newest_first { -time } else { *time });
    let matched = found.len();
    let rows: Vec<Value> = found.into_iter().take(query.limit).map(|(_, row)| row.into()).collect();
    let statistics = json!({
        "recordsMatched": matched as f64, "recordsScanned": scanned as f64, "bytesScanned": bytes as f64,
    });
    Answer::Json(json!({ "status": "Complete", "results": rows, "statistics": statistics }))
}

/// Only a query that runs for ever is still at work when the next call comes.
pub(super) fn stop(part: &Part, request: &Request) -> Answer {
    let asked = request.text("queryId").and_then(unhex).and_then(|json| serde_json::from_slice(&json).ok());
    let Some(parameters) = asked else {
        return Answer::error("ResourceNotFoundException", "there is no such query");
    };
    let asked = Request { captures: Vec::new(), parameters };
    let runs = |name: &String| Group::of(part, name).is_ok_and(|group| group.text("queryStatus") == Some("Running"));
    if group_names(&asked).iter().any(runs) {
        Answer::Json(json!({ "success": true }))
    } else {
        Answer::error("InvalidParameterException", "the specified query is not running")
    }
}

fn group_names(request: &Request) -> Vec<String> {
    let listed = ["logGroupNames", "logGroupIdentifiers"].iter().filter_map(|name| request.json(name));
    let listed = listed.filter_map(|names| serde_json::from_value::<Vec<String>>(names).ok()).flatten();
    listed.chain(super::group_name(request).map(str::to_owned)).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

impl Query {
    fn parse(text: &str) -> Result<Query, String> {
        let (fields, is_newest_first) = (vec!["@timestamp".to_owned(), "@message".to_owned()], true);
        let mut query = Query { fields, filters: Vec::new(), is_newest_first, limit: 10_000 };
        for command in commands(text) {
            let unknown = || format!("the sandbox does not know the command `{command}`");
            let (name, rest) = command.split_once(char::is_whitespace).ok_or_else(unknown)?;
            match (name, rest.trim()) {
                ("fields" | "display", fields) => {
                    query.fields = fields.split(',').map(|field| field.trim().to_owned()).collect();
                }
                ("filter", condition) => query.filters.push(Like::parse(condition).ok_or_else(unknown)?),
                ("sort", "@timestamp asc") => query.is_newest_first = false,
                ("sort", "@timestamp" | "@timestamp desc") => query.is_newest_first = true,
                ("limit", limit) => {
                    query.limit = limit.parse().ok().filter(|limit| *limit <= 10_000).ok_or_else(unknown)?;
                }
                _ => return Err(unknown()),
            }
        }
        Ok(query)
    }
}

/// The commands of a query, which stand between bars; a bar within slashes or quotation marks is none.
fn commands(text: &str) -> Vec<String> {
    let mut commands = vec![String::new()];
    let mut within = None;
    for c in text.chars() {
        match (within, c) {
            (None, '|') => {
                commands.push(String::new());
                continue;
            }
            (None, '/' | '"') => within = Some(c),
            (Some(open), _) if open == c => within = None,
            _ => {}
        }
        if let Some(command) = commands.last_mut() {
            command.push(c);
        }
    }
    commands.iter().map(|command| command.trim().to_owned()).filter(|command| !command.is_empty()).collect()
}

impl Like {
    fn parse(condition: &str) -> Option<Like> {
        let (field, wanted) = condition.split_once(" like ")?;
        let inside = |mark: char| wanted.trim().strip_prefix(mark)?.strip_suffix(mark);
        let (alternatives, ignores_case) = match (inside('"'), inside('/')) {
            (Some(text), _) => (vec![text.to_owned()], false),
            (None, Some(regex)) => {
                let (regex, ignores_case) = regex.strip_prefix("(?i)").map_or((regex, false), |rest| (rest, true));
                // Alternatives of plain text are all that is spoken of regular expressions.
                if regex.contains(|c| "\\.[](){}*+?^$".contains(c)) {
                    return None;
                }
                (regex.split('|').map(str::to_owned).collect(), ignores_case)
            }
            (None, None) => return None,
        };
        Some(Like { field: field.trim().to_owned(), alternatives, ignores_case })
    }

    fn fits(&self, text: &str) -> bool {
        if !self.ignores_case {
            return self.alternatives.iter().any(|wanted| text.contains(wanted.as_str()));
        }
        let text = text.to_lowercase();
        self.alternatives.iter().any(|wanted| text.contains(&wanted.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ask, part};
    use super::*;

    fn run(part: &Part, query: &str) -> Result<Value, String> {
        let body = json!({ "logGroupName": "g", "startTime": 1, "endTime": 3, "queryString": query });
        let started = ask(part, "StartQuery", body)?;
        ask(part, "GetQueryResults", json!({ "queryId": started["queryId"] }))
    }

    #[test]
    fn answers_a_query() {
        let event = |timestamp: i64, message: &str| json!({ "timestamp": timestamp, "message": message });
        let events =
            json!([event(1000, "an Error"), event(2000, "fine"), event(3000, "a PANIC"), event(4000, "error")]);
        let part = part(json!({ "g": events }));
        let query =
            "fields @timestamp, @message | filter @message like /(?i)error|panic/ | sort @timestamp asc | limit 5";
        let answer = run(&part, query).unwrap();
        let rows: Vec<(&str, &str)> = answer["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row[0]["value"].as_str().unwrap(), row[1]["value"].as_str().unwrap()))
            .collect();
        assert_eq!(rows, [("1970-01-01 00:00:01.000", "an Error"), ("1970-01-01 00:00:03.000", "a PANIC")]);
        assert_eq!((&answer["status"], &answer["statistics"]["recordsScanned"]), (&json!("Complete"), &json!(3.0)));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let part = part(json!({ "g": [] }));
        for query in ["stats count(*)", "filter @message like /a.*b/", "limit many", "filter level = 1", "parse"] {
            assert_eq!(run(&part, query), Err("MalformedQueryException".to_owned()), "{query}");
        }
        let unknown = ask(&part, "GetQueryResults", json!({ "queryId": "xyz" }));
        assert_eq!(unknown, Err("ResourceNotFoundException".to_owned()));
    }

    #[test]
    fn a_query_comes_to_what_the_recording_says() {
        let part = part(json!({ "g": { "queryStatus": "Failed", "events": [] } }));
        assert_eq!(run(&part, "limit 1").unwrap()["status"], "Failed");
    }

    #[test]
    fn a_query_can_be_stopped_while_it_runs() {
        for (status, expected) in [
            (json!("Running"), Ok(json!({ "success": true }))),
            (json!(null), Err("InvalidParameterException".to_owned())),
        ] {
            let part = part(json!({ "g": { "queryStatus": status, "events": [] } }));
            let body = json!({ "logGroupName": "g", "startTime": 1, "endTime": 3, "queryString": "limit 1" });
            let started = ask(&part, "StartQuery", body).unwrap();
            assert_eq!(ask(&part, "StopQuery", json!({ "queryId": started["queryId"] })), expected, "{status}");
        }
    }
}
