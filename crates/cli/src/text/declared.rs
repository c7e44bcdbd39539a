//! Declared, live and deployed beside each other, as text: which step was forgotten, and what mends it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use engine::command;
use engine::configuration::RouteKey;
use engine::declared::{RouteVerdict, Verdict};
use engine::drift::{ApiDrift, StageDrift};
use engine::report::DriftReport;
use serde_json::Value;
use words::{change, outline};

use super::style::{self, count, visible, wrap};

/// Of longer values only the part that differs is shown: JSON output has them whole.
const LONGEST_VALUE: usize = 100;

/// The section on declarations; nothing where none was given.
pub(crate) fn render(drift: &DriftReport) -> String {
    let mut text = String::new();
    for api in &drift.apis {
        for stage in &api.stages {
            if let Some(verdicts) = &stage.three_way {
                self::stage(api, stage, verdicts, &mut text);
            }
        }
    }
    text
}

fn stage(api: &ApiDrift, stage: &StageDrift, verdicts: &[RouteVerdict], text: &mut String) {
    let heading = style::HEADING;
    let name = format!("{}{}, {}", outline::api_name(api), outline::api_place(api), outline::stage_name(stage));
    let agreeing = count(stage.routes_in_agreement.unwrap_or_default(), "route");
    line!(text, "\n{heading}Declared, live and deployed{heading:#}: {name}\n");
    let (open, told): (Vec<_>, Vec<_>) =
        verdicts.iter().partition(|one| one.verdict == Verdict::Unknown && !differs(one));
    let mut route = None;
    for verdict in &told {
        let key = RouteKey { path: verdict.path.clone(), method: verdict.method.clone() };
        if route.as_ref() != Some(&key) {
            line!(text, "  {}", visible(&key.to_string()));
            route = Some(key);
        }
        point(verdict, text);
    }
    if !told.is_empty() {
        line!(text, "");
    }
    let kinds: BTreeSet<Verdict> = told.iter().map(|one| one.verdict).collect();
    kinds.into_iter().for_each(|kind| mend(kind, api, stage, text));
    unknowns(&open, text);
    line!(text, "  {agreeing} in agreement{}", if told.is_empty() { ", none that is known to differ" } else { "" });
}

/// What was declared is known to differ from what is live, though not why.
fn differs(verdict: &RouteVerdict) -> bool {
    verdict.meaning.starts_with("the API differs")
}

fn point(verdict: &RouteVerdict, text: &mut String) {
    let (colour, dim) = (style::CHANGED, style::DIM);
    let field = verdict.field.as_deref().unwrap_or("the route");
    let values = [&verdict.declared, &verdict.live, &verdict.deployed];
    let [declared, live, deployed] = match verdict.field {
        Some(_) => change::excerpts(values, LONGEST_VALUE),
        None => values.map(|value| presence(value).to_owned()),
    };
    line!(text, "    {field}: declared {declared}, live {live}, deployed {deployed}");
    for (at, part) in wrap(&visible(&verdict.meaning), 92).iter().enumerate() {
        let part = if at == 0 {
            format!("{colour}{}{colour:#}: {dim}{part}{dim:#}", name(verdict))
        } else {
            format!("{dim}{part}{dim:#}")
        };
        line!(text, "        {part}");
    }
}

fn name(verdict: &RouteVerdict) -> &'static str {
    match verdict.verdict {
        Verdict::InAgreement => "in agreement",
        Verdict::StackNotDeployed => "stack not deployed",
        Verdict::StageNotDeployed => "stage not deployed",
        Verdict::EditedByHand if verdict.made_by.is_none() => "edited since",
        Verdict::EditedByHand => "edited by hand",
        Verdict::EditedByTool => "edited by a tool",
        Verdict::AllDiffer => "all differ",
        Verdict::Unknown => "unknown",
    }
}

/// Whether a side has the route.
fn presence(value: &Value) -> &'static str {
    match value {
        Value::Bool(true) => "there",
        Value::Bool(false) => "not there",
        _ => "not known",
    }
}

/// The step that mends one kind of difference.
fn mend(verdict: Verdict, api: &ApiDrift, stage: &StageDrift, text: &mut String) {
    let deploy = match (&api.api_id, &stage.stage, &api.region) {
        (Some(id), Some(stage), Some(region)) => command::deploy(api.api_kind, id, stage, region).to_string(),
        _ => String::new(),
    };
    let step = match verdict {
        Verdict::InAgreement => return,
        Verdict::StackNotDeployed => {
            "Stack not deployed: deploy the template (sam deploy, aws cloudformation deploy) or import the document, or \
             take the edit into the file"
                .to_owned()
        }
        Verdict::StageNotDeployed if stage.auto_deploy => {
            "Stage not deployed: the stage deploys by itself; see why the last deployment failed".to_owned()
        }
        Verdict::StageNotDeployed => format!("Stage not deployed: {deploy}"),
        Verdict::EditedByHand => {
            "Edited since: take the edit into the file, or undo it by deploying the template or document anew".to_owned()
        }
        Verdict::EditedByTool => {
            "Edited by a tool: see which file it worked from. If that is the right one, deploy the stage; else deploy this \
             template or document anew"
                .to_owned()
        }
        Verdict::AllDiffer => {
            format!("All differ: settle the file first, deploy it, then the stage: {deploy}")
        }
        Verdict::Unknown => "Unknown: allow what could not be read, and ask again".to_owned(),
    };
    line!(text, "  {}", visible(&step));
}

/// What is not known, by what it is: each with how many routes it concerns.
fn unknowns(open: &[&RouteVerdict], text: &mut String) {
    let mut by_meaning: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for verdict in open {
        *by_meaning.entry((&verdict.meaning, verdict.field.as_deref().unwrap_or("the route"))).or_default() += 1;
    }
    let dim = style::DIM;
    for ((meaning, field), number) in by_meaning {
        line!(text, "  {dim}{field} of {}: {}{dim:#}", count(number, "route"), visible(meaning));
    }
}
