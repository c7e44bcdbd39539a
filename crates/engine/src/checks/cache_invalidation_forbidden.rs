//! `cache-invalidation-forbidden`.

use crate::check::{Context, Outcome, check, judge};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The cache refuses requests that ask for a fresh answer
    ///
    /// ## What it looks for
    ///
    /// Stages of REST APIs with a cache, and methods that cache and answer `403` to `Cache-Control: max-age=0` of
    /// callers who may not pass by it. Routes with `AWS_IAM` are left out: who signs may be allowed to.
    ///
    /// ## Why it matters
    ///
    /// Clients send this header without being asked to: browsers do on reload. Their requests are refused, those of
    /// others are answered.
    ///
    /// ## How to fix
    ///
    /// Choose a strategy that lets the request through, such as `SUCCEED_WITH_RESPONSE_HEADER`. It is in force without
    /// a deployment.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html>
    id: "cache-invalidation-forbidden",
    severity: Severity::Low,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["cache-invalidation-forbidden"],
    asked: Uncached, Stage,
}

fn run(context: &Context, out: &mut Outcome) {
    judge(context, out, &|_, _| Some(Severity::Low));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;
    use serde_json::json;

    fn with_cache(strategy: &str, enabled: bool, authorization: &str) -> Snapshot {
        let (key, mut orders) = route("GET /orders", &lambda_uri("orders-fn"));
        orders.authorization_type = authorization.to_owned();
        let mut own = api(ApiKind::Rest, vec![(key, orders), route("POST /orders", &lambda_uri("orders-fn"))]);
        let Observed::Known(stages) = &mut own.stages else { panic!("the fixture has stages") };
        let method = json!({ "cachingEnabled": true, "requireAuthorizationForCacheControl": true,
            "unauthorizedCacheControlHeaderStrategy": strategy });
        stages[0].settings.insert("cacheClusterEnabled".to_owned(), json!(enabled));
        stages[0].settings.insert("methodSettings".to_owned(), json!({ "~1orders/GET": method }));
        snapshot(vec![own])
    }

    #[test]
    fn callers_who_ask_for_a_fresh_answer_are_refused() {
        check(
            &CHECK,
            &with_cache("FAIL_WITH_403", true, "NONE"),
            expect![[r#"
            low /restapis/a1b2c3d4e5/stages/prod: GET /orders: The cache refuses requests that ask for a fresh answer
        "#]],
        );
    }

    #[test]
    fn another_strategy_no_cache_and_callers_who_sign_are_left_alone() {
        check(&CHECK, &with_cache("SUCCEED_WITH_RESPONSE_HEADER", true, "NONE"), expect![[""]]);
        check(&CHECK, &with_cache("FAIL_WITH_403", false, "NONE"), expect![[""]]);
        check(&CHECK, &with_cache("FAIL_WITH_403", true, "AWS_IAM"), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = with_cache("FAIL_WITH_403", true, "NONE");
        snapshot.apis[0].stages = Observed::NotRead(denied("apigateway:GetStages"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
