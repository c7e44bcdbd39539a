//! 429: quotas and throttles.

use serde_json::{Value, json};

use super::stage::method_settings;
use super::usage_plan::{self, Plan};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::{self, Aws};
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// The usage plan's quota is used up
    ///
    /// ## What proves it
    ///
    /// The answer is `Limit Exceeded`, and the usage of the key shows that nothing remains of the plan's quota.
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
    "quota-exceeded", Cause, Warns, quota;

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
    /// The execution log says that the key's throttle was exceeded. Without it, a plan with a throttle is likely only.
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
    /// own rate, which all its APIs share.
    ///
    /// Where nothing was sent yet: the stage's own throttle is above the account's.
    ///
    /// ## What refutes it
    ///
    /// A throttle of the stage, the method or a plan.
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

/// A key of the plan that may be the request's: the one whose value was sent, or the only one.
fn key(case: &Case<'_>, plan: &Plan<'_>) -> Result<Option<String>, Not> {
    let ids = plan.keys(case)?;
    if let [only] = ids.as_slice() {
        return Ok(Some(only.clone()));
    }
    let Some(sent) = case.request.headers.get("x-api-key") else { return Ok(None) };
    let keys = case.list(Read::ApiKeys, "items")?;
    let own = keys.iter().find(|key| key.get("value").is_some_and(|value| value == sent.trim()));
    let id = own.and_then(|key| key.get("id")?.as_str());
    Ok(id.map(str::to_owned).filter(|id| ids.contains(id)))
}

/// The plans that open the stage to the request's route, where the route wants a key; each by itself is at fault only where
/// it lets nothing through: how much callers send does not show before they do.
fn unsent_plan(case: &Case<'_>, lets_nothing: fn(&Value) -> Option<(&'static str, Value)>) -> Examined {
    let target = case.target()?;
    let (key, met) = target.met(case)?;
    if target.api.kind != ApiKind::Rest || !met.route.api_key_required {
        return Err(Not::Silent);
    }
    let all = plans(case)?;
    let Some((plan, (place, shown))) = all.iter().find_map(|plan| Some((plan, lets_nothing(plan.answer)?))) else {
        return Err(Not::refuted("every plan that opens the stage lets something through"));
    };
    let advice = format!("raise the {place} of the plan, or take it away");
    let says = format!("The plan {} opens {} to keys, and its {place} lets nothing through: {shown}.", plan.name, key);
    Ok(Proof::likely(says)
        .because("apigateway:GetUsagePlans", format!("{} {place}", plan.id), shown)
        .about(plan.id)
        .advice(advice))
}

/// The quota of a plan, if it is 0.
fn no_quota(plan: &Value) -> Option<(&'static str, Value)> {
    let quota = plan.get("quota")?;
    (quota.get("limit")?.as_f64()? <= 0.0).then(|| ("quota", quota.clone()))
}

/// The throttle of a plan, if it is 0, or so low that a page of a browser would not load.
fn no_throttle(plan: &Value) -> Option<(&'static str, Value)> {
    let throttle = plan.get("throttle")?;
    let is_low =
        |name: &str| throttle.get(name).and_then(Value::as_f64).is_some_and(|limit| (0.0..1.0).contains(&limit));
    (is_low("rateLimit") || is_low("burstLimit")).then(|| ("throttle", throttle.clone()))
}

fn quota(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::QuotaExceeded])?;
    if case.is_unsent() {
        return unsent_plan(case, no_quota);
    }
    let all = plans(case)?;
    let limited: Vec<&Plan<'_>> =
        all.iter().filter(|plan| plan.answer.get("quota").is_some_and(Value::is_object)).collect();
    if limited.is_empty() {
        return Err(Not::refuted("no plan that opens the stage has a quota"));
    }
    for plan in limited {
        let limit = plan.answer.get("quota").and_then(|quota| quota.get("limit")).cloned().unwrap_or_default();
        let proof = Proof::certain(format!("The quota of the plan {} is used up.", plan.name))
            .because("apigateway:GetUsagePlans", "quota.limit", limit)
            .because("response", "body.message", "Limit Exceeded");
        let advice = "raise the plan's quota, or give the key some more for this period";
        let usage = match (key(case, plan), case.ask(Read::Usage(plan.id.to_owned()))) {
            (Err(Not::Wanted), _) | (_, Err(Not::Wanted)) => return Err(Not::Wanted),
            (_, Err(Not::Unread(why))) => return Ok(proof.without(&why).advice(advice)),
            (key, Ok(usage)) => (key.ok().flatten(), usage),
            (_, Err(not)) => return Err(not),
        };
        let (key, usage) = usage;
        let items =
            usage.and_then(|usage| usage.get("items").or_else(|| usage.get("values"))).and_then(Value::as_object);
        let remaining = |days: &Value| days.as_array()?.last()?.as_array()?.get(1)?.as_i64();
        let exhausted = items.into_iter().flatten().find(|(id, days)| {
            key.as_ref().is_none_or(|key| key == *id) && remaining(days).is_some_and(|left| left <= 0)
        });
        if let Some((id, days)) = exhausted {
            let command = Aws::new("apigateway update-usage")
                .option("--usage-plan-id", plan.id)
                .option("--key-id", id)
                .option("--patch-operations", "op=replace,path=/remaining,value=100")
                .option("--region", &case.facts.region);
            return Ok(proof
                .because(
                    "apigateway:GetUsage",
                    format!("items.{id}"),
                    days.as_array().and_then(|days| days.last()).cloned().unwrap_or_default(),
                )
                .command(advice, command));
        }
    }
    Err(Not::refuted("something remains of every quota"))
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
    let patch =
        format!("op=replace,path=/{}/throttling/rateLimit,value=100", name.trim_start_matches("methodSettings."));
    let command =
        command::update_stage(target.api.kind, &target.api.id, &stage.name).option("--patch-operations", &patch);
    let command = command.option("--region", &case.facts.region);
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
    let all = plans(case)?;
    let throttling: Vec<&Plan<'_>> = all
        .iter()
        .filter(|plan| {
            let own = plan.answer.get("throttle").is_some_and(Value::is_object);
            let stages = plan.answer.get("apiStages").and_then(Value::as_array).into_iter().flatten();
            own || stages.into_iter().any(|stage| stage.get("throttle").is_some_and(Value::is_object))
        })
        .collect();
    let Some(plan) = throttling.first() else {
        return Err(Not::refuted("no plan that opens the stage has a throttle"));
    };
    let says = format!("The plan {} throttles its keys.", plan.name);
    let shown = plan.answer.get("throttle").cloned().unwrap_or_default();
    let command = Aws::new("apigateway update-usage-plan")
        .option("--usage-plan-id", plan.id)
        .option("--patch-operations", "op=replace,path=/throttle/rateLimit,value=100")
        .option("--region", &case.facts.region);
    let proof = Proof::certain(says)
        .because("apigateway:GetUsagePlans", "throttle", shown)
        .command("raise the plan's rate, and let clients wait and try again", command);
    match logs::execution(case) {
        Ok(lines) => match lines.find("Key throttle limit exceeded") {
            Some(line) => Ok(proof.because("logs:FilterLogEvents", line.group, "Key throttle limit exceeded")),
            None => Ok(proof.at_most(crate::case::cause::Confidence::Likely)),
        },
        Err(Not::Unread(why)) => Ok(proof.without(&why)),
        Err(Not::Wanted) => Err(Not::Wanted),
        Err(_) => Ok(proof.at_most(crate::case::cause::Confidence::Likely)),
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
    let stage = target.stage()?;
    let key = target.key(case)?.ok_or(Not::Silent)?;
    let own = throttle(target.api.kind, stage, &key.path, key.method.as_deref().unwrap_or_default());
    if own.is_some_and(|(_, rate, _)| (0.0..LOW).contains(&rate)) {
        return Err(Not::refuted("the stage or the method has a low throttle of its own"));
    }
    let answer = case.ask(Read::Account)?;
    let shown = answer.and_then(|answer| answer.get("throttleSettings")).cloned().unwrap_or_default();
    Ok(Proof::likely("No stage, method or plan limits the request: what remains is the account's own rate, which all its APIs of the region share.")
        .because("apigateway:GetAccount", "throttleSettings", shown)
        .advice("ask for a higher throttle quota (Service Quotas, API Gateway), or spread the requests"))
}

#[cfg(test)]
mod tests;
