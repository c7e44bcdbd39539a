//! A `[[suppress]]` entry: what it may say.

use engine::suppress::{self, Entry, Pattern};
use serde::Deserialize;

/// A `[[suppress]]` entry.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Suppress {
    check: Checks,
    account: Option<String>,
    region: Option<String>,
    api: Option<String>,
    stage: Option<String>,
    route: Option<String>,
    function: Option<String>,
    reason: String,
    until: Option<Until>,
}

/// One check, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a check's id, or a list of them")]
enum Checks {
    One(String),
    Several(Vec<String>),
}

/// A date or a time, in quotation marks or without.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a date or a time")]
enum Until {
    Text(String),
    Datetime(toml::value::Datetime),
}

/// What stands for all checks.
const ALL: &str = "*";

impl Suppress {
    /// What the entry stands for, at a line of the configuration.
    pub(crate) fn entry(self, line: usize) -> Result<Entry, String> {
        let Suppress { check, account, region, api, stage, route, function, reason, until } = self;
        let places = [
            ("account", account),
            ("region", region),
            ("api", api),
            ("stage", stage),
            ("route", route),
            ("function", function),
        ];
        if let Some((key, _)) = places.iter().find(|(_, own)| own.as_ref().is_some_and(|own| own.trim().is_empty())) {
            return Err(format!("{key} is empty: leave it out where it may be any"));
        }
        let is_placed = places.iter().any(|(_, own)| own.as_ref().is_some_and(|own| own != ALL));
        let checks = match check {
            Checks::One(all) if all == ALL && is_placed => Vec::new(),
            Checks::One(all) if all == ALL => {
                return Err("with check = \"*\", say what it is for: an api, a stage, a route or a function".to_owned());
            }
            Checks::One(id) => vec![id],
            Checks::Several(ids) if ids.is_empty() => return Err("check names no check".to_owned()),
            Checks::Several(mut ids) => {
                ids.sort();
                ids.dedup();
                ids
            }
        };
        if let Some(unknown) = checks.iter().find(|id| !suppress::is_check(id)) {
            let known = "stagecheck checks lists them";
            return Err(format!("there is no check `{unknown}` that can be suppressed: {known}"));
        }
        let reason = reason.trim().to_owned();
        if reason.is_empty() || reason.contains(char::is_control) {
            return Err("reason says in one line why nobody is to be told".to_owned());
        }
        let until = match until.map(|until| match until {
            Until::Text(text) => text,
            Until::Datetime(time) => time.to_string(),
        }) {
            None => None,
            Some(text) => {
                Some(suppress::until(&text).ok_or("until is a date, 2027-01-31, or a time, 2027-01-31T18:00:00Z")?)
            }
        };
        let [account, region, api, stage, route, function] = places.map(|(_, own)| own.map(Pattern::new));
        Ok(Entry { checks, account, region, api, stage, route, function, reason, until, line })
    }
}
