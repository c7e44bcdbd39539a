//! An `Authorization` header, of a signature or of something else, on a route that does not exist or wants a signature.

use std::fmt;

use serde_json::{Value, json};

use super::routing::{self, Missing};
use super::sigv4::{header_has, iam_route, place, signature};
use super::{deployment, spelling, unknown_path, websocket};
use crate::case::cause::{Cause, Confidence, Examined, Not, Proof, Role, causes};
use crate::case::signal::Signal;
use crate::case::{Case, not_given};
use crate::exchange::authorization::Authorization;
use crate::observed::NotRead;

causes! {
    /// A signed request goes to a route that does not exist
    ///
    /// ## What proves it
    ///
    /// The request carries a signature, the stage serves no route for it, and the answer is 404 `No method found matching
    /// route …`. Without a signature, the same request is answered with 403 `Missing Authentication Token`.
    ///
    /// ## What refutes it
    ///
    /// The stage serves a route for the request.
    ///
    /// ## Remedy
    ///
    /// As for any unknown route: call the path and method that the stage serves, or deploy. The signature is not the fault.
    ///
    /// ## Source
    ///
    /// Seen in public issue threads. Not verified on AWS: the error type in the header.
    "rest-undefined-route-signed", Cause, Silent, undefined_route_signed;

    /// A request with an Authorization header goes to a route that does not exist
    ///
    /// ## What proves it
    ///
    /// The answer complains of the `Authorization` header, which holds no signature of AWS, and the stage serves no route for
    /// the request. An unknown route takes the header for a broken signature, whatever the API's routes ask for.
    ///
    /// ## What refutes it
    ///
    /// The stage serves a route for the request.
    ///
    /// ## Remedy
    ///
    /// As for any unknown route: call the path and method that the stage serves, or deploy. The token is not the fault.
    ///
    /// ## Source
    ///
    /// Seen in public issue threads.
    "rest-undefined-route-with-auth-header", Cause, Silent, undefined_route_with_header;

    /// A token is sent where the route wants a signature
    ///
    /// ## What proves it
    ///
    /// The answer complains of the `Authorization` header, which holds a token or a password, and the route wants `AWS_IAM`; or
    /// it is `@connections` of a WebSocket API, which always wants a signature.
    ///
    /// ## What refutes it
    ///
    /// The route has another kind of authorization.
    ///
    /// ## Remedy
    ///
    /// Sign the request, or give the route the authorizer that the token is for, and deploy.
    ///
    /// ## Source
    ///
    /// Seen in public issue threads.
    "sigv4-bearer-on-iam-or-unknown-route", Cause, Silent, bearer;
}

/// What the `Authorization` header holds that is no signature.
fn token(case: &Case<'_>) -> Option<&'static str> {
    match case.authorization {
        Authorization::Jwt(_) => Some("a JSON Web Token"),
        Authorization::Bearer => Some("a bearer token"),
        Authorization::Basic => Some("a name and a password"),
        // A signature that has lost its algorithm is still meant as one.
        Authorization::Other if !header_has(case, "credential=") => Some("something that is no signature"),
        _ => None,
    }
}

/// The complaint of something in the `Authorization` header that the request does not show.
fn unshown(case: &Case<'_>) -> Option<NotRead> {
    let complains = case.response().is_ok_and(|response| response.body.contains("in Authorization header"));
    let is_shown = case.request.headers.may_have("authorization") || case.authorization != Authorization::None;
    (complains && !is_shown)
        .then(|| not_given("request.headers.Authorization", "the answer complains of what it held: give it"))
}

/// What is said of the header that a request sends, or that the answer complains of.
struct Sent {
    what: &'static str,
    unshown: Option<NotRead>,
}

impl Sent {
    fn of(case: &Case<'_>) -> Result<Sent, Not> {
        if let Some(what) = token(case) {
            return Ok(Sent { what, unshown: None });
        }
        let unshown = Some(unshown(case).ok_or(Not::Silent)?);
        Ok(Sent { what: "something that the answer takes for a broken signature", unshown })
    }

    fn because(&self, proof: Proof) -> Proof {
        match &self.unshown {
            Some(why) => proof.because("response", "body", "in Authorization header").without(why),
            None => proof.because("request", "headers.Authorization", self.what),
        }
    }
}

fn undefined_route_signed(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::NoMethodFound])?;
    let is_signed = signature(case).is_some();
    if case.is_unsent() && !is_signed {
        return Err(Not::Silent);
    }
    let proof = undefined_route(case, "No route of the stage takes the request, however it is signed.")?;
    if let Some(scope) = foreign_scope(case) {
        let own = json!({ "service": scope.service, "region": scope.region });
        let says = format!("{} {scope}: a route that wants a signature will refuse it.", proof.says);
        return Ok(Proof { says, ..proof }.because("request", place(case), own));
    }
    if is_signed {
        return Ok(proof.because("request", place(case), "AWS4-HMAC-SHA256 …"));
    }
    Ok(proof.despite("request", place(case), Value::Null).at_most(Confidence::Likely))
}

/// A signature's scope that is not that of the API.
struct ForeignScope<'c> {
    service: &'c str,
    region: &'c str,
    own_region: &'c str,
}

impl fmt::Display for ForeignScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ForeignScope { service, region, own_region } = self;
        write!(f, "The signature is for {service} in {region}, and not for execute-api in {own_region}")
    }
}

/// The scope of the request's signature, where it names another service than `execute-api`, or another region than the
/// API's.
fn foreign_scope<'c>(case: &'c Case<'_>) -> Option<ForeignScope<'c>> {
    let signature = signature(case)?;
    let service = signature.service.as_deref()?;
    let own_region = case.host.region().unwrap_or(&case.facts.region);
    // A signature that is not bound to one region names none.
    let region = signature.region.as_deref().unwrap_or(own_region);
    (service != "execute-api" || region != own_region).then_some(ForeignScope { service, region, own_region })
}

fn undefined_route_with_header(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::IncompleteSignature])?;
    let sent = Sent::of(case)?;
    let says =
        "No route of the stage takes the request, and an unknown route takes any Authorization header for a signature.";
    Ok(sent.because(undefined_route(case, says)?))
}

/// That no route takes the request, with what the causes of routing say of it and advise.
fn undefined_route(case: &Case<'_>, says: &str) -> Examined {
    let missing = Missing::of(case)?;
    let proof = missing.shown(Proof::certain(says));
    let families = [deployment::CAUSES, spelling::CAUSES, routing::CAUSES, unknown_path::CAUSES];
    for cause in families.into_iter().flatten().filter(|cause: &&Cause| cause.role == Role::Cause) {
        match (cause.examine)(case) {
            Ok(routed) => {
                let says = format!("{says} {}", routed.says);
                return Ok(Proof { says, remedy: routed.remedy, unread: routed.unread, ..proof });
            }
            Err(Not::Wanted) => return Err(Not::Wanted),
            Err(_) => {}
        }
    }
    Ok(proof.advice("call a path and method that the stage serves, or add this one and deploy"))
}

fn bearer(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::IncompleteSignature])?;
    let sent = Sent::of(case)?;
    let token = sent.what;
    if let Ok(stage) = websocket::called_back(case) {
        let says = format!("@connections of {} wants a signature of AWS, and the request carries {token}.", stage.name);
        let proof = sent.because(Proof::certain(says).because("apigatewayv2:GetApi", "ProtocolType", "WEBSOCKET"));
        return Ok(
            proof.advice("sign the request: execute-api:ManageConnections lets its sender call connections back")
        );
    }
    match iam_route(case) {
        Ok(guard) => {
            let says = format!("{} wants a signature of AWS, and the request carries {token}.", guard.key);
            let place = format!("{} authorizationType", guard.key);
            Ok(sent
                .because(Proof::certain(says).because(guard.source, place, "AWS_IAM"))
                .advice("sign the request, or give the route the authorizer that the token is for, and deploy"))
        }
        Err(Not::Unread(why)) if !case.is_unsent() => Ok(sent
            .because(Proof::likely(format!(
                "The request carries {token}: either the route wants a signature of AWS, or there is no such route."
            )))
            .without(&why)
            .advice(
                "check the URL and method against the stage's routes; where the route wants AWS_IAM, sign the request",
            )),
        Err(not) => Err(not),
    }
}
