//! A JWT authorizer of an HTTP API does not take the token.

use serde_json::{Value, json};

use super::cognito_authorizer::malformed::{is_broken, named};
use super::cognito_authorizer::{claim, elsewhere, moment, scopes};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::guard::{Guard, Guarded, KEYS, complaint, got_token, says_unreached};
use crate::case::logs;
use crate::case::signal::Signal;
use crate::command::Aws;
use crate::exchange::authorization::Authorization;
use crate::finding::Remedy;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

causes! {
    /// The request carries no token where the JWT authorizer looks
    ///
    /// ## What proves it
    ///
    /// The route has a JWT authorizer, and what its identity source names is missing.
    ///
    /// ## What refutes it
    ///
    /// It is there, or the answer complains of a token that API Gateway got.
    ///
    /// ## Remedy
    ///
    /// Send `Authorization: Bearer …`, or what the identity source names.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    "jwt-missing", Cause, Silent, missing;

    /// The token's issuer is not the authorizer's
    ///
    /// ## What proves it
    ///
    /// `iss` is not, to the letter, the authorizer's issuer; a slash at the end counts.
    ///
    /// ## What refutes it
    ///
    /// They are equal.
    ///
    /// ## Remedy
    ///
    /// Write the issuer as the tokens have it.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    "jwt-issuer", Cause, Silent, issuer;

    /// The token is for another audience
    ///
    /// ## What proves it
    ///
    /// `aud`, or `client_id` where there is no `aud`, is none of the authorizer's audiences.
    ///
    /// ## What refutes it
    ///
    /// It is one of them.
    ///
    /// ## Remedy
    ///
    /// Add the audience (of Cognito the app client's id) to the authorizer.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html>
    "jwt-audience", Cause, Silent, audience;

    /// The token is not valid at this time
    ///
    /// ## What proves it
    ///
    /// `exp` lies before the answer, or `nbf` or `iat` after it.
    ///
    /// ## What refutes it
    ///
    /// They do not.
    ///
    /// ## Remedy
    ///
    /// Get a new token; where `nbf` or `iat` lies ahead, set the clocks.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    "jwt-expired", Cause, Silent, expired;

    /// The token has none of the route's scopes
    ///
    /// ## What proves it
    ///
    /// None of the scopes in `scope` or `scp` is one of the route's.
    ///
    /// ## What refutes it
    ///
    /// One of them is.
    ///
    /// ## Remedy
    ///
    /// Ask for the scope when the token is made, or change the route's scopes.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    "jwt-insufficient-scope", Cause, Silent, insufficient_scope;

    /// API Gateway cannot check the token's signature
    ///
    /// ## What proves it
    ///
    /// The token is signed with another algorithm than RSA, or the issuer is not an `https` URL of a public name. Otherwise,
    /// where all claims fit, only `www-authenticate` or the access log's `$context.authorizer.error` tells: `OIDC discovery
    /// endpoint communications error`, `JWKS communication error`.
    ///
    /// ## What refutes it
    ///
    /// The issuer's keys can be read by everybody within 1500 ms. Nothing here reads them.
    ///
    /// ## Remedy
    ///
    /// Make `{issuer}/.well-known/openid-configuration` and the keys that it names public, and sign with RSA.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    "jwt-jwks-unreachable", Cause, Proves, keys;
}

/// The route that a JWT authorizer guards.
fn guarded<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Guarded<'c, 'a>, Not> {
    Guarded::of(case, signals, ApiKind::Http, "JWT")
}

/// Whether the answer says that it is this. `None` where it does not say what it is.
fn says(case: &Case<'_>, what: &str) -> Option<bool> {
    complaint(case).map(|own| own == what)
}

/// With what the answer itself says, where the authorizer could not be read, or the request does not show the token.
fn or_by_answer(case: &Case<'_>, what: &str, examined: Examined) -> Examined {
    match examined {
        Err(Not::Unread(why)) if says(case, what) == Some(true) => {
            let (says, advice) = match what {
                "time" => ("The answer says that the token is not valid at this time.".to_owned(), RENEW),
                "scope" => {
                    ("The answer says that the token has none of the route's scopes.".to_owned(), "compare the two")
                }
                _ => {
                    (format!("The answer says that the token's {what} does not fit the authorizer."), "compare the two")
                }
            };
            let proof = Proof::likely(says).because("response", "headers.www-authenticate", what);
            Ok(proof.without(&why).advice(advice))
        }
        examined => examined,
    }
}

/// That no token was sent, where the route or its authorizer was not read. A challenge that names no error is the answer to a
/// request without a token (RFC 6750, section 3).
fn missing_unread(case: &Case<'_>, why: &NotRead) -> Examined {
    case.shows(&[Signal::Unauthorized])?;
    let target = case.target()?;
    if got_token(case)
        || case.is_unsent()
        || target.api.kind != ApiKind::Http
        || case.request.headers.may_have("authorization")
    {
        return Err(why.into());
    }
    let challenge = case.response()?.headers.get("www-authenticate").unwrap_or_default();
    let asks = challenge.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    let says = "The request has no Authorization header; where the authorizer looks for the token was not read.";
    let advice = "send the token in the header in which the authorizer looks for it";
    if asks && !challenge.contains("error") {
        let proof = Proof::likely(format!("The answer asks for a token. {says}"));
        let proof = proof.because("response", "headers.www-authenticate", challenge);
        return Ok(proof.because("request", "headers.Authorization", Value::Null).without(why).advice(advice));
    }
    let guard = Guard::answering(case, &[Signal::Unauthorized], ApiKind::Http, "JWT")?;
    let proof = guard.because(Proof::possible(says)).because("request", "headers.Authorization", Value::Null);
    Ok(proof.without(why).advice(advice))
}

fn missing(case: &Case<'_>) -> Examined {
    let guarded = match guarded(case, &[Signal::Unauthorized]) {
        Err(Not::Unread(why)) => return missing_unread(case, &why),
        guarded => guarded?,
    };
    let (source, used) = (guarded.source(), &guarded.used);
    if got_token(case) {
        return Err(Not::refuted("the answer complains of a token, so that one was sent"));
    }
    if guarded.value(case).is_some() {
        return Err(Not::refuted(format!("{} holds something", source.words())));
    }
    let mut text = format!("The authorizer {} looks for the token in {}, which holds none.", used.name, source.words());
    if let Some(name) = elsewhere(case, source) {
        text = format!("{text} The header {name} holds one.");
    }
    Ok(guarded
        .guard
        .because(Proof::certain(text))
        .because(used.source, format!("{} identitySource", used.name), used.authorizer.identity_source.clone())
        .because("request", source.place(), Value::Null)
        .advice(format!("send the token in {}", source.words())))
}

fn issuer(case: &Case<'_>) -> Examined {
    or_by_answer(case, "issuer", other_issuer(case))
}

fn other_issuer(case: &Case<'_>) -> Examined {
    let guarded = guarded(case, &[Signal::Unauthorized])?;
    if says(case, "issuer") == Some(false) {
        return Err(Not::refuted("the answer names another reason"));
    }
    let token = guarded.token(case)?;
    let own = claim(&token, "iss").ok_or(Not::Silent)?;
    let used = &guarded.used;
    let wanted = used.authorizer.jwt_configuration.as_ref().and_then(|own| own.issuer.as_deref()).ok_or(Not::Silent)?;
    if own == wanted {
        return Err(Not::refuted("the token's issuer is the authorizer's"));
    }
    let text = format!("The token is of {own}, and the authorizer {} takes {wanted}.", used.name);
    Ok(guarded
        .guard
        .because(Proof::certain(text))
        .because("request", "token iss", own)
        .because(used.source, format!("{} issuer", used.name), wanted)
        .remedy(to_the_letter(&guarded, own, wanted)))
}

/// What mends an issuer that differs: a command, where the two are one but for a slash or the case.
fn to_the_letter(guarded: &Guarded<'_, '_>, own: &str, wanted: &str) -> Remedy {
    let summary = "write the authorizer's issuer as the tokens have it, to the letter, or get a token of that issuer";
    let plain = |issuer: &str| issuer.trim_end_matches('/').to_ascii_lowercase();
    if plain(own) != plain(wanted) {
        return Remedy::advice(summary);
    }
    Remedy::command(summary, configure(guarded, own, None))
}

/// The command that gives a JWT authorizer an issuer, and one audience more than it has.
fn configure(guarded: &Guarded<'_, '_>, issuer: &str, audience: Option<&str>) -> Aws {
    let used = &guarded.used;
    let own = used.authorizer.jwt_configuration.as_ref().map(|own| &own.audience);
    let audiences: Vec<&str> = own.into_iter().flatten().map(String::as_str).chain(audience).collect();
    let configuration = json!({ "Audience": audiences, "Issuer": issuer });
    guarded.guard.update_authorizer(used.name).option("--jwt-configuration", &configuration.to_string())
}

fn audience(case: &Case<'_>) -> Examined {
    or_by_answer(case, "audience", other_audience(case))
}

fn other_audience(case: &Case<'_>) -> Examined {
    let guarded = guarded(case, &[Signal::Unauthorized])?;
    if says(case, "audience") == Some(false) {
        return Err(Not::refuted("the answer names another reason"));
    }
    let token = guarded.token(case)?;
    let used = &guarded.used;
    let wanted = &used.authorizer.jwt_configuration.as_ref().ok_or(Not::Silent)?.audience;
    // `client_id` is looked at only where there is no `aud`.
    let (name, own) = match (token.claims.get("aud"), token.claims.get("client_id")) {
        (Some(aud), _) => ("aud", aud),
        (None, Some(client)) => ("client_id", client),
        (None, None) => ("aud", &Value::Null),
    };
    let list: Vec<&str> = match own {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        single => single.as_str().into_iter().collect(),
    };
    if wanted.is_empty() || list.iter().any(|own| wanted.contains(*own)) {
        return Err(Not::refuted(format!("the token's {name} is one of the authorizer's audiences")));
    }
    let text = format!("The token's {name} is none of the audiences of the authorizer {}.", used.name);
    Ok(guarded
        .guard
        .because(Proof::certain(text))
        .because("request", format!("token {name}"), own.clone())
        .because(used.source, format!("{} audience", used.name), json!(wanted))
        .remedy(add_audience(&guarded, list.first().copied())))
}

fn add_audience(guarded: &Guarded<'_, '_>, audience: Option<&str>) -> Remedy {
    let summary = "add the token's audience to the authorizer, or get a token for one that it takes";
    let configuration = guarded.used.authorizer.jwt_configuration.as_ref();
    match (configuration.and_then(|own| own.issuer.as_deref()), audience) {
        (Some(issuer), Some(audience)) => Remedy::command(summary, configure(guarded, issuer, Some(audience))),
        _ => Remedy::advice(summary),
    }
}

fn expired(case: &Case<'_>) -> Examined {
    or_by_answer(case, "time", not_in_time(case))
}

/// What to do about a token of another time.
const RENEW: &str = "get a new token; where its time lies ahead, set the clocks";

fn not_in_time(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Unauthorized, Signal::TokenExpired])?;
    let said = says(case, "time");
    if said == Some(false) {
        return Err(Not::refuted("the answer names another reason"));
    }
    let token = match (&case.authorization, said) {
        (Authorization::Jwt(token), Some(true)) => token.clone(),
        _ => guarded(case, &[Signal::Unauthorized])?.token(case)?,
    };
    let at = case.at();
    let is_over = moment(&token, "exp").filter(|ends| *ends <= at).map(|ends| ("exp", ends, "ended"));
    let begins = ["nbf", "iat"].into_iter().filter_map(|name| Some((name, moment(&token, name)?, "begins")));
    let found = is_over.or_else(|| begins.into_iter().find(|(_, begins, _)| *begins > at));
    let Some((name, moment, word)) = found else {
        if said == Some(true) && case.answered_at().is_none() {
            return Ok(Proof::likely("The answer says that the token is not valid at this time.")
                .because("response", "headers.WWW-Authenticate", "time")
                .advice(RENEW));
        }
        return Err(Not::refuted("the token is valid at the time of the answer"));
    };
    Ok(case
        .over(&format!("The token {word} at {moment}"))
        .because("request", format!("token {name}"), moment.to_string())
        .advice("get a new token; where its time lies ahead, set the clocks"))
}

fn insufficient_scope(case: &Case<'_>) -> Examined {
    or_by_answer(case, "scope", other_scope(case))
}

fn other_scope(case: &Case<'_>) -> Examined {
    let guarded = guarded(case, &[Signal::Forbidden])?;
    let token = guarded.token(case)?;
    let route = guarded.used.met.route;
    let wanted = &route.authorization_scopes;
    let own = scopes(&token);
    if wanted.is_empty() || own.iter().any(|scope| wanted.contains(*scope)) {
        return Err(Not::refuted("the token has a scope that the route takes"));
    }
    let list = wanted.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let key = &guarded.guard.key;
    Ok(guarded
        .guard
        .because(Proof::certain(format!("{key} takes tokens with one of {list}, and this one has none of them.")))
        .because("request", "token scope", json!(own))
        .because(guarded.used.met.source, format!("{key} authorizationScopes"), json!(wanted))
        .advice(format!("ask for one of {list} when the token is made, or change the route's scopes")))
}

fn keys(case: &Case<'_>) -> Examined {
    let is_said = says(case, KEYS);
    let guarded = match guarded(case, &[Signal::Unauthorized, Signal::Internal]) {
        Err(Not::Unread(why)) if is_said == Some(true) => {
            let text = "The answer says that API Gateway could not read the keys of the token's issuer.";
            let proof = Proof::likely(text).because("response", "headers.www-authenticate", KEYS).without(&why);
            return Ok(
                proof.advice("make the issuer's /.well-known/openid-configuration and the keys that it names public")
            );
        }
        guarded => guarded?,
    };
    if is_said == Some(false) {
        return Err(Not::refuted("the answer names another reason"));
    }
    let used = &guarded.used;
    let url = used.authorizer.jwt_configuration.as_ref().and_then(|own| own.issuer.as_deref()).unwrap_or_default();
    let document = format!("{}/.well-known/openid-configuration", url.trim_end_matches('/'));
    let advice = format!("make {document} and the keys that it names public, and sign with RSA");
    let proof = |proof: Proof| {
        let proof = guarded.guard.because(proof).because(used.source, format!("{} issuer", used.name), url);
        proof.about(used.name).advice(advice.clone())
    };
    let unreached = format!("API Gateway could not read {document}, or the keys that it names.");
    if is_said == Some(true) {
        return Ok(proof(Proof::likely(unreached).because("response", "headers.www-authenticate", KEYS)));
    }
    if !case.is_unsent() {
        let log = logs::accessed(case)?;
        match log.authorizer_error.as_deref() {
            Some(error) if says_unreached(error) => return Ok(log.because(proof(Proof::likely(unreached)))),
            Some(error) => return Err(Not::refuted(format!("the access log says {}", logs::short(error)))),
            None => {}
        }
    }
    if !url.starts_with("https://") {
        return Ok(proof(Proof::likely(format!(
            "The issuer {url} is no https URL, so that nobody can read its keys."
        ))));
    }
    let token = guarded.token(case);
    let algorithm = token.as_ref().ok().and_then(|token| token.header.get("alg")).and_then(Value::as_str);
    if let Some(algorithm) = algorithm.filter(|own| !own.starts_with("RS")) {
        let text = format!("The token is signed with {algorithm}, and API Gateway checks RSA alone.");
        return Ok(proof(Proof::likely(text).because("request", "token alg", algorithm)));
    }
    // Only where nothing else is wrong with the token is there room for this.
    case.response()?;
    let token = token?;
    if is_broken(&token) {
        let defects: Vec<&str> = token.defects.iter().map(|defect| named(*defect)).collect();
        return Err(Not::refuted(format!("the token comes with {}", defects.join(", "))));
    }
    if [issuer, audience, expired].into_iter().any(|other| other(case).is_ok()) {
        return Err(Not::refuted("something else is wrong with the token"));
    }
    let text =
        "The token's claims fit: API Gateway may not reach the issuer's keys, or they are not those of the token.";
    Ok(proof(Proof::possible(text)))
}
