//! 429: quotas and throttles.

mod account;
mod quota;

use serde_json::{Value, json};

use super::stage::method_settings;
use super::usage_plan::{self, Plan};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes, if_known};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::{self, Aws};
use crate::configuration::RouteKey;
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// The usage plan's quota is used up
    ///
    /// ## What proves it
    ///
    /// The answer is `Limit Exceeded`, and the usage of the key shows that nothing remains of the plan's quota. It is likely only
    /// where it is not known which of the plan's keys was sent.
    ///
    /// Where nothing was sent yet: a plan that opens the stage has a quota of 0.
    ///
    /// ## What refutes it
    ///
    /// Something remains.
    ///
    /// ## Remedy
    ///
    /// Raise the quota, or give the key some more for this period.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-429-limit>
    "quota-exceeded", Cause, Warns, quota::quota;

    /// The stage or the method lets through nothing, or little
    ///
    /// ## What proves it
    ///
    /// The throttle that applies to the method has a rate or burst of 0. A low one is likely only.
    ///
    /// ## What refutes it
    ///
    /// No throttle of its own.
    ///
    /// ## Remedy
    ///
    /// Raise the throttle.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
    "throttle-stage-or-method", Cause, Proves, stage_or_method;

    /// The usage plan throttles the key
    ///
    /// ## What proves it
    ///
    /// The execution log says that the key's throttle was exceeded. Without it, a plan with a throttle is likely only. A throttle
    /// that the plan has for the method stands before the plan's own.
    ///
    /// Where nothing was sent yet: a plan that opens the stage has a burst of 0, or a rate of less than one request a
    /// second.
    ///
    /// ## What refutes it
    ///
    /// No plan with a throttle opens the stage.
    ///
    /// ## Remedy
    ///
    /// Raise the plan's rate, and let clients wait and try again.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-429-limit>
    "throttle-usage-plan", Cause, Warns, of_plan;

    /// The account's throttle is reached
    ///
    /// ## What proves it
    ///
    /// No stage, method or plan limits the request, and the gateway throttles all the same: what remains is the account's
    /// own rate, which all its APIs share. It is possible only where no request of the API was counted in these minutes, or fewer
    /// than the account's burst, and what the others of the region had was not read.
    ///
    /// Where nothing was sent yet: the stage's own throttle is above the account's.
    ///
    /// ## What refutes it
    ///
    /// A throttle of the stage, the method or a plan; fewer requests to all APIs of the region together, in these minutes, than
    /// the account's burst.
    ///
    /// ## Remedy
    ///
    /// Ask for a higher throttle quota (Service Quotas, API Gateway), or spread the requests.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
    "throttle-account", Cause, Warns, account;
}

/// The usage plans that open the request's stage.
fn plans<'a>(case: &Case<'a>) -> Result<Vec<Plan<'a>>, Not> {
    let target = case.target()?;
    let stage = target.stage()?;
    let mut plans = usage_plan::plans(case, &target.api.id, &stage.name)?;
    plans.retain(|plan| plan.opens(&target.api.id, &stage.name));
    Ok(plans)
}

/// The plans that open the stage to the request's route, where the route wants a key; each by itself is at fault only where
/// it lets nothing through: how much callers send does not show before they do.
fn unsent_plan(case: &Case<'_>, lets_nothing: fn(&Plan<'_>, &Place<'_>) -> Option<Limit>) -> Examined {
    let target = case.target()?;
    let (key, met) = target.met(case)?;
    if target.api.kind != ApiKind::Rest || !met.route.api_key_required {
        return Err(Not::Silent);
    }
    let all = plans(case)?;
    let place = Place { api: &target.api.id, stage: &target.stage()?.name, route: &key };
    let Some((plan, limit)) = all.iter().find_map(|plan| Some((plan, lets_nothing(plan, &place)?))) else {
        return Err(Not::refuted("every plan that opens the stage lets something through"));
    };
    let Limit { name, path, value } = limit;
    let advice = format!("raise the {name} of the plan, or take it away");
    let says = format!("The plan {} opens {key} to keys, and its {name} lets nothing through: {value}.", plan.name);
    Ok(Proof::likely(says)
        .because("apigateway:GetUsagePlans", format!("{} {path}", plan.id), value)
        .about(plan.id)
        .advice(advice))
}

/// A route of a stage.
struct Place<'p> {
    api: &'p str,
    stage: &'p str,
    route: &'p RouteKey,
}

/// A limit of a plan that a route falls under.
struct Limit {
    /// `throttle`, `quota`, `throttle of /orders/GET`.
    name: String,
    /// Where it stands in the plan.
    path: String,
    value: Value,
}

/// The throttle of a plan that a route falls under: the route's own in the stage, before the plan's.
fn throttle_of_plan(plan: &Plan<'_>, place: &Place<'_>) -> Option<Limit> {
    let is_own = |own: &&Value| {
        own.get("apiId").is_some_and(|id| id == place.api) && own.get("stage").is_some_and(|name| name == place.stage)
    };
    let stage = plan.answer.get("apiStages").and_then(Value::as_array).into_iter().flatten().find(is_own);
    let method = format!("{}/{}", place.route.path, place.route.method.as_deref().unwrap_or("ANY"));
    let own = stage.and_then(|stage| stage.get("throttle")?.get(&method)).filter(|own| own.is_object());
    if let Some(value) = own {
        let path = format!("apiStages.throttle.{method}");
        return Some(Limit { name: format!("throttle of {method}"), path, value: value.clone() });
    }
    let value = plan.answer.get("throttle").filter(|own| own.is_object())?.clone();
    Some(Limit { name: "throttle".to_owned(), path: "throttle".to_owned(), value })
}

/// The quota of a plan, if it is 0.
fn no_quota(plan: &Plan<'_>, _: &Place<'_>) -> Option<Limit> {
    let quota = plan.answer.get("quota")?;
    let limit = Limit { name: "quota".to_owned(), path: "quota".to_owned(), value: quota.clone() };
    (quota.get("limit")?.as_f64()? <= 0.0).then_some(limit)
}

/// The throttle of a plan, if it is 0, or so low that a page of a browser would not load.
fn no_throttle(plan: &Plan<'_>, place: &Place<'_>) -> Option<Limit> {
    let throttle = throttle_of_plan(plan, place)?;
    let number = |member: &str| throttle.value.get(member).and_then(Value::as_f64);
    let is_low = |member: &str| number(member).is_some_and(|limit| (0.0..1.0).contains(&limit));
    (is_low("rateLimit") || is_low("burstLimit")).then_some(throttle)
}

/// The throttle that applies to a method: where it stands, its rate and its burst.
fn throttle(kind: ApiKind, stage: &Stage, path: &str, method: &str) -> Option<(String, f64, f64)> {
    let (name, settings) = match kind {
        ApiKind::Rest => {
            method_settings(stage, path, method).map(|(name, value)| (format!("methodSettings.{name}"), value))?
        }
        ApiKind::Http | ApiKind::WebSocket => {
            let own = stage.settings.get("routeSettings").and_then(|all| all.get(format!("{method} {path}")));
            match own {
                Some(own) => (format!("RouteSettings.{method} {path}"), own),
                None => ("DefaultRouteSettings".to_owned(), stage.settings.get("defaultRouteSettings")?),
            }
        }
    };
    let number = |member: &str| settings.get(member).and_then(Value::as_f64);
    Some((name, number("throttlingRateLimit")?, number("throttlingBurstLimit").unwrap_or(-1.0)))
}

/// Below these, a throttle is low: AWS's own defaults are 10,000 a second and a burst of 5,000.
const LOW: f64 = 100.0;

/// The patches that raise what is low of a throttle: its rate, its burst, or both. Where neither is, the rate is doubled.
fn raised(path: &str, rate: Option<f64>, burst: Option<f64>) -> Vec<String> {
    let is_low = |limit: &Option<f64>| limit.is_some_and(|limit| (0.0..LOW).contains(&limit));
    let patch = |name: &str, value: f64| format!("op=replace,path={path}/{name},value={value}");
    let low = [("rateLimit", rate), ("burstLimit", burst)];
    let low: Vec<String> =
        low.into_iter().filter(|(_, limit)| is_low(limit)).map(|(name, _)| patch(name, LOW)).collect();
    if low.is_empty() { vec![patch("rateLimit", rate.map_or(LOW, |rate| rate * 2.0))] } else { low }
}

fn stage_or_method(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Throttled])?;
    let target = case.target()?;
    let stage = target.stage()?;
    let key = target.key(case)?.ok_or(Not::Silent)?;
    let method = key.method.as_deref().unwrap_or_default();
    let Some((name, rate, burst)) = throttle(target.api.kind, stage, &key.path, method) else {
        return Err(Not::refuted("neither the stage nor the method has a throttle of its own"));
    };
    let source = target.api.kind.call("GetStages");
    let shown = json!({ "throttlingRateLimit": rate, "throttlingBurstLimit": burst });
    let path = format!("/{}/throttling", name.trim_start_matches("methodSettings."));
    let command = command::update_stage(target.api.kind, &target.api.id, &stage.name)
        .options("--patch-operations", raised(&path, Some(rate), Some(burst)))
        .option("--region", &case.facts.region);
    // Not set is written as -1.
    let proof = if rate == 0.0 || burst == 0.0 {
        Proof::certain(format!(
            "The throttle {name} of {} is {rate} a second with a burst of {burst}: it lets nothing through.",
            stage.name
        ))
    } else if rate > 0.0 && rate < LOW && !case.is_unsent() {
        Proof::likely(format!("The throttle {name} of {} is low: {rate} a second with a burst of {burst}.", stage.name))
    } else {
        return Err(Not::refuted("the throttle of the stage and the method is not low"));
    };
    let proof = proof.because(source, name, shown);
    Ok(match target.api.kind {
        ApiKind::Rest => proof.command("raise the throttle", command),
        ApiKind::Http | ApiKind::WebSocket => proof.advice("raise the throttle in the stage's route settings"),
    })
}

fn of_plan(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Throttled])?;
    if case.is_unsent() {
        return unsent_plan(case, no_throttle);
    }
    let target = case.target()?;
    if target.api.kind != ApiKind::Rest {
        return Err(Not::Silent);
    }
    if if_known(target.met(case))?.is_some_and(|(_, met)| !met.route.api_key_required) {
        return Err(Not::refuted("the route wants no key: no usage plan counts its requests"));
    }
    let all = match plans(case) {
        Err(Not::Unread(why)) if case.request.headers.has("x-api-key") => {
            let says = "A key is sent; whether a usage plan throttles it was not read.";
            let proof = Proof::possible(says).because("response", "status", case.response()?.status).without(&why);
            return Ok(
                proof.advice("raise the plan's rate, if one throttles the key, and let clients wait and try again")
            );
        }
        plans => plans?,
    };
    let stage = target.stage()?;
    let key = target.key(case)?.ok_or(Not::Silent)?;
    let place = Place { api: &target.api.id, stage: &stage.name, route: &key };
    let mut throttling = all.iter().filter_map(|plan| Some((plan, throttle_of_plan(plan, &place)?)));
    let Some((plan, limit)) = throttling.next() else {
        return Err(Not::refuted("no plan that opens the stage has a throttle"));
    };
    let Limit { name, path, value } = limit;
    let number = |member: &str| value.get(member).and_then(Value::as_f64);
    let proof = if path == "throttle" {
        let command = Aws::new("apigateway update-usage-plan")
            .option("--usage-plan-id", plan.id)
            .options("--patch-operations", raised("/throttle", number("rateLimit"), number("burstLimit")))
            .option("--region", &case.facts.region);
        Proof::certain(format!("The plan {} throttles its keys.", plan.name))
            .command("raise the plan's rate, and let clients wait and try again", command)
    } else {
        Proof::certain(format!("The plan {} throttles its keys on {key}.", plan.name))
            .advice(format!("raise the {name} in the plan, and let clients wait and try again"))
    };
    let proof = proof.because("apigateway:GetUsagePlans", path, value);
    match logs::execution(case) {
        Ok(lines) => match lines.find("Key throttle limit exceeded") {
            Some(line) => Ok(proof.because("logs:FilterLogEvents", line.group, "Key throttle limit exceeded")),
            None => Ok(proof.at_most(Confidence::Likely)),
        },
        Err(Not::Unread(why)) => Ok(proof.without(&why)),
        Err(Not::Wanted) => Err(Not::Wanted),
        Err(_) => Ok(proof.at_most(Confidence::Likely)),
    }
}

/// AWS's own default, which stages show although nobody set it.
const DEFAULT_RATE: f64 = 10_000.0;

/// The least that AWS lets any account have in a region, unless it was lowered (Amazon API Gateway quotas): a stage's
/// throttle within it needs no look at the account's.
const LEAST_RATE: f64 = 2_500.0;

/// A stage whose own throttle promises more than the account's, which is in force before.
fn unsent_account(case: &Case<'_>) -> Examined {
    let target = case.target()?;
    let stage = target.stage()?;
    let key = target.key(case)?.ok_or(Not::Silent)?;
    let own = throttle(target.api.kind, stage, &key.path, key.method.as_deref().unwrap_or_default());
    let Some((name, rate, _)) = own.filter(|(_, rate, _)| *rate > LEAST_RATE && *rate != DEFAULT_RATE) else {
        return Err(Not::refuted("no throttle of the stage or the method is as high as an account's"));
    };
    let answer = case.ask(Read::Account)?;
    let settings = answer.and_then(|answer| answer.get("throttleSettings"));
    let limit = settings.and_then(|own| own.get("rateLimit")?.as_f64()).ok_or(Not::Silent)?;
    if rate <= limit {
        return Err(Not::refuted("the stage's throttle is within the account's"));
    }
    let says = format!(
        "{} is set to let {rate} requests a second through ({name}), and all APIs of the account in the region get {limit} together.",
        stage.name
    );
    Ok(Proof::possible(says)
        .because(target.api.kind.call("GetStages"), name, rate)
        .because("apigateway:GetAccount", "throttleSettings.rateLimit", limit)
        .advice("ask for a higher throttle quota (Service Quotas, API Gateway), or lower the stage's throttle"))
}

fn account(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Throttled])?;
    if case.is_unsent() {
        return unsent_account(case);
    }
    let target = case.target()?;
    target.stage_read()?;
    let stage = target.stage()?;
    let key = target.key(case)?.ok_or(Not::Silent)?;
    let own = throttle(target.api.kind, stage, &key.path, key.method.as_deref().unwrap_or_default());
    if own.is_some_and(|(_, rate, _)| (0.0..LOW).contains(&rate)) {
        return Err(Not::refuted("the stage or the method has a low throttle of its own"));
    }
    let unread = match of_plan(case) {
        Err(Not::Wanted) => return Err(Not::Wanted),
        Ok(proof) if proof.confidence != Confidence::Possible => {
            return Err(Not::refuted("a usage plan that opens the stage throttles its keys"));
        }
        Err(Not::Unread(why)) => Some(why),
        Ok(proof) => proof.unread.into_iter().next(),
        Err(_) => None,
    };
    let answer = match case.ask(Read::Account) {
        Err(Not::Unread(why)) => {
            let says = "Neither stage nor method limits the request, nor does a plan that was read; what the account has was not.";
            let proof = Proof::possible(says).because("response", "status", case.response()?.status);
            return Ok(proof
                .without(&why)
                .advice("look at the account's throttle (Service Quotas, API Gateway), or spread the requests"));
        }
        answer => answer?,
    };
    let shown = answer.and_then(|answer| answer.get("throttleSettings")).cloned().unwrap_or_default();
    let burst = shown.get("burstLimit").and_then(Value::as_f64);
    let rest = "what remains is the account's own rate, which all its APIs of the region share.";
    let proof = match &unread {
        None => Proof::likely(format!("No stage, method or plan limits the request: {rest}")),
        Some(why) => {
            Proof::possible(format!("Neither stage nor method limits the request; plans were not read: {rest}"))
                .without(why)
        }
    };
    let proof = proof
        .because("apigateway:GetAccount", "throttleSettings", shown)
        .advice("ask for a higher throttle quota (Service Quotas, API Gateway), or spread the requests");
    let others = proof
        .clone()
        .at_most(Confidence::Possible)
        .advice("look for another API of the account in the region that had many requests at that time");
    account::weighed(case, target.api, burst, proof, others)
}

#[cfg(test)]
mod tests;
