//! Usage plans that do not open a stage to a key.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::api_key::{Keyed, sent};
use super::key_value::{Key, sent_key};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::logs;
use crate::command::Aws;
use crate::observed::NotRead;

causes! {
    /// The key is in no usage plan
    ///
    /// ## What proves it
    ///
    /// The value that is sent is a key's, and no usage plan has the key.
    ///
    /// ## What refutes it
    ///
    /// A plan has it.
    ///
    /// ## Remedy
    ///
    /// Add the key to a plan that opens the stage.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>
    "api-key-no-usage-plan", Cause, Proves, no_plan;

    /// The key's usage plan does not open the stage
    ///
    /// ## What proves it
    ///
    /// The key is in a usage plan, and none of its plans names this stage of this API.
    ///
    /// ## What refutes it
    ///
    /// A plan of the key names the stage.
    ///
    /// ## Remedy
    ///
    /// Add the stage to the plan.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>
    "usage-plan-not-linked-to-stage", Cause, Proves, not_linked;

    /// The key was changed just now
    ///
    /// ## What proves it
    ///
    /// All else fits, and the key was changed within five minutes of the answer: changes take a while to reach every place.
    ///
    /// ## What refutes it
    ///
    /// The change is older.
    ///
    /// ## Remedy
    ///
    /// Wait some minutes, and try again.
    ///
    /// ## Source
    ///
    /// Not verified on AWS.
    "api-key-recent-change", Cause, Silent, recent_change;
}

/// A usage plan, and the stages that it opens.
#[derive(Clone)]
pub(super) struct Plan<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    /// What the service says of it.
    pub(super) answer: &'a Value,
    /// Of each stage: the API's id and the stage's name.
    stages: Vec<(&'a str, &'a str)>,
}

impl Plan<'_> {
    pub(super) fn opens(&self, api: &str, stage: &str) -> bool {
        self.stages.contains(&(api, stage))
    }

    /// Whether it opens any stage of an API.
    pub(super) fn is_of(&self, api: &str) -> bool {
        self.stages.iter().any(|(own, _)| *own == api)
    }

    pub(super) fn shown(&self) -> String {
        format!("{} ({})", self.name, self.id)
    }

    /// Whether it has a key.
    fn has(&self, case: &Case<'_>, key: &str) -> Result<bool, Not> {
        Ok(self.keys(case)?.contains(&key.to_owned()))
    }

    /// The ids of its keys.
    pub(super) fn keys(&self, case: &Case<'_>) -> Result<Vec<String>, Not> {
        let items = case.list(Read::UsagePlanKeys(self.id.to_owned()), "items")?;
        let id = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
        Ok(items.iter().filter_map(id).collect())
    }
}

/// The region's usage plans; those that open a stage first.
pub(super) fn plans<'a>(case: &Case<'a>, api: &str, stage: &str) -> Result<Vec<Plan<'a>>, Not> {
    let items = case.list(Read::UsagePlans, "items")?;
    let text = |item: &'a Value, name: &str| item.get(name).and_then(Value::as_str);
    let plan = |item: &'a Value| {
        let stages = item.get("apiStages").and_then(Value::as_array).into_iter().flatten();
        let stages = stages.filter_map(|own| Some((text(own, "apiId")?, text(own, "stage")?))).collect();
        Some(Plan { id: text(item, "id")?, name: text(item, "name").unwrap_or_default(), answer: item, stages })
    };
    let mut plans: Vec<Plan<'a>> = items.iter().filter_map(plan).collect();
    plans.sort_by_key(|plan| !plan.opens(api, stage));
    Ok(plans)
}

/// How many plans are asked for their keys: a request is to cost no more than a dozen reads.
const ASKED: usize = 3;

/// A key that is enabled, and the plans that have it.
struct Planned<'c, 'a> {
    keyed: Keyed<'c, 'a>,
    key: Key<'a>,
    /// The plans that have the key, of those that were asked.
    plans: Vec<Plan<'a>>,
    /// Whether every plan was asked.
    is_all: bool,
    /// The first plan that opens the stage, whoever has keys of it.
    opening: Option<Plan<'a>>,
    /// Why it was not read which keys a plan has, where one of them may have the key.
    unread: Option<NotRead>,
}

impl<'c, 'a> Planned<'c, 'a> {
    fn of(case: &'c Case<'a>) -> Result<Planned<'c, 'a>, Not> {
        sent(case).ok_or(Not::Silent)?;
        let keyed = Keyed::of(case)?;
        if keyed.target.api.live.settings.api_key_source.as_deref() == Some("AUTHORIZER") {
            return Err(Not::Silent);
        }
        let key = sent_key(case)?;
        if !key.enabled {
            return Err(Not::Silent);
        }
        let (api, stage) = (&keyed.target.api.id, &keyed.stage.name);
        let plans = plans(case, api, stage)?;
        let is_all = plans.len() <= ASKED;
        let opening = plans.first().filter(|plan| plan.opens(api, stage)).cloned();
        let (mut having, mut unread) = (Vec::new(), None);
        for plan in plans.into_iter().take(ASKED) {
            match plan.has(case, key.id) {
                Ok(true) => having.push(plan),
                Ok(false) => {}
                Err(Not::Unread(why)) if !case.is_unsent() => unread = unread.or(Some(why)),
                Err(not) => return Err(not),
            }
        }
        // A plan that was read and has the key is a fact, whatever the others would say.
        let is_open = having.iter().any(|plan| plan.opens(api, stage));
        let unread = unread.filter(|_| !is_open);
        Ok(Planned { keyed, key, plans: having, is_all, opening, unread })
    }

    /// Whether a plan of the key opens the stage.
    fn is_open(&self) -> bool {
        self.plans.iter().any(|plan| plan.opens(&self.keyed.target.api.id, &self.keyed.stage.name))
    }

    fn because(&self, proof: Proof) -> Proof {
        self.keyed.because(proof).because("apigateway:GetApiKeys", "items.id", self.key.id)
    }
}

/// What the execution log says of a key that no usage plan joins to the stage.
const NOT_ASSOCIATED: &str = "not associated with a Usage Plan";

/// What the execution log says of it, where keys or plans were not read: that no plan joins the key to the stage, or `None`
/// where there is no line of the request.
fn logged_without_plan(case: &Case<'_>, why: &NotRead) -> Result<Option<Proof>, Not> {
    let keyed = Keyed::of(case)?;
    let Some(log) = logs::execution_if_any(case)?.filter(|log| !log.is_empty()) else { return Ok(None) };
    let line = log.find(NOT_ASSOCIATED).ok_or_else(|| Not::Unread(why.clone()))?;
    let says = format!("The execution log says that no usage plan joins the key to {}.", keyed.stage.name);
    let proof = keyed.because(Proof::likely(says)).because("logs:FilterLogEvents", line.group, NOT_ASSOCIATED);
    Ok(Some(proof.without(why).advice("add the key to a usage plan that opens the stage")))
}

/// That nothing tells whether a plan joins a key to the stage, for the plans were not read.
fn without_plans(case: &Case<'_>, why: NotRead) -> Examined {
    if let Some(proof) = logged_without_plan(case, &why)? {
        return Ok(proof);
    }
    let (keyed, Ok(key)) = (Keyed::of(case)?, sent_key(case)) else { return Err(Not::Unread(why)) };
    let says = format!(
        "The key {} is enabled; whether a usage plan joins it to {} was not read.",
        key.shown(),
        keyed.stage.name
    );
    let proof = keyed.because(Proof::possible(says)).because("apigateway:GetApiKeys", "items.id", key.id);
    Ok(proof.without(&why).advice("look whether a usage plan has the key and opens the stage"))
}

fn no_plan(case: &Case<'_>) -> Examined {
    let planned = match Planned::of(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return without_plans(case, why),
        planned => planned?,
    };
    let Planned { key, plans: having, is_all, opening, .. } = &planned;
    if let Some(plan) = having.first() {
        return Err(Not::refuted(format!("the plan {} has the key", plan.shown())));
    }
    let stage = &planned.keyed.stage.name;
    let proof = match (&planned.unread, opening) {
        (Some(why), opening) => {
            if let Some(proof) = logged_without_plan(case, why)? {
                return Ok(proof);
            }
            // Without a plan that opens the stage it makes no difference which plans have the key.
            let plan = opening.as_ref().ok_or_else(|| Not::Unread(why.clone()))?;
            let says = format!(
                "The plan {} opens {stage}; whether it has the key {}, which is enabled, was not read.",
                plan.shown(),
                key.shown()
            );
            planned
                .because(Proof::likely(says))
                .because("apigateway:GetUsagePlans", plan.id, stage.as_str())
                .without(why)
        }
        (None, _) => {
            let says = format!("The key {} is in no usage plan.", key.shown());
            let proof = if *is_all { Proof::certain(says) } else { Proof::likely(says) };
            planned.because(proof).because("apigateway:GetUsagePlanKeys", key.id, Value::Null)
        }
    };
    Ok(match opening {
        Some(plan) => {
            let command = Aws::new("apigateway create-usage-plan-key")
                .option("--usage-plan-id", plan.id)
                .option("--key-id", key.id)
                .option("--key-type", "API_KEY")
                .option("--region", &case.facts.region);
            proof.command(format!("add the key to the plan {}, which opens the stage", plan.shown()), command)
        }
        None => proof.advice(format!("make a usage plan that opens {stage}, and add the key to it")),
    })
}

fn not_linked(case: &Case<'_>) -> Examined {
    let planned = match Planned::of(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return linked_by_none(case, why),
        planned => planned?,
    };
    if planned.is_open() {
        return Err(Not::refuted("a usage plan of the key opens the stage"));
    }
    if let Some(why) = &planned.unread {
        return opened_by_none(case, &planned, why);
    }
    let plan = planned.plans.first().ok_or(Not::Silent)?;
    let (api, stage) = (&planned.keyed.target.api.id, &planned.keyed.stage.name);
    let command = Aws::new("apigateway update-usage-plan")
        .option("--usage-plan-id", plan.id)
        .option("--patch-operations", &format!("op=add,path=/apiStages,value={api}:{stage}"))
        .option("--region", &case.facts.region);
    let says = format!("The plan {} has the key {}, and does not open {stage}.", plan.shown(), planned.key.shown());
    let stages: Vec<String> = plan.stages.iter().map(|(api, stage)| format!("{api}:{stage}")).collect();
    // A plan that was not asked for its keys may open the stage to this one.
    let proof = if planned.is_all { Proof::certain(says) } else { Proof::likely(says) };
    Ok(planned
        .because(proof)
        .because("apigateway:GetUsagePlans", format!("{} apiStages", plan.id), json!(stages))
        .command("let the plan open the stage", command))
}

/// That no plan opens the stage, so that it makes no difference which plans have the key, which was not read.
fn opened_by_none(case: &Case<'_>, planned: &Planned<'_, '_>, why: &NotRead) -> Examined {
    let stage = &planned.keyed.stage.name;
    if planned.opening.is_some() {
        return Err(Not::Unread(why.clone()));
    }
    let says = format!("No usage plan opens {stage}; which of them has the key {} was not read.", planned.key.shown());
    let items = case.list(Read::UsagePlans, "items")?.len();
    let proof = planned.because(Proof::likely(says)).because("apigateway:GetUsagePlans", "items", items).without(why);
    Ok(proof.advice(format!("let the usage plan that has the key open {stage}")))
}

/// That no plan opens the stage, so that it makes no difference which key was sent: the keys were not read.
fn linked_by_none(case: &Case<'_>, why: NotRead) -> Examined {
    let keyed = Keyed::by_header(case)?;
    let (api, stage) = (&keyed.target.api.id, &keyed.stage.name);
    let all = plans(case, api, stage)?;
    if all.iter().any(|plan| plan.opens(api, stage)) {
        return Err(Not::Unread(why));
    }
    let says = format!("No usage plan opens {stage} to any key; the keys were not read.");
    let proof = keyed.because(Proof::likely(says)).because("apigateway:GetUsagePlans", "items", all.len());
    Ok(proof.without(&why).advice(format!("let the usage plan that has the key open {stage}")))
}

fn recent_change(case: &Case<'_>) -> Examined {
    case.response()?;
    let planned = Planned::of(case)?;
    if !planned.is_open() {
        return Err(Not::Silent);
    }
    let changed = planned.key.changed.and_then(moment).ok_or(Not::Silent)?;
    let age = case.at().duration_since(changed);
    if age.is_negative() || age > SignedDuration::from_mins(5) {
        return Err(Not::refuted("the key was not changed within five minutes of the answer"));
    }
    let says = format!("The key {} was changed {} s before the answer.", planned.key.shown(), age.as_secs());
    Ok(planned
        .because(Proof::possible(says))
        .because("apigateway:GetApiKeys", format!("{} lastUpdatedDate", planned.key.id), changed.to_string())
        .advice("wait some minutes, and try again"))
}

/// A moment as services write it: a text, or seconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => Timestamp::from_second(other.as_f64().map(|seconds| seconds.trunc().to_string())?.parse().ok()?).ok(),
    }
}

#[cfg(test)]
mod tests;
