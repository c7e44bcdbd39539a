//! Reports as Markdown, for a comment on a pull request.
//!
//! Text from the account is hostile: in a table or a sentence its marks are escaped, and what stands in a block of code is
//! fenced by more backticks than it holds.

use std::fmt::Write;

use engine::drift::{ApiDrift, Change, ChangeKind, StageDrift, Subject};
use engine::report::{DriftReport, Report};
use jiff::Timestamp;
use words::outline::{self, Verdict};
use words::{change, diff, minute, place};

use super::plan::MOST_LINES;
use super::style::visible;

/// The plan.
pub(crate) fn plan(drift: &DriftReport) -> String {
    let mut text = String::new();
    line!(text, "### API Gateway: {}\n", escape(&outline::summary(drift)));
    for reason in &drift.not_read {
        line!(text, "Some APIs could not be listed. {}\n", escape(reason));
    }
    for api in &drift.apis {
        for why in &api.not_read {
            line!(
                text,
                "{}: its stages could not be listed. {}\n",
                escape(&outline::api_name(api)),
                escape(&why.reason())
            );
        }
        api.stages.iter().for_each(|stage| self::stage(api, stage, drift.taken_at, &mut text));
    }
    outline::untraced(drift).iter().for_each(|line| line!(text, "{}\n", escape(line)));
    let limits = outline::limits(&drift.apis);
    let declared = anstream::adapter::strip_str(&super::declared::render(drift)).to_string();
    if !declared.is_empty() {
        line!(text, "{}", fenced("text", declared.trim_start_matches('\n')));
    }
    if !limits.is_empty() {
        line!(text, "<details><summary>Not comparable</summary>\n");
        for (reason, fields) in limits {
            line!(text, "- {}: {}", escape(&fields), escape(&reason));
        }
        line!(text, "\n</details>");
    }
    text
}

fn stage(api: &ApiDrift, stage: &StageDrift, now: Option<Timestamp>, text: &mut String) {
    let verdict = outline::verdict(stage);
    let icon = match verdict {
        Verdict::InSync => "✅",
        Verdict::Drifting(_) => "⚠️",
        Verdict::NotKnown => "❔",
    };
    let (name, place) = (escape(&outline::api_name(api)), escape(&outline::api_place(api)));
    line!(text, "#### {icon} {name}{place}, {}: {verdict}\n", escape(&outline::stage_name(stage)));
    for fact in outline::provenance(stage, now) {
        line!(text, "{}  ", escape(&fact));
    }
    line!(text, "");
    changes(&stage.changes, text);
    let reasons: Vec<String> = stage.not_read.iter().map(|why| format!("not read: {}", why.reason())).collect();
    let gaps = stage.not_comparable.iter().filter(|_| stage.in_sync.is_none()).map(|gap| gap.reason.clone());
    for reason in reasons.into_iter().chain(gaps) {
        line!(text, "- {}", escape(&reason));
    }
    if let Some(canary) = &stage.canary {
        line!(text, "\n{}\n", escape(&outline::canary(canary)));
        changes(&canary.changes, text);
        let unread = canary.not_read.iter().filter(|why| !stage.not_read.contains(why));
        unread.for_each(|why| line!(text, "- {}", escape(&format!("not read: {}", why.reason()))));
    }
    if let Some(remedy) = outline::remedy(api, stage) {
        match remedy.split_once(": aws ") {
            Some((words, command)) => {
                line!(text, "{}:\n\n{}", escape(words), fenced("sh", &format!("aws {}\n", visible(command))))
            }
            None => line!(text, "{}\n", escape(&remedy)),
        }
    }
}

/// A list of what callers are in for, and a block of the plan itself.
fn changes(changes: &[Change], text: &mut String) {
    if changes.is_empty() {
        return;
    }
    for change in changes {
        let route = change
            .route()
            .filter(|route| !change.effect.starts_with(&route.to_string()))
            .map(|route| format!("`{}` ", visible(&route.to_string()).replace('`', "'")))
            .unwrap_or_default();
        let by = change.made_by.as_ref().map(|by| format!(" (by {})", escape(&change::hand(by)))).unwrap_or_default();
        line!(text, "- **{}** {route}{}{by}", change.severity.name(), escape(&change.effect));
    }
    let mut plan = String::new();
    for change in changes {
        block(change, &mut plan);
    }
    line!(text, "\n{}", fenced("diff", &plan));
}

fn block(change: &Change, plan: &mut String) {
    let sign = match change.change {
        ChangeKind::Added => '+',
        ChangeKind::Removed => '-',
        ChangeKind::Changed => '!',
    };
    let route = change.route().map(|route| visible(&route.to_string()));
    if change.subject == Subject::Route {
        line!(plan, "{sign} {}  {}", route.unwrap_or_default(), change::backend(change));
        return;
    }
    let place = route.map(|route| format!("{route} ")).unwrap_or_default();
    match diff::lines(&change.deployed, &change.live, MOST_LINES).filter(|_| change.field.is_some()) {
        None => line!(plan, "{sign} {place}{}{}", change::name(change), change::values(change)),
        Some(lines) => {
            line!(plan, "{sign} {place}{}", change::name(change));
            lines.iter().for_each(|line| line!(plan, "{} {}", line.sign, visible(&line.text)));
        }
    }
}

/// The report of an audit.
pub(crate) fn report(report: &Report) -> String {
    let mut text = String::new();
    let summary = &report.summary;
    let suppressed = match summary.suppressed {
        0 => String::new(),
        number => format!(", {number} suppressed"),
    };
    line!(
        text,
        "### API Gateway: {} critical, {} high, {} medium, {} low, {} not evaluated{suppressed}\n",
        summary.critical,
        summary.high,
        summary.medium,
        summary.low,
        summary.not_evaluated
    );
    line!(
        text,
        "Account {}, {}, read {}\n",
        escape(&report.account_id),
        escape(&report.regions.join(", ")),
        minute(report.taken_at)
    );
    if report.told().next().is_some() {
        line!(text, "| severity | where | what | fix |\n| --- | --- | --- | --- |");
    }
    for finding in report.told() {
        let remedy = match &finding.remedy.command {
            Some(command) => format!("{}: {}", escape(&finding.remedy.summary), code(command)),
            None => escape(&finding.remedy.summary),
        };
        let place = place(&finding.resource);
        line!(text, "| {} | {} | {} | {remedy} |", finding.severity.name(), escape(&place), escape(&finding.title));
    }
    if summary.suppressed > 0 {
        line!(text, "\n<details><summary>Suppressed</summary>\n");
        for finding in &report.findings {
            let Some(why) = &finding.suppressed else { continue };
            let (check, place) = (escape(&finding.check), escape(&place(&finding.resource)));
            let why = escape(&super::report::reason(why));
            line!(text, "- {} {check}: {place}: {}. {why}", finding.severity.name(), escape(&finding.title));
        }
        line!(text, "\n</details>");
    }
    if !report.not_evaluated.is_empty() {
        line!(text, "\n<details><summary>Not evaluated</summary>\n");
        for entry in &report.not_evaluated {
            let place = place(&entry.resource);
            line!(text, "- {}: {}: {}", escape(&entry.check), escape(&place), escape(&entry.reason));
        }
        line!(text, "\n</details>");
    }
    text
}

/// Text that means nothing to Markdown or HTML.
pub(super) fn escape(text: &str) -> String {
    let is_mark = |c: char| "\\`*_{}[]<>#+!|~&@".contains(c);
    visible(text).chars().flat_map(|c| is_mark(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Code within a cell of a table.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "'").replace('|', "\\|"))
}

/// A block of code, fenced by more backticks than stand in it.
pub(super) fn fenced(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{code}{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_account_is_no_markup() {
        assert_eq!(escape("a|b <img> @team"), "a\\|b \\<img\\> \\@team");
        assert_eq!(fenced("sh", "x```y\n"), "````sh\nx```y\n````\n");
    }
}
