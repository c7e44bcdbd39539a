//! `root-without-method`.

use std::collections::BTreeSet;

use crate::check::{Context, Outcome, check};
use crate::finding::{Remedy, Resource, Severity};
use crate::observed::{NotRead, Observed};
use crate::snapshot::{Api, ApiKind, Stage};

check! {
    /// The stage's own URL answers 403, because the root has no method
    ///
    /// ## What it looks for
    ///
    /// Stages of REST APIs that serve routes, but none for `/`. A greedy `/{proxy+}` does not cover the root.
    ///
    /// ## Why it matters
    ///
    /// The console shows the stage's URL as *Invoke URL*. Whoever opens it gets `403 Missing Authentication Token` and
    /// takes the API for broken. Many APIs are meant to be so, hence the severity *info*.
    ///
    /// ## How to fix
    ///
    /// Call the URL of a route. If the root should answer, add a method to it and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
    id: "root-without-method",
    severity: Severity::Info,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["rest-root-no-method"],
}

fn run(context: &Context, out: &mut Outcome) {
    for (api, stage) in context.stages(CHECK.kinds, out) {
        if stage.deployment_id.is_none() {
            continue;
        }
        let resource = Resource::stage(context.snapshot, api, &stage.name);
        match served_paths(api, stage) {
            Ok(paths) if paths.is_empty() || paths.contains("/") => {}
            Ok(paths) => {
                let example = paths.first().map(String::as_str).unwrap_or_default();
                out.finding(Severity::Info, resource, format!("{} has no method for /", stage.name))
                    .detail(format!(
                        "The stage's own URL answers 403 Missing Authentication Token. Routes begin below it, for example at {example}."
                    ))
                    .evidence(shown_by(api, stage), "paths", serde_json::json!(paths))
                    .remedy(Remedy::advice("call the URL of a route, or add a method to the root and deploy"));
            }
            Err(Some(why)) => out.not_evaluated(resource, &why),
            Err(None) => out.undecided(resource, "what the stage serves was not read"),
        }
    }
}

/// The call that showed the paths.
fn shown_by(api: &Api, stage: &Stage) -> &'static str {
    let deployed = stage.deployment_id.as_ref().and_then(|id| api.deployed.get(id));
    match deployed {
        Some(deployed) if deployed.baseline.is_none() && deployed.summary.ok().is_some() => "apigateway:GetDeployment",
        _ => api.shown_by(stage),
    }
}

/// The paths that have a method in what a stage serves, by either witness.
fn served_paths(api: &Api, stage: &Stage) -> Result<BTreeSet<String>, Option<NotRead>> {
    let deployed = stage.deployment_id.as_ref().and_then(|id| api.deployed.get(id)).ok_or(None)?;
    if let Some(baseline) = &deployed.baseline {
        let routes = baseline.configuration.routes.known().map_err(|why| Some(why.clone()))?;
        return Ok(routes.0.keys().map(|key| key.path.clone()).collect());
    }
    match (&deployed.summary, &deployed.export) {
        (Observed::Known(summary), _) => Ok(summary.keys().cloned().collect()),
        (_, Observed::Known(export)) => {
            let routes = export.configuration.routes.known().map_err(|why| Some(why.clone()))?;
            Ok(routes.0.keys().map(|key| key.path.clone()).collect())
        }
        (Observed::NotRead(why), _) => Err(Some(why.clone())),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, denied, lambda_uri, route, snapshot};

    fn with_routes(keys: &[&str]) -> Api {
        api(ApiKind::Rest, keys.iter().map(|key| route(key, &lambda_uri("orders-fn"))).collect())
    }

    #[test]
    fn flags_an_api_whose_root_answers_nothing() {
        check(
            &CHECK,
            &snapshot(vec![with_routes(&["GET /orders", "ANY /{proxy+}"])]),
            expect![[r#"
            info /restapis/a1b2c3d4e5/stages/prod: prod has no method for /
        "#]],
        );
    }

    #[test]
    fn leaves_a_root_with_a_method_and_an_empty_api_alone() {
        check(&CHECK, &snapshot(vec![with_routes(&["GET /", "GET /orders"]), with_routes(&[])]), expect![""]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut api = with_routes(&["GET /orders"]);
        let deployed = api.deployed.get_mut("d1").unwrap();
        deployed.summary = Observed::NotRead(denied("apigateway:GetDeployment"));
        deployed.export = Observed::NotRead(denied("apigateway:GetExport"));
        check(
            &CHECK,
            &snapshot(vec![api]),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for apigateway:GetDeployment)
        "#]],
        );
    }
}
