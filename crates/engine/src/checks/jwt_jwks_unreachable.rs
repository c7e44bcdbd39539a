//! `jwt-jwks-unreachable`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// The issuer of a JWT authorizer is no https URL
    ///
    /// ## What it looks for
    ///
    /// JWT authorizers that routes use, and whose issuer is no `https` URL. Whether the keys of an issuer can be reached is
    /// not tried.
    ///
    /// ## Why it matters
    ///
    /// API Gateway reads the keys of an issuer below its URL. Where it cannot, callers get 401 or 500, whatever token they
    /// send.
    ///
    /// ## How to fix
    ///
    /// Write the issuer as its tokens have it, to the letter: an `https` URL with `/.well-known/openid-configuration` below
    /// it.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>
    id: "jwt-jwks-unreachable",
    severity: Severity::Low,
    kinds: &[ApiKind::Http],
    since: "0.1.0",
    causes: ["jwt-jwks-unreachable"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::{Authorizer, JwtConfiguration, Map, Route};
    use crate::fixture::{api, check, configured, lambda_uri, route, snapshot, without_stages};
    use crate::observed::Observed;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        issued("login.example.com")
    }

    fn issued(issuer: &str) -> Snapshot {
        let jwt = Authorizer {
            authorizer_type: "JWT".to_owned(),
            identity_source: Some("$request.header.Authorization".to_owned()),
            jwt_configuration: Some(JwtConfiguration {
                issuer: Some(issuer.to_owned()),
                ..JwtConfiguration::default()
            }),
            ..Authorizer::default()
        };
        let (key, own) = route("GET /orders", &lambda_uri("orders-fn"));
        let authorizer = Observed::Known(Some("people".to_owned()));
        let own = Route { authorization_type: "JWT".to_owned(), authorizer, ..own };
        snapshot(vec![configured(api(ApiKind::Http, vec![(key, own)]), |own| {
            own.authorizers = Observed::Known(Map::from([("people".to_owned(), jwt.clone())]));
        })])
    }

    #[test]
    fn flags_an_issuer_that_is_no_url() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            low /apis/a1b2c3d4e5 people: people: API Gateway cannot check the token's signature
        "#]],
        );
    }

    #[test]
    fn is_silent_about_an_https_url() {
        check(&CHECK, &issued("https://login.example.com"), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(account()),
            expect![[r#"
            not evaluated /apis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
