//! What an entry is for: which checks, where, why, and until when.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::case::domain::glob;
use crate::checks::{self, suppression_without_effect};
use crate::finding::{Finding, NotEvaluated, Resource};

/// The tag of an API that suppresses findings of it: `stagecheck:suppress:CHECK`, or by itself, all of them.
pub const TAG: &str = "stagecheck:suppress";

/// Findings to be suppressed. What it does not name may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Checks by id, in order; with none, all.
    pub checks: Vec<String>,
    /// The account.
    pub account: Option<Pattern>,
    /// The region.
    pub region: Option<Pattern>,
    /// The API's id or name.
    pub api: Option<Pattern>,
    /// The stage's name.
    pub stage: Option<Pattern>,
    /// The route: `GET /orders/{id}`, `GET /internal/*`, `/orders` with any method, `$default`.
    pub route: Option<Pattern>,
    /// The function's name.
    pub function: Option<Pattern>,
    /// Why.
    pub reason: String,
    /// The last moment at which it suppresses.
    pub until: Option<Timestamp>,
    /// The line of the configuration; 0, if it is a tag.
    pub line: usize,
}

/// A text in which `*` stands for any characters, a slash among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// A pattern.
    pub fn new(text: impl Into<String>) -> Pattern {
        Pattern(text.into())
    }

    /// Whether a text looks like it.
    pub fn is_like(&self, text: &str) -> bool {
        glob(&self.0, text)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether there is a check with the id whose findings can be suppressed: all but those about suppressions.
pub fn is_check(id: &str) -> bool {
    id != suppression_without_effect::CHECK.id && checks::ALL.iter().any(|check| check.id == id)
}

/// Until when something is suppressed: `2027-01-31`, the whole day in UTC, or `2027-01-31T18:00:00Z`. Nothing, if it is
/// neither.
pub fn until(text: &str) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    let is_date = text.len() == 10;
    let day = text.parse::<Date>().ok().filter(|_| is_date)?;
    let end = day.to_datetime(Time::constant(23, 59, 59, 0)).to_zoned(TimeZone::UTC).ok()?;
    Some(end.timestamp())
}

impl Entry {
    /// The entry that a tag of an API is; nothing, if the tag is about something else; what is wrong, if it cannot be read.
    ///
    /// The value is the reason; before it may stand `until=2027-01-31` and `stage=prod`.
    pub(super) fn of_tag(key: &str, value: &str, api: &Resource) -> Option<Result<Entry, String>> {
        let checks = match key.strip_prefix(TAG)? {
            "" => Vec::new(),
            rest => vec![rest.strip_prefix(':')?.to_owned()],
        };
        if let Some(unknown) = checks.iter().find(|id| !is_check(id)) {
            return Some(Err(format!("there is no check {unknown} that can be suppressed")));
        }
        let pattern = |text: &Option<String>| text.clone().map(Pattern);
        let mut entry = Entry {
            checks,
            account: Some(Pattern(api.account_id.clone())),
            region: Some(Pattern(api.region.clone())),
            api: pattern(&api.api_id),
            ..Entry::default()
        };
        let mut rest = value.trim();
        while let Some((name, after)) = rest.split_once('=').filter(|(name, _)| is_word(name)) {
            let (own, reason) = after.split_once(' ').unwrap_or((after, ""));
            match name {
                "stage" if !own.is_empty() => entry.stage = Some(Pattern::new(own)),
                "until" => match until(own) {
                    Some(until) => entry.until = Some(until),
                    None => return Some(Err("until is a date, 2027-01-31, or a time, 2027-01-31T18:00:00Z".into())),
                },
                _ => return Some(Err("before the reason stand until= and stage= alone, with a value each".into())),
            }
            rest = reason.trim_start();
        }
        if rest.is_empty() {
            return Some(Err("it gives no reason".to_owned()));
        }
        rest.clone_into(&mut entry.reason);
        Some(Ok(entry))
    }

    /// Whether it is for a finding, expired or not.
    pub fn is_for(&self, finding: &Finding) -> bool {
        is_check(&finding.check) && self.names(&finding.check) && self.fits(&finding.resource, false)
    }

    /// Whether what was not evaluated may hide a finding that it is for.
    pub(super) fn may_be_for(&self, gap: &NotEvaluated) -> bool {
        is_check(&gap.check) && self.names(&gap.check) && self.fits(&gap.resource, true)
    }

    /// Whether it is for findings of a check.
    pub(super) fn names(&self, check: &str) -> bool {
        self.checks.is_empty() || self.checks.iter().any(|own| own == check)
    }

    /// Whether it is for something of an API, as far as account, region and API tell.
    pub(super) fn is_about(&self, api: &Resource) -> bool {
        self.fits(api, true)
    }

    /// Whether a resource is one that it names. What the resource leaves open may be any, if `open` says so.
    fn fits(&self, resource: &Resource, open: bool) -> bool {
        let fits = |pattern: &Option<Pattern>, of: &[Option<&str>]| {
            let Some(pattern) = pattern else { return true };
            let mut known = of.iter().flatten().peekable();
            if known.peek().is_none() { open } else { known.any(|text| pattern.is_like(text)) }
        };
        let Resource { account_id, region, api_id, api_name, stage, method, path, function, .. } = resource;
        let route = path.as_ref().map(|path| method.as_ref().map_or(path.clone(), |own| format!("{own} {path}")));
        // Without the alias or version.
        let name = function.as_deref().and_then(|arn| arn.split_once(":function:")?.1.split(':').next());
        fits(&self.account, &[Some(account_id)])
            && fits(&self.region, &[Some(region)])
            && fits(&self.api, &[api_id.as_deref(), api_name.as_deref()])
            && fits(&self.stage, &[stage.as_deref()])
            // A route's path by itself means all of its methods.
            && fits(&self.route, &[route.as_deref(), path.as_deref()])
            && fits(&self.function, &[name])
    }

    /// Whether it suppresses nothing any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now > until)
    }

    /// What it is for, without why and until when: the same as long as it is for the same. No two entries have the same.
    pub fn key(&self) -> String {
        let own = |name: &str, pattern: &Option<Pattern>| {
            pattern.as_ref().map(|pattern| format!(" {name}={}", pattern.as_str())).unwrap_or_default()
        };
        let Entry { account, region, api, stage, route, function, .. } = self;
        let checks = if self.checks.is_empty() { "*".to_owned() } else { self.checks.join(",") };
        let places = [
            own("account", account),
            own("region", region),
            own("api", api),
            own("stage", stage),
            own("route", route),
            own("function", function),
        ];
        format!("check={checks}{}", places.concat())
    }

    /// What it is for, in words.
    pub(super) fn words(&self) -> String {
        let own = |name: &str, pattern: &Option<Pattern>| {
            pattern.as_ref().map(|pattern| format!(", {name} {}", pattern.as_str())).unwrap_or_default()
        };
        let Entry { account, region, api, stage, route, function, .. } = self;
        let checks = if self.checks.is_empty() { "every check".to_owned() } else { self.checks.join(", ") };
        let places = [own("API", api), own("stage", stage), own("route", route), own("function", function)].concat();
        let around = if places.is_empty() { own("account", account) + &own("region", region) } else { String::new() };
        format!("{checks}{places}{around}")
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase())
}
