//! Paths that are there with other methods: deployed, only live, or for preflights alone.

use serde_json::json;

use super::{api, with_deployed};
use crate::case::facts::Read;
use crate::testkit::{explained, facts, to_orders};

#[test]
fn what_waits_at_the_path_with_another_method_is_told_beside_what_the_stage_has() {
    let get = |path: &str| to_orders("GET", path);
    let signature = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261010/eu-west-1/execute-api/aws4_request, \
        SignedHeaders=host, Signature=00";
    let deploy = "aws apigateway create-deployment --rest-api-id a1b2c3d4e5 --stage-name prod --region eu-west-1";
    for (exchange, live, id) in [
        (get("/new").missing_token(), "POST /new", "rest-method-not-on-path"),
        (get("/new/7").missing_token(), "POST /new/{id}", "rest-method-not-on-path"),
        (
            get("/new").header("Authorization", signature).refused(
                404,
                "NotFoundException",
                "No method found matching route new",
            ),
            "POST /new",
            "rest-undefined-route-signed",
        ),
    ] {
        let account = facts(vec![with_deployed(&["GET /orders", live], &["GET /orders"])]);
        let explanation = explained(&exchange, &account);
        let own = &explanation.causes[0];
        assert_eq!((own.id, own.confidence.name()), (id, "certain"), "{}", own.says);
        assert!(
            own.says.contains(" The live configuration has it with POST, which is not deployed, and not with GET.")
        );
        assert_eq!(own.remedy.summary, "deploy, and send POST; or add GET to the path first");
        assert_eq!(own.remedy.command.as_deref(), Some(deploy));
        let plan = explanation.plan.iter().flat_map(|plan| &plan.changes);
        let plan: Vec<String> = plan.map(|change| format!("{:?} {}", change.change, change.route().unwrap())).collect();
        assert_eq!(plan, [format!("Added {live}")]);
        assert_eq!(explanation.nearest, [], "the stage serves none that is near");
    }
    let explanation =
        explained(&get("/new/7").missing_token(), &facts(vec![with_deployed(&["POST /new/{id}"], &["GET /orders"])]));
    let shown = explanation.causes[0].evidence.iter().map(|own| format!("{} {} {}", own.source, own.path, own.value));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            "apigateway:GetDeployment apiSummary./new/{id} null",
            "apigateway:GetResources items./new/{id}.resourceMethods \"POST\"",
        ]
    );
}

#[test]
fn options_is_there_for_preflights_and_nothing_to_send() {
    let base = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod";
    for (keys, method, path, id, advice, shown) in [
        (
            &["OPTIONS /files", "GET /files/{k+}"][..],
            "GET",
            "/files/",
            "rest-greedy-parent-not-covered",
            "add the method to /files, too, and deploy".to_owned(),
            "apiSummary./files/{k+}.GET",
        ),
        (
            &["OPTIONS /orders", "GET /items"],
            "GET",
            "/orders/",
            "rest-method-not-on-path",
            format!("add GET to the path and deploy, or call one that takes it, such as {base}/items"),
            "apiSummary./orders",
        ),
        (
            &["OPTIONS /orders/{id}", "PUT /orders/{id}"],
            "POST",
            "/orders/7",
            "rest-method-not-on-path",
            "send PUT, or add POST to the path and deploy".to_owned(),
            "apiSummary./orders/{id}",
        ),
        (
            &["OPTIONS /orders", "PATCH /orders"],
            "UPDATE",
            "/orders",
            "client-nonstandard-verb",
            "send a method that the path has: PATCH".to_owned(),
            "apiSummary./orders",
        ),
    ] {
        let account = facts(vec![api(keys)]).with(Read::RestApis, json!({ "items": [] }));
        let explanation = explained(&to_orders(method, path).missing_token(), &account);
        let own = &explanation.causes[0];
        assert_eq!((own.id, own.confidence.name()), (id, "certain"), "{method} {path}: {}", own.says);
        assert_eq!(own.remedy.summary, advice, "{method} {path}");
        let last = own.evidence.last().unwrap();
        assert_eq!((last.source.as_str(), last.path.as_str()), ("apigateway:GetDeployment", shown), "{method} {path}");
        assert!(explanation.nearest.iter().all(|own| !own.route.starts_with("OPTIONS")), "{:?}", explanation.nearest);
    }
}

/// The access log has the method that arrived.
#[test]
fn the_access_log_tells_whether_a_redirect_changed_the_method() {
    let id = "QwErTyUiOpAsDfG=";
    let headers = [
        ("x-amzn-RequestId", id),
        ("x-amz-apigw-id", "A="),
        ("x-amzn-ErrorType", "MissingAuthenticationTokenException"),
    ];
    let exchange =
        to_orders("POST", "/submit").answered(403, &headers, r#"{"message":"Missing Authentication Token"}"#);
    let api = || facts(vec![api(&["POST /submit"])]);
    for (facts, expected) in [
        (api().accessed(&[("httpMethod", "GET")]), Some("certain")),
        (api().accessed(&[("httpMethod", "POST")]), None),
        (api().accessed(&[("status", "403")]), Some("possible")),
    ] {
        let causes = explained(&exchange, &facts).causes;
        let own = causes.iter().find(|own| own.id == "method-changed-by-redirect");
        assert_eq!(own.map(|own| own.confidence.name()), expected);
    }
}
