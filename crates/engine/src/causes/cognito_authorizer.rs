//! A Cognito authorizer of a REST API does not take the token.

pub(super) mod malformed;
mod unread;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::unread::Unread;
use super::lambda_authorizer::without_identity;
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, causes};
use crate::case::facts::Read;
use crate::case::guard::{Guard, Guarded, IdentitySource, Used};
use crate::case::signal::{Signal, error_type};
use crate::exchange::authorization::{Authorization, Jwt};
use crate::snapshot::ApiKind;

causes! {
    /// The request carries no token where the Cognito authorizer looks
    ///
    /// ## What proves it
    ///
    /// The route has a Cognito authorizer, and the header of its identity source is missing or empty.
    ///
    /// ## What refutes it
    ///
    /// The header is there.
    ///
    /// ## Remedy
    ///
    /// Send the token in that header.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized>
    "cognito-auth-token-missing", Cause, Silent, missing;

    /// What is sent to the authorizer is no token
    ///
    /// ## What proves it
    ///
    /// The authorizer is Cognito's, or an HTTP API's for JSON Web Tokens. The header does not hold a JSON Web Token of three
    /// parts, or there are quotes, white space or a second `Bearer` with it. Blanks alone that stand before or after it are
    /// likely the cause where nothing else is wrong with the token: HTTP leaves some of them out.
    ///
    /// ## What refutes it
    ///
    /// It can be read; or `www-authenticate` complains of what stands in it.
    ///
    /// ## Remedy
    ///
    /// Send the token as its issuer gave it, with `Bearer` before it once or not at all.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized>,
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    "cognito-auth-malformed-token", Cause, Silent, malformed::malformed;

    /// The token is of another user pool
    ///
    /// ## What proves it
    ///
    /// The token's issuer is none of the user pools that the authorizer names. It is possible where the authorizer was not read.
    ///
    /// ## What refutes it
    ///
    /// It is one of them.
    ///
    /// ## Remedy
    ///
    /// Sign in to the right pool, or add the other to the authorizer and deploy.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized>
    "cognito-auth-wrong-pool", Cause, Silent, wrong_pool;

    /// An access token is sent for an ID token, or the other way round
    ///
    /// ## What proves it
    ///
    /// The route asks for no scope, and the token is an access token; or it asks for scopes, and the token is an ID token.
    ///
    /// ## What refutes it
    ///
    /// The token is of the kind that the route takes.
    ///
    /// ## Remedy
    ///
    /// Without scopes send the ID token; with scopes send the access token.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized>
    "cognito-auth-id-vs-access", Cause, Silent, id_or_access;

    /// The access token has none of the route's scopes
    ///
    /// ## What proves it
    ///
    /// None of the token's scopes is one of the route's. Whether AWS answers 401 or 403 is not verified.
    ///
    /// ## What refutes it
    ///
    /// One of them is.
    ///
    /// ## Remedy
    ///
    /// Ask for the scope at sign-in, by its whole name (`resource-server/name`), and allow it on the app client.
    ///
    /// ## Source
    ///
    /// <https://repost.aws/knowledge-center/api-gateway-cognito-401-unauthorized>
    "cognito-auth-scope", Cause, Silent, scope;

    /// The authorizer's user pool does not exist
    ///
    /// ## What proves it
    ///
    /// Cognito knows no pool of the id that the authorizer names.
    ///
    /// ## What refutes it
    ///
    /// It knows it.
    ///
    /// ## Remedy
    ///
    /// Give the authorizer a pool that exists, and deploy.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    "cognito-authorizer-pool-deleted", Cause, Proves, pool_deleted;

    /// The Cognito token has expired
    ///
    /// ## What proves it
    ///
    /// The answer says so, and the token's `exp` lies before the answer. To an answer that does not say so it is no more than
    /// likely, and other faults of the token come first.
    ///
    /// ## What refutes it
    ///
    /// `exp` lies after the answer.
    ///
    /// ## Remedy
    ///
    /// Get a new token with the refresh token.
    ///
    /// ## Source
    ///
    /// Seen in public repositories.
    "cognito-auth-token-expired", Cause, Silent, expired;
}

/// The route that a Cognito authorizer guards.
fn guarded<'c, 'a>(case: &'c Case<'a>, signals: &[Signal]) -> Result<Guarded<'c, 'a>, Not> {
    Guarded::of(case, signals, ApiKind::Rest, TYPE)
}

/// The authorization type of such a route.
const TYPE: &str = "COGNITO_USER_POOLS";

/// The ids of an authorizer's user pools, which end their ARNs.
fn pools<'a>(used: &Used<'a>) -> Vec<&'a str> {
    used.authorizer.provider_arns.iter().filter_map(|arn| arn.rsplit('/').next()).collect()
}

/// A claim that is a text.
pub(super) fn claim<'t>(token: &'t Jwt, name: &str) -> Option<&'t str> {
    token.claims.get(name).and_then(Value::as_str)
}

/// A claim that is a moment: seconds since 1970.
pub(super) fn moment(token: &Jwt, name: &str) -> Option<Timestamp> {
    let seconds = token.claims.get(name)?;
    #[expect(clippy::cast_possible_truncation, reason = "a moment's fraction makes no difference here")]
    let seconds = seconds.as_i64().or_else(|| seconds.as_f64().map(|seconds| seconds as i64))?;
    Timestamp::from_second(seconds).ok()
}

/// The scopes that a token holds, by `scope` or `scp`: a text with spaces, or a list.
pub(super) fn scopes(token: &Jwt) -> Vec<&str> {
    let claims = ["scope", "scp"].into_iter().filter_map(|name| token.claims.get(name));
    claims
        .flat_map(|claim| match claim {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            Value::String(text) => text.split_whitespace().collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// The names of headers that hold a token, where it is not looked for.
pub(super) fn elsewhere<'a>(case: &Case<'a>, source: IdentitySource<'_>) -> Option<&'a str> {
    let is_source = |name: &str| matches!(source, IdentitySource::Header(own) if own.eq_ignore_ascii_case(name));
    let headers = &case.request.headers.0;
    headers
        .iter()
        .find(|(name, value)| !is_source(name) && Jwt::in_header(value).is_some())
        .map(|(name, _)| name.as_str())
}

fn missing(case: &Case<'_>) -> Examined {
    let guarded = match guarded(case, &[Signal::Unauthorized]) {
        Err(Not::Unread(_)) if !case.is_unsent() => {
            let guard = Guard::answering(case, &[Signal::Unauthorized], ApiKind::Rest, TYPE)?;
            let (proof, _) = without_identity(case, &guard, false)?;
            return Ok(proof.advice("send the token in the header in which the authorizer looks for it"));
        }
        guarded => guarded?,
    };
    let (source, used) = (guarded.source(), &guarded.used);
    if guarded.value(case).is_some() {
        return Err(Not::refuted(format!("{} holds something", source.words())));
    }
    let mut says = format!("The authorizer {} looks for the token in {}, which holds none.", used.name, source.words());
    if let Some(name) = elsewhere(case, source) {
        says = format!("{says} The header {name} holds one.");
    }
    Ok(guarded
        .guard
        .because(Proof::certain(says))
        .because(used.source, format!("{} identitySource", used.name), used.authorizer.identity_source.clone())
        .because("request", source.place(), Value::Null)
        .advice(format!("send the token in {}", source.words())))
}

fn expired(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::TokenExpired, Signal::Unauthorized])?;
    let is_said = case.signal() == Some(Signal::TokenExpired);
    let token = match (&case.authorization, is_said) {
        (Authorization::Jwt(token), true) => token.clone(),
        _ => match guarded(case, &[Signal::TokenExpired, Signal::Unauthorized]).and_then(|guarded| guarded.token(case))
        {
            Ok(token) => token,
            Err(Not::Wanted) => return Err(Not::Wanted),
            // The token is the one in `Authorization`: what is said of it is no more than likely.
            Err(Not::Unread(why)) if !is_said => Unread::of(case, why)?.token()?,
            Err(_) if is_said => {
                let proof = Proof::likely("The answer says that the token has expired.");
                return Ok(proof.because("response", "body.message", "expired").advice("get a new token"));
            }
            Err(not) => return Err(not),
        },
    };
    let Some(ends) = moment(&token, "exp") else { return Err(Not::Silent) };
    if ends > case.at() {
        if is_said && case.answered_at().is_none() {
            return Ok(Proof::likely("The answer says that the token has expired.")
                .because("response", "body.message", "expired")
                .advice("get a new token"));
        }
        return Err(Not::refuted("the token's exp lies after the answer"));
    }
    let proof = case
        .over(&format!("The token ended at {ends}"))
        .because("request", "token exp", ends.to_string())
        .advice("get a new token with the refresh token");
    // AWS says so in other words, where it finds nothing else that is wrong.
    Ok(if is_said || case.is_unsent() { proof } else { proof.at_most(Confidence::Likely) })
}

fn wrong_pool(case: &Case<'_>) -> Examined {
    let guarded = match guarded(case, &[Signal::Unauthorized]) {
        Err(Not::Unread(why)) => return Unread::of(case, why)?.wrong_pool(),
        guarded => guarded?,
    };
    let token = guarded.token(case)?;
    let issuer = claim(&token, "iss").ok_or(Not::Silent)?;
    let pool = issuer.trim_end_matches('/').rsplit('/').next().unwrap_or(issuer);
    let pools = pools(&guarded.used);
    if pools.contains(&pool) {
        return Err(Not::refuted(format!("the token is of the pool {pool}, which the authorizer names")));
    }
    let (guard, used) = (&guarded.guard, &guarded.used);
    let host = issuer.trim_start_matches("https://").split('/').next().unwrap_or_default();
    let is_pool = host.starts_with("cognito-idp.") && pool.contains('_');
    let proof = guard
        .because(Proof::certain(format!(
            "The token is of {pool}, and the authorizer {} takes {}.",
            used.name,
            pools.join(", ")
        )))
        .because("request", "token iss", issuer)
        .because(used.source, format!("{} providerARNs", used.name), json!(used.authorizer.provider_arns));
    // A provider that is no user pool has no ARN that an authorizer would take.
    if !is_pool {
        return Ok(proof.advice("sign in to a pool that the authorizer names, and send that pool's token"));
    }
    Ok(proof.command(
        "sign in to a pool that the authorizer names; or add this one, if it is yours, and deploy",
        guard.update_authorizer(used.name).option("--patch-operations", &provider("add", &pool_arn(case, pool))),
    ))
}

/// A change of an authorizer's user pools.
fn provider(operation: &str, arn: &str) -> String {
    format!("op={operation},path=/providerARNs,value={arn}")
}

/// The ARN of a user pool of the account, whose region begins its id.
fn pool_arn(case: &Case<'_>, pool: &str) -> String {
    let region = pool.split_once('_').map_or(case.facts.region.as_str(), |(region, _)| region);
    format!("arn:{}:cognito-idp:{region}:{}:userpool/{pool}", crate::arn::partition(region), case.facts.account_id)
}

fn id_or_access(case: &Case<'_>) -> Examined {
    let guarded = match guarded(case, &[Signal::Unauthorized]) {
        Err(Not::Unread(why)) => return Unread::of(case, why)?.id_or_access(),
        guarded => guarded?,
    };
    let token = guarded.token(case)?;
    let kind = claim(&token, "token_use").ok_or(Not::Silent)?;
    let wanted = &guarded.used.met.route.authorization_scopes;
    let key = &guarded.guard.key;
    let (says, advice) = match (wanted.is_empty(), kind) {
        (true, "access") => (
            format!("{key} asks for no scope: it takes ID tokens, and this is an access token."),
            "send the ID token, or give the route a scope and deploy",
        ),
        (false, "id") => (
            format!("{key} asks for scopes: it takes access tokens, and this is an ID token."),
            "send the access token",
        ),
        _ => return Err(Not::refuted(format!("the token is of the kind {kind}, which the route takes"))),
    };
    Ok(guarded
        .guard
        .because(Proof::certain(says))
        .because("request", "token token_use", kind)
        .because(guarded.used.met.source, format!("{key} authorizationScopes"), json!(wanted))
        .advice(advice))
}

fn scope(case: &Case<'_>) -> Examined {
    // Whether a REST API answers this with 401 or 403 is not documented. That it is 403 and `Unauthorized` is no signal of its
    // own, and with 403 and `Forbidden` others refuse, too: web ACLs, API keys.
    let is_403 = case.response().is_ok_and(|own| own.status == 403 && error_type(own) == Some("UnauthorizedException"));
    let signals: &[Signal] = match is_403 {
        true => &[Signal::Other],
        false => &[Signal::Unauthorized, Signal::AccessDenied, Signal::Forbidden],
    };
    let guarded = guarded(case, signals)?;
    let token = guarded.token(case)?;
    let wanted = &guarded.used.met.route.authorization_scopes;
    if wanted.is_empty() || claim(&token, "token_use") == Some("id") {
        return Err(Not::Silent);
    }
    let own = scopes(&token);
    if let Some(scope) = own.iter().find(|scope| wanted.contains(**scope)) {
        return Err(Not::refuted(format!("the token has the scope {scope}, which the route takes")));
    }
    let list = wanted.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let key = &guarded.guard.key;
    let proof = Proof::certain(format!("{key} takes tokens with one of {list}, and this one has none of them."));
    let proof = if case.signal() == Some(Signal::Forbidden) { proof.at_most(Confidence::Likely) } else { proof };
    Ok(guarded
        .guard
        .because(proof)
        .because("request", "token scope", json!(own))
        .because(guarded.used.met.source, format!("{key} authorizationScopes"), json!(wanted))
        .advice(format!("ask for one of {list} at sign-in, and allow it on the app client")))
}

fn pool_deleted(case: &Case<'_>) -> Examined {
    let guarded = guarded(case, &[Signal::Unauthorized, Signal::AuthorizerConfiguration, Signal::Internal])?;
    // Of a token that can be read, its own pool; nobody else's can be read from here.
    let own = guarded.token(case).ok();
    let issuer = own.as_ref().and_then(|token| claim(token, "iss"));
    let (account, region) = (&case.facts.account_id, &case.facts.region);
    let near = format!(":{region}:{account}:");
    let pools = guarded.used.authorizer.provider_arns.iter().filter(|arn| arn.contains(&near));
    let pools = pools.filter_map(|arn| arn.rsplit('/').next());
    let pools: Vec<&str> = pools.filter(|pool| issuer.is_none_or(|issuer| issuer.ends_with(pool))).collect();
    let mut gone = None;
    for pool in &pools {
        if case.ask(Read::UserPool((*pool).to_owned()))?.is_none() {
            gone = gone.or(Some(*pool));
        }
    }
    let first = *pools.first().ok_or(Not::Silent)?;
    let Some(pool) = gone else { return Err(Not::refuted(format!("the pool {first} exists"))) };
    let (guard, used) = (&guarded.guard, &guarded.used);
    let says = format!("The authorizer {} names the user pool {pool}, which does not exist.", used.name);
    let proof = guard
        .because(Proof::certain(says))
        .because(used.source, format!("{} providerARNs", used.name), json!(used.authorizer.provider_arns))
        .because("cognito-idp:DescribeUserPool", pool, Value::Null)
        .about(used.name)
        .command(
            "give the authorizer a pool that exists, and deploy",
            guard.update_authorizer(used.name).options(
                "--patch-operations",
                [provider("add", "POOL_ARN"), provider("remove", &pool_arn(case, pool))],
            ),
        );
    // Callers with tokens of its other pools are let in.
    let is_only = used.authorizer.provider_arns.len() == 1;
    Ok(if case.is_unsent() && !is_only { proof.at_most(Confidence::Likely) } else { proof })
}

#[cfg(test)]
mod tests;
