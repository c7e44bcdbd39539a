//! A CloudFront distribution in front of the API hands on what the API does not take.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::signal::{Answerer, Signal};
use crate::case::target::{self, first_segment};
use crate::exchange::host::Host;
use crate::snapshot::ApiKind;

causes! {
    /// CloudFront hands the viewer's Host on to the API
    ///
    /// ## What proves it
    ///
    /// The distribution's origin is an `execute-api` host, and its behaviour hands on the viewer's `Host`: the API then
    /// looks for a custom domain name of that name.
    ///
    /// ## What refutes it
    ///
    /// The managed policy `AllViewerExceptHostHeader`, or one without `Host`.
    ///
    /// ## Remedy
    ///
    /// Use the managed origin request policy `AllViewerExceptHostHeader`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
    "cloudfront-forwards-host", Cause, Proves, forwards_host;

    /// CloudFront's origin path and the API's stage do not fit
    ///
    /// ## What proves it
    ///
    /// The URL that CloudFront makes of the request, its origin path before the request's path, names no stage of the API,
    /// or names it twice.
    ///
    /// ## What refutes it
    ///
    /// That URL is answered by a route.
    ///
    /// ## Remedy
    ///
    /// Set the origin path to `/{stage}`, and leave the stage out of the paths of behaviours.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    "cloudfront-origin-path-wrong", Cause, Proves, origin_path;
}

/// The managed origin request policy that hands on every header of the viewer, `Host` too.
const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Distribution {
    domain_name: String,
    aliases: Items<String>,
    origins: Items<Origin>,
    default_cache_behavior: Behavior,
    cache_behaviors: Items<Behavior>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Items<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Items<T> {
        Items { items: Vec::new() }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Origin {
    id: String,
    domain_name: String,
    origin_path: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Behavior {
    target_origin_id: String,
    path_pattern: Option<String>,
    origin_request_policy_id: Option<String>,
    forwarded_values: Option<Value>,
}

impl Behavior {
    /// Whether it hands on the viewer's `Host`, as far as it tells: custom policies are not read.
    fn forwards_host(&self) -> bool {
        let headers = self.forwarded_values.as_ref().and_then(|values| values.get("Headers")?.get("Items")?.as_array());
        let listed = headers.into_iter().flatten().filter_map(Value::as_str);
        self.origin_request_policy_id.as_deref() == Some(ALL_VIEWER)
            || listed.into_iter().any(|name| name == "*" || name.eq_ignore_ascii_case("host"))
    }

    fn takes(&self, path: &str) -> bool {
        let pattern = self.path_pattern.as_deref().unwrap_or_default();
        let rooted = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/{pattern}") };
        crate::policy::matches(&rooted, path)
    }
}

/// The distribution that serves the request's host, its behaviour for the path, and its origin, which is an API's host.
struct Front {
    distribution: Distribution,
    behavior: Behavior,
    origin: Origin,
    api_id: String,
}

fn front(case: &Case<'_>) -> Result<Front, Not> {
    if !matches!(case.host, Host::Other | Host::CloudFront) {
        return Err(Not::Silent);
    }
    if let Ok(response) = case.response() {
        let header = |name| response.headers.has(name);
        let via = response.headers.get("via").is_some_and(|via| via.to_lowercase().contains("cloudfront"));
        let seen = case.answerer() == Answerer::CloudFront || header("x-amz-cf-id") || header("x-cache") || via;
        let fits = [Signal::Forbidden, Signal::MissingAuthenticationToken, Signal::NotFound, Signal::Other];
        if !seen || !case.signal().is_some_and(|signal| fits.contains(&signal)) {
            return Err(Not::Silent);
        }
    }
    let answer = case.ask(Read::Distributions)?;
    let list = answer.and_then(|answer| answer.get("DistributionList")?.get("Items")?.as_array());
    let host = &case.request.url.host;
    let serves = |own: &Distribution| {
        own.domain_name.eq_ignore_ascii_case(host)
            || own.aliases.items.iter().any(|alias| {
                alias.eq_ignore_ascii_case(host)
                    || alias
                        .strip_prefix("*.")
                        .is_some_and(|above| host.split_once('.').is_some_and(|(_, own)| own == above))
            })
    };
    let mut all = list.into_iter().flatten().filter_map(|item| Distribution::deserialize(item).ok());
    let distribution = all.find(serves).ok_or(Not::Silent)?;
    let path = &case.request.url.path;
    let behavior = distribution.cache_behaviors.items.iter().find(|behavior| behavior.takes(path));
    let behavior = behavior.unwrap_or(&distribution.default_cache_behavior).clone();
    let origin = distribution.origins.items.iter().find(|origin| origin.id == behavior.target_origin_id);
    let origin = origin.ok_or(Not::Silent)?.clone();
    let Host::ExecuteApi { api_id, .. } = Host::of(&origin.domain_name.to_lowercase()) else {
        return Err(Not::refuted("the distribution's origin is no execute-api host"));
    };
    Ok(Front { distribution, behavior, origin, api_id })
}

fn forwards_host(case: &Case<'_>) -> Examined {
    let front = front(case)?;
    if !front.behavior.forwards_host() {
        return Err(Not::refuted("CloudFront does not hand on the viewer's Host, as far as its behaviour tells"));
    }
    let says = format!(
        "CloudFront hands the Host {} on to {}, which knows no API of that name.",
        case.request.url.host, front.origin.domain_name
    );
    let policy =
        front.behavior.origin_request_policy_id.clone().unwrap_or_else(|| "ForwardedValues.Headers".to_owned());
    Ok(Proof::certain(says)
        .because("cloudfront:ListDistributions", "DefaultCacheBehavior.OriginRequestPolicyId", policy)
        .because("cloudfront:ListDistributions", "Origins[].DomainName", front.origin.domain_name)
        .advice(
            "use the managed origin request policy AllViewerExceptHostHeader (b689b0a8-53d0-40ab-baf2-68738e2966ac)",
        ))
}

fn origin_path(case: &Case<'_>) -> Examined {
    let front = front(case)?;
    let api = case.api(&front.api_id)?.ok_or(Not::Silent)?;
    if api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    let stages = api.stages.known()?;
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let whole = format!("{}{}", front.origin.origin_path.trim_end_matches('/'), case.request.url.path);
    let (segment, rest) = first_segment(&whole);
    let shown = json!({ "OriginPath": front.origin.origin_path, "DomainName": front.distribution.domain_name });
    let Some(stage) = segment.and_then(|segment| api.stage(segment)) else {
        let says = format!(
            "CloudFront asks {} for {whole}, which begins with no stage; the API has {}.",
            front.origin.domain_name,
            names.join(", ")
        );
        return Ok(Proof::certain(says)
            .because("cloudfront:ListDistributions", "Origins[].OriginPath", shown)
            .because("apigateway:GetStages", "item[].stageName", json!(names))
            .advice(format!("set the origin path to /{}", names.first().copied().unwrap_or("{stage}"))));
    };
    let table = target::deployed(case, api, stage)?;
    if table.find(case.method(), rest).is_some() {
        return Err(Not::refuted("the URL that CloudFront makes is answered by a route"));
    }
    let (again, after) = first_segment(rest);
    if again == Some(stage.name.as_str())
        && let Some((key, _)) = table.find(case.method(), after)
    {
        return Ok(Proof::certain(format!(
            "CloudFront asks for {whole}: the stage stands in it twice, and without one {key} takes it."
        ))
        .because("cloudfront:ListDistributions", "Origins[].OriginPath", shown)
        .advice("leave the stage out of the origin path, or out of the behaviour's path"));
    }
    Err(Not::Silent)
}
