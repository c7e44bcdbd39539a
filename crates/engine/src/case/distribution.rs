//! CloudFront's distributions: which behaviour takes a path, which host it asks, and what it hands on.

use serde::Deserialize;
use serde_json::Value;

use super::Case;
use super::cause::Not;
use super::facts::Read;
use super::signal::Answerer;
use crate::exchange::host::Host;
use crate::policy;

/// A distribution, as `ListDistributions` tells of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Distribution {
    /// Its id, `E2QWRUHAPOMQZL`.
    id: String,
    /// Its ARN.
    #[serde(rename = "ARN")]
    pub arn: String,
    /// `d111111abcdef8.cloudfront.net`.
    pub domain_name: String,
    /// Whether it answers.
    pub enabled: bool,
    /// The names that it answers for besides its own.
    pub aliases: Items<String>,
    /// The hosts that it asks.
    pub origins: Items<Origin>,
    /// What is done with paths that no other behaviour takes.
    pub default_cache_behavior: Behavior,
    /// What is done with the paths of a pattern, in the order of asking.
    pub cache_behaviors: Items<Behavior>,
}

/// A list as CloudFront writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Items<T> {
    /// The list.
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Items<T> {
        Items { items: Vec::new() }
    }
}

/// A host that a distribution asks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Origin {
    /// What behaviours call it.
    pub id: String,
    /// The host.
    pub domain_name: String,
    /// What is put before the path of every request; empty for nothing.
    pub origin_path: String,
    /// The origin access control by which CloudFront signs what it asks; empty for none.
    pub origin_access_control_id: String,
}

/// What is done with some paths.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Behavior {
    /// The origin that is asked.
    pub target_origin_id: String,
    /// The paths; `None` for the default behaviour.
    pub path_pattern: Option<String>,
    /// The policy that says what is handed on.
    pub origin_request_policy_id: Option<String>,
    forwarded_values: Option<Value>,
    function_associations: Items<Value>,
    lambda_function_associations: Items<Value>,
}

impl Default for Distribution {
    fn default() -> Distribution {
        Distribution {
            id: String::new(),
            arn: String::new(),
            domain_name: String::new(),
            enabled: true,
            aliases: Items::default(),
            origins: Items::default(),
            default_cache_behavior: Behavior::default(),
            cache_behaviors: Items::default(),
        }
    }
}

impl Distribution {
    /// The distributions of an answer of `ListDistributions`.
    pub fn all(answer: Option<&Value>) -> impl Iterator<Item = Distribution> {
        let list = answer.and_then(|answer| answer.get("DistributionList")?.get("Items")?.as_array());
        list.into_iter().flatten().filter_map(|item| Distribution::deserialize(item).ok())
    }

    /// Its id, which ends its ARN, too; `None` where neither is told.
    pub fn id(&self) -> Option<&str> {
        let of_arn = || self.arn.rsplit_once('/').map(|(_, id)| id);
        Some(self.id.as_str()).filter(|id| !id.is_empty()).or_else(of_arn)
    }

    /// Whether it answers for a host.
    pub fn serves(&self, host: &str) -> bool {
        let covers = |alias: &str| {
            let above = alias.strip_prefix("*.");
            above.is_some_and(|above| host.split_once('.').is_some_and(|(_, own)| own == above))
        };
        self.domain_name.eq_ignore_ascii_case(host)
            || self.aliases.items.iter().any(|alias| alias.eq_ignore_ascii_case(host) || covers(alias))
    }

    /// The behaviour that takes a path.
    pub fn behavior(&self, path: &str) -> &Behavior {
        let own = self.cache_behaviors.items.iter().find(|behavior| behavior.takes(path));
        own.unwrap_or(&self.default_cache_behavior)
    }

    /// The origin that a behaviour asks.
    pub fn origin(&self, behavior: &Behavior) -> Option<&Origin> {
        self.origins.items.iter().find(|origin| origin.id == behavior.target_origin_id)
    }
}

/// The distribution that serves a request's host, its behaviour for the path, and its origin.
#[derive(Clone, Debug)]
pub struct Front {
    /// The distribution.
    pub distribution: Distribution,
    /// Its behaviour.
    pub behavior: Behavior,
    /// What the behaviour asks.
    pub origin: Origin,
}

impl Front {
    /// What takes a case's request before what answers it.
    ///
    /// # Errors
    ///
    /// [`Not`], if nothing of CloudFront does, or that was not read.
    pub fn of(case: &Case<'_>) -> Result<Front, Not> {
        if !matches!(case.host, Host::Other | Host::CloudFront) {
            return Err(Not::Silent);
        }
        if let Ok(response) = case.response() {
            let header = |name| response.headers.has(name);
            let via = response.headers.get("via").is_some_and(|via| via.to_lowercase().contains("cloudfront"));
            if case.answerer != Answerer::CloudFront && !header("x-amz-cf-id") && !header("x-cache") && !via {
                return Err(Not::Silent);
            }
        }
        let answer = case.ask(Read::Distributions)?;
        let host = &case.request.url.host;
        let distribution = Distribution::all(answer).find(|own| own.serves(host)).ok_or(Not::Silent)?;
        let behavior = distribution.behavior(&case.request.url.path).clone();
        let origin = distribution.origin(&behavior).ok_or(Not::Silent)?.clone();
        Ok(Front { distribution, behavior, origin })
    }

    /// The same in front of an API, and the API's id.
    ///
    /// # Errors
    ///
    /// As [`Front::of`]; and if its origin is no API.
    pub fn of_api(case: &Case<'_>) -> Result<(Front, String), Not> {
        let front = Front::of(case)?;
        match Host::of(&front.origin.domain_name.to_lowercase()) {
            Host::ExecuteApi { api_id, .. } => Ok((front, api_id)),
            _ => Err(Not::refuted("the distribution's origin is no execute-api host")),
        }
    }

    /// The path that the origin is asked for.
    pub fn path(&self, case: &Case<'_>) -> String {
        format!("{}{}", self.origin.origin_path.trim_end_matches('/'), case.request.url.path)
    }
}

/// The managed origin request policy that hands on every header of the viewer, `Host` too.
const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

impl Behavior {
    /// Whether it hands on the viewer's `Host`, as far as it tells: custom policies are not read.
    pub fn forwards_host(&self) -> bool {
        let mut listed =
            self.forwarded_headers().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        self.origin_request_policy_id.as_deref() == Some(ALL_VIEWER)
            || listed.any(|name| name == "*" || name.eq_ignore_ascii_case("host"))
    }

    fn forwarded_headers(&self) -> Option<&Value> {
        self.forwarded_values.as_ref()?.get("Headers")?.get("Items")
    }

    /// What says which headers it hands on, for evidence: where that stands in the distribution, and its value.
    pub fn handing_on(&self) -> (String, Value) {
        let own = match &self.path_pattern {
            Some(pattern) => format!("CacheBehaviors.Items[{pattern}]"),
            None => "DefaultCacheBehavior".to_owned(),
        };
        match &self.origin_request_policy_id {
            Some(id) => (format!("{own}.OriginRequestPolicyId"), Value::from(id.as_str())),
            None => {
                (format!("{own}.ForwardedValues.Headers.Items"), self.forwarded_headers().cloned().unwrap_or_default())
            }
        }
    }

    /// Whether a function of CloudFront or Lambda\@Edge may change the request on its way to the origin.
    pub fn may_rewrite(&self) -> bool {
        !self.function_associations.items.is_empty() || !self.lambda_function_associations.items.is_empty()
    }

    fn takes(&self, path: &str) -> bool {
        let pattern = self.path_pattern.as_deref().unwrap_or_default();
        let rooted = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/{pattern}") };
        policy::matches(&rooted, path)
    }
}
