//! `cognito-authorizer-pool-deleted`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// A Cognito authorizer names a user pool that does not exist
    ///
    /// ## What it looks for
    ///
    /// Cognito authorizers that routes use, and of whose user pools one in the account and region does not exist.
    ///
    /// ## Why it matters
    ///
    /// No token of such a pool can be valid any more: where it is the only one, callers get 401 `Unauthorized`, always.
    ///
    /// ## How to fix
    ///
    /// Give the authorizer a pool that exists, and deploy.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html>
    id: "cognito-authorizer-pool-deleted",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["cognito-authorizer-pool-deleted"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;
    use crate::configuration::{Authorizer, Map, Route};
    use crate::fixture::{ACCOUNT, REGION, answered, api, check, configured, lambda_uri, refused, route, snapshot};
    use crate::observed::Observed;
    use crate::reads::Read;
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        answered(guarded(&["eu-west-1_Gone"]), Read::UserPool("eu-west-1_Gone".to_owned()), None)
    }

    fn guarded(arns: &[&str]) -> Snapshot {
        let cognito = Authorizer {
            authorizer_type: "COGNITO_USER_POOLS".to_owned(),
            provider_arns: arns
                .iter()
                .map(|pool| format!("arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{pool}"))
                .collect(),
            ..Authorizer::default()
        };
        let routes = ["GET /orders", "POST /orders"].map(|key| {
            let (key, own) = route(key, &lambda_uri("orders-fn"));
            let authorizer = Observed::Known(Some("people".to_owned()));
            (key, Route { authorization_type: "COGNITO_USER_POOLS".to_owned(), authorizer, ..own })
        });
        snapshot(vec![configured(api(ApiKind::Rest, routes.into()), |own| {
            own.authorizers = Observed::Known(Map::from([("people".to_owned(), cognito.clone())]));
        })])
    }

    #[test]
    fn flags_a_pool_that_is_gone_and_less_one_of_several() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            high /restapis/a1b2c3d4e5 people: people: The authorizer's user pool does not exist
        "#]],
        );
        check(
            &CHECK,
            &answered(
                answered(
                    guarded(&["eu-west-1_Gone", "eu-west-1_Here"]),
                    Read::UserPool("eu-west-1_Gone".to_owned()),
                    None,
                ),
                Read::UserPool("eu-west-1_Here".to_owned()),
                json!({ "UserPool": {} }),
            ),
            expect![[r#"
                low /restapis/a1b2c3d4e5 people: people: The authorizer's user pool does not exist
            "#]],
        );
    }

    #[test]
    fn is_silent_where_the_pool_exists() {
        check(
            &CHECK,
            &answered(
                guarded(&["eu-west-1_Gone"]),
                Read::UserPool("eu-west-1_Gone".to_owned()),
                json!({ "UserPool": {} }),
            ),
            expect![[""]],
        );
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &refused(
                guarded(&["eu-west-1_Gone"]),
                Read::UserPool("eu-west-1_Gone".to_owned()),
                "cognito-idp:DescribeUserPool",
            ),
            expect![[r#"
                not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for cognito-idp:DescribeUserPool)
            "#]],
        );
    }
}
