//! `cognito-invalid-scope`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// No app client may ask for a scope that a route wants
    ///
    /// ## What it looks for
    ///
    /// Routes of HTTP APIs that want a scope, where none of the app clients whose tokens their authorizer takes is allowed
    /// any of the route's scopes.
    ///
    /// ## Why it matters
    ///
    /// Who asks for the scope at sign-in gets `invalid_scope`, and who does not gets 403 from the route: nobody gets in.
    ///
    /// ## How to fix
    ///
    /// Allow the scope on a client; a scope of one's own needs a resource server in the user pool.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    id: "cognito-invalid-scope",
    severity: Severity::Info,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["cognito-invalid-scope"],
    asked: Clients, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::fixture::{app_client, check, configured, without_client};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        wanting(&["orders/read"])
    }

    fn wanting(scopes: &[&str]) -> Snapshot {
        let mut snapshot = app_client(json!({}));
        let api = snapshot.apis.remove(0);
        snapshot.apis = vec![configured(api, |own| {
            if let Observed::Known(routes) = &mut own.routes {
                let scopes = || scopes.iter().map(|scope| (*scope).to_owned()).collect();
                routes.0.values_mut().for_each(|route| route.authorization_scopes = scopes());
            }
        })];
        snapshot
    }

    #[test]
    fn flags_a_scope_that_nobody_may_ask_for() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            info arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_AbCdEf123 5client: the client web for GET /orders: No app client may ask for a scope that a route wants
        "#]],
        );
    }

    #[test]
    fn is_silent_where_a_client_may_and_where_none_is_wanted() {
        check(&CHECK, &wanting(&["openid"]), expect![[""]]);
        check(&CHECK, &wanting(&[]), expect![[""]]);
        check(&CHECK, &wanting(&["aws.cognito.signin.user.admin"]), expect![[""]]);
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
