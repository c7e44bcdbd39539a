//! HTTP APIs answer 404 where no route takes a request.

use serde_json::{Value, json};

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::signal::Signal;
use crate::case::table::Table;
use crate::case::target::{Target, Via, first_segment};
use crate::command::Aws;
use crate::configuration::RouteKey;
use crate::routing;
use crate::snapshot::{Api, ApiKind, Stage};

causes! {
    /// The HTTP API has neither this stage nor a default one
    ///
    /// ## What proves it
    ///
    /// The API has no stage `$default`, and the first segment of the path is none of its stages.
    ///
    /// ## What refutes it
    ///
    /// A stage of that name, or `$default`.
    ///
    /// ## Remedy
    ///
    /// Put a stage before the path, in the place of a first segment that was meant for one; or make the stage `$default`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
    "http-stage-not-found", Cause, Silent, stage_not_found;

    /// The route is there, but not deployed
    ///
    /// ## What proves it
    ///
    /// The stage does not deploy by itself, or its last automatic deployment failed; a live route takes the request, and the
    /// stage serves none. A stage that was never deployed serves no route at all.
    ///
    /// ## What refutes it
    ///
    /// The stage deploys by itself, and that succeeded.
    ///
    /// ## Remedy
    ///
    /// Deploy, or switch automatic deployment on. Where that failed, put right what `LastDeploymentStatusMessage` says: the
    /// stage then deploys by itself.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html>
    "http-not-deployed", Cause, Proves, deployment::not_deployed;

    /// The path has a stage that the default stage takes for a part of it
    ///
    /// ## What proves it
    ///
    /// The stage is `$default`, the path begins with a segment that is a stage's name, of the API's own stages or as stages are
    /// usually called (`prod`, `dev` …), and without it a route takes the request.
    ///
    /// ## What refutes it
    ///
    /// Another first segment, which is a misspelling or a part of the path; a request that reaches a stage of that name; or no
    /// route for the rest.
    ///
    /// ## Remedy
    ///
    /// Leave the stage out.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
    "http-stage-prefix-with-default", Cause, Silent, stage_prefix;

    /// The path differs from the route by a slash at its end
    ///
    /// ## What proves it
    ///
    /// With a slash at the end, or without it, a route takes the request; as it was sent, none does.
    ///
    /// ## What refutes it
    ///
    /// A route that takes it as it was sent.
    ///
    /// ## Remedy
    ///
    /// Write the path as the route has it. REST APIs ignore that slash, HTTP APIs do not.
    ///
    /// ## Source
    ///
    /// <https://github.com/storacha/w3infra/pull/166>
    "http-trailing-slash", Cause, Silent, trailing_slash;

    /// The path is there, but not with this method
    ///
    /// ## What proves it
    ///
    /// Routes of other methods take the path: deployed ones, or live ones that wait for a deployment. HTTP APIs answer that
    /// with 404, never with 405.
    ///
    /// ## What refutes it
    ///
    /// A route with this method, with ANY, or `$default`.
    ///
    /// ## Remedy
    ///
    /// Send a method that the path has, or add a route for this one.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
    "http-method-mismatch", Cause, Silent, method_mismatch;

    /// The route calls nothing
    ///
    /// ## What proves it
    ///
    /// The route that takes the request has no integration.
    ///
    /// ## What refutes it
    ///
    /// It has one.
    ///
    /// ## Remedy
    ///
    /// Attach an integration to the route.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html>
    "http-route-no-integration", Cause, Proves, no_integration;

    /// No route of the HTTP API takes the path
    ///
    /// ## What proves it
    ///
    /// No route takes the path with any method, and there is no `$default` route.
    ///
    /// ## What refutes it
    ///
    /// A route that takes it.
    ///
    /// ## Remedy
    ///
    /// Call a path that is there, or add a route.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>
    "http-route-not-found", Cause, Silent, route_not_found;
}

/// A request that an HTTP API answered with its 404.
fn http_404<'c, 'a>(case: &'c Case<'a>) -> Result<&'c Target<'a>, Not> {
    case.shows(&[Signal::NotFound])?;
    let target = case.target()?;
    if target.api.kind == ApiKind::Http { Ok(target) } else { Err(Not::Silent) }
}

/// Such a request, to a stage that is there, which no route of it takes.
struct Missing<'c, 'a> {
    target: &'c Target<'a>,
    stage: &'a Stage,
    served: &'a Table<'a>,
}

impl<'c, 'a> Missing<'c, 'a> {
    fn of(case: &'c Case<'a>) -> Result<Missing<'c, 'a>, Not> {
        let target = http_404(case)?;
        let stage = target.stage()?;
        let served = target.deployed(case)?;
        if target.answers_preflight(case)? {
            return Err(Not::refuted("API Gateway answers preflights itself, as the CORS configuration tells it"));
        }
        if let Some((key, entry)) = served.find(case.method(), &target.path) {
            let integrates = entry.route.is_none_or(|route| route.integration.is_some());
            if integrates {
                return Err(Not::refuted(format!("the stage {} serves {key} for this request", stage.name)));
            }
            return Err(Not::Silent);
        }
        Ok(Missing { target, stage, served })
    }

    fn url(&self, case: &Case<'_>, path: &str) -> String {
        self.target.url(case, &self.stage.name, path)
    }

    /// A path that a route takes and that differs by upper and lower case, or by one or two segments before it, and that
    /// route. What a route takes whose first segment is a parameter proves nothing.
    fn almost(&self, case: &Case<'_>) -> Option<(String, &RouteKey)> {
        let path = self.target.path.as_str();
        if let Some(key) = self.served.find_in_any_case(case.method(), path) {
            return Some((routing::filled(&key.path, path), key));
        }
        let (_, without_first) = first_segment(path);
        let (_, without_two) = first_segment(without_first);
        [without_first, without_two].into_iter().filter(|rest| *rest != "/").find_map(|rest| {
            let (key, _) = self.served.find(case.method(), rest)?;
            (!key.path.starts_with("/{")).then(|| (rest.to_owned(), key))
        })
    }

    /// That the live configuration does not have the route either: a route that only waits for its deployment is another
    /// cause.
    fn live_has_not(&self, case: &Case<'a>) -> Result<(), Not> {
        match self.target.live(case)?.find(case.method(), &self.target.path) {
            Some((key, _)) if self.served.find(case.method(), &self.target.path).is_none() => {
                Err(Not::refuted(format!("{key} is there, and waits for its deployment")))
            }
            _ => Ok(()),
        }
    }

    fn meant(&self, proof: Proof, key: &RouteKey) -> Proof {
        proof.because(self.served.source, "Items[].RouteKey", key.to_string())
    }
}

fn stage_not_found(case: &Case<'_>) -> Examined {
    let target = http_404(case)?;
    let stages = target.api.stages.known()?;
    if let Some(stage) = target.stage {
        return Err(Not::refuted(format!("the request reaches the stage {}", stage.name)));
    }
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let segment = target.stage_segment.as_deref().unwrap_or_default();
    let says = if segment.is_empty() {
        format!("The URL names no stage, and {} has no $default; it has {}.", target.api.name, names.join(", "))
    } else {
        format!("{} has no stage {segment} and no $default; it has {}.", target.api.name, names.join(", "))
    };
    let proof = Proof::certain(says).because("apigatewayv2:GetStages", "Items[].StageName", json!(names));
    // The live routes tell what the first segment was meant for; they are read already, and prove nothing here.
    let takes = |path: &str| case.tables.live(target.api).is_ok_and(|live| live.find(case.method(), path).is_some());
    let url = &case.request.url;
    let stage = names.iter().find(|name| name.eq_ignore_ascii_case(segment)).or(names.first()).copied();
    let stage = stage.unwrap_or("{stage}");
    let path = match (takes(&url.path), first_segment(&url.path).1) {
        (true, _) => url.path.as_str(),
        (false, rest) if takes(rest) => rest,
        (false, rest) => {
            let live = case.tables.live(target.api);
            let of_stage = stages.iter().find(|own| own.name == stage);
            if let (Ok(live), Some(own)) = (live, of_stage)
                && let Some(call) = case.instead(target, own, live, rest)
            {
                return Ok(
                    proof.advice(format!("call a route that is there, such as {call}, or make the stage $default"))
                );
            }
            return Ok(proof.advice(format!(
                "begin the path with a stage, {}://{}/{stage}/…, or make the stage $default",
                target.scheme(case),
                url.host
            )));
        }
    };
    let scheme = target.scheme(case);
    Ok(proof.advice(format!("call {scheme}://{}/{stage}{path}, or make the stage $default", url.host)))
}

fn stage_prefix(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    if missing.stage.name != "$default" {
        return Err(Not::Silent);
    }
    let (segment, rest) = first_segment(&missing.target.path);
    let segment = segment.ok_or(Not::Silent)?;
    if !is_stage_name(missing.target.api, segment) {
        return Err(Not::refuted(format!("{segment} is no stage's name: it is a part of the path like any other")));
    }
    let Some((key, _)) = missing.served.find(case.method(), rest).filter(|(key, _)| key.method.is_some()) else {
        return Err(Not::refuted(format!("without {segment} no route takes the path either")));
    };
    let says = format!(
        "The stage $default has no name in the URL: {segment} is taken for a part of the path. Without it, {key} takes the request."
    );
    let proof = missing.meant(Proof::certain(says), key);
    Ok(match &missing.target.via {
        // Callers cannot leave out what the distribution puts before their paths.
        Via::Distribution { origin_path } if first_segment(origin_path).0 == Some(segment) => {
            let without = first_segment(origin_path).1;
            let left = if without.is_empty() || without == "/" { "empty" } else { without };
            proof
                .because("cloudfront:ListDistributions", "Origins[].OriginPath", origin_path.clone())
                .advice(format!("make the distribution's origin path {left}: $default has no name in the URL"))
        }
        _ => proof.advice(format!("call {}", missing.url(case, rest))),
    })
}

/// How stages are usually called, in lower case.
const USUAL_STAGES: [&str; 24] = [
    "alpha",
    "beta",
    "canary",
    "demo",
    "dev",
    "develop",
    "development",
    "int",
    "live",
    "pre",
    "preprod",
    "prd",
    "prod",
    "production",
    "qa",
    "sandbox",
    "sit",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "tst",
    "uat",
];

/// Whether a segment is a stage's name: of the API's own stages, or as stages are usually called.
fn is_stage_name(api: &Api, segment: &str) -> bool {
    api.stage(segment).is_some() || USUAL_STAGES.contains(&segment.to_ascii_lowercase().as_str())
}

fn trailing_slash(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = &missing.target.path;
    let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    let Some((key, _)) = missing.served.find(case.method(), &other) else { return Err(Not::Silent) };
    let says = format!("HTTP APIs tell {path} from {other}, which {key} takes.");
    Ok(missing.meant(Proof::certain(says), key).advice(format!("call {}", missing.url(case, &other))))
}

fn method_mismatch(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let methods = missing.served.methods(&missing.target.path);
    if methods.is_empty() {
        return deployment::waiting_with_another(case);
    }
    missing.live_has_not(case)?;
    let (path, method, methods) = (&missing.target.path, case.method(), methods.join(", "));
    let says = format!("{path} has routes for {methods}, and none for {method}; HTTP APIs answer that with 404.");
    let proof = Proof::certain(says).because(missing.served.source, "Items[].RouteKey", methods);
    let callable = missing.served.callable(path).join(", ");
    Ok(if callable.is_empty() {
        proof.advice(format!("add a route for {method}"))
    } else {
        proof.advice(format!("send {callable}, or add a route for {method}"))
    })
}

fn no_integration(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::NotFound, Signal::Internal])?;
    let target = case.target()?;
    if target.api.kind != ApiKind::Http {
        return Err(Not::Silent);
    }
    let (key, met) = target.met(case)?;
    if met.route.integration.is_some() {
        return Err(Not::refuted(format!("{key} has an integration")));
    }
    // Where CORS is configured, API Gateway answers preflights itself.
    if case.is_unsent() && key.method.as_deref() == Some("OPTIONS") && met.configuration.cors.is_some() {
        return Err(Not::Silent);
    }
    let command = Aws::new("apigatewayv2 update-route").option("--api-id", &target.api.id);
    let command = match target.route_id(&key) {
        Some(id) => command.option("--route-id", id),
        None => command.looked_up(
            "--route-id",
            Aws::new("apigatewayv2 get-routes")
                .option("--api-id", &target.api.id)
                .option("--region", &case.facts.region),
            &format!("Items[?RouteKey=='{}'].RouteId", key.to_string().replace('\\', r"\\").replace('\'', r"\'")),
        ),
    };
    // Which of the API's integrations is meant nobody can tell.
    let command = command.option("--target", "integrations/INTEGRATION_ID").option("--region", &case.facts.region);
    Ok(Proof::certain(format!("{key} takes the request, and calls nothing."))
        .because("apigatewayv2:GetRoutes", "Items[].Target", Value::Null)
        .command(
            "attach an integration to the route: aws apigatewayv2 get-integrations shows which there are",
            command,
        ))
}

fn route_not_found(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    if !missing.served.methods(&missing.target.path).is_empty() {
        return Err(Not::refuted("routes take the path, with other methods"));
    }
    missing.live_has_not(case)?;
    if let Ok(live) = missing.target.live(case)
        && let Some(method) = live.callable(&missing.target.path).first()
    {
        return Err(Not::refuted(format!("the live configuration has the path, with {method}")));
    }
    let nearest = missing.served.nearest(&missing.target.path);
    let says =
        format!("No route of {} takes {}, and there is no $default route.", missing.stage.name, missing.target.path);
    let proof = Proof::certain(says).because(missing.served.source, "Items[].RouteKey", nearest.clone());
    if case.tables.live(missing.target.api).is_err() {
        return Ok(proof.advice("look whether the API has the route, which then only waits for its deployment"));
    }
    let command = Aws::new("apigatewayv2 create-route")
        .option("--api-id", &missing.target.api.id)
        .option("--route-key", &format!("{} {}", case.method(), missing.target.path))
        .option("--target", "integrations/INTEGRATION_ID")
        .option("--region", &case.facts.region);
    let almost = missing.almost(case).map(|(path, key)| (missing.url(case, &path), key));
    if let Some((url, key)) = almost.filter(|(url, _)| case.reaches_at(url)) {
        return Ok(proof.command(format!("call {url}, which {key} takes, or add a route"), command));
    }
    Ok(match case.instead(missing.target, missing.stage, missing.served, &missing.target.path) {
        Some(call) => proof.command(format!("call a path that is there, such as {call}, or add a route"), command),
        None => proof.command("add a route", command),
    })
}

mod deployment;
#[cfg(test)]
mod tests;
