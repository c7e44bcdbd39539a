//! The redirect URI of a request, and the client's callback URLs.

use serde_json::json;

use super::{CLIENT, UNAUTHORIZED, by_error};
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof};
use crate::case::oauth::{Client, Endpoint, OAuth, is_error_page, shown_uri, signed_in_at};
use crate::exchange::encoding::form_decoded;
use crate::exchange::is_read;
use crate::observed::NotRead;

/// A redirect URI that is none of the client's callback URLs.
fn refused_redirect(case: &Case<'_>) -> Result<(String, Client), Not> {
    let oauth = OAuth::of(case)?;
    // Of a URI that the client does not have, authorize answers with a page of its own, which may not say so.
    let is_page = case.response().is_ok_and(is_error_page);
    if !(is_page && oauth.error.is_none() && matches!(oauth.endpoint, Endpoint::Authorize | Endpoint::Login)) {
        oauth.shows(case, &UNAUTHORIZED)?;
    }
    let client = oauth.client(case)?.ok_or(Not::Silent)?;
    let uri = oauth.parameters.get("redirect_uri").cloned().ok_or(Not::Silent)?;
    if client.callback_urls.contains(&uri) {
        return Err(Not::refuted("the redirect URI is one of the client's callback URLs"));
    }
    Ok((uri, client))
}

pub(super) fn encoded_twice(case: &Case<'_>) -> Examined {
    let (uri, client) = refused_redirect(case)?;
    let again = form_decoded(&uri);
    if again == uri || !client.callback_urls.contains(&again) {
        return Err(Not::refuted("decoded twice, the redirect URI is none of the client's either"));
    }
    Ok(Proof::certain("The redirect URI is encoded twice: decoded once more, it is one of the client's callback URLs.")
        .because(CLIENT, "CallbackURLs", json!(client.callback_urls))
        .advice("encode the redirect URI once"))
}

pub(super) fn redirect(case: &Case<'_>) -> Examined {
    let (uri, client) = match refused_redirect(case) {
        Err(Not::Unread(why)) => return redirect_by_error(case, &why),
        Err(Not::Silent) => return redirect_by_page(case),
        Err(Not::Refuted(why)) => return other_than_asked(case, why),
        refused => refused?,
    };
    let plain = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
    let near = client.callback_urls.iter().find(|own| plain(own) == plain(&uri));
    let shown = shown_uri(&uri);
    let says = match near {
        Some(near) => format!("The redirect URI {shown} is not, to the letter, the client's callback URL {near}."),
        None => format!("The redirect URI {shown} is none of the client's callback URLs."),
    };
    Ok(Proof::certain(says)
        .because(CLIENT, "CallbackURLs", json!(client.callback_urls))
        .because("request", "redirect_uri", shown)
        .advice("make the three the same: the client's list, and what authorize and token are sent; update-user-pool-client resets every setting that is not sent again"))
}

/// That a code is exchanged with another of the client's callback URLs than it was asked for with.
fn other_than_asked(case: &Case<'_>, why: String) -> Examined {
    let oauth = OAuth::of(case)?;
    let asked = signed_in_at(case).and_then(|url| url.parameter_decoded("redirect_uri")).filter(|uri| is_read(uri));
    let sent = oauth.parameters.get("redirect_uri").filter(|uri| is_read(uri));
    let (Some(asked), Some(sent), Endpoint::Token) = (asked, sent, oauth.endpoint) else {
        return Err(Not::Refuted(why));
    };
    if asked == *sent {
        return Err(Not::Refuted(why));
    }
    Ok(Proof::likely("The code is exchanged with another redirect URI than it was asked for with.")
        .because("request", "headers.Referer redirect_uri", shown_uri(&asked))
        .because("request", "redirect_uri", shown_uri(sent))
        .advice("send the token endpoint the redirect URI that authorize was sent"))
}

/// What Cognito's page says of a redirect URI that is not in the request for the page itself.
fn redirect_by_page(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    if oauth.endpoint != Endpoint::Other || oauth.error.as_deref() != Some("redirect_mismatch") {
        return Err(Not::Silent);
    }
    let says = "Cognito's page says that the redirect URI is none of the client's callback URLs; the request that sent it came before.";
    let proof = Proof::likely(says).because("request", "error", "redirect_mismatch");
    let proof = match oauth.client(case) {
        Ok(Some(client)) => proof.because(CLIENT, "CallbackURLs", json!(client.callback_urls)),
        Err(Not::Unread(why)) => proof.without(&why),
        Err(Not::Wanted) => return Err(Not::Wanted),
        _ => proof,
    };
    Ok(proof.advice(
        "compare redirect_uri of the request to /oauth2/authorize to the letter with the client's callback URLs",
    ))
}

fn redirect_by_error(case: &Case<'_>, why: &NotRead) -> Examined {
    by_error(case, &UNAUTHORIZED, why, |oauth| {
        let shown = shown_uri(oauth.parameters.get("redirect_uri").ok_or(Not::Silent)?);
        let proof = if oauth.error.as_deref() == Some("redirect_mismatch") {
            Proof::likely(format!(
                "Cognito answers that the redirect URI {shown} is none of the client's callback URLs."
            ))
        } else {
            // Of the token endpoint, other things are answered so, too.
            Proof::possible(format!(
                "Whether {shown} is, to the letter, one of the client's callback URLs was not read."
            ))
        };
        Ok(proof.because("request", "redirect_uri", shown).advice(
            "compare it to the letter with the client's callback URLs: a slash at the end, scheme, port and case count",
        ))
    })
}
