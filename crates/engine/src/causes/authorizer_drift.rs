//! Authorization that differs between the live configuration and the deployed one.

use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::guard::Guard;
use crate::case::signal::Signal;
use crate::command;
use crate::exchange::authorization::Authorization;
use crate::snapshot::ApiKind;

causes! {
    /// Authorization was changed, and that is not deployed
    ///
    /// ## What proves it
    ///
    /// The live route asks for another kind of authorization than the deployed one: callers are still asked for what was
    /// taken off, or are still let in without what was added.
    ///
    /// ## What refutes it
    ///
    /// Both are equal.
    ///
    /// ## Remedy
    ///
    /// Deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html>
    "authorizer-drift", Cause, Proves, drift;
}

fn drift(case: &Case<'_>) -> Examined {
    let is_open = case.shows(&[Signal::Success]).is_ok();
    let is_refused =
        case.shows(&[Signal::Unauthorized, Signal::TokenExpired, Signal::AccessDenied, Signal::Forbidden]).is_ok();
    if case.is_preflight() || !(is_open || is_refused) {
        return Err(Not::Silent);
    }
    let guard = Guard::of(case)?;
    let deployed = guard.authorization_type.as_str();
    // AWS_IAM answers otherwise; it has a cause of its own.
    let fits = match deployed {
        "NONE" => is_open && case.authorization == Authorization::None,
        "CUSTOM" | "COGNITO_USER_POOLS" | "JWT" => is_refused,
        "AWS_IAM" => is_refused && guard.api.kind == ApiKind::Http,
        _ => false,
    };
    // Only HTTP APIs answer a refused caller with a bare Forbidden.
    let is_other = case.signal() == Some(Signal::Forbidden) && guard.api.kind == ApiKind::Rest;
    if !fits || is_other {
        return Err(Not::Silent);
    }
    let target = case.target()?;
    let table = target.live(case)?;
    let Some((key, entry)) = table.find(case.method(), &target.path) else { return Err(Not::Silent) };
    let live = entry.authorization_type.ok_or(Not::Silent)?;
    if live == deployed || *key != guard.key {
        return Err(Not::refuted(format!("{key} is deployed with {deployed}, as it is live")));
    }
    let says = format!(
        "{} is deployed with {deployed}, and live it has {live}: the change waits for a deployment.",
        guard.key
    );
    let command = command::deploy(guard.api.kind, &guard.api.id, &guard.stage.name, &case.facts.region);
    // Whether credentials of a request that nobody sent would be refused is not known.
    let passes = deployed == "NONE" || case.is_unsent() && case.authorization != Authorization::None;
    let proof = Proof::certain(says);
    Ok(guard
        .because(if passes { proof.letting_through() } else { proof })
        .because(table.source, format!("{key} authorizationType"), live)
        .command("deploy", command))
}
