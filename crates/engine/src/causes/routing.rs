//! No route of the stage takes the request: path, method, spelling.

use serde_json::Value;

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::console::Blocked;
use crate::case::signal::{Answerer, Signal};
use crate::case::suggestion::Call;
use crate::case::table::Table;
use crate::case::target::{Target, first_segment};
use crate::command;
use crate::configuration::RouteKey;
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// The method is none that HTTP knows
    ///
    /// ## What proves it
    ///
    /// The method is none of GET, POST, PUT, PATCH, DELETE, HEAD and OPTIONS. `ANY` stands for these seven alone.
    ///
    /// ## What refutes it
    ///
    /// One of the seven.
    ///
    /// ## Remedy
    ///
    /// Send the method that the route has.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html>
    "client-nonstandard-verb", Cause, Silent, nonstandard_verb;

    /// A header replaces the request's method
    ///
    /// ## What proves it
    ///
    /// `X-HTTP-Method-Override` names a method that no route of the path has, and the request's own method has one.
    ///
    /// ## What refutes it
    ///
    /// No such header, or a route for the method that it names.
    ///
    /// ## Remedy
    ///
    /// Leave the header out, or add the method.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html>
    "method-override-header", Cause, Silent, method_override;

    /// The route takes GET, and the request is HEAD
    ///
    /// ## What proves it
    ///
    /// The method is HEAD; the path has GET, and neither HEAD nor ANY. GET does not include HEAD.
    ///
    /// ## What refutes it
    ///
    /// HEAD or ANY on the path.
    ///
    /// ## Remedy
    ///
    /// Send GET (`curl -I` sends HEAD), or add HEAD.
    ///
    /// ## Source
    ///
    /// Measured on AWS: a resource with GET answers HEAD with 403.
    "head-not-defined", Cause, Silent, head;

    /// The root of the stage has no method
    ///
    /// ## What proves it
    ///
    /// The path is `/`, and the deployment has no method on it. `/{proxy+}` does not cover the root.
    ///
    /// ## What refutes it
    ///
    /// A method on `/`.
    ///
    /// ## Remedy
    ///
    /// Append the path of a route: the console's stage link leads to the root alone. Or add a method to the root, and
    /// deploy.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-authentication-token-errors>
    "rest-root-no-method", Cause, Proves, root;

    /// The path is that of a greedy route's parent
    ///
    /// ## What proves it
    ///
    /// `P/{proxy+}` is deployed, and `P` itself has no method but OPTIONS, which answers preflights: a greedy parameter takes
    /// one segment at least.
    ///
    /// ## What refutes it
    ///
    /// The method, or ANY, on `P` itself.
    ///
    /// ## Remedy
    ///
    /// Add the method to the parent, too, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-simple-proxy.html>
    "rest-greedy-parent-not-covered", Cause, Proves, greedy_parent;

    /// The path's last parameter is missing
    ///
    /// ## What proves it
    ///
    /// `P/{parameter}` is deployed with the method, and the request asks for `P`.
    ///
    /// ## What refutes it
    ///
    /// The method on `P` itself.
    ///
    /// ## Remedy
    ///
    /// Append the value.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html>
    "rest-path-param-missing", Cause, Silent, parameter_missing;

    /// The path is there, but not with this method
    ///
    /// ## What proves it
    ///
    /// Routes of the deployment take the path, and none takes the method: neither itself, nor by ANY, nor by a greedy route.
    /// Or the deployment has nothing there, and the live configuration has the path with other methods alone, which wait for
    /// their deployment: a deployment by itself does not mend the request then.
    ///
    /// ## What refutes it
    ///
    /// A pair of path and method that takes the request.
    ///
    /// ## Remedy
    ///
    /// Send a method that the path has, or add this one and deploy.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-authentication-token-errors>
    "rest-method-not-on-path", Cause, Silent, method_not_on_path;
}

/// A request to a REST API's stage that none of its deployed routes takes.
pub(super) struct Missing<'c, 'a> {
    pub(super) case: &'c Case<'a>,
    pub(super) target: &'c Target<'a>,
    pub(super) stage: &'a Stage,
    pub(super) deployed: &'a Table<'a>,
}

impl<'c, 'a> Missing<'c, 'a> {
    /// That the request is such a one, and the answer fits.
    pub(super) fn of(case: &'c Case<'a>) -> Result<Missing<'c, 'a>, Not> {
        let is_blocked = case.blocked_preflight().is_some_and(Blocked::may_be_unanswered);
        if !is_blocked {
            case.shows(&[Signal::MissingAuthenticationToken, Signal::NoMethodFound, Signal::IncompleteSignature])?;
        }
        let target = case.target()?;
        if target.api.kind != ApiKind::Rest {
            return Err(Not::Silent);
        }
        let stage = target.stage()?;
        let deployed = target.deployed(case)?;
        if let Some((key, _)) = deployed.find(case.method(), &target.path) {
            return Err(Not::refuted(format!("the stage {} serves {key} for this request", stage.name)));
        }
        // What failed is the preflight: it met no route either.
        if is_blocked && deployed.find("OPTIONS", &target.path).is_some() {
            return Err(Not::Silent);
        }
        Ok(Missing { case, target, stage, deployed })
    }

    /// The route that takes another path with the request's method.
    pub(super) fn takes(&self, path: &str) -> Option<&RouteKey> {
        self.deployed.find(self.case.method(), path).map(|(key, _)| key)
    }

    /// The URL with another path behind the stage.
    pub(super) fn url(&self, path: &str) -> String {
        self.target.url(self.case, &self.stage.name, path)
    }

    /// A call of the stage that may be meant instead.
    pub(super) fn instead(&self) -> Option<Call> {
        self.case.instead(self.target, self.stage, self.deployed, &self.target.path)
    }

    /// The URL with another path behind the stage, if the request reaches a route there.
    pub(super) fn reachable(&self, path: &str) -> Option<String> {
        Some(self.url(path)).filter(|url| self.case.reaches_at(url))
    }

    /// A proof that names the templates that take the path, with their methods; where none does, the nearest ones.
    pub(super) fn shown(&self, proof: Proof) -> Proof {
        let (path, source) = (&self.target.path, self.deployed.source);
        let taking = self.deployed.taking(path);
        if taking.is_empty() {
            return proof.because(source, self.deployed.place(None, None), self.deployed.nearest(path));
        }
        let each = |proof: Proof, (template, methods): (&str, Vec<&str>)| {
            proof.because(source, self.deployed.place(Some(template), None), methods.join(", "))
        };
        taking.into_iter().fold(proof, each)
    }

    /// A proof that names the route that is meant.
    pub(super) fn meant(&self, proof: Proof, key: &RouteKey) -> Proof {
        let place = self.deployed.place(Some(&key.path), key.method.as_deref());
        proof.because(self.deployed.source, place, true)
    }
}

/// The methods that API Gateway knows.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fn nonstandard_verb(case: &Case<'_>) -> Examined {
    let method = case.method();
    if METHODS.contains(&method) {
        return Err(Not::Silent);
    }
    let proof = Proof::certain(format!(
        "{method} is none of the seven methods that API Gateway knows, and ANY stands for those alone."
    ))
    .because("request", "method", method);
    // In front of edge-optimised APIs it is CloudFront that refuses it.
    if case.answerer() == Answerer::CloudFront && case.response()?.status == 403 {
        return Ok(proof.advice(format!("send one of {}", METHODS.join(", "))));
    }
    let missing = Missing::of(case)?;
    let methods = missing.deployed.callable(&missing.target.path).join(", ");
    Ok(if methods.is_empty() {
        proof.advice(format!("send one of {}", METHODS.join(", ")))
    } else {
        missing.shown(proof).advice(format!("send a method that the path has: {methods}"))
    })
}

fn method_override(case: &Case<'_>) -> Examined {
    let Some(replaced) = case.request.headers.get("x-http-method-override") else { return Err(Not::Silent) };
    let missing = Missing::of(case)?;
    let own = &case.request.method;
    let Some((key, _)) = missing.deployed.find(own, &missing.target.path) else {
        return Err(Not::refuted(format!("no route takes {own} here either")));
    };
    let says = format!(
        "X-HTTP-Method-Override makes the request {replaced}, which no route here takes. As {own} it would reach {key}."
    );
    let proof = Proof::certain(says).because("request", "headers.X-HTTP-Method-Override", replaced);
    Ok(missing
        .meant(proof, key)
        .advice(format!("leave X-HTTP-Method-Override out, or add {replaced} to the path and deploy")))
}

fn head(case: &Case<'_>) -> Examined {
    if case.method() != "HEAD" {
        return Err(Not::Silent);
    }
    let missing = Missing::of(case)?;
    let Some((key, _)) = missing.deployed.find("GET", &missing.target.path) else { return Err(Not::Silent) };
    let proof = Proof::certain(format!("The stage serves {key}, and GET does not include HEAD."));
    Ok(missing.meant(proof, key).advice("send GET (curl -I sends HEAD), or add HEAD to the path and deploy"))
}

fn root(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    if first_segment(&missing.target.path).0.is_some() {
        return Err(Not::Silent);
    }
    if !missing.deployed.methods("/").is_empty() {
        return Err(Not::refuted("the root has a method, but not this one"));
    }
    live_has_not(&missing)?;
    let says = format!(
        "The URL leads to the root of {}, which has no method; a greedy path does not cover it.",
        missing.stage.name
    );
    let proof =
        Proof::certain(says).because(missing.deployed.source, missing.deployed.place(Some("/"), None), Value::Null);
    Ok(match missing.instead() {
        Some(call) => proof.advice(format!("append the path of a route: {call}")),
        None => proof.advice("add a method to the root, and deploy"),
    })
}

/// That the live configuration does not have the route either: a route that only waits for its deployment is another cause.
pub(super) fn live_has_not(missing: &Missing<'_, '_>) -> Result<(), Not> {
    match missing.target.live(missing.case)?.find(missing.case.method(), &missing.target.path) {
        Some((key, _)) => Err(Not::refuted(format!("{key} is there, and waits for its deployment"))),
        None => Ok(()),
    }
}

fn greedy_parent(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = missing.target.path.trim_end_matches('/');
    if path.is_empty() || !missing.deployed.callable(path).is_empty() {
        return Err(Not::Silent);
    }
    let Some(key) = missing.takes(&format!("{path}/x")).filter(|key| key.path.ends_with("+}")) else {
        return Err(Not::Silent);
    };
    live_has_not(&missing)?;
    let proof = Proof::certain(format!("{key} takes what is below {path}, and not {path} itself."));
    let key = key.clone();
    Ok(missing.meant(proof, &key).advice(format!("add the method to {path}, too, and deploy")))
}

fn parameter_missing(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = missing.target.path.trim_end_matches('/');
    let Some(key) =
        missing.takes(&format!("{path}/x")).filter(|key| key.path.ends_with('}') && !key.path.ends_with("+}"))
    else {
        return Err(Not::Silent);
    };
    live_has_not(&missing)?;
    let proof = Proof::certain(format!("{key} is deployed, and the request leaves its parameter out."));
    let parameter = key.path.rsplit('/').next().unwrap_or_default();
    let advice = format!("append the value of {parameter}: {}", missing.url(&format!("{path}/{parameter}")));
    Ok(missing.meant(proof, key).advice(advice))
}

fn method_not_on_path(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let (path, method) = (&missing.target.path, case.method());
    let methods = missing.deployed.methods(path);
    if methods.is_empty() {
        return waiting_with_another(&missing);
    }
    live_has_not(&missing)?;
    let says =
        format!("{path} is deployed on {} with {}, and not with {method}.", missing.stage.name, methods.join(", "));
    let proof = missing.shown(Proof::certain(says));
    let callable = missing.deployed.callable(path).join(", ");
    if !callable.is_empty() {
        return Ok(proof.advice(format!("send {callable}, or add {method} to the path and deploy")));
    }
    // What is there for preflights alone is nothing to send.
    Ok(match missing.instead() {
        Some(call) => {
            proof.advice(format!("add {method} to the path and deploy, or call one that takes it, such as {call}"))
        }
        None => proof.advice(format!("add {method} to the path, and deploy")),
    })
}

/// That the stage has nothing at the path, and the live configuration has it with other methods alone.
fn waiting_with_another(missing: &Missing<'_, '_>) -> Examined {
    let (case, path, stage) = (missing.case, &missing.target.path, &missing.stage.name);
    let live = missing.target.live(case)?;
    live_has_not(missing)?;
    let taking = live.taking(path);
    let callable = live.callable(path).join(", ");
    if callable.is_empty() {
        return Err(Not::Silent);
    }
    let method = case.method();
    let says = format!(
        "{stage} serves nothing at {path}. The live configuration has it with {callable}, which is not deployed, and \
         not with {method}."
    );
    let each = |proof: Proof, (template, methods): (&str, Vec<&str>)| {
        let lacking = missing.deployed.place(Some(template), None);
        proof.because(missing.deployed.source, lacking, Value::Null).because(
            live.source,
            live.place(Some(template), None),
            methods.join(", "),
        )
    };
    let proof = taking.into_iter().fold(Proof::certain(says), each);
    let command = command::deploy(ApiKind::Rest, &missing.target.api.id, stage, &case.facts.region);
    Ok(proof.command(format!("deploy, and send {callable}; or add {method} to the path first"), command))
}

#[cfg(test)]
mod tests;
