//! `api-key-not-required-on-method`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A usage plan opens a stage of which no route wants a key
    ///
    /// ## What it looks for
    ///
    /// Stages that a usage plan with keys names, and of which no route wants a key, neither deployed nor live.
    ///
    /// ## Why it matters
    ///
    /// Everybody is let in: the plan, its quota and its throttle have no effect on anybody.
    ///
    /// ## How to fix
    ///
    /// Let the methods want a key (SAM: `Auth: ApiKeyRequired: true`), and deploy; or take the stage out of the plan.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html>
    id: "api-key-not-required-on-method",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["api-key-not-required-on-method"],
    asked: Routes, Stage,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Route;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::{Api, ApiKey, ApiStage, Snapshot, UsagePlan};

    fn account() -> Snapshot {
        keyed(wanting(false, "NONE"))
    }

    /// An API whose route wants a key, which a plan holds that opens its stage.
    fn keyed(api: Api) -> Snapshot {
        let mut snapshot = snapshot(vec![api]);
        snapshot.usage_plans = Observed::Known(vec![UsagePlan {
            id: "plan01".to_owned(),
            name: "partners".to_owned(),
            api_stages: vec![ApiStage { api_id: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() }],
            key_ids: Observed::Known(vec!["key01".to_owned()]),
            settings: Default::default(),
        }]);
        let key = ApiKey { id: "key01".to_owned(), name: "mobile".to_owned(), enabled: true };
        snapshot.api_keys = Observed::Known(vec![key]);
        snapshot
    }

    fn wanting(is_required: bool, authorization_type: &str) -> Api {
        let (key, own) = route("GET /orders", &lambda_uri("orders-fn"));
        let authorization_type = authorization_type.to_owned();
        api(ApiKind::Rest, vec![(key, Route { api_key_required: is_required, authorization_type, ..own })])
    }

    #[test]
    fn flags_a_plan_without_effect() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium /restapis/a1b2c3d4e5/stages/prod: GET /orders: A usage plan opens the stage, but no route wants a key
        "#]],
        );
    }

    #[test]
    fn is_silent_where_a_route_wants_a_key_and_where_there_is_no_plan() {
        check(&CHECK, &keyed(wanting(true, "NONE")), expect![[""]]);
        check(&CHECK, &snapshot(vec![wanting(false, "NONE")]), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &Snapshot { usage_plans: Observed::NotRead(denied("apigateway:GetUsagePlans")), ..account() },
            expect![[r#"
                not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetUsagePlans)
            "#]],
        );
    }
}
