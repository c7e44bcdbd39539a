//! What the template sets.

use collect::{Identity, Target};
use engine::severity::Severity;

/// What the template sets.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose credentials are used: the function's own.
    pub identity: Identity,
    /// The regions that are audited; with none, the function's own.
    pub regions: Vec<String>,
    /// The accounts that are audited.
    pub audited: Audited,
    /// The name of the role that is assumed in other accounts.
    pub role: Option<String>,
    /// The part of API Gateway's control plane quota that one function may use at a time, from 0.02 to 1: the share of
    /// all, divided by how many of them work at once.
    pub quota_share: f64,
    /// Where things are kept; nothing where a function is only tried.
    pub place: Option<Place>,
    /// The object of the bucket that holds the configuration.
    pub config_key: Option<String>,
    /// Whether routes that are opted in may be asked: it calls their real backends.
    pub may_probe: bool,
    /// The secret that holds what entries of the configuration name as variables, by its ARN.
    pub probe_secret: Option<String>,
    /// For how many days is kept what is over.
    pub retention_days: u32,
    /// Another endpoint than AWS's own for the accounts that are audited, for trying.
    pub endpoint_url: Option<String>,
    /// Another endpoint than AWS's own for the table, the bucket, the queue, the bus and the topic, for trying.
    pub own_endpoint_url: Option<String>,
}

/// Where the service keeps things, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: String,
    /// The bucket.
    pub bucket: String,
    /// The URL of the queue.
    pub queue_url: String,
    /// The bus of notices.
    pub event_bus: Option<String>,
    /// The topic of those who are told by e-mail, by its ARN.
    pub topic_arn: Option<String>,
    /// The least severity of a finding of which they are told.
    pub notify_from: Severity,
}

/// Which accounts are audited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audited {
    /// The function's own.
    Own,
    /// These, by their twelve digits.
    Listed(Vec<String>),
    /// All of the organization.
    Organization,
}

/// The least part of the quota that a function gets anything done with in the time that it has.
const LEAST_SHARE: f64 = 0.02;

/// A variable that makes no sense; the template's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable {name} is `{value}`: {expected}")]
pub struct SettingsError {
    name: &'static str,
    value: String,
    expected: &'static str,
}

impl Settings {
    /// Reads the variables, of which `docs/operations.md` has the list.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the variable that makes no sense.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let audited = match set("ACCOUNTS") {
            None => Audited::Own,
            Some(all) if all == "organization" => Audited::Organization,
            Some(list) => {
                let ids = listed(&list);
                let is_id = |id: &String| id.len() == 12 && id.chars().all(|c| c.is_ascii_digit());
                if !ids.iter().all(is_id) {
                    let expected = "it must be ids of twelve digits, separated by commas, or `organization`";
                    return Err(SettingsError { name: "ACCOUNTS", value: list, expected });
                }
                Audited::Listed(ids)
            }
        };
        let quota_share = number(&variable, "QUOTA_SHARE", 0.5, |share| share > 0.0 && share <= 1.0, {
            "it must be a number above 0 and at most 1"
        })?;
        let workers = number(&variable, "WORKERS", 1.0, |count| count >= 1.0 && count.fract() == 0.0, {
            "it must be a whole number of at least 1"
        })?;
        if quota_share / workers < LEAST_SHARE {
            let value = format!("{quota_share}, of {workers} workers");
            let expected = "it must be at least 0.02 for each of them, a call in five seconds";
            return Err(SettingsError { name: "QUOTA_SHARE", value, expected });
        }
        let retention_days = number(
            &variable,
            "RETENTION_DAYS",
            90.0,
            |days| (1.0..=3650.0).contains(&days) && days.fract() == 0.0,
            "it must be a whole number from 1 to 3650",
        )?;
        for name in ["AWS_ENDPOINT_URL", "OWN_ENDPOINT_URL"] {
            if variable(name).as_deref() == Some("") {
                return Err(SettingsError { name, value: String::new(), expected: "leave it out rather than empty" });
            }
        }
        let may_probe = match set("PROBE_POLICY").as_deref() {
            None | Some("none") => false,
            Some("allow") => true,
            Some(other) => {
                let (value, expected) = (other.to_owned(), "it must be `none` or `allow`");
                return Err(SettingsError { name: "PROBE_POLICY", value, expected });
            }
        };
        let endpoint_url = variable("AWS_ENDPOINT_URL");
        Ok(Settings {
            identity: Identity::Environment { profile: None },
            regions: listed(&set("REGIONS").unwrap_or_default()),
            audited,
            role: set("ACCOUNTS_ROLE"),
            quota_share: quota_share / workers,
            place: place(&set)?,
            config_key: set("CONFIG_KEY"),
            may_probe,
            probe_secret: set("PROBE_SECRET").filter(|_| may_probe),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 3650, and whole")]
            retention_days: retention_days as u32,
            own_endpoint_url: variable("OWN_ENDPOINT_URL").or(endpoint_url.clone()),
            endpoint_url,
        })
    }

    /// Where the service's own is.
    pub(crate) fn own(&self) -> Target {
        Target {
            identity: self.identity.clone(),
            endpoint_url: self.own_endpoint_url.clone(),
            // Of those that are recorded in the tests, somebody has to be nobody's own.
            regions: match self.identity {
                Identity::Nobody => self.regions.clone(),
                Identity::Environment { .. } | Identity::Role { .. } => Vec::new(),
            },
            account_id: None,
            quota_share: None,
            tap: None,
        }
    }
}

/// The table and what goes with it: all or nothing.
fn place(set: &impl Fn(&str) -> Option<String>) -> Result<Option<Place>, SettingsError> {
    let Some(table) = set("TABLE") else { return Ok(None) };
    let missing = |name| SettingsError { name, value: String::new(), expected: "with TABLE it has to be set, too" };
    Ok(Some(Place {
        table,
        bucket: set("BUCKET").ok_or(missing("BUCKET"))?,
        queue_url: set("QUEUE_URL").ok_or(missing("QUEUE_URL"))?,
        event_bus: set("EVENT_BUS"),
        topic_arn: set("TOPIC_ARN"),
        notify_from: severity(set("NOTIFY_FROM"))?,
    }))
}

/// A severity by its name; the template's default, where none is set.
fn severity(name: Option<String>) -> Result<Severity, SettingsError> {
    let Some(value) = name else { return Ok(Severity::High) };
    let found = Severity::named(&value);
    let expected = "it must be `critical`, `high`, `medium`, `low` or `info`";
    found.ok_or(SettingsError { name: "NOTIFY_FROM", value, expected })
}

fn listed(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn number(
    variable: impl Fn(&str) -> Option<String>,
    name: &'static str,
    default: f64,
    fits: impl Fn(f64) -> bool,
    expected: &'static str,
) -> Result<f64, SettingsError> {
    let Some(value) = variable(name) else { return Ok(default) };
    let number = value.parse().ok().filter(|number| fits(*number));
    number.ok_or(SettingsError { name, value, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Settings::from_variables(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn has_defaults() {
        let defaults = settings(&[("REGIONS", ""), ("ACCOUNTS", ""), ("EVENT_BUS", "")]).unwrap();
        assert_eq!((defaults.regions, defaults.audited, defaults.place), (Vec::new(), Audited::Own, None));
        assert_eq!((defaults.quota_share, defaults.retention_days), (0.5, 90));
        assert_eq!((defaults.endpoint_url, defaults.own_endpoint_url, defaults.may_probe), (None, None, false));
    }

    #[test]
    fn reads_what_is_set() {
        let all = settings(&[
            ("REGIONS", "eu-west-1, us-east-1,"),
            ("ACCOUNTS", "111122223333, 444455556666"),
            ("ACCOUNTS_ROLE", "stagecheck"),
            ("QUOTA_SHARE", "0.4"),
            ("WORKERS", "2"),
            ("TABLE", "t"),
            ("BUCKET", "b"),
            ("QUEUE_URL", "http://q"),
            ("EVENT_BUS", "default"),
            ("TOPIC_ARN", "arn:topic"),
            ("NOTIFY_FROM", "low"),
            ("RETENTION_DAYS", "30"),
            ("AWS_ENDPOINT_URL", "http://x"),
            ("PROBE_POLICY", "allow"),
            ("PROBE_SECRET", "arn"),
        ])
        .unwrap();
        assert_eq!(all.probe_secret.as_deref(), Some("arn"));
        assert_eq!(settings(&[("PROBE_SECRET", "arn")]).unwrap().probe_secret, None, "nothing may be asked");
        assert!(all.may_probe && !settings(&[("PROBE_POLICY", "none")]).unwrap().may_probe);
        assert_eq!(all.regions, ["eu-west-1", "us-east-1"]);
        assert_eq!(all.audited, Audited::Listed(vec!["111122223333".to_owned(), "444455556666".to_owned()]));
        assert_eq!((all.quota_share, all.retention_days, all.role.as_deref()), (0.2, 30, Some("stagecheck")));
        assert_eq!(all.own_endpoint_url.as_deref(), Some("http://x"));
        let place = all.place.unwrap();
        assert_eq!((place.bucket.as_str(), place.event_bus.as_deref()), ("b", Some("default")));
        assert_eq!((place.topic_arn.as_deref(), place.notify_from), (Some("arn:topic"), Severity::Low));
        assert_eq!(settings(&[("ACCOUNTS", "organization")]).unwrap().audited, Audited::Organization);
    }

    #[test]
    fn names_the_variable_that_makes_no_sense() {
        for (variables, expected) in [
            (&[("QUOTA_SHARE", "2")][..], "the variable QUOTA_SHARE is `2`: it must be a number above 0 and at most 1"),
            (
                &[("QUOTA_SHARE", "0.1"), ("WORKERS", "10")],
                "the variable QUOTA_SHARE is `0.1, of 10 workers`: it must be at least 0.02 for each of them, a call in five seconds",
            ),
            (&[("WORKERS", "1.5")], "the variable WORKERS is `1.5`: it must be a whole number of at least 1"),
            (
                &[("RETENTION_DAYS", "0")],
                "the variable RETENTION_DAYS is `0`: it must be a whole number from 1 to 3650",
            ),
            (
                &[("ACCOUNTS", "123")],
                "the variable ACCOUNTS is `123`: it must be ids of twelve digits, separated by commas, or `organization`",
            ),
            (&[("PROBE_POLICY", "yes")], "the variable PROBE_POLICY is `yes`: it must be `none` or `allow`"),
            (&[("TABLE", "t")], "the variable BUCKET is ``: with TABLE it has to be set, too"),
            (
                &[("TABLE", "t"), ("BUCKET", "b"), ("QUEUE_URL", "q"), ("NOTIFY_FROM", "loud")],
                "the variable NOTIFY_FROM is `loud`: it must be `critical`, `high`, `medium`, `low` or `info`",
            ),
            (&[("AWS_ENDPOINT_URL", "")], "the variable AWS_ENDPOINT_URL is ``: leave it out rather than empty"),
        ] {
            assert_eq!(settings(variables).unwrap_err(), expected);
        }
    }
}
