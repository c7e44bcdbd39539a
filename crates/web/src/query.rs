//! The query of a request, checked by the table of operations.

use std::collections::BTreeMap;

use engine::exchange::encoding::form_decoded;
use jiff::{SignedDuration, Timestamp};

use crate::operation::{LONGEST, Operation, Values};
use crate::problem::Problem;

/// What was asked for, by name: every value is one that its parameter may have. One that is empty is none: browsers send
/// every field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(BTreeMap<&'static str, String>);

/// The names and values of a query, or of a form.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(name), form_decoded(value))
    })
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// A [`Problem`] of the status 400 names the parameter that is not known, comes twice or has a wrong value.
    pub(crate) fn read(operation: &Operation, text: &str, now: Timestamp) -> Result<Query, Problem> {
        let mut query = Query::default();
        for (name, value) in pairs(text) {
            let Some(parameter) = operation.parameters.iter().find(|parameter| parameter.name == name) else {
                let known: Vec<&str> = operation.parameters.iter().map(|parameter| parameter.name).collect();
                let help = if known.is_empty() { "it has no parameters".to_owned() } else { known.join(", ") };
                return Err(Problem::bad(format!("there is no parameter {}", quoted(&name))).help(help));
            };
            if query.0.insert(parameter.name, value.clone()).is_some() {
                return Err(Problem::bad(format!("`{}` is given more than once", parameter.name)));
            }
            if !value.is_empty()
                && let Err(expected) = parameter.values.take(&value, now)
            {
                let what = format!("`{}` is {}: it has to be {expected}", parameter.name, quoted(&value));
                return Err(Problem::bad(what));
            }
        }
        query.0.retain(|_, value| !value.is_empty());
        match operation.parameters.iter().find(|parameter| parameter.is_required && query.get(parameter.name).is_none())
        {
            Some(missing) => {
                let Values::Of(names) = missing.values else { return Err(Problem::bad(missing.says)) };
                Err(Problem::bad(format!("`{}` is missing: it has to be {}", missing.name, names().join(", "))))
            }
            None => Ok(query),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn limit(&self) -> usize {
        self.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LONGEST)
    }

    /// The time that is asked for, or one that lies so far back.
    pub(crate) fn since(&self, now: Timestamp, otherwise: SignedDuration) -> Timestamp {
        let asked = self.get("since").and_then(|text| since(text, now));
        asked.unwrap_or_else(|| now.checked_sub(otherwise).unwrap_or(Timestamp::MIN))
    }

    /// What a list is filtered with, as text: a part goes on only in a list of the same.
    pub(crate) fn filters(&self) -> String {
        let own = self.0.iter().filter(|(name, _)| !["next", "limit"].contains(name));
        own.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}

impl Values {
    /// Whether a value is one of these; otherwise what it has to be.
    fn take(self, value: &str, now: Timestamp) -> Result<(), String> {
        let (fits, expected) = match self {
            Values::Of(names) => (names().contains(&value), names().join(", ")),
            Values::Id => (is_id(value), "letters, digits, hyphens and underscores, at most 128".to_owned()),
            Values::Account => {
                (value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()), "twelve digits".to_owned())
            }
            Values::Since => (
                since(value, now).is_some(),
                "a time such as 2026-11-22T08:00:00Z, an age such as 7d, or milliseconds since 1970".to_owned(),
            ),
            // What is in it is checked where the list goes on.
            Values::Next => (value.len() <= 2048, "what another part of the list ended with".to_owned()),
            Values::Limit => (
                value.parse().is_ok_and(|limit| (1..=LONGEST).contains(&limit)),
                format!("a number from 1 to {LONGEST}"),
            ),
        };
        if fits { Ok(()) } else { Err(expected) }
    }
}

/// Whether a text may be the id of an API, the name of a region or a fingerprint.
pub(crate) fn is_id(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=128).contains(&text.len()) && text.bytes().all(is_part)
}

/// A time, an age, or milliseconds since 1970, as Grafana's variables tell times.
fn since(text: &str, now: Timestamp) -> Option<Timestamp> {
    const UNITS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
    if let Ok(milliseconds) = text.parse::<i64>() {
        return Timestamp::from_millisecond(milliseconds).ok();
    }
    if let Some((age, seconds)) = UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, seconds))) {
        let age = i64::from(age.parse::<u32>().ok()?).saturating_mul(*seconds);
        return Some(now.checked_sub(SignedDuration::from_secs(age)).unwrap_or(Timestamp::MIN));
    }
    text.parse().ok()
}

/// Something that was sent, cut, in the form that Rust has for texts: what is not seen is.
fn quoted(text: &str) -> String {
    format!("{:?}", text.chars().take(60).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation;

    const NOW: &str = "2026-11-22T12:00:00Z";

    fn read(path: &str, text: &str) -> Result<Query, String> {
        let operation = operation::ALL.iter().find(|operation| operation.path == path).unwrap();
        Query::read(operation, text, NOW.parse().unwrap()).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn what_is_empty_is_not_asked_for() {
        assert_eq!(read("/findings", "severity=&api=&check=&state="), Ok(Query::default()));
        let query = read("/findings", "severity=high&&api=a1b2c3d4e5").unwrap();
        assert_eq!(
            (query.get("severity"), query.get("api"), query.get("state")),
            (Some("high"), Some("a1b2c3d4e5"), None)
        );
        assert_eq!((query.limit(), query.filters().as_str()), (100, "api=a1b2c3d4e5&severity=high"));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let table = [
            ("/findings", "sort=up", r#"there is no parameter "sort""#),
            ("/findings", "severity=worst", r#"`severity` is "worst": it has to be critical, high, medium, low, info"#),
            ("/findings", "state=open&state=open", "`state` is given more than once"),
            ("/findings", "limit=0", r#"`limit` is "0": it has to be a number from 1 to 100"#),
            ("/findings", "limit=101", r#"`limit` is "101": it has to be a number from 1 to 100"#),
            (
                "/findings",
                "api=%3Cb%3E%00",
                r#"`api` is "<b>\0": it has to be letters, digits, hyphens and underscores, at most 128"#,
            ),
            ("/apis/{id}", "account=12", r#"`account` is "12": it has to be twelve digits"#),
            ("/series", "", "`metric` is missing: it has to be findings, drifting-stages, errors"),
            ("/health", "x", r#"there is no parameter "x""#),
        ];
        for (path, text, expected) in table {
            assert_eq!(read(path, text), Err(expected.to_owned()), "{path}?{text}");
        }
    }

    #[test]
    fn a_time_is_told_in_three_ways() {
        let now = NOW.parse().unwrap();
        let table = [
            ("2026-11-20T08:00:00Z", Some("2026-11-20T08:00:00Z")),
            ("2026-11-20T08:00:00+02:00", Some("2026-11-20T06:00:00Z")),
            ("36h", Some("2026-11-21T00:00:00Z")),
            ("1w", Some("2026-11-15T12:00:00Z")),
            ("1791633600000", Some("2026-10-10T12:00:00Z")),
            ("4294967295w", Some("-009999-01-02T01:59:59Z")),
            ("99999999999999999999", None),
            ("9223372036854775807", None),
            ("yesterday", None),
            ("d", None),
            ("-1d", None),
        ];
        for (text, expected) in table {
            assert_eq!(since(text, now).map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }
}
