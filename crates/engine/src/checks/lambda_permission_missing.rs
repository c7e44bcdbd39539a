//! `lambda-permission-missing`.

use crate::arn::FunctionName;
use crate::check::{Context, Outcome, check};
use crate::command::{self, Aws};
use crate::configuration::RouteKey;
use crate::finding::{Remedy, Resource, Severity};
use crate::invocation::{self, Caller, Invocation, Invocations};
use crate::observed::Observed;
use crate::permission::{self, Call, Verdict};
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

check! {
    /// API Gateway may not call the Lambda function
    ///
    /// ## What it looks for
    ///
    /// Routes and authorizers of a stage whose function's resource policy does not let API Gateway call it on their
    /// behalf. The policy of exactly the alias or version that is called is evaluated, against the ARN of the route or
    /// authorizer, after stage variables are put in. Integrations that are called with a role (`credentials`) need no
    /// such policy and are left out.
    ///
    /// ## Why it matters
    ///
    /// Every request to such a route fails with status 500, and the function's own log shows nothing. It happens when a
    /// function is created anew (its policy is gone), when the permission was given for the function and an alias is
    /// called, for another stage, or for an API that was created anew under another id.
    ///
    /// ## How to fix
    ///
    /// Add the permission; it is in force at once, without a deployment.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html>
    /// - <https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html>
    id: "lambda-permission-missing",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["lambda-permission-missing", "lambda-permission-source-arn-mismatch", "lambda-permission-on-alias-missing", "lambda-auth-permission", "http-lambda-auth-permission"],
    asked: Routes, Each,
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        judge_stage(context.snapshot, api, stage, out);
    }
}

fn judge_stage(snapshot: &Snapshot, api: &Api, stage: &Stage, out: &mut Outcome) {
    let Invocations { invocations, not_read } = invocation::of_stage(api, stage);
    for why in not_read {
        out.not_evaluated(Resource::stage(snapshot, api, &stage.name), why);
    }
    for invocation in invocations {
        if let (Some(function), None) = (invocation.function(), &invocation.credentials) {
            judge(snapshot, api, stage, &invocation, &function, out);
        }
    }
}

fn judge(
    snapshot: &Snapshot,
    api: &Api,
    stage: &Stage,
    invocation: &Invocation,
    name: &FunctionName,
    out: &mut Outcome,
) {
    let resource = Resource::stage(snapshot, api, &stage.name).with_function(name.arn());
    let (resource, caller) = match &invocation.caller {
        Caller::Route(route) => (resource.with_route(route), route.to_string()),
        Caller::Authorizer { name, .. } => (resource.with_key(name), format!("the authorizer {name}")),
    };
    let Some(function) = snapshot.function(name) else {
        return out.undecided(resource, "the function was not looked at");
    };
    // A function that does not exist is a finding of its own.
    if matches!(function.configuration, Observed::Known(None)) {
        return;
    }
    let policy = match function.policy.known() {
        Ok(policy) => policy.clone().unwrap_or_default(),
        Err(why) => return out.not_evaluated(resource, why),
    };
    let Some(source_arn) = invocation.source_arn(snapshot, api, &stage.name, name) else {
        return out.undecided(resource, "the id of the authorizer is not known");
    };
    match permission::evaluate(&policy, Call { source_arn: &source_arn, account_id: &snapshot.account_id }) {
        Verdict::Granted => {}
        Verdict::Depends(condition) => {
            out.undecided(resource, format!("the function's policy depends on {condition}, which is not evaluated"));
        }
        Verdict::Missing if grants_one_method_of_any(&policy, snapshot, api, stage, invocation, name) => {
            let reason =
                "the function's policy names single methods; whether that is enough for a route of ANY is not known";
            out.undecided(resource, reason);
        }
        Verdict::Denied => {
            let title = format!("API Gateway may not call {name} for {caller} of {}", stage.name);
            out.finding(Severity::High, resource, title)
                .detail(format!("Every such request fails with status 500: a statement of the function's policy denies {source_arn}, whatever others allow."))
                .evidence("lambda:GetPolicy", name.arn(), policy)
                .evidence(api.shown_by(stage), "source ARN of the call", source_arn.clone())
                .remedy(Remedy::advice("remove the statement that denies it from the function's policy, or narrow it"));
        }
        Verdict::Missing => {
            let title = format!("API Gateway may not call {name} for {caller} of {}", stage.name);
            out.finding(Severity::High, resource, title)
                .detail(format!("Every such request fails with status 500: no statement of the function's policy allows {source_arn}."))
                .evidence("lambda:GetPolicy", name.arn(), policy)
                .evidence(api.shown_by(stage), "source ARN of the call", source_arn.clone())
                .remedy(Remedy::command("let API Gateway call the function", add_permission(snapshot, api, name, &source_arn)));
        }
    }
}

/// Whether a policy that does not allow `ANY` allows one of the methods that it stands for.
fn grants_one_method_of_any(
    policy: &serde_json::Value,
    snapshot: &Snapshot,
    api: &Api,
    stage: &Stage,
    invocation: &Invocation,
    name: &FunctionName,
) -> bool {
    let Caller::Route(RouteKey { path, method: Some(method) }) = &invocation.caller else {
        return false;
    };
    method == "ANY"
        && ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].iter().any(|method| {
            let narrowed = Invocation { caller: Caller::Route(RouteKey::new(method, path)), ..invocation.clone() };
            let source_arn = narrowed.source_arn(snapshot, api, &stage.name, name).unwrap_or_default();
            let call = Call { source_arn: &source_arn, account_id: &snapshot.account_id };
            permission::evaluate(policy, call) == Verdict::Granted
        })
}

fn add_permission(snapshot: &Snapshot, api: &Api, name: &FunctionName, source_arn: &str) -> Aws {
    // Parameters of the path stand as they are in the ARN of the call; a star in their place also covers them.
    let pattern: Vec<&str> = source_arn.split('/').map(|part| if part.starts_with('{') { "*" } else { part }).collect();
    let digest = Resource::regional(snapshot, &api.control_plane_path()).with_key(source_arn).fingerprint(CHECK.id);
    let statement_id = format!("apigateway-{}-{}", api.id, digest.get(..8).unwrap_or_default());
    command::permit(name, &statement_id, &pattern.join("/"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::configuration::Authorizer;
    use crate::fixture::{api, check, denied, deploy, function, lambda_uri, route, snapshot};

    fn account() -> Snapshot {
        let uri = lambda_uri("orders-fn");
        let mut orders = api(ApiKind::Rest, vec![route("GET /orders/{id}", &uri), route("ANY /admin", &uri)]);
        let mut live = orders.live.clone();
        if let Observed::Known(routes) = &mut live.routes {
            for route in routes.0.values_mut() {
                route.authorizer = Observed::Known(Some("tokens".to_owned()));
            }
        }
        let authorizer = Authorizer {
            authorizer_uri: Some(lambda_uri("auth-fn")),
            id: Some("auth01".to_owned()),
            ..Authorizer::default()
        };
        live.authorizers = Observed::Known([("tokens".to_owned(), authorizer)].into());
        deploy(&mut orders, "d1", &live);
        orders.live = live;
        let mut snapshot = snapshot(vec![orders]);
        snapshot.functions = vec![function("orders-fn"), function("auth-fn")];
        snapshot
    }

    fn allow(rest: &str) -> Observed<Option<serde_json::Value>> {
        let source = format!("arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/{rest}");
        Observed::Known(Some(json!({ "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" }, "Action": "lambda:InvokeFunction",
            "Condition": { "ArnLike": { "AWS:SourceArn": source } },
        }] })))
    }

    #[test]
    fn flags_a_route_and_an_authorizer_that_no_statement_covers() {
        let mut snapshot = account();
        snapshot.functions[0].policy = allow("prod/ANY/admin");
        snapshot.functions[1].policy = Observed::Known(None);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders/{id} orders-fn: API Gateway may not call orders-fn for GET /orders/{id} of prod
            high /restapis/a1b2c3d4e5/stages/prod auth-fn tokens: API Gateway may not call auth-fn for the authorizer tokens of prod
        "#]],
        );
    }

    #[test]
    fn leaves_what_is_allowed_and_what_is_called_with_a_role_alone() {
        check(&CHECK, &account(), expect![""]);

        let mut snapshot = account();
        snapshot.functions[1].policy = allow("authorizers/auth01");
        snapshot.functions[0].policy = allow("*/GET/orders/*");
        let uri = lambda_uri("orders-fn");
        let mut with_role = route("GET /orders/{id}", &uri);
        with_role.1.integration.as_mut().unwrap().credentials = Some("arn:aws:iam::111122223333:role/r".to_owned());
        snapshot.apis = vec![api(ApiKind::Rest, vec![with_role])];
        snapshot.functions[0].policy = Observed::Known(None);
        check(&CHECK, &snapshot, expect![""]);
    }

    #[test]
    fn admits_that_a_grant_for_single_methods_may_cover_any() {
        let mut snapshot = account();
        snapshot.functions[0].policy = allow("*/GET/*");
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod ANY /admin orders-fn: the function's policy names single methods; whether that is enough for a route of ANY is not known
        "#]],
        );
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = account();
        snapshot.functions[1].policy = Observed::NotRead(denied("lambda:GetPolicy"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod auth-fn tokens: access denied: apigateway:GET on arn:aws:… (for lambda:GetPolicy)
        "#]],
        );
    }

    #[test]
    fn the_remedy_names_alias_and_pattern() {
        let snapshot = account();
        let name = FunctionName { qualifier: Some("live".to_owned()), ..snapshot.functions[0].name.clone() };
        let source_arn = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/orders/{id}";
        let command = add_permission(&snapshot, &snapshot.apis[0], &name, source_arn).to_string();
        assert!(
            command.starts_with("aws lambda add-permission --function-name orders-fn --qualifier live "),
            "{command}"
        );
        assert!(
            command.contains("'arn:aws:execute-api:eu-west-1:111122223333:a1b2c3d4e5/prod/GET/orders/*'"),
            "{command}"
        );
    }
}
