//! Whose a function URL is: a function's, an alias', or nobody's.

use serde_json::{Value, json};

use crate::case::facts::{Facts, Read};
use crate::exchange::Exchange;
use crate::explain::{Round, explain};
use crate::testkit::{explained, facts, first, request};

const HOST: &str = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-west-1.on.aws";
const LIST: &str = "lambda:ListFunctionUrlConfigs";

fn unsent() -> Exchange {
    request(&format!("GET https://{HOST}/"), &[])
}

fn forbidden() -> Exchange {
    let headers = [("x-amzn-ErrorType", "AccessDeniedException")];
    unsent().answered(
        403,
        &headers,
        r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues"}"#,
    )
}

fn not_found() -> Exchange {
    unsent().answered(404, &[("x-amzn-ErrorType", "ResourceNotFoundException")], r#"{"Message":null}"#)
}

fn own() -> Read {
    Read::FunctionUrl("hello-fn".to_owned())
}

fn list() -> Read {
    Read::FunctionUrls("hello-fn".to_owned())
}

/// One function, whose own URL is not there.
fn account() -> Facts<'static> {
    let functions = json!({ "Functions": [{ "FunctionName": "hello-fn" }] });
    facts(Vec::new()).with(Read::Functions, functions).lacking(own())
}

/// The URLs of the function's aliases: another one's, and this one's.
fn of_alias(auth_type: &str) -> Value {
    let one = |host: &str, alias: &str| {
        json!({ "FunctionUrl": format!("https://{host}/"), "AuthType": auth_type, "CreationTime": "2026-03-01T00:00:00Z",
            "FunctionArn": format!("arn:aws:lambda:eu-west-1:111122223333:function:hello-fn:{alias}") })
    };
    json!({ "FunctionUrlConfigs": [one("z.lambda-url.eu-west-1.on.aws", "test"), one(HOST, "live")] })
}

#[test]
fn nobody_has_a_url_that_no_function_and_no_alias_has() {
    let none = || json!({ "FunctionUrlConfigs": [] });
    let said = "None of the account's functions in the region has this URL";
    let certain = "lambda-url-missing certain";
    for (facts, verdict, says, not_read) in [
        (account().with(list(), none()), certain, ", nor has an alias of one.", false),
        // It was deleted in between.
        (account().lacking(list()), certain, ", nor has an alias of one.", false),
        // Nobody was refused what a recording merely lacks.
        (account(), certain, ".", true),
        (account().denied(list(), LIST), "lambda-url-missing likely", "; those of aliases were not read.", true),
        // The list tells of the function's own URL, too.
        (
            account().with(list(), none()).denied(own(), "lambda:GetFunctionUrlConfig"),
            certain,
            ", nor has an alias of one.",
            true,
        ),
    ] {
        for exchange in [not_found(), forbidden()] {
            let told = explained(&exchange, &facts);
            assert_eq!(first(&exchange, &facts), verdict, "{told:?}");
            assert_eq!((told.causes[0].says.clone(), !told.not_read.is_empty()), (format!("{said}{says}"), not_read));
        }
    }
    // Without the function's own URL and without the list nothing is known.
    let unread = || account().denied(own(), "lambda:GetFunctionUrlConfig");
    assert_eq!(first(&not_found(), &unread()), "insufficient-facts possible");
    assert_eq!(first(&not_found(), &unread().denied(list(), LIST)), "insufficient-facts possible");
    // What is refused to one function is not made up for by what a recording lacks of another.
    let both = json!({ "Functions": [{ "FunctionName": "hello-fn" }, { "FunctionName": "other" }] });
    let both = || account().with(Read::Functions, both.clone()).lacking(Read::FunctionUrl("other".to_owned()));
    let of_other = || Read::FunctionUrls("other".to_owned());
    for facts in [both().denied(list(), LIST), both().denied(of_other(), LIST)] {
        let told = explained(&not_found(), &facts);
        assert_eq!((first(&not_found(), &facts).as_str(), told.causes.len()), ("lambda-url-missing likely", 1));
    }
    // A URL that was not called yet may be another account's.
    assert_eq!(first(&unsent(), &account().with(list(), none())), "lambda-url-missing likely");
}

#[test]
fn the_urls_of_aliases_are_asked_for_where_the_one_that_was_called_is_no_functions_own() {
    let url = json!({ "FunctionUrl": format!("https://{HOST}/"), "AuthType": "NONE" });
    let other = json!({ "FunctionUrl": "https://z.lambda-url.eu-west-1.on.aws/", "AuthType": "NONE" });
    let wants = |facts: &Facts<'static>| match explain(&forbidden(), facts) {
        Round::Wants(reads) => reads.contains(&list()),
        Round::Done(_) => false,
    };
    let whole = || account().lacking(Read::FunctionPolicy("hello-fn".to_owned()));
    let shown = [whole().with(own(), url), whole().with(own(), other), whole()].map(|facts| wants(&facts));
    assert_eq!(shown, [false, true, true]);
}

#[test]
fn the_url_of_an_alias_is_opened_by_the_alias_own_policy() {
    let policy = |qualified: &str| Read::FunctionPolicy(qualified.to_owned());
    let allow = |action: &str| json!({ "Effect": "Allow", "Principal": "*", "Action": action });
    let (url, second) = (allow("lambda:InvokeFunctionUrl"), allow("lambda:InvokeFunction"));
    let deny = json!({ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "lambda:InvokeFunctionUrl" });
    // That of the function itself lets everybody in, and is not asked.
    let held = |auth_type: &str, statements: Value| {
        let all = json!({ "Policy": { "Statement": [url.clone(), second.clone()] } });
        let facts = account().with(list(), of_alias(auth_type)).with(policy("hello-fn"), all);
        facts.with(policy("hello-fn:live"), json!({ "Policy": { "Statement": statements } }))
    };
    let add = "aws lambda add-permission --function-name hello-fn --qualifier live --statement-id";
    for (facts, verdict, says, command) in [
        (
            held("AWS_IAM", json!([])),
            "lambda-url-iam-unsigned certain",
            "The URL of hello-fn:live asks for a signature, and the request has none.",
            "aws lambda update-function-url-config --function-name hello-fn --qualifier live --auth-type NONE --region eu-west-1".to_owned(),
        ),
        (
            held("NONE", json!([])),
            "lambda-url-policy-missing certain",
            "The URL of hello-fn:live is open, and the function's policy lets nobody call it.",
            format!("{add} url --action lambda:InvokeFunctionUrl --principal '*' --function-url-auth-type NONE --region eu-west-1"),
        ),
        (
            held("NONE", json!([url])),
            "lambda-url-invoke-function-missing certain",
            "The policy of hello-fn:live allows lambda:InvokeFunctionUrl, and not lambda:InvokeFunction by way of the URL.",
            format!("{add} url-invoke --action lambda:InvokeFunction --principal '*' --region eu-west-1 --invoked-via-function-url"),
        ),
        (
            held("NONE", json!([url, second, deny])),
            "lambda-url-policy-missing likely",
            "A statement of the policy of hello-fn:live denies lambda:InvokeFunctionUrl to everybody.",
            "aws lambda remove-permission --function-name hello-fn --qualifier live --statement-id No --region eu-west-1".to_owned(),
        ),
    ] {
        let told = explained(&forbidden(), &facts).causes.swap_remove(0);
        assert_eq!((first(&forbidden(), &facts).as_str(), told.says.as_str()), (verdict, says));
        assert_eq!(told.remedy.command, Some(command));
        let is_its_call = told.evidence.iter().all(|own| own.source != "lambda:GetFunctionUrlConfig");
        assert!(is_its_call, "{:?}", told.evidence);
    }
    assert_eq!(first(&forbidden(), &held("NONE", json!([url, second]))), "insufficient-facts possible");
    let ruled_out = explained(&not_found(), &held("NONE", json!([]))).ruled_out;
    assert!(ruled_out.iter().any(|own| own.id == "lambda-url-missing"), "{ruled_out:?}");
    // Whether its policy lets anybody in was not read.
    let unread = account().with(list(), of_alias("NONE"));
    assert_eq!(
        first(&forbidden(), &unread.denied(policy("hello-fn:live"), "lambda:GetPolicy")),
        "lambda-url-policy-missing likely"
    );
    // Whether there is such an alias was not read.
    let told = explained(&forbidden(), &account().denied(list(), LIST));
    let ids: Vec<&str> = told.causes.iter().map(|own| own.id).collect();
    assert_eq!(ids, ["lambda-url-missing", "lambda-url-iam-unsigned", "lambda-url-policy-missing"]);
    assert_eq!(told.not_read.iter().map(|own| own.what.as_str()).collect::<Vec<_>>(), [LIST]);
}
