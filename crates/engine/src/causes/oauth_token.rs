//! Cognito's token endpoint and its pages: secrets, codes, refresh tokens.

mod invalid_grant;
mod pkce;

use serde_json::{Value, json};

use super::oauth_client::by_error;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::oauth::{self, Endpoint, OAuth};
use crate::exchange::authorization::Credentials;
use crate::observed::NotRead;

causes! {
    /// The request to the token endpoint is not a form
    ///
    /// ## What proves it
    ///
    /// It is no POST, its content type is not `application/x-www-form-urlencoded`, its parameters stand in the query, or one
    /// of `grant_type`, `client_id` and `code` is missing.
    ///
    /// ## What refutes it
    ///
    /// A POST of a form with all of them.
    ///
    /// ## Remedy
    ///
    /// Send a POST with the parameters as a form in the body.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-token-bad-request", Cause, Silent, bad_request;

    /// The client's secret is missing
    ///
    /// ## What proves it
    ///
    /// The client has a secret, and the request sends neither `Authorization: Basic` nor `client_secret`.
    ///
    /// ## What refutes it
    ///
    /// One of the two is sent.
    ///
    /// ## Remedy
    ///
    /// Send `Authorization: Basic base64(id:secret)`; or use a client without secret in browsers and apps.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-client-secret-missing", Cause, Silent, secret_missing;

    /// The client's secret is wrong
    ///
    /// ## What proves it
    ///
    /// The secret that is sent is not the client's, or the client has none, or the name in `Authorization: Basic` is not
    /// `client_id`. The secrets are compared in memory and not shown.
    ///
    /// ## What refutes it
    ///
    /// They are the same.
    ///
    /// ## Remedy
    ///
    /// Send the client's own secret, and none for a client that has none.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-client-secret-wrong", Cause, Silent, secret_wrong;

    /// The client may not use this grant
    ///
    /// ## What proves it
    ///
    /// `grant_type` is none that Cognito has; or it is `client_credentials`, and the client lacks that flow or a secret.
    ///
    /// ## What refutes it
    ///
    /// The client has both.
    ///
    /// ## Remedy
    ///
    /// Enable the flow on the client, with a secret and a scope of one's own.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-unsupported-grant", Cause, Silent, grant;

    /// The code's verifier is missing or wrong
    ///
    /// ## What proves it
    ///
    /// The exchange of a code says `invalid_grant`, and `code_verifier` is shorter or longer than a verifier may be, or holds
    /// other characters: that is likely, and certain where a challenge shows. Or the request's `Referer`, or the archive that
    /// holds it, has the request to `authorize` or a page of its with a `code_challenge`, and `code_verifier` is missing, or makes
    /// another challenge: whether it fits does not show without that.
    ///
    /// ## What refutes it
    ///
    /// A verifier of the right form, which fits the challenge, where that shows.
    ///
    /// ## Remedy
    ///
    /// Send the verifier that the challenge was made of.
    ///
    /// ## Source
    ///
    /// RFC 7636, section 4.1.
    "cognito-pkce-verifier", Cause, Silent, pkce::verifier;

    /// An attribute that a scope stands for may not be read
    ///
    /// ## What proves it
    ///
    /// The answer is `invalid_grant`, the client has the scope `email` or `phone`, and its readable attributes lack one that
    /// the scope stands for; or it has the scope `profile`, and may read none of those.
    ///
    /// ## What refutes it
    ///
    /// All are readable.
    ///
    /// ## Remedy
    ///
    /// Let the client read them.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-attribute-read-missing", Cause, Proves, invalid_grant::attribute;

    /// The refresh token is not valid any more
    ///
    /// ## What proves it
    ///
    /// The exchange of a refresh token says `invalid_grant`: it expired, was revoked or exchanged for another, or the person
    /// signed out everywhere. Which of these does not show.
    ///
    /// ## What refutes it
    ///
    /// Another grant.
    ///
    /// ## Remedy
    ///
    /// Sign in again.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-refresh-token-revoked", Cause, Silent, invalid_grant::refresh;

    /// The code was used already, or is too old
    ///
    /// ## What proves it
    ///
    /// The exchange of a code says `invalid_grant`, and client and redirect URI are right: what remains is a code older than
    /// five minutes, or exchanged twice.
    ///
    /// ## What refutes it
    ///
    /// A redirect URI that is none of the client's.
    ///
    /// ## Remedy
    ///
    /// Exchange each code once, at once: single-page apps often do it twice.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-code-reused-or-expired", Cause, Silent, invalid_grant::code_used;

    /// The code belongs to another client
    ///
    /// ## What proves it
    ///
    /// The exchange of a code says `invalid_grant`, and the name in `Authorization: Basic` is another client than
    /// `client_id`; or the request's `Referer`, or the archive that holds it, shows the sign-in of another
    /// client.
    ///
    /// ## What refutes it
    ///
    /// They are the same.
    ///
    /// ## Remedy
    ///
    /// Exchange the code with the client that asked for it.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-client-id-mismatch", Cause, Silent, invalid_grant::other_client;

}

/// A request to the token endpoint with one of some errors.
fn token(case: &Case<'_>, errors: &[&str]) -> Result<OAuth, Not> {
    let oauth = OAuth::of(case)?;
    if oauth.endpoint != Endpoint::Token {
        return Err(Not::Silent);
    }
    oauth.shows(case, errors)?;
    Ok(oauth)
}

fn grant_type(oauth: &OAuth) -> &str {
    oauth.parameters.get("grant_type").map(String::as_str).unwrap_or_default()
}

fn bad_request(case: &Case<'_>) -> Examined {
    if OAuth::reached(case)?.0 != Endpoint::Token {
        return Err(Not::Silent);
    }
    let refused = case.response().map_or(true, |response| {
        response.status == 405 || oauth::error(response).as_deref() == Some("invalid_request")
    });
    if !refused {
        return Err(Not::Silent);
    }
    // What is wrong with the way does not take the body to tell.
    let oauth = OAuth::of(case);
    let kind = case.request.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    let in_query = case.request.url.parameter("grant_type").is_some() || case.request.url.parameter("code").is_some();
    let has = |name: &str| oauth.as_ref().is_ok_and(|oauth| oauth.parameters.contains_key(name));
    let says = if case.request.method != "POST" {
        format!("The token endpoint takes POST, and the request is {}.", case.request.method)
    } else if in_query && oauth.is_ok() && !has("grant_type") {
        "The parameters stand in the query, and the token endpoint takes them in the body.".to_owned()
    } else if !kind.starts_with("application/x-www-form-urlencoded") {
        "The body is not sent as application/x-www-form-urlencoded.".to_owned()
    } else {
        let oauth = oauth?;
        if !oauth.parameters.contains_key("grant_type") {
            "grant_type is missing.".to_owned()
        } else if grant_type(&oauth) == "authorization_code" && !oauth.parameters.contains_key("code") {
            "code is missing.".to_owned()
        } else if oauth.client_id.is_none() {
            case.has_read("authorization")?;
            "client_id is missing.".to_owned()
        } else {
            return Err(Not::refuted("the request is a POST of a form with all its parameters"));
        }
    };
    Ok(Proof::certain(says)
        .because("request", "method", case.request.method.clone())
        .because("request", "headers.Content-Type", kind)
        .advice("send a POST with the parameters as a form in the body (curl --data-urlencode)"))
}

fn secret_missing(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_client"])?;
    let client = match oauth.client(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return secret_by_error(case, &oauth, &why, false),
        client => client?.ok_or(Not::Silent)?,
    };
    if !client.has_secret() {
        return Err(Not::refuted("the client has no secret"));
    }
    case.has_read("authorization")?;
    if client.secret_sent(case.request, &oauth).is_some() {
        return Err(Not::refuted("the request sends a secret"));
    }
    Ok(Proof::certain("The client has a secret, and the request sends none.")
        .because("cognito-idp:DescribeUserPoolClient", "ClientSecret", true)
        .because("request", "headers.Authorization", Value::Null)
        .advice("send Authorization: Basic base64(id:secret); in browsers and apps use a client without secret"))
}

fn secret_wrong(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_client"])?;
    let client = match oauth.client(case) {
        Err(Not::Unread(why)) if !case.is_unsent() => return secret_by_error(case, &oauth, &why, true),
        client => client?.ok_or(Not::Silent)?,
    };
    let Some(is_right) = client.secret_sent(case.request, &oauth) else { return Err(Not::Silent) };
    let by_basic = Credentials::of(case.request).map(|credentials| credentials.user_name);
    let other = by_basic.is_some_and(|name| oauth.parameters.get("client_id").is_some_and(|id| *id != name));
    let says = match (client.has_secret(), other, is_right) {
        (false, _, _) => "The client has no secret, and the request sends one.",
        (true, true, _) => "The name in Authorization: Basic is not the client_id of the form.",
        (true, false, false) => "The secret that the request sends is not the client's.",
        (true, false, true) => return Err(Not::refuted("the request sends the client's own secret")),
    };
    Ok(Proof::certain(says)
        .because("cognito-idp:DescribeUserPoolClient", "ClientSecret", client.has_secret())
        .advice("send the client's own secret, and none for a client that has none"))
}

/// What `invalid_client` says alone, where the client could not be read: of a request that sends a secret, or of one that
/// sends none.
fn secret_by_error(case: &Case<'_>, oauth: &OAuth, why: &NotRead, wants_one: bool) -> Examined {
    case.has_read("authorization")?;
    let is_sent = Credentials::of(case.request).is_some() || oauth.parameters.contains_key("client_secret");
    if is_sent != wants_one {
        return Err(Not::Unread(why.clone()));
    }
    by_error(case, &["invalid_client"], why, |_| {
        Ok(if is_sent {
            Proof::likely("The request sends a secret; whether it is the client's was not read.")
                .advice("send the client's own secret, and none for a client that has none")
        } else {
            Proof::likely("The request sends no secret; whether the client has one was not read.")
                .because("request", "headers.Authorization", Value::Null)
                .advice("send Authorization: Basic base64(id:secret), if the client has a secret")
        })
    })
}

/// The grants that the token endpoint has.
const GRANTS: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

fn grant(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["unsupported_grant_type", "unauthorized_client", "invalid_request"])?;
    let grant = grant_type(&oauth);
    if grant.is_empty() {
        return Err(Not::Silent);
    }
    if !GRANTS.contains(&grant) {
        return Ok(Proof::certain(format!("Cognito has no grant {grant:?}."))
            .because("request", "grant_type", grant)
            .advice(format!("use one of {}", GRANTS.join(", "))));
    }
    if grant != "client_credentials" {
        return Err(Not::Silent);
    }
    let client = match oauth.client(case) {
        Err(Not::Unread(why)) => {
            return by_error(case, &["unauthorized_client"], &why, |_| {
                Ok(Proof::likely("Cognito answers that the client may not use the flow client_credentials.")
                    .advice("enable client_credentials on a client with a secret, and give it a scope of one's own"))
            });
        }
        client => client?.ok_or(Not::Silent)?,
    };
    let says = if !client.allows("client_credentials") {
        "The client does not allow the flow client_credentials."
    } else if !client.has_secret() {
        "The flow client_credentials needs a client with a secret."
    } else {
        return Err(Not::refuted("the client allows client_credentials, and has a secret"));
    };
    Ok(Proof::certain(says)
        .because("cognito-idp:DescribeUserPoolClient", "AllowedOAuthFlows", json!(client.flows))
        .advice("enable client_credentials on a client with a secret, and give it a scope of one's own"))
}
