//! Cognito's OAuth endpoints: what the user pool client does not allow.

use serde_json::{Value, json};

use super::other_services::is_amplify;
use crate::case::Case;
use crate::case::cause::{Examined, Not, Proof, causes};
use crate::case::oauth::{Client, Endpoint, OAuth, is_error_page, is_unavailable};
use crate::command::Aws;
use crate::observed::NotRead;

causes! {
    /// The domain belongs to no user pool
    ///
    /// ## What proves it
    ///
    /// Cognito knows no user pool domain of this name in the region.
    ///
    /// ## What refutes it
    ///
    /// It does.
    ///
    /// ## Remedy
    ///
    /// Make the domain, or use the name and region of the one that is there.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain.html>
    "cognito-domain-missing", Cause, Proves, domain_missing;

    /// The client is none of this user pool
    ///
    /// ## What proves it
    ///
    /// The user pool of the domain has no client of this id.
    ///
    /// ## What refutes it
    ///
    /// It has.
    ///
    /// ## Remedy
    ///
    /// Use a client of this pool, or the domain of the client's pool.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-client-unknown", Cause, Silent, client_unknown;

    /// The client may not use OAuth at all
    ///
    /// ## What proves it
    ///
    /// `AllowedOAuthFlowsUserPoolClient` of the client is false: its flows and scopes are then not looked at. Cognito answers with
    /// an error, or with a page that says that the login pages are unavailable, whatever its status.
    ///
    /// ## What refutes it
    ///
    /// It is true.
    ///
    /// ## Remedy
    ///
    /// Set it. In CloudFormation: `AllowedOAuthFlowsUserPoolClient: true`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-app-idp-settings.html>
    "cognito-oauth-flows-disabled", Cause, Proves, flows_disabled;

    /// Amplify asks for another flow than the client allows
    ///
    /// ## What proves it
    ///
    /// The request comes from Amplify, and its `response_type` is of a flow that the client does not allow.
    ///
    /// ## What refutes it
    ///
    /// The client allows that flow.
    ///
    /// ## Remedy
    ///
    /// Make Amplify's `oauth.responseType` the client's flow: `code` for the code grant.
    ///
    /// ## Source
    ///
    /// <https://docs.amplify.aws/gen1/javascript/build-a-backend/auth/add-social-provider/>
    "amplify-response-type-mismatch", Cause, Silent, amplify;

    /// The client does not allow the implicit flow
    ///
    /// ## What proves it
    ///
    /// `response_type=token`, and the client's flows lack `implicit`.
    ///
    /// ## What refutes it
    ///
    /// They have it.
    ///
    /// ## Remedy
    ///
    /// Use `response_type=code`: the implicit flow is not recommended.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>
    "cognito-implicit-not-enabled", Cause, Silent, implicit;

    /// The client does not allow the code flow
    ///
    /// ## What proves it
    ///
    /// `response_type=code`, or `grant_type=authorization_code`, and the client's flows lack `code`.
    ///
    /// ## What refutes it
    ///
    /// They have it.
    ///
    /// ## Remedy
    ///
    /// Allow the code flow. In CloudFormation: `AllowedOAuthFlows: [code]`.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>
    "cognito-code-flow-not-enabled", Cause, Warns, code;

    /// The redirect URI is encoded twice
    ///
    /// ## What proves it
    ///
    /// The redirect URI, decoded once, is none of the client's callback URLs; decoded twice, it is one.
    ///
    /// ## What refutes it
    ///
    /// Decoded once, it is one.
    ///
    /// ## Remedy
    ///
    /// Encode it once.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-redirect-double-encoded", Cause, Silent, redirect::encoded_twice;

    /// The redirect URI is not one of the client's
    ///
    /// ## What proves it
    ///
    /// Cognito refuses the request, in its answer or on its own page, and the redirect URI is, to the letter, none of the
    /// client's callback URLs: a slash at the end, the scheme, the port and upper and lower case count. The token endpoint then
    /// says `unauthorized_client` or `invalid_grant`. It is likely where the redirect URI is one of the client's, and the request's
    /// `Referer` shows that the code was asked for with another one.
    ///
    /// ## What refutes it
    ///
    /// It is one of them.
    ///
    /// ## Remedy
    ///
    /// Make the three the same: the client's list, and what `authorize` and `token` are sent. `update-user-pool-client` resets
    /// every setting that is not sent again.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>
    "cognito-redirect-uri-mismatch", Cause, Warns, redirect::redirect;

    /// A scope is not one of the client's
    ///
    /// ## What proves it
    ///
    /// The request asks for a scope that the client does not allow.
    ///
    /// ## What refutes it
    ///
    /// It allows all of them.
    ///
    /// ## Remedy
    ///
    /// Add the scope to the client; a scope of one's own needs a resource server.
    ///
    /// ## Source
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>
    "cognito-invalid-scope", Cause, Warns, scope;

}

/// The OAuth request, its client, and the client's source of facts.
fn named(case: &Case<'_>, errors: &[&str]) -> Result<(OAuth, Client), Not> {
    let oauth = OAuth::of(case)?;
    oauth.shows(case, errors)?;
    let client = oauth.client(case)?.ok_or(Not::Silent)?;
    Ok((oauth, client))
}

/// What an error says alone, where the client could not be read: `proof` of the request.
pub(super) fn by_error(
    case: &Case<'_>,
    errors: &[&str],
    why: &NotRead,
    proof: impl FnOnce(&OAuth) -> Result<Proof, Not>,
) -> Examined {
    let oauth = OAuth::of(case)?;
    let error = oauth.error.as_deref().filter(|error| errors.contains(error));
    let Some(error) = error.filter(|_| !case.is_unsent()) else { return Err(why.into()) };
    let place = if oauth.endpoint == Endpoint::Token { "body.error" } else { "headers.Location error" };
    Ok(proof(&oauth)?.because("response", place, error).without(why))
}

/// What Cognito's page alone says: that it signs nobody in for this client, and not why.
pub(super) fn by_page(what: &str) -> Proof {
    Proof::possible(format!("Cognito's page says that the login pages are unavailable. {what}")).because(
        "response",
        "body",
        "Login pages unavailable",
    )
}

/// The call that shows a client.
pub(super) const CLIENT: &str = "cognito-idp:DescribeUserPoolClient";
const UNAUTHORIZED: [&str; 3] = ["unauthorized_client", "invalid_grant", "redirect_mismatch"];

fn domain_missing(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    let fails = case.response().is_ok_and(|response| response.status == 0 || response.status >= 400);
    if !fails && !case.is_unsent() {
        return Err(Not::Silent);
    }
    if oauth.pool(case)?.is_some() {
        return Err(Not::refuted("the domain belongs to a user pool"));
    }
    let command = Aws::new("cognito-idp create-user-pool-domain")
        .option("--domain", &oauth.domain)
        .option("--user-pool-id", "POOL")
        .option("--region", &case.facts.region);
    Ok(Proof::certain(format!("No user pool of the account has the domain {} in {}.", oauth.domain, case.facts.region))
        .because("cognito-idp:DescribeUserPoolDomain", "DomainDescription", json!({}))
        .command("make the domain, or use the one that is there", command))
}

fn client_unknown(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    oauth.shows(case, &["invalid_client", "unauthorized_client"])?;
    let id = oauth.client_id.clone().ok_or(Not::Silent)?;
    match oauth.client(case) {
        Ok(None) => {}
        Ok(Some(_)) => return Err(Not::refuted(format!("{id} is a client of the domain's user pool"))),
        Err(Not::Unread(why)) => return unknown_by_error(case, &why),
        Err(not) => return Err(not),
    }
    Ok(Proof::certain(format!("{id} is no client of the user pool that the domain {} belongs to.", oauth.domain))
        .because(CLIENT, "UserPoolClient", Value::Null)
        .advice("use a client of this pool, or the domain of the client's pool"))
}

fn unknown_by_error(case: &Case<'_>, why: &NotRead) -> Examined {
    by_error(case, &["invalid_client"], why, |oauth| {
        let id = oauth.client_id.as_deref().ok_or(Not::Silent)?;
        Ok(Proof::possible(format!("Whether {id} is a client of the user pool of {} was not read.", oauth.domain))
            .advice("use a client of this pool, or the domain of the client's pool"))
    })
}

fn flows_disabled(case: &Case<'_>) -> Examined {
    let oauth = OAuth::of(case)?;
    let is_page = matches!(oauth.endpoint, Endpoint::Authorize | Endpoint::Login);
    let is_unavailable = is_page && case.response().is_ok_and(is_unavailable);
    let is_error_page = is_page && oauth.error.is_none() && case.response().is_ok_and(is_error_page);
    if !is_unavailable && !is_error_page {
        oauth.shows(case, &["unauthorized_client", "invalid_request", "unsupported_response_type"])?;
    }
    let client = match oauth.client(case) {
        Err(Not::Unread(why)) if is_unavailable => {
            return Ok(by_page("Whether the client may use OAuth was not read.")
                .without(&why)
                .advice("look whether AllowedOAuthFlowsUserPoolClient of the client is true"));
        }
        client => client?.ok_or(Not::Silent)?,
    };
    if client.may_use_oauth() {
        return Err(Not::refuted("the client may use OAuth"));
    }
    let id = oauth.client_id.unwrap_or_default();
    Ok(Proof::certain(format!("{id} may not use OAuth: its flows and scopes are not looked at."))
        .because(CLIENT, "AllowedOAuthFlowsUserPoolClient", false)
        .advice("set AllowedOAuthFlowsUserPoolClient on the client"))
}

/// The flow that a request asks for.
fn flow(oauth: &OAuth) -> Option<&'static str> {
    let parameter = |name: &str| oauth.parameters.get(name).map(String::as_str);
    match (oauth.endpoint, parameter("response_type"), parameter("grant_type")) {
        (Endpoint::Authorize | Endpoint::Login, Some("code"), _) | (Endpoint::Token, _, Some("authorization_code")) => {
            Some("code")
        }
        (Endpoint::Authorize | Endpoint::Login, Some("token"), _) => Some("implicit"),
        _ => None,
    }
}

/// A flow that the client does not allow.
fn refused_flow(case: &Case<'_>, wanted: &str) -> Result<(OAuth, Client), Not> {
    let (oauth, client) = named(case, &["unauthorized_client", "unsupported_response_type"])?;
    if flow(&oauth) != Some(wanted) {
        return Err(Not::Silent);
    }
    if client.allows(wanted) {
        return Err(Not::refuted(format!("the client allows the flow {wanted}")));
    }
    Ok((oauth, client))
}

/// A flow that the client seems not to allow: a client that may not use OAuth at all is answered so, too.
fn refused_flow_by_error(case: &Case<'_>, wanted: &str, why: &NotRead) -> Examined {
    by_error(case, &["unauthorized_client"], why, |oauth| {
        if flow(oauth) != Some(wanted) {
            return Err(Not::Silent);
        }
        Ok(Proof::possible(format!(
            "The request is of the flow {wanted}, and Cognito answers that the client may not."
        ))
        .advice(format!("look whether AllowedOAuthFlows of the client has {wanted}")))
    })
}

fn shown(client: &Client, says: String) -> Proof {
    Proof::certain(says).because(CLIENT, "AllowedOAuthFlows", json!(client.flows))
}

fn amplify(case: &Case<'_>) -> Examined {
    if !is_amplify(case) {
        return Err(Not::Silent);
    }
    let wanted = flow(&OAuth::of(case)?).ok_or(Not::Silent)?;
    let (_, client) = refused_flow(case, wanted)?;
    let says = format!("Amplify asks for the flow {wanted}, and the client allows {}.", client.flows.join(", "));
    Ok(shown(&client, says).advice("make Amplify's oauth.responseType the client's flow: code, or token for implicit"))
}

fn implicit(case: &Case<'_>) -> Examined {
    let (_, client) = match refused_flow(case, "implicit") {
        Err(Not::Unread(why)) => return refused_flow_by_error(case, "implicit", &why),
        refused => refused?,
    };
    let says = format!("response_type=token is the implicit flow, and the client allows {}.", client.flows.join(", "));
    Ok(shown(&client, says).advice("use response_type=code, or allow the implicit flow"))
}

fn code(case: &Case<'_>) -> Examined {
    let (_, client) = match refused_flow(case, "code") {
        Err(Not::Unread(why)) => return refused_flow_by_error(case, "code", &why),
        refused => refused?,
    };
    let says = format!("The request is of the code flow, and the client allows {}.", client.flows.join(", "));
    Ok(shown(&client, says).advice("allow the code flow on the client (CloudFormation: AllowedOAuthFlows: [code])"))
}

fn scope_by_error(case: &Case<'_>, why: &NotRead) -> Examined {
    by_error(case, &["invalid_scope"], why, |oauth| {
        let asked = oauth.parameters.get("scope").ok_or(Not::Silent)?;
        Ok(Proof::likely(format!("Cognito answers that the client does not allow every scope of {asked}."))
            .advice("compare the scopes with the client's; a scope of one's own needs a resource server"))
    })
}

fn scope(case: &Case<'_>) -> Examined {
    let (oauth, client) = match named(case, &["invalid_scope"]) {
        Err(Not::Unread(why)) => return scope_by_error(case, &why),
        named => named?,
    };
    let asked = oauth.parameters.get("scope").ok_or(Not::Silent)?;
    let refused: Vec<&str> =
        asked.split_whitespace().filter(|scope| !client.scopes.iter().any(|own| own == scope)).collect();
    if refused.is_empty() {
        return Err(Not::refuted("the client allows every scope that is asked for"));
    }
    let list = refused.join(", ");
    Ok(Proof::certain(format!("The client does not allow the scope {list}."))
        .because(CLIENT, "AllowedOAuthScopes", json!(client.scopes))
        .advice(format!("add {list} to the client; a scope of one's own needs a resource server")))
}

mod redirect;
#[cfg(test)]
mod tests;
