//! The path is spelt otherwise than the route: the stage twice, upper and lower case, placeholders.

use super::routing::{Missing, live_has_not};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::target::first_segment;
use crate::routing;

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
    let advice = missing.reachable(rest).map_or_else(|| format!("leave {stage} out once"), |url| format!("call {url}"));
    Ok(missing.meant(proof, key).advice(advice))
}

fn case_mismatch(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let key = missing.deployed.find_in_any_case(case.method(), &missing.target.path).ok_or(Not::Silent)?;
    live_has_not(&missing)?;
    let written = routing::filled(&key.path, &missing.target.path);
    let proof = Proof::certain(format!("Paths are matched by case: {} is not {}.", missing.target.path, key.path));
    Ok(missing.meant(proof, key).advice(format!("write the path as the route has it: {}", missing.url(&written))))
}

fn placeholder(case: &Case<'_>) -> Examined {
    let missing = Missing::of(case)?;
    let path = &missing.target.path;
    if !case.request.url.variables.is_empty() {
        return Err(Not::Silent);
    }
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

/// What is to be said besides of a request that a route takes, if a value in its path looks as if it was to be replaced.
pub(super) fn taken_for_value(case: &Case<'_>) -> Option<String> {
    let target = case.target().ok()?;
    let key = target.key(case).ok()??;
    // A literal segment of the route is meant.
    let is_meant = |name: &String| !name.starts_with('{') && key.path.split('/').any(|part| part == name);
    let name = case.request.url.placeholders().into_iter().find(|name| !is_meant(name))?;
    key.method.as_ref()?;
    Some(format!(
        "The path holds {name}, which {key} takes for a value: it is probably a placeholder that was not filled in."
    ))
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
