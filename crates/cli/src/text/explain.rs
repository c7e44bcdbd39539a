//! An explanation as text, which fits a screen, and as Markdown.

use std::fmt::Write;

use engine::case::cause::{Cause, Confidence, Examined, Not};
use engine::explain::{Differs, Explained, Explanation, Nearest, Unread};
use words::{change, told};

use super::markdown::{code, escape, fenced};
use super::style::{self, count, visible, wrap};

const WIDTH: usize = 100;

/// How much of each part is shown: a screen has 24 lines.
const MOST_EVIDENCE: usize = 4;
const MOST_OTHERS: usize = 3;
const MOST_UNREAD: usize = 3;
const MOST_CHANGES: usize = 4;

/// The whole explanation, with what was asked of one cause besides.
pub(crate) fn render(explanation: &Explanation, asked: Option<(&Cause, &Examined)>) -> String {
    let mut text = String::new();
    line!(text, "{}\n", reached(explanation));
    let mut causes = explanation.causes.iter();
    if let Some(first) = causes.next() {
        answer(first, &mut text);
    }
    nearest(&explanation.nearest, &mut text);
    plan(explanation, &mut text);
    others(&causes.collect::<Vec<_>>(), &mut text);
    not_read(&explanation.not_read, &mut text);
    match asked {
        Some((cause, examined)) => why_not(explanation, cause, examined, &mut text),
        None if !explanation.ruled_out.is_empty() => {
            let (dim, ids) = (style::DIM, explanation.ruled_out.iter().map(|out| out.id).collect::<Vec<_>>());
            let shown = ids.iter().take(3).copied().collect::<Vec<_>>().join(", ");
            let more = if ids.len() > 3 { format!(" and {} more", ids.len() - 3) } else { String::new() };
            let lines = wrap(&format!("Ruled out: {shown}{more}. --why-not ID says why."), WIDTH);
            lines.iter().for_each(|line| line!(text, "{dim}{line}{dim:#}"));
        }
        None => {}
    }
    text
}

/// What was asked, and what it reaches.
fn reached(explanation: &Explanation) -> String {
    let asked = &explanation.request;
    let heading = style::HEADING;
    let mut reached = Vec::new();
    if let Some(api) = &asked.api_id {
        reached.push(format!("API {}", visible(api)));
        reached.push(asked.stage.as_ref().map_or("no stage".to_owned(), |stage| format!("stage {}", visible(stage))));
        reached.push(visible(&asked.path));
    }
    let reached = if reached.is_empty() { String::new() } else { format!("\n  reaches {}", reached.join(", ")) };
    format!("{heading}{} {}{heading:#}{reached}", visible(&asked.method), visible(&asked.url))
}

fn answer(cause: &Explained, text: &mut String) {
    let (colour, dim) = (confidence(cause.confidence), style::DIM);
    let word = cause.confidence.name().to_uppercase();
    let fits = 12 + cause.title.chars().count() + cause.id.len() <= WIDTH;
    let gap = if fits { "  " } else { "\n          " };
    line!(text, "{colour}{word:8}{colour:#}  {}{gap}{dim}{}{dim:#}", cause.title, cause.id);
    wrap(&visible(&cause.says), WIDTH - 10).iter().for_each(|line| line!(text, "          {line}"));
    let shown = cause.evidence.iter().map(|evidence| ("", evidence));
    let against = cause.against.iter().map(|evidence| ("against it: ", evidence));
    for (sign, evidence) in shown.chain(against).take(MOST_EVIDENCE) {
        line!(text, "            {dim}{sign}{}{dim:#}", short(&told(evidence), WIDTH - 12 - sign.len()));
    }
    if !cause.remedy.summary.is_empty() {
        let lines = wrap(&visible(&cause.remedy.summary), WIDTH - 15);
        for (at, line) in lines.iter().enumerate() {
            line!(text, "          {}{line}", if at == 0 { "Fix: " } else { "     " });
        }
    }
    if let Some(command) = &cause.remedy.command {
        folded(&visible(command), WIDTH - 16).iter().for_each(|line| line!(text, "            {line}"));
    }
    line!(text, "");
}

/// A command in lines that can be pasted: broken before options, outside of quotation marks.
fn folded(command: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, part) in command.split(" --").enumerate() {
        let part = if at == 0 { part.to_owned() } else { format!("--{part}") };
        match lines.last_mut() {
            Some(line)
                if line.matches(['\'', '"']).count() % 2 == 1
                    || line.chars().count() + 1 + part.chars().count() <= width =>
            {
                line.push(' ');
                line.push_str(&part);
            }
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("  {part}"));
            }
            None => lines.push(part),
        }
    }
    lines
}

/// The routes that may be meant.
fn nearest(nearest: &[Nearest], text: &mut String) {
    if nearest.is_empty() {
        return;
    }
    let (heading, dim) = (style::HEADING, style::DIM);
    line!(text, "{heading}Nearest routes{heading:#}");
    for Nearest { route, stage, url, differs } in nearest {
        let why = match differs {
            Differs::Method => "another method".to_owned(),
            Differs::Stage => format!("the stage {}", visible(stage)),
            Differs::Path => "another path".to_owned(),
        };
        let method = route.split_once(' ').map_or("", |(method, _)| method);
        line!(text, "  {:7} {}  {dim}{why}{dim:#}", visible(method), visible(url));
    }
    line!(text, "");
}

/// What else a deployment would change.
fn plan(explanation: &Explanation, text: &mut String) {
    let Some(plan) = &explanation.plan else { return };
    let (heading, dim) = (style::HEADING, style::DIM);
    let stage = plan.stage.as_deref().map(visible).unwrap_or_default();
    if plan.changes.is_empty() {
        let why = plan.unknown_because().unwrap_or_default();
        let unknown = format!("What else a deployment to {stage} now would change is not known: {}", visible(&why));
        wrap(&unknown, WIDTH).iter().for_each(|line| line!(text, "{dim}{line}{dim:#}"));
        return line!(text, "");
    }
    line!(text, "{heading}A deployment to {stage} now would make {}{heading:#}", count(plan.changes.len(), "change"));
    for own in plan.changes.iter().take(MOST_CHANGES) {
        let (sign, what) = change::outline(own);
        line!(text, "  {sign} {}", short(&what, WIDTH - 4));
    }
    if plan.changes.len() > MOST_CHANGES {
        let api = explanation.request.api_id.as_deref().map(visible).unwrap_or_default();
        let rest = count(plan.changes.len() - MOST_CHANGES, "change");
        line!(text, "  {dim}and {rest} more; stagecheck drift --api {api} shows all{dim:#}");
    }
    line!(text, "");
}

fn others(causes: &[&Explained], text: &mut String) {
    if causes.is_empty() {
        return;
    }
    let (heading, dim) = (style::HEADING, style::DIM);
    line!(text, "{heading}Further causes{heading:#}");
    for cause in causes.iter().take(MOST_OTHERS) {
        let title = short(cause.title, WIDTH - 14 - cause.id.len());
        line!(text, "  {:8}  {title}  {dim}{}{dim:#}", cause.confidence.name(), cause.id);
    }
    more(causes.len(), MOST_OTHERS, "cause", text);
}

fn not_read(unread: &[Unread], text: &mut String) {
    if unread.is_empty() {
        return;
    }
    let heading = style::HEADING;
    line!(text, "{heading}Not read{heading:#}");
    for unread in unread.iter().take(MOST_UNREAD) {
        // The permission and its resource are enough on one screen; JSON has the call, too.
        let why = unread.why.split(" (for ").next().unwrap_or(&unread.why);
        let lines = wrap(&visible(why), WIDTH - 4);
        for (at, line) in lines.iter().take(2).enumerate() {
            line!(text, "  {}{line}", if at == 0 { "" } else { "  " });
        }
    }
    more(unread.len(), MOST_UNREAD, "read", text);
}

/// Says how many are not shown, and ends the part.
fn more(all: usize, shown: usize, thing: &str, text: &mut String) {
    if all > shown {
        let dim = style::DIM;
        line!(text, "  {dim}and {} more; --format json tells all{dim:#}", count(all - shown, thing));
    }
    line!(text, "");
}

fn why_not(explanation: &Explanation, cause: &Cause, examined: &Examined, text: &mut String) {
    let why = match examined {
        Ok(_) if explanation.causes.first().is_some_and(|first| first.id == cause.id) => "it is the answer.".to_owned(),
        Ok(proof) => format!("it holds, too, and another is more specific or more certain. {}", proof.says),
        Err(Not::Refuted(why)) => why.clone(),
        Err(Not::Silent) => "the request and its answer do not look so.".to_owned(),
        Err(Not::Unread(why)) => format!("that could not be read: {}", why.reason()),
        Err(Not::Wanted) => "nothing was read for it: another cause is the answer already.".to_owned(),
    };
    let heading = style::HEADING;
    line!(text, "{heading}Why not {}?{heading:#} {}", cause.id, cause.title());
    wrap(&visible(&why), WIDTH - 2).iter().for_each(|line| line!(text, "  {line}"));
}

fn short(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some(_) => text.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn confidence(confidence: Confidence) -> anstyle::Style {
    match confidence {
        Confidence::Certain => style::GOOD,
        Confidence::Likely => style::CHANGED,
        Confidence::Possible => style::UNKNOWN,
    }
}

/// The explanation for a comment on an issue.
pub(crate) fn markdown(explanation: &Explanation) -> String {
    let asked = &explanation.request;
    let mut text = format!("{}\n", code(&format!("{} {}", asked.method, asked.url)));
    for cause in &explanation.causes {
        let (word, id) = (cause.confidence.name(), cause.id);
        line!(text, "\n**{}** ({word}, `{id}`)\n\n{}\n", escape(cause.title), escape(&cause.says));
        cause.evidence.iter().for_each(|evidence| line!(text, "- {}", code(&told(evidence))));
        line!(text, "\nFix: {}", escape(&cause.remedy.summary));
        if let Some(command) = &cause.remedy.command {
            line!(text, "\n{}", fenced("sh", &format!("{}\n", visible(command))).trim_end());
        }
    }
    if !explanation.nearest.is_empty() {
        line!(text, "\nNearest routes:\n");
        explanation.nearest.iter().for_each(|own| line!(text, "- {}", code(&format!("{}: {}", own.route, own.url))));
    }
    if let Some(plan) = &explanation.plan {
        let stage = plan.stage.as_deref().unwrap_or_default();
        line!(text, "\nA deployment to {} now would change:\n", escape(stage));
        for own in &plan.changes {
            let (sign, what) = change::outline(own);
            line!(text, "- {}", code(&format!("{sign} {what}")));
        }
    }
    if !explanation.not_read.is_empty() {
        line!(text, "\nNot read:\n");
        explanation.not_read.iter().for_each(|unread| line!(text, "- {}", escape(&unread.why)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_broken_where_it_can_be_pasted() {
        let command = "aws apigateway create-deployment --rest-api-id a --stage-name prod --region eu-west-1";
        let lines = folded(command, 50);
        assert_eq!(
            lines,
            ["aws apigateway create-deployment --rest-api-id a \\", "  --stage-name prod --region eu-west-1"]
        );
        let quoted = "curl --data 'a long text --with what looks like an option' --verbose";
        assert_eq!(
            folded(quoted, 20),
            ["curl \\", "  --data 'a long text --with what looks like an option' \\", "  --verbose"]
        );
    }
}
