//! The quota of a usage plan is used up.

use serde_json::Value;

use super::{no_quota, plans, unsent_plan};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::facts::Read;
use crate::case::signal::Signal;
use crate::causes::usage_plan::Plan;
use crate::command::Aws;
use crate::observed::NotRead;

/// Which of a plan's keys the request's is.
enum Own {
    /// This one.
    Key(String),
    /// One of them may be; and what was not read that would tell, if that is why.
    Unknown(Option<NotRead>),
}

/// Which of a plan's keys the request's is: the one whose value was sent, or the only key of the only plan; `None`, if it is of
/// another plan.
fn own_key(case: &Case<'_>, plan: &Plan<'_>, is_only_plan: bool) -> Result<Option<Own>, Not> {
    let ids = match plan.keys(case) {
        Ok(ids) => ids,
        Err(Not::Unread(why)) => return Ok(Some(Own::Unknown(Some(why)))),
        Err(not) => return Err(not),
    };
    if let ([only], true) = (ids.as_slice(), is_only_plan) {
        return Ok(Some(Own::Key(only.clone())));
    }
    let Some(sent) = case.request.headers.get("x-api-key") else { return Ok(Some(Own::Unknown(None))) };
    let keys = match case.list(Read::ApiKeys, "items") {
        Ok(keys) => keys,
        Err(Not::Unread(why)) => return Ok(Some(Own::Unknown(Some(why)))),
        Err(not) => return Err(not),
    };
    let own = keys.iter().find(|key| key.get("value").is_some_and(|value| value == sent.trim()));
    Ok(match own.and_then(|key| key.get("id")?.as_str()) {
        Some(id) => ids.iter().any(|own| own == id).then(|| Own::Key(id.to_owned())),
        None => Some(Own::Unknown(None)),
    })
}

pub(super) fn quota(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::QuotaExceeded])?;
    if case.is_unsent() {
        return unsent_plan(case, no_quota);
    }
    let all = match plans(case) {
        // No other check is answered so.
        Err(Not::Unread(why)) => {
            let proof = Proof::likely("The answer says that the quota of the key's usage plan is used up.");
            let proof = proof.because("response", "body.message", "Limit Exceeded").without(&why);
            return Ok(proof.advice("raise the plan's quota, or give the key some more for this period"));
        }
        plans => plans?,
    };
    let limited: Vec<&Plan<'_>> =
        all.iter().filter(|plan| plan.answer.get("quota").is_some_and(Value::is_object)).collect();
    if limited.is_empty() {
        return Err(Not::refuted("no plan that opens the stage has a quota"));
    }
    for plan in &limited {
        let limit = plan.answer.get("quota").and_then(|quota| quota.get("limit")).cloned().unwrap_or_default();
        let proof = |says: String| {
            Proof::certain(says).because("apigateway:GetUsagePlans", "quota.limit", limit).because(
                "response",
                "body.message",
                "Limit Exceeded",
            )
        };
        let used_up = || format!("The quota of the plan {} is used up.", plan.name);
        let advice = "raise the plan's quota, or give the key some more for this period";
        let (own, usage) = match (own_key(case, plan, limited.len() == 1), case.ask(Read::Usage(plan.id.to_owned()))) {
            (Err(Not::Wanted), _) | (_, Err(Not::Wanted)) => return Err(Not::Wanted),
            (Ok(None), _) => continue,
            (_, Err(Not::Unread(why))) => return Ok(proof(used_up()).without(&why).advice(advice)),
            (Err(not), _) | (_, Err(not)) => return Err(not),
            (Ok(Some(own)), Ok(usage)) => (own, usage),
        };
        let items =
            usage.and_then(|usage| usage.get("items").or_else(|| usage.get("values"))).and_then(Value::as_object);
        let last = |days: &Value| days.as_array()?.last().cloned();
        let remaining = |days: &Value| last(days)?.as_array()?.get(1)?.as_i64();
        let is_exhausted = |days: &Value| remaining(days).is_some_and(|left| left <= 0);
        match own {
            Own::Key(id) => {
                let days = items.and_then(|items| items.get(&id)).filter(|days| is_exhausted(days));
                let Some(days) = days else { continue };
                let command = Aws::new("apigateway update-usage")
                    .option("--usage-plan-id", plan.id)
                    .option("--key-id", &id)
                    .option("--patch-operations", "op=replace,path=/remaining,value=100")
                    .option("--region", &case.facts.region);
                return Ok(proof(used_up())
                    .because("apigateway:GetUsage", format!("items.{id}"), last(days).unwrap_or_default())
                    .command(advice, command));
            }
            // Which of the keys is the request's is not known, so that none is named.
            Own::Unknown(why) => {
                let keys = items.map_or(0, serde_json::Map::len);
                let exhausted = items.into_iter().flatten().filter(|(_, days)| is_exhausted(days)).count();
                if exhausted == 0 {
                    continue;
                }
                let says = format!(
                    "The quota of the plan {} is used up for {exhausted} of its {keys} keys; which one the request's is was not told.",
                    plan.name
                );
                let proof = proof(says)
                    .at_most(Confidence::Likely)
                    .because("apigateway:GetUsage", "items with nothing remaining", exhausted)
                    .advice(advice);
                return Ok(why.iter().fold(proof, Proof::without));
            }
        }
    }
    Err(Not::refuted("something remains of every quota"))
}
