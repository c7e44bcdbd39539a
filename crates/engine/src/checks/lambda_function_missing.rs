//! `lambda-function-missing`.

use std::collections::BTreeMap;

use serde_json::json;

use crate::arn::FunctionName;
use crate::check::{Context, Outcome, check};
use crate::finding::{Remedy, Resource, Severity};
use crate::invocation::{self, Caller, Invocations};
use crate::met::Met;
use crate::snapshot::{Api, ApiKind, Snapshot, Stage};

check! {
    /// An integration or authorizer calls a Lambda function that does not exist
    ///
    /// ## What it looks for
    ///
    /// Lambda functions, with alias or version, that the routes and authorizers of a stage call, and of which Lambda says
    /// that there is none of that name. Stage variables are put in before.
    ///
    /// ## Why it matters
    ///
    /// Every request to such a route fails: a REST API answers 500 or 502, an HTTP API 500. Usually the function was
    /// renamed or deleted, an alias was never made, or a stage variable names the wrong one.
    ///
    /// ## How to fix
    ///
    /// Create the function or the alias, or point the integration (or the stage variable in it) to one that exists. A
    /// changed integration needs a deployment, a changed stage variable does not.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integrations.html>
    id: "lambda-function-missing",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
    causes: ["lambda-function-missing"],
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        judge(context.snapshot, api, stage, out);
    }
}

fn judge(snapshot: &Snapshot, api: &Api, stage: &Stage, out: &mut Outcome) {
    let Invocations { invocations, not_read } = invocation::of_stage(api, stage);
    for why in not_read {
        out.not_evaluated(Resource::stage(snapshot, api, &stage.name), why);
    }
    let mut callers: BTreeMap<FunctionName, Vec<String>> = BTreeMap::new();
    for invocation in invocations {
        let Some(function) = invocation.function() else {
            continue;
        };
        callers.entry(function).or_default().push(match invocation.caller {
            Caller::Route(route) => route.to_string(),
            Caller::Authorizer { name, .. } => format!("authorizer {name}"),
        });
    }
    let is_live = matches!(api.met_by_callers(stage), Met::Live { .. });
    for (name, callers) in callers {
        let resource = Resource::stage(snapshot, api, &stage.name).with_function(name.arn());
        match snapshot.function(&name).map(|function| function.configuration.known()) {
            Some(Ok(None)) => {
                out.finding(
                    Severity::High,
                    resource,
                    match is_live {
                        false => format!("{} calls the function {name}, which does not exist", stage.name),
                        true => format!("the live configuration calls the function {name}, which does not exist"),
                    },
                )
                .detail(format!("Every request that needs it fails: {}.", callers.join(", ")))
                .evidence("lambda:GetFunctionConfiguration", name.arn(), "ResourceNotFoundException")
                .evidence(api.shown_by(stage), "callers", json!(callers))
                .remedy(Remedy::advice("create the function or alias, or point the integration to one that exists"));
            }
            Some(Ok(Some(_))) => {}
            Some(Err(why)) => out.not_evaluated(resource, why),
            None => out.undecided(resource, "the function was not looked at"),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, function, lambda_uri, route, snapshot};
    use crate::observed::Observed;

    fn account() -> Snapshot {
        let uri = lambda_uri("orders-fn:${stageVariables.alias}");
        let mut api = api(ApiKind::Rest, vec![route("GET /orders", &uri), route("POST /orders", &uri)]);
        if let Observed::Known(stages) = &mut api.stages {
            stages[0].variables.insert("alias".to_owned(), "live".to_owned());
        }
        let mut snapshot = snapshot(vec![api]);
        snapshot.functions = vec![function("orders-fn:live")];
        snapshot
    }

    #[test]
    fn flags_an_alias_that_does_not_exist_once_for_a_stage() {
        let mut snapshot = account();
        snapshot.functions[0].configuration = Observed::Known(None);
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod live: prod calls the function orders-fn:live, which does not exist
        "#]],
        );
    }

    #[test]
    fn leaves_a_function_that_exists_alone() {
        check(&CHECK, &account(), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut snapshot = account();
        snapshot.functions[0].configuration = Observed::NotRead(denied("lambda:GetFunctionConfiguration"));
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod live: access denied: apigateway:GET on arn:aws:… (for lambda:GetFunctionConfiguration)
        "#]],
        );
    }
}
