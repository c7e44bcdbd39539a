//! No route of the stage takes the request: path, method, spelling. causes.md §5 A.

use crate::configuration::RouteKey;
use crate::explain::case::Case;
use crate::explain::cause::{Confidence, Examined, Not, Proof, causes};
use crate::explain::signal::Signal;
use crate::explain::target::{Table, Target, Via, first_segment};
use crate::snapshot::{ApiKind, Stage};

causes! {
    /// The stage's name stands in the path twice
    ///
    /// ## What proves it
    ///
    /// The path after the stage begins with the stage's own name again, and without that a route takes the request.
    ///
    /// ## What refutes it
    ///
    /// A route that takes the path as it is.
    ///
    /// ## Remedy
    ///
    /// Take one of the two away: the client's base URL ends in the stage already.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html>
    "rest-stage-segment-duplicated", Cause, Silent, stage_twice;

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
    /// `P/{proxy+}` is deployed, and `P` itself has no method: a greedy parameter takes one segment at least.
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

    /// The path differs in upper and lower case
    ///
    /// ## What proves it
    ///
    /// Without regard to case a route takes the request; as it is written, none does.
    ///
    /// ## What refutes it
    ///
    /// A route that takes the path as it is.
    ///
    /// ## Remedy
    ///
    /// Write the path as the route has it.
    ///
    /// ## Source
    ///
    /// Seen in an AWS sample's issue thread: paths are matched by case.
    "rest-path-case-mismatch", Cause, Silent, case_mismatch;

    /// A placeholder, or a quotation mark, was left in the path
    ///
    /// ## What proves it
    ///
    /// The path holds `{id}`, `:id`, `<id>`, `undefined`, `null` or typographic quotes. With a value in its place, or without
    /// the quotes, a route takes the request.
    ///
    /// ## What refutes it
    ///
    /// No route takes it even then.
    ///
    /// ## Remedy
    ///
    /// Fill in the value; quote the URL in the shell.
    ///
    /// ## Source
    ///
    /// Reported in public issue threads.
    "rest-path-placeholder-unreplaced", Cause, Silent, placeholder;

    /// The path has a prefix that the API does not know
    ///
    /// ## What proves it
    ///
    /// Without its first segment, or its first two, a route takes the request. An imported document's `basePath` is left
    /// out by default.
    ///
    /// ## What refutes it
    ///
    /// No route takes what is left.
    ///
    /// ## Remedy
    ///
    /// Leave the prefix out, or import with `--parameters basepath=prepend`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html>
    "rest-extra-path-prefix", Cause, Silent, extra_prefix;

    /// The path is there, but not with this method
    ///
    /// ## What proves it
    ///
    /// Routes of the deployment take the path, and none takes the method: neither itself, nor by ANY, nor by a greedy route.
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

    /// The path is not in the API
    ///
    /// ## What proves it
    ///
    /// The stage exists, and no route takes the path, with any method: neither of those that are deployed nor of those that
    /// are live.
    ///
    /// ## What refutes it
    ///
    /// A route that takes the path; an answer that the backend made.
    ///
    /// ## Remedy
    ///
    /// Call a path that is there, or add this one and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "rest-path-not-in-api", Cause, Silent, path_not_in_api;
}

/// A request to a REST API's stage that none of its deployed routes takes.
pub(super) struct Missing<'c, 'a> {
    pub(super) case: &'c Case<'a>,
    pub(super) target: &'c Target<'a>,
    pub(super) stage: &'a Stage,
    pub(super) deployed: Table<'a>,
}

impl<'c, 'a> Missing<'c, 'a> {
    /// That the request is such a one, and the answer fits.
    pub(super) fn of(case: &'c Case<'a>) -> Result<Missing<'c, 'a>, Not> {
        case.shows(&[Signal::MissingAuthenticationToken, Signal::NoMethodFound, Signal::IncompleteSignature])?;
        let target = case.target()?;
        if target.api.kind != ApiKind::Rest {
            return Err(Not::Silent);
        }
        let stage = target.stage()?;
        let deployed = target.deployed(case)?;
        if let Some((key, _)) = deployed.find(case.method(), &target.path) {
            return Err(Not::refuted(format!("the stage {} serves {key} for this request", stage.name)));
        }
        Ok(Missing { case, target, stage, deployed })
    }

    /// The route that takes another path with the request's method.
    fn takes(&self, path: &str) -> Option<&RouteKey> {
        self.deployed.find(self.case.method(), path).map(|(key, _)| key)
    }

    /// The URL with another path behind the stage.
    pub(super) fn url(&self, path: &str) -> String {
        let url = &self.case.request.url;
        let before = match &self.target.via {
            Via::Domain { base_path, .. } if base_path.is_empty() => String::new(),
            Via::Domain { base_path, .. } => format!("/{base_path}"),
            Via::Endpoint | Via::VpcEndpoint(_) => format!("/{}", self.stage.name),
        };
        format!("{}://{}{before}{path}", url.scheme, url.host)
    }

    /// A proof that names the route that is meant.
    fn meant(&self, proof: Proof, key: &RouteKey) -> Proof {
        let method = key.method.as_deref().unwrap_or_default();
        proof.because(self.deployed.source, format!("apiSummary.{}.{method}", key.path), true)
    }
}

fn stage_twice(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let (segment, rest) = first_segment(&missing.target.path);
    if segment != Some(missing.stage.name.as_str()) || missing.target.stage_segment.is_none() {
        return Err(Not::Silent);
    }
    let Some(key) = missing.takes(rest) else {
        return Err(Not::refuted(format!("without the second {} no route takes it either", missing.stage.name)));
    };
    let stage = &missing.stage.name;
    let proof =
        Proof::certain(format!("{stage} stands in the path twice; without the second one, {key} takes the request."));
    Ok(missing.meant(proof, key).advice(format!("call {}", missing.url(rest))))
}

/// The methods that API Gateway knows.
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

fn nonstandard_verb(case: &Case<'_>) -> Examined {
    let method = case.method();
    if METHODS.contains(&method) {
        return Err(Not::Silent);
    }
    let missing = Missing::of(case)?;
    let methods = missing.deployed.methods(&missing.target.path).join(", ");
    let proof = Proof::certain(format!(
        "{method} is none of the seven methods that API Gateway knows, and ANY stands for those alone."
    ))
    .because("request", "method", method);
    Ok(if methods.is_empty() {
        proof.advice(format!("send one of {}", METHODS.join(", ")))
    } else {
        proof
            .because(missing.deployed.source, format!("apiSummary.{}", missing.target.path), methods.clone())
            .advice(format!("send a method that the path has: {methods}"))
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
    let example = missing.deployed.entries.keys().next().map(|key| key.path.clone());
    let says = format!(
        "The URL leads to the root of {}, which has no method; a greedy path does not cover it.",
        missing.stage.name
    );
    let proof = Proof::certain(says).because(missing.deployed.source, "apiSummary./", serde_json::Value::Null);
    Ok(match example {
        Some(path) => proof.advice(format!("append the path of a route: {}", missing.url(&path))),
        None => proof.advice("add a method to the root, and deploy"),
    })
}

/// That the live configuration does not have the route either: a route that only waits for its deployment is another cause.
fn live_has_not(missing: &Missing<'_, '_>) -> Result<(), Not> {
    match missing.target.live()?.find(missing.case.method(), &missing.target.path) {
        Some((key, _)) => Err(Not::refuted(format!("{key} is there, and waits for its deployment"))),
        None => Ok(()),
    }
}

fn greedy_parent(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = missing.target.path.trim_end_matches('/');
    if path.is_empty() || !missing.deployed.methods(path).is_empty() {
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

fn case_mismatch(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let lower = |text: &str| text.to_lowercase();
    let folded: Vec<(RouteKey, &RouteKey)> = missing
        .deployed
        .entries
        .keys()
        .map(|key| (RouteKey { path: lower(&key.path), method: key.method.clone() }, key))
        .collect();
    let found = crate::routing::find(
        folded.iter().map(|(key, _)| key),
        ApiKind::Rest,
        case.method(),
        &lower(&missing.target.path),
    );
    let Some(key) = found.and_then(|found| folded.iter().find(|(own, _)| own == found)).map(|(_, key)| *key) else {
        return Err(Not::Silent);
    };
    live_has_not(&missing)?;
    let proof = Proof::certain(format!("Paths are matched by case: {} is not {}.", missing.target.path, key.path));
    Ok(missing.meant(proof, key).advice(format!("write the path as the route has it: {}", missing.url(&key.path))))
}

fn placeholder(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = &missing.target.path;
    let filled = fill(path);
    if filled.iter().all(|other| other == path) {
        return Err(Not::Silent);
    }
    let taken = filled.iter().find_map(|other| Some((other, missing.takes(other)?)));
    let Some((_, key)) = taken else {
        return Err(Not::refuted("even with values in the place of the placeholders no route takes the path"));
    };
    let proof =
        Proof::likely(format!("The path holds what was meant to be replaced or left out; {key} takes it then."))
            .because("request", "path", path.clone());
    Ok(missing.meant(proof, key).advice("fill in the value, and quote the URL in the shell"))
}

/// The path with a value in the place of each placeholder, and without typographic quotes and what stands between them.
fn fill(path: &str) -> Vec<String> {
    let is_placeholder = |segment: &str| {
        let plain = segment.replace("%7B", "{").replace("%7b", "{").replace("%7D", "}").replace("%7d", "}");
        let plain = plain.replace("%3C", "<").replace("%3c", "<").replace("%3E", ">").replace("%3e", ">");
        plain.contains('{')
            || plain.contains('}')
            || plain.starts_with(':')
            || (plain.starts_with('<') && plain.ends_with('>'))
            || ["undefined", "null", "None", "NaN"].contains(&plain.as_str())
    };
    let filled: Vec<&str> = path.split('/').map(|part| if is_placeholder(part) { "x" } else { part }).collect();
    let mut all = vec![filled.join("/")];
    // ‘ ’ “ ”, as UTF-8 in percent-encoding.
    let quote = path.find("%E2%80%9").or_else(|| path.find("%e2%80%9"));
    if let Some((before, _)) = quote.and_then(|at| path.split_at_checked(at)) {
        all.push(before.to_owned());
    }
    all
}

fn extra_prefix(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let mut rest = missing.target.path.as_str();
    let mut prefix = String::new();
    for _ in 0..2 {
        let (segment, after) = first_segment(rest);
        let Some(segment) = segment else { break };
        prefix = format!("{prefix}/{segment}");
        rest = after;
        // A greedy route at the root takes everything, and proves nothing; nor does the root itself.
        if rest != "/"
            && let Some(key) = missing.takes(rest).filter(|key| !key.path.starts_with("/{"))
        {
            live_has_not(&missing)?;
            let proof = Proof::likely(format!("Without {prefix}, {key} takes the request."));
            let advice = format!(
                "leave {prefix} out: {}; or import the document with --parameters basepath=prepend",
                missing.url(rest)
            );
            return Ok(missing.meant(proof, key).advice(advice));
        }
    }
    Err(Not::Silent)
}

fn method_not_on_path(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = &missing.target.path;
    let methods = missing.deployed.methods(path);
    if methods.is_empty() {
        return Err(Not::Silent);
    }
    live_has_not(&missing)?;
    let (method, methods) = (case.method(), methods.join(", "));
    let says = format!("{path} is deployed on {} with {methods}, and not with {method}.", missing.stage.name);
    let proof = Proof::certain(says).because(missing.deployed.source, format!("apiSummary.{path}"), methods.clone());
    Ok(proof.advice(format!("send {methods}, or add {method} to the path and deploy")))
}

fn path_not_in_api(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = &missing.target.path;
    let live = missing.target.live()?;
    if let Some(method) = missing.deployed.methods(path).first().or(live.methods(path).first()) {
        return Err(Not::refuted(format!("the path is there, with {method}")));
    }
    let nearest = nearest(&missing.deployed, path);
    let says = format!("No route of {} takes {path}, with any method, deployed or live.", missing.stage.name);
    let proof = Proof::certain(says).because(missing.deployed.source, "apiSummary", nearest.clone()).because(
        live.source,
        "items",
        nearest.clone(),
    );
    Ok(match nearest.first() {
        Some(first) => proof
            .advice(format!("call a path that is there, such as {}, or add this one and deploy", missing.url(first))),
        None => proof.advice("add the path, and deploy"),
    }
    .at_most(Confidence::Certain))
}

/// The three templates that are nearest to a path, by the edits that it takes to make one of the other.
pub(super) fn nearest(table: &Table<'_>, path: &str) -> Vec<String> {
    let mut paths: Vec<(usize, &str)> =
        table.entries.keys().map(|key| (distance(&key.path, path), key.path.as_str())).collect();
    paths.sort_unstable();
    paths.dedup();
    paths.into_iter().take(3).map(|(_, path)| path.to_owned()).collect()
}

/// How many characters have to be put in, taken out or exchanged (Levenshtein), in the first 200 of each.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(200).collect(), b.chars().take(200).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let exchanged = at(&row, j) + usize::from(from != to);
            next.push(exchanged.min(at(&row, j + 1) + 1).min(at(&next, j) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
