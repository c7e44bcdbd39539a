//! `cloudfront-origin-path-wrong`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// CloudFront's origin path and the API's stage do not fit
    ///
    /// ## What it looks for
    ///
    /// CloudFront distributions that ask a REST API by its own name, where what CloudFront puts before the path names
    /// no stage of the API, or the stage stands in it twice. Where viewers send the stage themselves, or a function of
    /// the behaviour may change the path, nothing is said.
    ///
    /// ## Why it matters
    ///
    /// Every request through that behaviour is refused: with `403 Forbidden` where no stage is named, with `403 Missing
    /// Authentication Token` where it is named twice.
    ///
    /// ## How to fix
    ///
    /// Set the origin path to `/{stage}`, and leave the stage out of the behaviour's paths.
    ///
    /// ## References
    ///
    /// - <https://repost.aws/knowledge-center/api-gateway-403-custom-domain>
    /// - <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html>
    id: "cloudfront-origin-path-wrong",
    severity: Severity::High,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["cloudfront-origin-path-wrong"],
    asked: Distributions, Each,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{api, check, fronted, lambda_uri, refused, route, snapshot};
    use crate::reads::Read;
    use crate::snapshot::Snapshot;
    use serde_json::{Value, json};

    const OWN: &str = "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com";

    fn account() -> Snapshot {
        snapshot(vec![api(ApiKind::Rest, vec![route("GET /orders", &lambda_uri("orders-fn"))])])
    }

    fn behavior(pattern: &str) -> Value {
        json!({ "CacheBehaviors": { "Items": [{ "TargetOriginId": "api", "PathPattern": pattern }] },
            "DefaultCacheBehavior": { "TargetOriginId": "elsewhere" } })
    }

    #[test]
    fn the_origin_path_names_no_stage() {
        check(
            &CHECK,
            &fronted(OWN, "/live", json!({})),
            expect![[r#"
            high 111122223333:distribution/E1: www.example.com: CloudFront's origin path and the API's stage do not fit
        "#]],
        );
        check(
            &CHECK,
            &fronted(OWN, "", behavior("/api/*")),
            expect![[r#"
            high 111122223333:distribution/E1 /api/*: www.example.com /api/*: CloudFront's origin path and the API's stage do not fit
        "#]],
        );
    }

    #[test]
    fn viewers_who_send_the_stage_and_an_origin_path_that_names_it_are_left_alone() {
        check(&CHECK, &fronted(OWN, "/prod", json!({})), expect![[""]]);
        check(&CHECK, &fronted(OWN, "", json!({})), expect![[""]]);
        check(&CHECK, &fronted(OWN, "", behavior("/prod/*")), expect![[""]]);
        check(&CHECK, &fronted(OWN, "", behavior("*.json")), expect![[""]]);
        let function = json!({ "TargetOriginId": "api", "FunctionAssociations": { "Items": [{}] } });
        check(&CHECK, &fronted(OWN, "/live", json!({ "DefaultCacheBehavior": function })), expect![[""]]);
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
