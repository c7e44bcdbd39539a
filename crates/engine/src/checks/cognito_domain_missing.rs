//! `cognito-domain-missing`.

use serde_json::Value;

use crate::check::{Context, Outcome, check, unread_answers};
use crate::command::Aws;
use crate::finding::{Remedy, Severity};
use crate::foresee::{Of, client};
use crate::snapshot::ApiKind;

check! {
    /// An app client is set up for OAuth, and its user pool has no domain
    ///
    /// ## What it looks for
    ///
    /// App clients whose tokens a JWT authorizer takes, which may use OAuth with a flow for people and a callback URL of
    /// their own, while the user pool has neither a prefix domain nor a custom one. Callback URLs on `example.com`, which
    /// tools write by themselves, do not count.
    ///
    /// ## Why it matters
    ///
    /// Without a domain there are no sign-in page and no token endpoint: nobody can sign in that way. Where people sign in
    /// through the SDK alone, nothing is wrong.
    ///
    /// ## How to fix
    ///
    /// Make a domain for the user pool, or take the flows off the client.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain.html>
    id: "cognito-domain-missing",
    severity: Severity::Low,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-domain-missing"],
}

fn run(context: &Context, out: &mut Outcome) {
    unread_answers(context, Of::Clients, out);
    for own in client::clients(context.snapshot) {
        let is_meant =
            |url: &&String| !["https://example.com", "http://example.com"].iter().any(|tool| url.starts_with(tool));
        let flow = own.client.flows.iter().find(|flow| *flow != "client_credentials");
        let (None, Some(flow), Some(url)) = (own.domain, flow, own.client.callback_urls.iter().find(is_meant)) else {
            continue;
        };
        if !own.client.may_use_oauth() {
            continue;
        }
        let title = format!("{} is set up for OAuth, and its user pool {} has no domain", own.name, own.pool);
        let command = Aws::new("cognito-idp create-user-pool-domain").option("--domain", "PREFIX");
        out.finding(Severity::Low, own.resource(context.snapshot), title)
            .detail(format!("The client may use the flow {flow} and sends people back to {url}; without a domain there is no page to sign in at, and no token endpoint."))
            .evidence("cognito-idp:DescribeUserPool", "UserPool.Domain", Value::Null)
            .evidence("cognito-idp:DescribeUserPoolClient", "CallbackURLs", own.client.callback_urls.clone())
            .remedy(Remedy::command(
                "make a domain for the user pool, or take the flows off the client",
                command.option("--user-pool-id", own.pool).option("--region", &context.snapshot.region),
            ));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::fixture::{app_client, check, without_client};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        without_domain(json!({}))
    }

    fn without_domain(client: serde_json::Value) -> Snapshot {
        let mut snapshot = app_client(client);
        snapshot.answers[0].answer = Observed::Known(Some(json!({ "UserPool": { "Id": "eu-west-1_AbCdEf123" } })));
        snapshot
    }

    #[test]
    fn flags_a_client_whose_pool_has_no_domain() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: web is set up for OAuth, and its user pool eu-west-1_AbCdEf123 has no domain
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_has_one_or_needs_none() {
        check(&CHECK, &app_client(json!({})), expect![[""]]);
        check(&CHECK, &without_domain(json!({ "CallbackURLs": ["https://example.com"] })), expect![[""]]);
        check(&CHECK, &without_domain(json!({ "AllowedOAuthFlows": ["client_credentials"] })), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_client(account()),
            expect![[r#"
            not evaluated arn:aws:…: access denied: apigateway:GET on arn:aws:… (for cognito-idp:DescribeUserPoolClient)
        "#]],
        );
    }
}
