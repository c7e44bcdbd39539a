//! The same causes where the authorizer was not read: what the route, the token and the answer tell without it. The token is
//! then the one in `Authorization`, where nearly all authorizers look; nothing is more than likely.

use serde_json::json;

use super::{TYPE, claim, malformed};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::guard::Guard;
use crate::case::signal::Signal;
use crate::configuration::Authorizer;
use crate::exchange::authorization::Jwt;
use crate::observed::NotRead;
use crate::snapshot::ApiKind;

/// A route whose Cognito authorizer was not read, and why.
pub(super) struct Unread<'c, 'a> {
    case: &'c Case<'a>,
    guard: Guard<'c, 'a>,
    why: NotRead,
}

impl<'c, 'a> Unread<'c, 'a> {
    /// The route that answered `Unauthorized`; what nobody sent yet is judged by what is known alone.
    pub(super) fn of(case: &'c Case<'a>, why: NotRead) -> Result<Unread<'c, 'a>, Not> {
        if case.is_unsent() {
            return Err(Not::Unread(why));
        }
        let guard = Guard::answering(case, &[Signal::Unauthorized], ApiKind::Rest, TYPE)?;
        Ok(Unread { case, guard, why })
    }

    fn proof(&self, proof: Proof) -> Proof {
        self.guard.because(proof).without(&self.why)
    }

    fn value(&self) -> Result<&'a str, Not> {
        let value = self.case.request.headers.get("authorization").filter(|value| !value.trim().is_empty());
        let value = value.ok_or_else(|| Not::Unread(self.why.clone()))?;
        self.case.known(value, "headers.Authorization")
    }

    pub(super) fn token(&self) -> Result<Jwt, Not> {
        Jwt::in_header(self.value()?).ok_or(Not::Silent)
    }

    pub(super) fn malformed(&self) -> Examined {
        let advice = "send the token as Cognito gave it, with Bearer before it once or not at all";
        let Some(token) = Jwt::in_header(self.value()?) else {
            let says = "What the header Authorization holds is no JSON Web Token.";
            let proof = Proof::likely(says).because("request", "headers.Authorization", json!({ "isToken": false }));
            return Ok(self.proof(proof).advice(advice));
        };
        let defects = malformed::words(&token);
        if defects.is_empty() {
            return Err(Not::refuted("the token can be read"));
        }
        let says = format!("The token in the header Authorization comes with {}.", defects.join(", "));
        let proof = Proof::likely(says).because("request", "headers.Authorization", json!(defects));
        let proof = if malformed::is_broken(&token) { proof } else { proof.at_most(Confidence::Possible) };
        Ok(self.proof(proof).advice(advice))
    }

    pub(super) fn wrong_pool(&self) -> Examined {
        let token = self.token()?;
        let issuer = claim(&token, "iss").ok_or(Not::Silent)?;
        let pool = issuer.trim_end_matches('/').rsplit('/').next().unwrap_or(issuer);
        // Which of them the route has was not read; what all of them say holds for it, too.
        let authorizers = self.guard.api.live.authorizers.ok();
        let mut own = authorizers.into_iter().flat_map(|all| all.values()).filter(|own| own.authorizer_type == TYPE);
        let takes = |own: &Authorizer| own.provider_arns.iter().any(|arn| arn.rsplit('/').next() == Some(pool));
        if own.clone().next().is_some() && own.all(takes) {
            return Err(Not::refuted(format!(
                "the token is of the pool {pool}, which every authorizer of the API names"
            )));
        }
        let says =
            format!("The token is of {pool}; whether the authorizer of {} takes it was not read.", self.guard.key);
        let proof = Proof::possible(says).because("request", "token iss", issuer);
        Ok(self.proof(proof).advice(format!("look whether the authorizer's user pools have {pool}")))
    }

    /// By the route's scopes; where they were not read either, an access token may be the wrong one: few routes ask for scopes.
    pub(super) fn id_or_access(&self) -> Examined {
        let token = self.token()?;
        let kind = claim(&token, "token_use").ok_or(Not::Silent)?;
        let key = &self.guard.key;
        let wanted = match self.guard.met() {
            Ok(met) => Some((met.source, &met.route.authorization_scopes)),
            Err(Not::Unread(_)) => None,
            Err(not) => return Err(not),
        };
        let (proof, advice) = match (wanted, kind) {
            (Some((source, scopes)), "access") if scopes.is_empty() => {
                let says = format!("{key} asks for no scope: it takes ID tokens, and this is an access token.");
                let proof = Proof::likely(says).because(source, format!("{key} authorizationScopes"), json!(scopes));
                (proof, "send the ID token, or give the route a scope and deploy")
            }
            (Some((source, scopes)), "id") if !scopes.is_empty() => {
                let says = format!("{key} asks for scopes: it takes access tokens, and this is an ID token.");
                let proof = Proof::likely(says).because(source, format!("{key} authorizationScopes"), json!(scopes));
                (proof, "send the access token")
            }
            (Some(_), _) => {
                return Err(Not::refuted(format!("the token is of the kind {kind}, which the route takes")));
            }
            (None, "access") => {
                let says = format!(
                    "This is an access token; whether {key} asks for scopes, without which it takes ID tokens, was not read."
                );
                (Proof::possible(says), "send the ID token, if the route asks for no scope")
            }
            (None, _) => return Err(Not::Unread(self.why.clone())),
        };
        Ok(self.proof(proof.because("request", "token token_use", kind)).advice(advice))
    }
}
