//! `key-without-usage-plan`.

use std::collections::BTreeSet;

use crate::check::{Context, Outcome, check};
use crate::command::Aws;
use crate::finding::{Remedy, Resource, Severity};
use crate::snapshot::{ApiKey, Snapshot};

check! {
    /// An API key belongs to no usage plan, so it opens nothing
    ///
    /// ## What it looks for
    ///
    /// Enabled API keys that are in no usage plan.
    ///
    /// ## Why it matters
    ///
    /// A key is accepted only through a usage plan that holds both the key and the stage. Callers who send this one get
    /// `403 Forbidden` wherever a key is required, as if they had sent none.
    ///
    /// ## How to fix
    ///
    /// Add the key to the plan of the stage that it is meant for, or delete it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html>
    id: "key-without-usage-plan",
    severity: Severity::Medium,
    kinds: &[],
    since: "0.1.0",
    causes: ["api-key-no-usage-plan"],
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    let (keys, plans) = match (snapshot.api_keys.known(), snapshot.usage_plans.known()) {
        (Ok(keys), Ok(plans)) => (keys, plans),
        (Err(why), _) | (_, Err(why)) => {
            // Whatever keys there are, nothing needs them where nothing asks for one.
            if why.is_failure() {
                out.not_evaluated(Resource::regional(snapshot, "/apikeys"), why);
            }
            return;
        }
    };
    let in_plans: BTreeSet<&String> = plans.iter().filter_map(|plan| plan.key_ids.ok()).flatten().collect();
    let unread = plans.iter().find_map(|plan| plan.key_ids.known().err());
    for key in keys.iter().filter(|key| key.enabled && !in_plans.contains(&key.id)) {
        let resource = Resource::regional(snapshot, &format!("/apikeys/{}", key.id));
        match unread {
            Some(why) => out.not_evaluated(resource, why),
            None => report(snapshot, resource, key, out),
        }
    }
}

fn report(snapshot: &Snapshot, resource: Resource, key: &ApiKey, out: &mut Outcome) {
    let command = Aws::new("apigateway create-usage-plan-key")
        .option("--usage-plan-id", "PLAN_ID")
        .option("--key-type", "API_KEY")
        .option("--key-id", &key.id)
        .option("--region", &snapshot.region);
    out.finding(Severity::Medium, resource, format!("the API key {} is in no usage plan", key.name))
        .detail("Callers who send it get 403 Forbidden wherever a key is required.")
        .evidence("apigateway:GetUsagePlanKeys", "items", serde_json::Value::Null)
        .remedy(Remedy::command("add the key to the usage plan of its stage, or delete it", command));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::{Snapshot, UsagePlan};

    fn account(key_ids: Observed<Vec<String>>) -> Snapshot {
        let key = |id: &str, enabled| ApiKey { id: id.to_owned(), name: format!("{id}-name"), enabled };
        let mut snapshot = snapshot(Vec::new());
        snapshot.api_keys = Observed::Known(vec![key("k1", true), key("k2", true), key("k3", false)]);
        snapshot.usage_plans = Observed::Known(vec![UsagePlan {
            id: "p1".to_owned(),
            name: "basic".to_owned(),
            api_stages: Vec::new(),
            key_ids,
            settings: Default::default(),
        }]);
        snapshot
    }

    #[test]
    fn flags_an_enabled_key_in_no_plan() {
        check(
            &CHECK,
            &account(Observed::Known(vec!["k1".to_owned()])),
            expect![[r#"
            medium /apikeys/k2: the API key k2-name is in no usage plan
        "#]],
        );
    }

    #[test]
    fn leaves_keys_in_plans_and_disabled_ones_alone() {
        check(&CHECK, &account(Observed::Known(vec!["k1".to_owned(), "k2".to_owned()])), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let unread = account(Observed::NotRead(denied("apigateway:GetUsagePlanKeys")));
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated /apikeys/k1: access denied: apigateway:GET on arn:aws:… (for apigateway:GetUsagePlanKeys)
            not evaluated /apikeys/k2: access denied: apigateway:GET on arn:aws:… (for apigateway:GetUsagePlanKeys)
        "#]],
        );
        let mut snapshot = snapshot(Vec::new());
        snapshot.api_keys = Observed::NotRead(denied("apigateway:GetApiKeys"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /apikeys: access denied: apigateway:GET on arn:aws:… (for apigateway:GetApiKeys)
        "#]],
        );
    }
}
