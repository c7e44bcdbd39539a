//! A token that cannot be read as it is sent.

use serde_json::{Value, json};

use super::unread::Unread;
use super::{expired, guarded, id_or_access, pool_deleted, scope, wrong_pool};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof, if_known};
use crate::case::guard::{Guarded, complaint};
use crate::case::signal::Signal;
use crate::exchange::authorization::{Authorization, Jwt, TokenDefect};
use crate::snapshot::ApiKind;

pub(super) fn malformed(case: &Case<'_>) -> Examined {
    case.shows(&[Signal::Unauthorized])?;
    // A signature or a password is another kind of credential, and a cause of its own.
    if case.authorization.is_signed() || case.authorization == Authorization::Basic {
        return Err(Not::Silent);
    }
    let guarded = match guarded(case, &[Signal::Unauthorized]) {
        Err(Not::Unread(why)) => return Unread::of(case, why)?.malformed(),
        Err(Not::Silent) => Guarded::of(case, &[Signal::Unauthorized], ApiKind::Http, "JWT")?,
        guarded => guarded?,
    };
    if let Some(what) = complaint(case) {
        return Err(Not::refuted(format!("the answer complains of the token's {what}, so that the token was read")));
    }
    let source = guarded.source();
    let value = guarded.value(case).ok_or(Not::Silent)?;
    case.known(&value, &source.place())?;
    let proof = |says: String, defects: Value| {
        guarded
            .guard
            .because(Proof::certain(says))
            .because("request", source.place(), defects)
            .advice("send the token as its issuer gave it, with Bearer before it once or not at all")
    };
    let Some(token) = Jwt::in_header(&value) else {
        return Ok(proof(format!("What {} holds is no JSON Web Token.", source.words()), json!({ "isToken": false })));
    };
    let defects = words(&token);
    if defects.is_empty() {
        return Err(Not::refuted("the token can be read"));
    }
    let says = format!("The token in {} comes with {}.", source.words(), defects.join(", "));
    let proof = proof(says, json!(defects));
    Ok(if is_broken(&token) { proof } else { proof.at_most(by_blanks(case, guarded.guard.api.kind)?) })
}

/// How sure it is that blanks beside a token are the fault. HTTP leaves out those around a field's value, and AWS does not say how
/// many it takes before the token: of a request that nobody sent nothing is said, and every other fault goes before.
fn by_blanks(case: &Case<'_>, kind: ApiKind) -> Result<Confidence, Not> {
    case.response()?;
    if kind == ApiKind::Http {
        return Ok(Confidence::Possible);
    }
    for other in [wrong_pool, id_or_access, scope, pool_deleted, expired] {
        if if_known(other(case))?.is_some() {
            return Ok(Confidence::Possible);
        }
    }
    Ok(Confidence::Likely)
}

/// What is wrong with the way in which a token is sent, in words.
pub(super) fn words(token: &Jwt) -> Vec<&'static str> {
    token.defects.iter().map(|defect| named(*defect)).collect()
}

/// Whether no authorizer takes a token as it is sent, whatever stands in it.
pub(in crate::causes) fn is_broken(token: &Jwt) -> bool {
    token.defects.iter().any(|defect| *defect != TokenDefect::Spacing)
}

/// A defect in words.
pub(in crate::causes) fn named(defect: TokenDefect) -> &'static str {
    match defect {
        TokenDefect::RepeatedScheme => "Bearer twice",
        TokenDefect::Quotes => "quotes around it",
        TokenDefect::WhiteSpace => "white space or a line break in it",
        TokenDefect::Spacing => "more blanks beside it than one",
        TokenDefect::NoSignature => "other than three parts",
    }
}
