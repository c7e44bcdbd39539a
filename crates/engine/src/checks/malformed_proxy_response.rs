//! `malformed-proxy-response`.

use std::collections::BTreeSet;

use crate::check::{Context, Outcome, check};
use crate::failing::{self, at_route, route_words};
use crate::finding::{Remedy, Severity};
use crate::health::{AnswerProblem, BadAnswer, Probed, Reason};
use crate::snapshot::{Api, ApiKind, Stage};

check! {
    /// API Gateway refuses the answer of a Lambda function
    ///
    /// ## What it looks for
    ///
    /// Lines in the logs of stages that failed with which the gateway says that it refused a function's answer
    /// (`Malformed Lambda proxy response`), one finding for each route. Where the execution log shows the answer, it is
    /// judged by the rules of `stagecheck response`, and each problem is named with its place. With `--probe`, what routes
    /// that are opted in answer when they are asked is judged in the same way.
    ///
    /// ## Why it matters
    ///
    /// The function succeeds, its metrics count no error and its log shows none, and the caller gets 502 with
    /// `Internal server error`.
    ///
    /// ## How to fix
    ///
    /// Return an object with `statusCode`, `headers` and a `body` that is a string, and no other keys. With data tracing
    /// turned on, the execution log shows what the function returned.
    ///
    /// ## References
    ///
    /// - <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
    /// - <https://repost.aws/knowledge-center/malformed-502-api-gateway>
    id: "malformed-proxy-response",
    severity: Severity::High,
    kinds: &[ApiKind::Rest, ApiKind::Http, ApiKind::WebSocket],
    since: "0.1.0",
}

fn run(context: &Context, out: &mut Outcome) {
    let snapshot = context.snapshot;
    let mut reported = BTreeSet::new();
    for (api, stage, gateway) in failing::gateways(context, &CHECK, out) {
        for failure in gateway.failures.iter().filter(|failure| failure.reason == Reason::MalformedResponse) {
            let is_own =
                |answer: &&BadAnswer| answer.is_refused && !answer.is_of_authorizer && answer.route == failure.route;
            reported.insert((&api.id, &stage.name, failure.route.as_ref()));
            let answers: Vec<&BadAnswer> = gateway.answers.iter().filter(is_own).collect();
            let mut resource = at_route(snapshot, api, stage, failure.route.as_ref());
            if let Some(function) = &failure.function {
                resource = resource.with_function(function.arn());
            }
            let function = failure.function.as_ref().map_or("the function".to_owned(), ToString::to_string);
            let route = route_words(failure.route.as_ref());
            let mut problems: Vec<_> =
                answers.iter().flat_map(|answer| &answer.problems).filter(|problem| problem.is_error).collect();
            problems.sort_by_key(|problem| (&problem.path, &problem.rule));
            problems.dedup();
            let fixes: Vec<&str> = problems.iter().map(|problem| problem.fix.as_str()).collect();
            let shown: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
            let what = match shown.as_slice() {
                [] => "The log does not show the answer; with data tracing turned on, it does.".to_owned(),
                shown => format!("{}.", shown.join("; ")),
            };
            let fix = match fixes.first() {
                Some(fix) => format!("in {function}: {fix}"),
                None => format!("let {function} return an object with statusCode, headers and a body that is a string"),
            };
            let mut draft = out
                .finding(
                    Severity::High,
                    resource,
                    format!("{route} of {} answers 502: API Gateway refuses what {function} returns", stage.name),
                )
                .detail(format!("{what} {}", failing::seen(&failure.seen)))
                .evidence("logs:FilterLogEvents", &failure.sample.log_group, failure.sample.lines.clone());
            for problem in problems {
                draft = draft.evidence("stagecheck:response", &problem.path, problem.rule.clone());
            }
            draft.remedy(failing::gateway_remedy(&fix, &snapshot.region, &failure.sample));
        }
    }
    for (api, stage, answer) in failing::probed(context, &CHECK).into_iter().filter(|(.., answer)| answer.is_refused) {
        // What the log tells already is the same finding.
        if reported.insert((&api.id, &stage.name, Some(&answer.route))) {
            report_asked(context, api, stage, answer, out);
        }
    }
}

/// Reports an answer that a function gave when it was asked.
fn report_asked(context: &Context, api: &Api, stage: &Stage, answer: &Probed, out: &mut Outcome) {
    let status = if api.kind == ApiKind::Http { 500 } else { 502 };
    let function = answer.function.as_ref().map_or("the function".to_owned(), ToString::to_string);
    let title =
        format!("{} of {} answers {status}: API Gateway refuses what {function} returns", answer.route, stage.name);
    let errors: Vec<&AnswerProblem> = answer.problems.iter().filter(|problem| problem.is_error).collect();
    let shown: Vec<String> = errors.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
    let what = if shown.is_empty() {
        "No known rule tells what is wrong.".to_owned()
    } else {
        format!("{}.", shown.join("; "))
    };
    let fix = match errors.first() {
        Some(problem) => format!("in {function}: {}", problem.fix),
        None => format!("let {function} return an object with statusCode, headers and a body that is a string"),
    };
    let resource = failing::of_probe(context.snapshot, api, stage, answer);
    let mut draft = out.finding(Severity::High, resource, title).detail(format!("{what} {}", failing::asked(answer)));
    draft = draft.evidence(&answer.source, answer.route.to_string(), "malformed");
    for problem in errors {
        draft = draft.evidence("stagecheck:response", &problem.path, problem.rule.clone());
    }
    draft.remedy(Remedy::advice(fix));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::fixture::{check, denied, details, gateway, healthy, log_executions, stage_failed, told};

    fn malformed() -> crate::snapshot::Snapshot {
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        told(
            &mut snapshot,
            &[
                "(r1) HTTP Method: GET, Resource Path: /orders",
                "(r1) Endpoint response body before transformations: {\"statusCode\":200,\"body\":{\"id\":1}}",
                "(r1) Execution failed due to configuration error: Malformed Lambda proxy response",
                "(r1) Method completed with status: 502",
            ],
        );
        snapshot
    }

    #[test]
    fn flags_a_route_and_names_what_is_wrong_with_the_answer() {
        let snapshot = malformed();
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            high /restapis/a1b2c3d4e5/stages/prod GET /orders orders-fn: GET /orders of prod answers 502: API Gateway refuses what orders-fn returns
        "#]],
        );
        let detail = details(&CHECK, &snapshot);
        assert!(detail[0].starts_with("$.body: "), "{detail:?}");
    }

    #[test]
    fn is_silent_where_the_gateway_refused_nothing() {
        check(&CHECK, &healthy(), expect![""]);
        let mut snapshot = healthy();
        stage_failed(&mut snapshot, 1);
        log_executions(&mut snapshot);
        told(
            &mut snapshot,
            &["(r1) Lambda execution failed with status 200 due to customer function error: x. Lambda request id: 7"],
        );
        check(&CHECK, &snapshot, expect![""]);
    }

    #[test]
    fn says_what_was_not_read_and_where_there_is_nothing_to_read() {
        let mut snapshot = malformed();
        *gateway(&mut snapshot) =
            crate::health::GatewayHealth { unread: vec![denied("logs:FilterLogEvents")], ..Default::default() };
        check(
            &CHECK,
            &snapshot,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: access denied: apigateway:GET on arn:aws:… (for logs:FilterLogEvents)
        "#]],
        );
        let mut without = healthy();
        stage_failed(&mut without, 2);
        check(
            &CHECK,
            &without,
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5/stages/prod: the stage failed twice, and writes no log that tells why
        "#]],
        );
    }
}
