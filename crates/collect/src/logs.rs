//! Reading logs: narrow spans of one group at a time, page by page, or by a query where there is too much to page through.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::{LogGroupClass, QueryStatus, ResultField};
use engine::arn;
use engine::health::Span;
use engine::observed::{NotRead, Observed};
use jiff::Timestamp;

use crate::connect::Clients;
use crate::read::{Call, observe};

/// How much of the logs is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogLimits {
    /// The most pages of one log group. AWS's pages hold up to 1 MB.
    pub pages: usize,
    /// The most bytes that one query of Logs Insights may look through, which is what it costs by: at list price about
    /// half a US cent a gigabyte.
    pub query_bytes: u64,
    /// How long a query is waited for.
    pub query_wait: Duration,
}

impl Default for LogLimits {
    fn default() -> LogLimits {
        LogLimits { pages: 20, query_bytes: 1 << 30, query_wait: Duration::from_secs(60) }
    }
}

/// The most bytes of a page.
const PAGE_BYTES: u64 = 1 << 20;

/// The most rows that a query answers with.
const MOST_ROWS: i32 = 10_000;

/// An event of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) time: Timestamp,
    pub(crate) stream: String,
    pub(crate) message: String,
}

/// What is wanted of a log group.
pub(crate) struct Wanted<'a> {
    pub(crate) group: &'a str,
    pub(crate) spans: &'a [Span],
    /// A filter pattern; with the empty one, everything.
    pub(crate) pattern: &'a str,
    /// Texts of which a query asks for one, where there is too much for everything; without any, no query is made.
    pub(crate) marks: &'a [&'a str],
    /// How many bytes the group took in a second on average, where that is known.
    pub(crate) bytes_per_second: Option<f64>,
}

impl Wanted<'_> {
    /// About how many bytes there are in so many seconds.
    fn bytes_in(&self, seconds: i64) -> Option<u64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is an estimate")]
        self.bytes_per_second.map(|rate| (rate * seconds as f64) as u64)
    }
}

/// What `DescribeLogGroups` says of a group.
struct Described {
    is_infrequent: bool,
    stored_bytes: Option<u64>,
}

/// Reads what is wanted of a log group, and tells `sink` of each event. What was read before something failed was told;
/// that it is not all is then the answer.
pub(crate) async fn read(
    clients: &Clients,
    account_id: &str,
    wanted: &Wanted<'_>,
    limits: &LogLimits,
    sink: &mut (dyn FnMut(Event) + Send),
) -> Result<(), NotRead> {
    let resource = arn::log_group(&clients.region, account_id, wanted.group);
    if wanted.marks.is_empty() {
        return filter(clients, &resource, wanted, limits, sink).await;
    }
    let described = describe(clients, &resource, wanted.group).await?;
    let paged: i64 = wanted.spans.iter().map(Span::seconds).sum();
    let queried = wanted
        .spans
        .first()
        .zip(wanted.spans.last())
        .map_or(0, |(first, last)| Span { since: first.since, until: last.until }.seconds());
    // All that a group holds is the most that a query can look through.
    let bytes = wanted.bytes_in(queried).or(described.as_ref().and_then(|described| described.stored_bytes));
    let is_infrequent = described.is_some_and(|described| described.is_infrequent);
    let is_large = wanted.bytes_in(paged).is_some_and(|bytes| bytes > PAGE_BYTES * limits.pages as u64);
    let may_query = bytes.is_some_and(|bytes| bytes <= limits.query_bytes);
    if is_infrequent && !may_query {
        let call = Call::log_group("logs:StartQuery", resource);
        let size = bytes.map_or("an unknown number of".to_owned(), |bytes| bytes.to_string());
        return Err(call.failed(&format!(
            "the group is of the infrequent-access class, which nothing but a query reads; it would look through {size} bytes, and {} are allowed",
            limits.query_bytes
        )));
    }
    if is_infrequent || (is_large && may_query) {
        return query(clients, &resource, wanted, limits, sink).await;
    }
    filter(clients, &resource, wanted, limits, sink).await
}

/// What is known of a group; nothing where that may not be asked, which stands in nobody's way.
async fn describe(clients: &Clients, resource: &str, group: &str) -> Result<Option<Described>, NotRead> {
    let answer = clients.logs.describe_log_groups().log_group_name_prefix(group).limit(50).send().await;
    let call = Call::log_group("logs:DescribeLogGroups", resource.to_owned());
    let Observed::Known(page) = observe(answer, &call) else { return Ok(None) };
    let is_last = page.next_token.is_none();
    let groups = page.log_groups.unwrap_or_default();
    match groups.into_iter().find(|found| found.log_group_name.as_deref() == Some(group)) {
        Some(found) => Ok(Some(Described {
            is_infrequent: found.log_group_class == Some(LogGroupClass::InfrequentAccess),
            stored_bytes: found.stored_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        })),
        None if is_last => Err(call.gone()),
        None => Ok(None),
    }
}

/// Pages through the spans, the newest first: what there is too much of is then missing at the far end.
async fn filter(
    clients: &Clients,
    resource: &str,
    wanted: &Wanted<'_>,
    limits: &LogLimits,
    sink: &mut (dyn FnMut(Event) + Send),
) -> Result<(), NotRead> {
    let call = Call::log_group("logs:FilterLogEvents", resource.to_owned());
    let mut pages = 0;
    for span in wanted.spans.iter().rev() {
        let mut token: Option<String> = None;
        loop {
            if pages == limits.pages {
                let far = wanted.spans.first().map_or(span.since, |first| first.since);
                return Err(call.failed(&format!(
                    "there is more than the {pages} pages that are read; between {far} and {} not all of it was seen",
                    span.until
                )));
            }
            pages += 1;
            let request = clients.logs.filter_log_events().log_group_name(wanted.group);
            let request = request.start_time(span.since.as_millisecond()).end_time(span.until.as_millisecond());
            let request = request.set_filter_pattern(Some(wanted.pattern.to_owned()).filter(|text| !text.is_empty()));
            let page = match observe(request.set_next_token(token.clone()).send().await, &call) {
                Observed::Known(page) => page,
                Observed::NotRead(why) => return Err(why),
            };
            for event in page.events.into_iter().flatten() {
                let time = event.timestamp.and_then(|millis| Timestamp::from_millisecond(millis).ok());
                if let (Some(time), Some(message)) = (time, event.message) {
                    sink(Event { time, stream: event.log_stream_name.unwrap_or_default(), message });
                }
            }
            match page.next_token.filter(|next| !next.is_empty()) {
                None => break,
                next if next == token => return Err(call.failed("the list repeats the token of a page")),
                next => token = next,
            }
        }
    }
    Ok(())
}

/// Asks Logs Insights for the events that have one of the marks.
async fn query(
    clients: &Clients,
    resource: &str,
    wanted: &Wanted<'_>,
    limits: &LogLimits,
    sink: &mut (dyn FnMut(Event) + Send),
) -> Result<(), NotRead> {
    let (Some(first), Some(last)) = (wanted.spans.first(), wanted.spans.last()) else { return Ok(()) };
    let call = Call::log_group("logs:StartQuery", resource.to_owned());
    let text = format!(
        "fields @timestamp, @message, @logStream | filter @message like /(?i){}/ | sort @timestamp asc | limit {MOST_ROWS}",
        wanted.marks.join("|")
    );
    let request = clients.logs.start_query().log_group_name(wanted.group).query_string(text);
    // Whole seconds: the end is rounded up.
    let request = request.start_time(first.since.as_second()).end_time(last.until.as_second() + 1);
    let started = match observe(request.send().await, &call) {
        Observed::Known(started) => started,
        Observed::NotRead(why) => return Err(why),
    };
    let Some(id) = started.query_id else { return Err(call.failed("the answer holds no id of a query")) };
    clients.queries().insert(id.clone());
    let rows = rows(clients, &id, wanted, limits).await;
    // A query costs by what it looks through: one that nobody waits for is not left to run on.
    let rows = match rows {
        Ok(rows) => rows,
        Err(GivenUp { why, is_running }) => {
            if is_running {
                stop(clients, &id).await;
            }
            clients.queries().remove(&id);
            return Err(why);
        }
    };
    clients.queries().remove(&id);
    let is_cut = rows.len() >= usize::try_from(MOST_ROWS).unwrap_or(usize::MAX);
    rows.into_iter().filter_map(event).for_each(sink);
    if is_cut {
        let call = Call::anywhere("logs:GetQueryResults");
        return Err(
            call.failed(&format!("the query on {} has more rows than the {MOST_ROWS} that are read", wanted.group))
        );
    }
    Ok(())
}

/// A query whose rows do not come.
struct GivenUp {
    why: NotRead,
    /// Whether it may still be at work.
    is_running: bool,
}

/// The rows of a query, when it is done.
async fn rows(
    clients: &Clients,
    id: &str,
    wanted: &Wanted<'_>,
    limits: &LogLimits,
) -> Result<Vec<Vec<ResultField>>, GivenUp> {
    let call = Call::anywhere("logs:GetQueryResults");
    let until = tokio::time::Instant::now() + limits.query_wait;
    loop {
        let page = match observe(clients.logs.get_query_results().query_id(id).send().await, &call) {
            Observed::Known(page) => page,
            Observed::NotRead(why) => return Err(GivenUp { why, is_running: true }),
        };
        match page.status {
            Some(QueryStatus::Complete) => return Ok(page.results.unwrap_or_default()),
            Some(QueryStatus::Scheduled | QueryStatus::Running) | None => {
                if tokio::time::Instant::now() >= until {
                    let waited = limits.query_wait.as_secs();
                    let why = format!("the query on {} was not done after {waited} seconds", wanted.group);
                    return Err(GivenUp { why: call.failed(&why), is_running: true });
                }
                tokio::time::sleep(Duration::from_millis(500).min(limits.query_wait)).await;
            }
            Some(other) => {
                let status = other.as_str();
                let why = format!("the query on {} ended with the status {status}", wanted.group);
                return Err(GivenUp { why: call.failed(&why), is_running: false });
            }
        }
    }
}

/// Stops a query. That it may be over, or that this is not allowed, changes nothing of what is told.
async fn stop(clients: &Clients, id: &str) {
    let _ = clients.logs.stop_query().query_id(id).send().await;
}

/// Stops every query that still runs.
pub(crate) async fn stop_all(clients: &Clients) {
    let running = std::mem::take(&mut *clients.queries());
    for id in running {
        stop(clients, &id).await;
    }
}

/// The event of a row. Its time is written without a zone, and is UTC.
fn event(row: Vec<ResultField>) -> Option<Event> {
    let mut fields: std::collections::BTreeMap<String, String> =
        row.into_iter().filter_map(|field| Some((field.field?, field.value?))).collect();
    let time = fields.get("@timestamp")?.replace(' ', "T") + "Z";
    Some(Event {
        time: time.parse().ok()?,
        stream: fields.remove("@logStream").unwrap_or_default(),
        message: fields.remove("@message")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_event() {
        let field = |name: &str, value: &str| ResultField::builder().field(name).value(value).build();
        let row = vec![field("@timestamp", "2026-10-10 11:59:59.120"), field("@message", "x"), field("@ptr", "p")];
        let expected =
            Event { time: "2026-10-10T11:59:59.12Z".parse().unwrap(), stream: String::new(), message: "x".into() };
        assert_eq!(event(row), Some(expected));
        assert_eq!(event(vec![field("@message", "x")]), None);
    }
}
