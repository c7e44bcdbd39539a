//! Cognito's pages: signing out, identity providers, and what stands before them.

use serde_json::{Value, json};

use super::filters::{name, web_acl_of};
use super::oauth_client::{CLIENT, by_page};
use crate::arn;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::oauth::{Endpoint, OAuth, is_error_page, is_refused, is_unavailable, shown_uri};
use crate::exchange::host::Host;
use crate::exchange::url::pairs;

causes! {
    /// The sign-out URI is not one of the client's
    ///
    /// ## What proves it
    ///
    /// `logout_uri` is, to the letter, none of the client's sign-out URLs, or `client_id` is missing.
    ///
    /// ## What refutes it
    ///
    /// It is one of them.
    ///
    /// ## Remedy
    ///
    /// Add it to the client's sign-out URLs: callback URLs are another list.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html>
    "cognito-logout-uri-not-allowed", Cause, Warns, logout;

    /// The client does not offer the identity provider
    ///
    /// ## What proves it
    ///
    /// The request names an identity provider that the client does not support; or the client supports none at all.
    ///
    /// ## What refutes it
    ///
    /// It supports it.
    ///
    /// ## Remedy
    ///
    /// Enable the provider on the client. In CloudFormation the client depends on the provider.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html>
    "cognito-idp-not-enabled", Cause, Proves, identity_provider;

    /// The identity provider sends people back to the wrong address
    ///
    /// ## What proves it
    ///
    /// The identity provider's answer ends on Cognito's error page: what it has for an address is not, to the letter,
    /// `https://{domain}/saml2/idpresponse` (OpenID Connect: `/oauth2/idpresponse`), or, of SAML, its entity id is not
    /// `urn:amazon:cognito:sp:{pool}`. The provider's side cannot be read, so that the cause is likely at most.
    ///
    /// ## What refutes it
    ///
    /// The address is right.
    ///
    /// ## Remedy
    ///
    /// Set the address at the identity provider to the letter.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp.html>
    "cognito-acs-url-wrong", Cause, Silent, acs;

    /// WAF blocks the request to the user pool
    ///
    /// ## What proves it
    ///
    /// The answer is 403, and the user pool has a web ACL.
    ///
    /// ## What refutes it
    ///
    /// It has none.
    ///
    /// ## Remedy
    ///
    /// Look into the web ACL's sampled requests.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-waf.html>
    "cognito-waf-block", Cause, Silent, waf;
}

fn logout(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    if oauth.endpoint != Endpoint::Logout
        || !case.response().map_or(true, |response| is_refused(response) || oauth.error.is_some())
    {
        return Err(Not::Silent);
    }
    if oauth.client_id.is_none() {
        return Ok(Proof::certain("The request to /logout names no client_id.")
            .because("request", "client_id", Value::Null)
            .advice("send client_id and logout_uri"));
    }
    let client = oauth.client(case)?.ok_or(Not::Silent)?;
    let Some(uri) = oauth.parameters.get("logout_uri") else { return Err(Not::Silent) };
    if client.logout_urls.contains(uri) {
        return Err(Not::refuted("the sign-out URI is one of the client's"));
    }
    let shown = shown_uri(uri);
    Ok(Proof::certain(format!("The sign-out URI {shown} is none of the client's sign-out URLs."))
        .because(CLIENT, "LogoutURLs", json!(client.logout_urls))
        .advice("add it to the client's sign-out URLs: callback URLs are another list"))
}

fn identity_provider(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    let fails = case.response().map_or(true, |response| is_refused(response) || oauth.error.is_some());
    if !matches!(oauth.endpoint, Endpoint::Authorize | Endpoint::Login) || !fails {
        return Err(Not::Silent);
    }
    let client = match oauth.client(case) {
        Err(Not::Unread(why)) if case.response().is_ok_and(is_unavailable) => {
            return Ok(by_page("Whether the client offers an identity provider was not read.")
                .without(&why)
                .advice("look whether the client has an identity provider, Cognito itself or another"));
        }
        client => client?.ok_or(Not::Silent)?,
    };
    let wanted = oauth.parameters.get("identity_provider");
    let says = match wanted {
        Some(wanted) if !client.identity_providers.contains(wanted) => {
            format!("The client does not offer the identity provider {wanted}.")
        }
        // A client that may not use OAuth has another cause.
        None if case.is_unsent() && !client.may_use_oauth() => return Err(Not::Silent),
        None if client.identity_providers.is_empty() => {
            "The client offers no identity provider at all, not even Cognito itself.".to_owned()
        }
        _ => return Err(Not::refuted("the client offers the identity provider")),
    };
    Ok(Proof::certain(says)
        .because(CLIENT, "SupportedIdentityProviders", json!(client.identity_providers))
        .advice("enable the provider on the client; in CloudFormation the client depends on the provider"))
}

fn acs(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    let response = case.response()?;
    let host = &case.request.url.host;
    let path = &case.request.url.path;
    let Some(right) = answered_by_provider(case, &oauth).filter(|_| is_error_page(response)) else {
        return Err(Not::Silent);
    };
    let exact = ["/saml2/idpresponse", "/oauth2/idpresponse"].contains(&path.as_str());
    let says = if exact {
        "The identity provider's answer was not taken: its address or entity id is not what Cognito expects.".to_owned()
    } else {
        format!("The identity provider sends people back to {path}, and Cognito takes {right} to the letter.")
    };
    let pool = oauth.pool(case).ok().flatten().unwrap_or_else(|| "{pool}".to_owned());
    let entity = match right == SAML {
        true => format!(", and the entity id to urn:amazon:cognito:sp:{pool}"),
        false => String::new(),
    };
    Ok(Proof::likely(says)
        .because("request", "path", path.clone())
        .advice(format!("set the address at the identity provider to https://{host}{right}{entity}")))
}

/// Where Cognito takes what providers of SAML and of OpenID Connect answer.
const SAML: &str = "/saml2/idpresponse";
const OPENID: &str = "/oauth2/idpresponse";

/// Where an identity provider's answer should have gone to; `None` for what is none. SAML posts its answer as `SAMLResponse`,
/// OpenID Connect sends `code` and `state`.
fn answered_by_provider(case: &Case<'_>, oauth: &OAuth) -> Option<&'static str> {
    let url = &case.request.url;
    let has = |name: &str| oauth.parameters.contains_key(name);
    let posts =
        || case.request.body.text().is_some_and(|form| pairs(form).iter().any(|(name, _)| name == "SAMLResponse"));
    if url.path.starts_with("/saml2/") || has("SAMLResponse") || posts() {
        return Some(SAML);
    }
    let is_back = oauth.endpoint == Endpoint::Other && has("state") && (has("code") || has("error"));
    (oauth.endpoint == Endpoint::IdpResponse || url.path.contains("idpresponse") || is_back).then_some(OPENID)
}

fn waf(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    if case.response()?.status != 403 || oauth.error.is_some() {
        return Err(Not::Silent);
    }
    let pool = oauth.pool(case)?.ok_or(Not::Silent)?;
    let region = match &case.host {
        Host::Cognito { region, .. } => region.clone(),
        _ => case.facts.region.clone(),
    };
    let arn = format!("arn:{}:cognito-idp:{region}:{}:userpool/{pool}", arn::partition(&region), case.facts.account_id);
    let acl = web_acl_of(case, arn)?.ok_or_else(|| Not::refuted("the user pool has no web ACL"))?;
    let name = name(acl);
    Ok(Proof::likely(format!("The user pool has the web ACL {name}, and 403 is its answer."))
        .because("wafv2:GetWebACLForResource", "WebACL.Name", name)
        .advice("look into the web ACL's sampled requests"))
}
