//! The answers of routes that were asked, as text and as Markdown.

use std::fmt::Write;

use engine::finding::Resource;
use engine::probe::{Side, Verification, Verified};

use super::markdown::escape;
use super::style::{self, DIM, GOOD, HEADING, UNKNOWN, count, visible};

/// Each route with its answers and what is wrong with them.
pub(crate) fn render(verification: &Verification) -> String {
    let mut text = String::new();
    line!(text, "{HEADING}{}{HEADING:#}", summary(verification));
    for route in &verification.routes {
        line!(text, "\n{HEADING}{}{HEADING:#}", visible(&title(&route.resource)));
        for side in route.sides() {
            line!(text, "    {DIM}{:<9}{DIM:#} {}", name(side), visible(&told(side)));
        }
        for problem in &route.problems {
            let severity = style::severity(problem.severity);
            let (name, rule) = (problem.severity.name(), problem.rule);
            line!(text, "    {severity}{name}{severity:#} {rule}: {}", visible(&problem.message));
            if let Some(fix) = &problem.fix {
                line!(text, "      {DIM}fix:{DIM:#} {}", visible(fix));
            }
        }
        route.notes.iter().for_each(|note| line!(text, "    {DIM}note:{DIM:#} {}", visible(note)));
        if let Some(why) = &route.not_compared {
            line!(text, "    {UNKNOWN}not compared:{UNKNOWN:#} {}", visible(why));
        }
        if is_fine(route) {
            line!(text, "    {GOOD}nothing is wrong with the answers{GOOD:#}");
        }
    }
    for gap in &verification.not_asked {
        line!(text, "\n{UNKNOWN}not asked{UNKNOWN:#} {}: {}", visible(&gap.what), visible(&gap.why));
    }
    text
}

/// The same as a comment on a pull request.
pub(crate) fn markdown(verification: &Verification) -> String {
    let mut text = String::new();
    line!(text, "### {}\n", summary(verification));
    for route in &verification.routes {
        line!(text, "#### {}\n", escape(&title(&route.resource)));
        route.sides().for_each(|side| line!(text, "- {}: {}", name(side), escape(&told(side))));
        for problem in &route.problems {
            let (name, rule) = (problem.severity.name(), problem.rule);
            line!(text, "- **{name}** {rule}: {}", escape(&problem.message));
        }
        route.notes.iter().for_each(|note| line!(text, "- {}", escape(note)));
        route.not_compared.iter().for_each(|why| line!(text, "- not compared: {}", escape(why)));
        line!(text, "");
    }
    for gap in &verification.not_asked {
        line!(text, "- not asked: {}: {}", escape(&gap.what), escape(&gap.why));
    }
    text
}

fn summary(verification: &Verification) -> String {
    let summary = verification.summary;
    if verification.routes.is_empty() && verification.not_asked.is_empty() {
        return "nothing is opted in: tag an API with stagecheck:probe = true, or write a [[probe]] entry".to_owned();
    }
    let told = format!(
        "{} asked, {} with problems; {} not asked",
        count(summary.asked, "route"),
        summary.with_problems,
        count(summary.not_asked, "thing")
    );
    if summary.not_compared == 0 { told } else { format!("{told}; {} not compared", summary.not_compared) }
}

/// `orders prod GET /orders/{id}`.
fn title(resource: &Resource) -> String {
    let parts = [&resource.api_name, &resource.stage, &resource.method, &resource.path];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn name(side: &Side) -> &'static str {
    match side.source {
        "apigateway:TestInvokeMethod" => "live",
        "lambda:InvokeFunction" => "function",
        _ => "deployed",
    }
}

/// `200 application/json in 12 ms`.
fn told(side: &Side) -> String {
    if let Some(why) = &side.not_asked {
        return format!("not asked: {why}");
    }
    let status = side.status.map_or("no status".to_owned(), |status| status.to_string());
    let took = side.elapsed_ms.map(|took| format!("in {took} ms"));
    let parts = [Some(status), side.content_type.clone(), took];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn is_fine(route: &Verified) -> bool {
    route.problems.is_empty() && route.not_compared.is_none() && route.sides().all(|side| side.not_asked.is_none())
}
