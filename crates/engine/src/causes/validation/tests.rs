//! What a model is compared with, and what is said where that was not read.

use serde_json::json;

use super::*;
use crate::case::facts::Facts;
use crate::configuration::{Integration, RequestValidator, Route};
use crate::exchange::{Exchange, curl};
use crate::fixture::{self, api, lambda_uri, route};
use crate::observed::Observed;
use crate::snapshot::Api;
use crate::testkit::{self, explained, facts, first, lists, to_orders};

const URL: &str = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders";

/// An API whose `POST /orders` checks bodies against models, each for a content type.
fn checked(models: &[(&str, &str)]) -> Facts<'static> {
    let mut own = route("POST /orders", &lambda_uri("orders-fn"));
    own.1.request_validator = Observed::Known(Some("all".to_owned()));
    own.1.request_models.by_content_type =
        models.iter().map(|(content_type, model)| ((*content_type).to_owned(), (*model).to_owned())).collect();
    let mut api = api(ApiKind::Rest, vec![own]);
    let validator = RequestValidator { validate_request_body: true, ..RequestValidator::default() };
    api.live.request_validators = Observed::Known([("all".to_owned(), validator)].into());
    api.live.models = Observed::Known(
        [
            ("Order".to_owned(), json!({ "type": "object", "required": ["id"] })),
            ("Empty".to_owned(), json!({ "type": "object", "title": "Empty Schema" })),
        ]
        .into(),
    );
    let live = api.live.clone();
    fixture::deploy(&mut api, "d1", &live);
    facts(vec![api])
}

fn request(options: &str) -> Exchange {
    curl::read(&format!("curl -X POST {options} {URL}")).unwrap().exchange
}

/// How sure `validator-body` is of a request, before it is sent and after it was refused; nothing where it does not hold.
fn told(options: &str, facts: &Facts<'static>) -> (Option<&'static str>, Option<&'static str>) {
    let of = |exchange: &Exchange| {
        let causes = explained(exchange, facts).causes;
        causes.iter().find(|cause| cause.id == "validator-body").map(|cause| cause.confidence.name())
    };
    let refused = request(options).refused(400, "BadRequestException", "Invalid request body");
    (of(&request(options)), of(&refused))
}

#[test]
fn a_body_is_compared_with_the_model_of_its_content_type() {
    let json_alone = checked(&[("application/json", "Order")]);
    let default = checked(&[("$default", "Order")]);
    let empty = checked(&[("application/json", "Empty")]);
    let certain = (Some("certain"), Some("certain"));
    // What is not checked does not fail; that it was refused all the same shows that another request was sent.
    let other = (None, Some("likely"));
    let text = "-H 'Content-Type: text/plain'";
    let json = "-H 'content-type: application/json; charset=utf-8'";
    let table = [
        (&json_alone, format!("{json} -d '{{}}'"), certain),
        (&json_alone, format!("{json} -d '{{\"id\":1}}'"), (None, None)),
        (&json_alone, format!("{json} -d id=1"), certain),
        (&json_alone, "--json '{}'".to_owned(), certain),
        // Without the header, it is JSON.
        (&json_alone, "-H 'Content-Type:' -d '{}'".to_owned(), certain),
        (&json_alone, String::new(), certain),
        (&json_alone, format!("{text} -d hello"), other),
        (&json_alone, "-d '{}'".to_owned(), other),
        (&json_alone, "-H 'Content-Type: application/x-www-form-urlencoded'".to_owned(), other),
        (&default, "-d '{}'".to_owned(), certain),
        (&default, format!("{text} -d hello"), certain),
        (&default, format!("{text} -d '{{\"id\":1}}'"), (None, None)),
        // No body is looked at as if it were an empty object, which is not verified.
        (&empty, String::new(), other),
        (&empty, "--json '[]'".to_owned(), certain),
        (&checked(&[]), "--json '{}'".to_owned(), other),
    ];
    for (facts, options, expected) in table {
        assert_eq!(told(&options, facts), expected, "{options}");
    }
}

#[test]
fn a_body_that_was_not_read_is_neither_absent_nor_wrong() {
    let facts = checked(&[("$default", "Order")]);
    let forms = [
        "-d @body.json",
        "--data-binary @-",
        "--json @body.json",
        "-F a=b",
        "-T body.json",
        "-d \"$BODY\"",
        "-d \"$(cat body.json)\"",
        "--json \"{\\\"id\\\":\\\"$ID\\\"}\"",
    ];
    for command in forms {
        assert_eq!(told(command, &facts), (Some("possible"), Some("likely")), "{command}");
        let explanation = explained(&request(command), &facts);
        assert_eq!(
            explanation.causes[0].remedy.summary,
            "put the body itself into the request, in the place of the file or the variable, to see what does not fit"
        );
        let unread = explanation.not_read.iter().find(|own| own.what == "request.body").unwrap();
        assert_eq!(unread.why, "not given: request.body: it was not read: put its text into the request");
    }
}

#[test]
fn what_only_a_body_tells_is_not_certain_without_it() {
    let facts = checked(&[]);
    let first = |exchange: &Exchange| {
        let first = explained(exchange, &facts).causes.swap_remove(0);
        format!("{} {}", first.id, first.confidence.name())
    };
    let table = [
        ("-d @body", 400, "Could not parse request body into json: x", "body-not-json-for-mapping likely"),
        ("-d a=b", 400, "Could not parse request body into json: x", "body-not-json-for-mapping certain"),
        ("-d @body", 413, "Request Too Long", "payload-too-large-lambda likely"),
        ("-H 'Content-Length: 7000000'", 413, "Request Too Long", "payload-too-large-lambda certain"),
        ("-X PUT", 413, "Request Too Long", "payload-too-large-lambda certain"),
        ("-X GET", 413, "Request Too Long", "payload-too-large-lambda likely"),
        // It is said to be what an HTTP API says of more than 10 MB.
        ("-H 'Content-Length: 17000000'", 413, "Request Entity Too Large", "payload-too-large-gateway certain"),
        ("-d @body", 413, "Request Entity Too Large", "payload-too-large-gateway likely"),
    ];
    for (options, status, message, expected) in table {
        assert_eq!(first(&request(options).refused(status, "BadRequestException", message)), expected, "{options}");
    }
}

fn rest(edit: impl FnOnce(&mut Route)) -> Api {
    let (key, mut own) = route("POST /orders", &lambda_uri("orders-fn"));
    edit(&mut own);
    fixture::api(ApiKind::Rest, vec![(key, own)])
}

fn refused(status: u16, message: &str) -> Exchange {
    to_orders("POST", "/orders").refused(status, "BadRequestException", message)
}

#[test]
fn validators_answer_400_and_never_a_missing_token() {
    let checked = |parameters: bool, body: bool| {
        let mut api = rest(|own| {
            own.request_parameters.insert("method.request.header.X-Tenant".to_owned(), true);
            own.request_validator = Observed::Known(Some("all".to_owned()));
            own.request_models.by_content_type.insert("application/json".to_owned(), "Order".to_owned());
        });
        let own =
            RequestValidator { validate_request_body: body, validate_request_parameters: parameters, ambiguous: false };
        api.live.request_validators = Observed::Known([("all".to_owned(), own)].into());
        let schema = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
        api.live.models = Observed::Known([("Order".to_owned(), schema)].into());
        let live = api.live.clone();
        fixture::deploy(&mut api, "d1", &live);
        facts(vec![api])
    };
    let missing = refused(400, "Missing required request parameters: [X-Tenant]");
    assert_eq!(first(&missing, &checked(true, false)), "validator-missing-params certain");
    assert!(!lists(&missing, &checked(false, false), "validator-missing-params"));
    // Names of headers are matched by case.
    assert_eq!(
        first(&missing.clone().header("x-tenant", "a"), &checked(true, false)),
        "validator-missing-params certain"
    );
    assert!(!lists(&missing.header("X-Tenant", "a"), &checked(true, false), "validator-missing-params"));
    let body = refused(400, "Invalid request body").sending(r#"{"id":"secret"}"#);
    let explanation = crate::testkit::explained(&body, &checked(false, true));
    assert_eq!(
        explanation.causes[0].says,
        "POST /orders checks the body against Order, and it does not fit: $.id is not of type integer."
    );
    assert!(!lists(&to_orders("POST", "/orders").missing_token(), &checked(true, true), "validator-missing-params"));
    // A body that fits the model that was read is not at fault, and no body at all is.
    assert!(!lists(&body.clone().sending(r#"{"id":7}"#), &checked(false, true), "validator-body"));
    assert_eq!(first(&refused(400, "Invalid request body"), &checked(false, true)), "validator-body certain");
    let unread = |change: &dyn Fn(&mut crate::configuration::Configuration)| {
        let mut facts = checked(true, true);
        let api = facts.api_mut("a1b2c3d4e5").unwrap();
        change(&mut api.live);
        let live = api.live.clone();
        fixture::deploy(api, "d1", &live);
        facts
    };
    let no_models = unread(&|own| own.models = Observed::NotRead(fixture::denied("apigateway:GetModels")));
    assert_eq!(first(&body, &no_models), "validator-body likely");
    let no_validators =
        unread(&|own| own.request_validators = Observed::NotRead(fixture::denied("apigateway:GetRequestValidators")));
    let missing = refused(400, "Missing required request parameters: [X-Tenant]");
    assert_eq!(first(&missing, &no_validators), "validator-missing-params likely");
    // A model may refer to another one, and close its objects.
    let order =
        json!({ "type": "object", "properties": { "id": { "$ref": "#/models/Id" } }, "additionalProperties": false });
    let models = json!({ "Order": order, "Id": { "type": "integer", "minimum": 1 } });
    let referring = unread(&|own| {
        let models = models.as_object().unwrap().clone();
        own.models = Observed::Known(models.into_iter().collect());
    });
    for (sent, wrong) in [(r#"{"id":0}"#, "$.id is below its minimum"), (r#"{"id":1,"x":1}"#, "$.x is not allowed")] {
        let first = crate::testkit::explained(&body.clone().sending(sent), &referring).causes.swap_remove(0);
        let expected = format!("POST /orders checks the body against Order, and it does not fit: {wrong}.");
        assert_eq!((first.confidence.name(), first.says), ("certain", expected));
    }
    assert!(!lists(&body.clone().sending(r#"{"id":1}"#), &referring, "validator-body"));
    // Schemas may say more than is looked at.
    let patterned = json!({ "type": "object", "properties": { "id": { "type": "string", "pattern": "^[0-9]+$" } } });
    let patterned = unread(&|own| own.models = Observed::Known([("Order".to_owned(), patterned.clone())].into()));
    assert_eq!(first(&body, &patterned), "validator-body likely");
}

#[test]
fn what_is_in_the_request_alone_is_told_from_it() {
    let api = || facts(vec![rest(|_| {})]);
    let not_json = refused(400, "Could not parse request body into json: Unexpected character").sending("a=b");
    assert_eq!(first(&not_json, &api()), "body-not-json-for-mapping certain");
    assert!(!lists(&not_json.sending("{}"), &api(), "body-not-json-for-mapping"));
    let query = |query: &str| {
        let url = format!("POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders?q={query}");
        testkit::request(&url, &[]).refused(400, "BadRequestException", "Bad Request")
    };
    assert_eq!(first(&query("a|b"), &api()), "query-illegal-character likely");
    assert_eq!(first(&query("a b"), &api()), "query-illegal-character likely");
    assert!(!lists(&query("a%7Cb"), &api(), "query-illegal-character"));
    let long = |length: usize| {
        let url = format!("POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/{}", "a".repeat(length));
        testkit::request(&url, &[]).answered(414, &[], "Request URI too long")
    };
    assert_eq!(first(&long(2_000), &api()), "uri-too-long certain");
    assert!(!lists(&long(20), &api(), "uri-too-long"));
    let cookies =
        |length: usize| to_orders("POST", "/orders").header("Cookie", &"a".repeat(length)).answered(431, &[], "");
    assert_eq!(first(&cookies(11_000), &api()), "headers-too-large likely");
    assert!(!lists(&cookies(20), &api(), "headers-too-large"));
    let large = |length: &str| {
        to_orders("POST", "/orders").header("Content-Length", length).answered(
            413,
            &[],
            "HTTP content length exceeded 10485760 bytes.",
        )
    };
    assert_eq!(first(&large("12582912"), &api()), "payload-too-large-gateway certain");
    assert_eq!(first(&large("7"), &api()), "payload-too-large-gateway possible");
    let event = to_orders("POST", "/orders").header("Content-Length", "7000000").refused(
        413,
        "RequestTooLargeException",
        "Request Too Long",
    );
    assert_eq!(first(&event, &api()), "payload-too-large-lambda certain");
}

#[test]
fn a_content_type_has_a_template_or_is_passed_on() {
    let strict = |behaviour: &str| {
        let integration = Integration {
            integration_type: "AWS".to_owned(),
            passthrough_behavior: Some(behaviour.to_owned()),
            request_templates: [("application/json".to_owned(), "{}".to_owned())].into(),
            ..Integration::default()
        };
        facts(vec![rest(|own| own.integration = Some(integration))])
    };
    let exchange = refused(415, "Unsupported Media Type").header("Content-Type", "text/plain");
    assert_eq!(first(&exchange, &strict("NEVER")), "unsupported-media-type certain");
    assert_eq!(first(&exchange, &strict("WHEN_NO_TEMPLATES")), "unsupported-media-type certain");
    assert!(!lists(&exchange, &strict("WHEN_NO_MATCH"), "unsupported-media-type"));
}
