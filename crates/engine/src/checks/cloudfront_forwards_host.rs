//! `cloudfront-forwards-host`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// CloudFront hands the viewer's Host on to an API that does not know it
    ///
    /// ## What it looks for
    ///
    /// CloudFront distributions that ask an API by its own `execute-api` name and hand on the header `Host` of their
    /// viewers: by the managed policy `AllViewer`, or by a list of headers. Policies of your own are not read. Where
    /// there is a custom domain name of that `Host`, or a function of the behaviour may change it, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// The API looks for a custom domain name of that `Host`, finds none, and refuses every request with `403
    /// Forbidden`.
    ///
    /// ## How to fix
    ///
    /// Use the managed origin request policy `AllViewerExceptHostHeader`.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
    id: "cloudfront-forwards-host",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http],
    since: "0.1.0",
    causes: ["cloudfront-forwards-host"],
    asked: Distributions, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, domain, fronted, lambda_uri, refused, route, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    const OWN: &str = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";
    const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

    fn account() -> Snapshot {
        snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])])
    }

    fn forwards() -> Value {
        json!({ "DefaultCacheBehavior": { "TargetOriginId": "api", "OriginRequestPolicyId": ALL_VIEWER } })
    }

    #[test]
    fn the_api_does_not_know_the_viewers_host() {
        check(
            &CHECK,
            &fronted(OWN, "/prod", forwards()),
            expect![[r#"
            high 111122223333:distribution/E1: www.example.com: CloudFront hands the viewer's Host on to the API
        "#]],
        );
    }

    #[test]
    fn of_several_behaviours_the_one_that_hands_it_on_is_named() {
        let behaviors = json!({ "CacheBehaviors": { "Items": [
            { "TargetOriginId": "api", "PathPattern": "/prod/*", "OriginRequestPolicyId": ALL_VIEWER } ] } });
        check(
            &CHECK,
            &fronted(OWN, "", behaviors),
            expect![[r#"
            high 111122223333:distribution/E1 /prod/*: www.example.com /prod/*: CloudFront hands the viewer's Host on to the API
        "#]],
        );
    }

    #[test]
    fn other_policies_other_origins_and_known_names_are_left_alone() {
        check(&CHECK, &fronted(OWN, "/prod", json!({})), expect![[""]]);
        check(&CHECK, &fronted("d-abcdef1234.execute-api.eu-west-1.amazonaws.com", "", forwards()), expect![[""]]);
        let mut known = fronted(OWN, "/prod", forwards());
        domain(&mut known, "BASE_PATH_MAPPING_ONLY", &[]).name = "*.example.com".to_owned();
        check(&CHECK, &known, expect![[""]]);
        let mut off = forwards();
        off["Enabled"] = json!(false);
        check(&CHECK, &fronted(OWN, "/prod", off), expect![[""]]);
        let function = json!({ "Items": [{ "EventType": "origin-request" }] });
        let mut rewritten = forwards();
        rewritten["DefaultCacheBehavior"]["LambdaFunctionAssociations"] = function;
        check(&CHECK, &fronted(OWN, "/prod", rewritten), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        let mut unread = account();
        unread = refused(unread, Read::Distributions, "cloudfront:ListDistributions");
        check(
            &CHECK,
            &unread,
            expect![[r#"
            not evaluated 111122223333:distribution/*: access denied: apigateway:GET on arn:aws:… (for cloudfront:ListDistributions)
        "#]],
        );
        check(&CHECK, &Snapshot { complete: false, ..account() }, expect![[""]]);
    }
}
