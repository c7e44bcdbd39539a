//! Codes and refresh tokens that are not taken: `invalid_grant`.

use serde_json::json;

use super::{grant_type, token};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::oauth::{OAuth, sign_in_shown_at, signed_in_at};
use crate::causes::oauth_client::by_error;
use crate::exchange::authorization::Credentials;
use crate::exchange::is_read;

/// The attributes that scopes stand for, all of which a client has to read.
const OF_SCOPES: [(&str, &[&str]); 2] =
    [("email", &["email", "email_verified"]), ("phone", &["phone_number", "phone_number_verified"])];

/// The attributes of the scope `profile`, which gives those that the client may read.
const OF_PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

pub(super) fn attribute(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_grant"])?;
    let client = oauth.client(case)?.ok_or(Not::Silent)?;
    if client.read_attributes.is_empty() {
        return Err(Not::refuted("the client may read all standard attributes"));
    }
    let readable = |name: &&str| client.read_attributes.iter().any(|own| own == name);
    let allowed = |name: &str| client.scopes.iter().any(|own| own == name);
    let lacking = OF_SCOPES
        .iter()
        .filter(|(scope, _)| allowed(scope))
        .find_map(|(scope, names)| Some((*scope, *names.iter().find(|name| !readable(name))?)));
    let no_profile = || {
        let is_empty = allowed("profile") && !OF_PROFILE.iter().any(&readable);
        is_empty.then_some(("profile", "name and the like"))
    };
    let Some((scope, name)) = lacking.or_else(no_profile) else {
        return Err(Not::refuted("the client may read what its scopes stand for"));
    };
    Ok(Proof::likely(format!("The scope {scope} stands for {name}, which the client may not read."))
        .because("cognito-idp:DescribeUserPoolClient", "ReadAttributes", json!(client.read_attributes))
        .advice(format!("let the client read {name}")))
}

pub(super) fn refresh(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_grant"])?;
    case.response()?;
    if grant_type(&oauth) != "refresh_token" {
        return Err(Not::Silent);
    }
    let unread = match oauth.client(case) {
        Ok(Some(_)) => None,
        Ok(None) => return Err(Not::refuted("the client is none of the user pool")),
        Err(Not::Unread(why)) => Some(why),
        Err(not) => return Err(not),
    };
    let proof =
        Proof::likely("The refresh token expired, was revoked or exchanged, or the person signed out everywhere.")
            .because("response", "body.error", "invalid_grant")
            .advice("sign in again");
    Ok(unread.iter().fold(proof, Proof::without))
}

/// The client that asked for the code, if the request's `Referer` or the archive that holds it shows it, and it is another one than exchanges it.
fn other_sign_in(case: &Case<'_>, oauth: &OAuth) -> Option<String> {
    let asked = signed_in_at(case)?.parameter_decoded("client_id").filter(|id| is_read(id))?;
    let own = oauth.client_id.as_ref().filter(|id| is_read(id))?;
    (asked != *own && grant_type(oauth) == "authorization_code").then_some(asked)
}

/// The client that Authorization: Basic names, and the one that the form names.
fn named_clients(case: &Case<'_>, oauth: &OAuth) -> Option<(String, String)> {
    let own = Credentials::of(case.request).map(|credentials| credentials.user_name)?;
    Some((own, oauth.parameters.get("client_id")?.clone()))
}

pub(super) fn other_client(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_grant"])?;
    if let Some(asked) = other_sign_in(case, &oauth) {
        return Ok(Proof::certain("The code was asked for by another client than the one that exchanges it.")
            .because("request", format!("{} client_id", sign_in_shown_at(case)), asked)
            .because("request", "client_id", oauth.client_id.clone())
            .advice("exchange the code with the client that asked for it"));
    }
    let (own, named) = named_clients(case, &oauth).ok_or(Not::Silent)?;
    if own == named {
        return Err(Not::refuted("the two names of the client are the same"));
    }
    Ok(Proof::certain("Authorization: Basic and client_id name two clients, and a code belongs to one.")
        .because("request", "client_id", named)
        .advice("exchange the code with the client that asked for it"))
}

pub(super) fn code_used(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_grant"])?;
    case.response()?;
    if grant_type(&oauth) != "authorization_code" {
        return Err(Not::Silent);
    }
    let client = match oauth.client(case) {
        Err(Not::Unread(why)) => {
            return by_error(case, &["invalid_grant"], &why, |_| {
                Ok(Proof::likely("The code is older than five minutes, or was exchanged already, unless the redirect URI is not the client's.")
                    .advice("exchange each code once, at once: single-page apps often do it twice"))
            });
        }
        client => client?.ok_or(Not::Silent)?,
    };
    let redirect = oauth.parameters.get("redirect_uri");
    if redirect.is_some_and(|uri| !client.callback_urls.contains(uri)) {
        return Err(Not::refuted("the redirect URI is none of the client's"));
    }
    let names_two = named_clients(case, &oauth).is_some_and(|(own, named)| own != named);
    if names_two || other_sign_in(case, &oauth).is_some() {
        return Err(Not::refuted("the code was asked for by another client"));
    }
    let asked = signed_in_at(case).and_then(|url| url.parameter_decoded("redirect_uri"));
    if redirect.zip(asked).is_some_and(|(own, asked)| *own != asked) {
        return Err(Not::refuted("the code was asked for with another redirect URI"));
    }
    Ok(Proof::likely(
        "Client and redirect URI are right: the code is older than five minutes, or was exchanged already.",
    )
    .because("cognito-idp:DescribeUserPoolClient", "CallbackURLs", json!(client.callback_urls))
    .because("response", "body.error", "invalid_grant")
    .advice("exchange each code once, at once: single-page apps often do it twice"))
}
