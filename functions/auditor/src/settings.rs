//! What the template sets.

/// What the template sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The regions of the scheduled audit; with none, the function's own.
    pub regions: Vec<String>,
    /// The part of API Gateway's control plane quota that may be used, above 0 and at most 1.
    pub quota_share: f64,
    /// Another endpoint than AWS's own, for trying the function.
    pub endpoint_url: Option<String>,
}

/// A variable that makes no sense; the template's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable {name} is `{value}`: {expected}")]
pub struct SettingsError {
    name: &'static str,
    value: String,
    expected: &'static str,
}

impl Settings {
    /// Reads `REGIONS` (separated by commas), `QUOTA_SHARE` and `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the variable that makes no sense.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
        let regions = variable("REGIONS").unwrap_or_default();
        let regions =
            regions.split(',').map(str::trim).filter(|region| !region.is_empty()).map(str::to_owned).collect();
        let quota_share = match variable("QUOTA_SHARE") {
            None => 0.5,
            Some(value) => {
                let share = value.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
                let expected = "it must be a number above 0 and at most 1";
                share.ok_or(SettingsError { name: "QUOTA_SHARE", value, expected })?
            }
        };
        let endpoint_url = variable("AWS_ENDPOINT_URL");
        if endpoint_url.as_deref() == Some("") {
            let expected = "leave it out rather than empty";
            return Err(SettingsError { name: "AWS_ENDPOINT_URL", value: String::new(), expected });
        }
        Ok(Settings { regions, quota_share, endpoint_url })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Settings::from_variables(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_is_set_and_has_defaults() {
        let defaults = Settings { regions: Vec::new(), quota_share: 0.5, endpoint_url: None };
        assert_eq!(settings(&[]), Ok(defaults));
        let all =
            settings(&[("REGIONS", "eu-west-1, us-east-1,"), ("QUOTA_SHARE", "0.2"), ("AWS_ENDPOINT_URL", "http://x")]);
        let regions = vec!["eu-west-1".to_owned(), "us-east-1".to_owned()];
        assert_eq!(all, Ok(Settings { regions, quota_share: 0.2, endpoint_url: Some("http://x".to_owned()) }));
    }

    #[test]
    fn names_the_variable_that_makes_no_sense() {
        let error = settings(&[("QUOTA_SHARE", "2")]).unwrap_err();
        assert_eq!(error, "the variable QUOTA_SHARE is `2`: it must be a number above 0 and at most 1");
        let error = settings(&[("AWS_ENDPOINT_URL", "")]).unwrap_err();
        assert_eq!(error, "the variable AWS_ENDPOINT_URL is ``: leave it out rather than empty");
    }
}
