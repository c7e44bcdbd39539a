//! What a model is compared with, and what is said where that was not read.

use serde_json::json;

use super::*;
use crate::case::facts::Facts;
use crate::configuration::RequestValidator;
use crate::exchange::{Exchange, curl};
use crate::fixture::{self, api, lambda_uri, route};
use crate::observed::Observed;
use crate::testkit::{explained, facts};

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
    ];
    for (options, status, message, expected) in table {
        assert_eq!(first(&request(options).refused(status, "BadRequestException", message)), expected, "{options}");
    }
}
