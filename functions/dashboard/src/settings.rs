//! What the template sets of the dashboard alone.

use jiff::SignedDuration;

/// What the template sets of the dashboard alone.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may ask.
    pub authorization: Authorization,
    /// How old an audit may be before the overview says that it is late.
    pub late_after: Option<SignedDuration>,
}

/// Who may ask.
#[derive(Clone, Debug)]
pub enum Authorization {
    /// Whoever API Gateway says has signed the request. Where the function is tried under SAM, there is nobody to say so.
    Iam {
        /// Whether requests that nobody signed are answered, too.
        is_tried: bool,
    },
    /// Whoever signs in with an OpenID provider, or shows a token of it.
    Jwt(Provider),
}

/// An OpenID provider, and what it knows this program as.
#[derive(Clone)]
pub struct Provider {
    /// Its URL, which stands in its tokens as `iss`.
    pub issuer: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret, if it has one. It is never printed.
    pub client_secret: Option<String>,
    /// What else than the client's id may stand in a program's token as `aud`.
    pub audience: Option<String>,
    /// What is asked for, separated by spaces.
    pub scopes: String,
}

/// A variable that makes no sense; the template's fault. No value is repeated: one of them is a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable {name} makes no sense: {expected}")]
pub struct SettingsError {
    name: &'static str,
    expected: &'static str,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Reads `AUTHORIZATION`, `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`, `OIDC_AUDIENCE`, `OIDC_SCOPES`,
    /// `LATE_AFTER_HOURS` and `AWS_SAM_LOCAL`, which SAM sets. One that is empty is none.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the variable that makes no sense.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed =
            |name| set(name).ok_or(SettingsError { name, expected: "with AUTHORIZATION=jwt it has to be set" });
        let authorization = match set("AUTHORIZATION").as_deref() {
            None | Some("iam") => Authorization::Iam { is_tried: set("AWS_SAM_LOCAL").as_deref() == Some("true") },
            Some("jwt") => Authorization::Jwt(Provider {
                issuer: issuer(&needed("OIDC_ISSUER")?)?,
                client_id: needed("OIDC_CLIENT_ID")?,
                client_secret: set("OIDC_CLIENT_SECRET"),
                audience: set("OIDC_AUDIENCE"),
                scopes: set("OIDC_SCOPES").unwrap_or_else(|| "openid email".to_owned()),
            }),
            Some(_) => return Err(SettingsError { name: "AUTHORIZATION", expected: "it is iam or jwt" }),
        };
        let hours = |text: String| {
            let hours = text.parse::<u32>().ok().filter(|hours| *hours > 0);
            let hours = hours.ok_or(SettingsError { name: "LATE_AFTER_HOURS", expected: "a whole number from 1" });
            hours.map(|hours| SignedDuration::from_hours(hours.into()))
        };
        Ok(Settings { authorization, late_after: set("LATE_AFTER_HOURS").map(hours).transpose()? })
    }
}

/// The URL of an issuer, as it is given: what stands in tokens has to equal it (OpenID Connect Core 1.0, section 2). Without
/// TLS, only one on this machine.
fn issuer(url: &str) -> Result<String, SettingsError> {
    let is_own = ["http://127.0.0.1:", "http://localhost:"].iter().any(|own| url.starts_with(own));
    if url.starts_with("https://") || is_own {
        Ok(url.to_owned())
    } else {
        Err(SettingsError { name: "OIDC_ISSUER", expected: "it has to begin with https://" })
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
    fn signatures_are_asked_for_unless_it_is_said_otherwise() {
        for variables in [&[][..], &[("AUTHORIZATION", "")], &[("AUTHORIZATION", "iam"), ("AWS_SAM_LOCAL", "false")]] {
            let settings = settings(variables).unwrap();
            assert!(matches!(settings.authorization, Authorization::Iam { is_tried: false }), "{variables:?}");
        }
    }

    #[test]
    fn names_the_variable_that_makes_no_sense() {
        let jwt = ("AUTHORIZATION", "jwt");
        for (variables, expected) in [
            (&[("AUTHORIZATION", "none")][..], "the variable AUTHORIZATION makes no sense: it is iam or jwt"),
            (&[jwt], "the variable OIDC_ISSUER makes no sense: with AUTHORIZATION=jwt it has to be set"),
            (
                &[jwt, ("OIDC_ISSUER", "https://i.example")],
                "the variable OIDC_CLIENT_ID makes no sense: with AUTHORIZATION=jwt it has to be set",
            ),
            (
                &[jwt, ("OIDC_ISSUER", "http://i.example")],
                "the variable OIDC_ISSUER makes no sense: it has to begin with https://",
            ),
            (&[("LATE_AFTER_HOURS", "soon")], "the variable LATE_AFTER_HOURS makes no sense: a whole number from 1"),
        ] {
            assert_eq!(settings(variables).unwrap_err(), expected);
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let all = [
            ("AUTHORIZATION", "jwt"),
            ("OIDC_ISSUER", "https://i.example"),
            ("OIDC_CLIENT_ID", "dashboard"),
            ("OIDC_CLIENT_SECRET", "hush-hush"),
        ];
        let settings = settings(&all).unwrap();
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
