//! The overview as CloudWatch shows it in a custom widget.

use maud::{Markup, html};

use store::StageState;
use words::count;

use super::api::tally;
use super::overview::{Standing, late, urgency};
use super::parts::{past, short};
use super::{ApiLine, Frame, Overview};

/// How many APIs are shown: those that come first.
const MOST_APIS: usize = 12;

/// A fragment for a custom widget of CloudWatch's: small, styled by attributes, and without links, which a browser could not
/// sign. Of the frame, only the time counts. Text has the console's own colour, which is light or dark; marks have one that can be
/// told from both.
pub fn widget(frame: &Frame, overview: &Overview) -> Markup {
    let standing = Standing::of(overview);
    let late = late(frame, overview);
    let mut apis: Vec<(&ApiLine, bool)> = overview.regions.iter().flat_map(|region| region.lines(late)).collect();
    apis.retain(|(api, is_late)| *is_late || is_wrong(api));
    apis.sort_by_key(|(api, is_late)| urgency(api, *is_late));
    let all: usize = overview.regions.iter().map(|region| region.apis.len()).sum();
    let open: usize = standing.open.by_severity().into_iter().map(|(_, number)| number).sum();
    let finished = overview.regions.iter().flat_map(|region| &region.apis).filter_map(|api| api.status.finished);
    let newest = overview.regions.iter().filter_map(|region| region.status.audited).chain(finished).max();
    let unlisted = overview.regions.iter().filter(|region| region.status.not_listed().is_some()).count();
    html! {
        div style="font:13px/1.5 system-ui,sans-serif" {
            p style="margin:0 0 8px" {
                strong { (count(open, "open finding")) } ", "
                (count(standing.drifting, "stage")) " drifting, "
                (standing.not_known) " not known, "
                (standing.in_sync) " in sync, "
                (count(standing.failing, "API")) " failing. "
                @match newest {
                    Some(newest) => { "Audited " (past(newest, frame.now)) "." }
                    None => { "Nothing was audited yet." }
                }
            }
            @if unlisted > 0 { p style="margin:0 0 8px" { strong { (count(unlisted, "region")) " could not be listed." } } }
            @if !apis.is_empty() {
                table style="border-collapse:collapse;width:100%" {
                    thead { tr {
                        @for name in ["API", "Stages", "Open findings", "Failures"] {
                            th scope="col" style="text-align:left;padding:2px 12px 2px 0;border-bottom:1px solid #8a94a0" { (name) }
                        }
                    } }
                    tbody { @for (api, is_late) in apis.iter().take(MOST_APIS) { (row(api, *is_late)) } }
                }
            }
            @let fine = all.saturating_sub(apis.len());
            @if apis.len() > MOST_APIS { p style="margin:8px 0 0" { "and " (count(apis.len() - MOST_APIS, "further API")) " with something to look at" } }
            @if fine > 0 { p style="margin:8px 0 0" { (count(fine, "API")) " without anything to look at" } }
        }
    }
}

/// Whether there is something to look at.
fn is_wrong(ApiLine { status, failures }: &ApiLine) -> bool {
    let is_open = status.open.by_severity().into_iter().any(|(_, number)| number > 0);
    *failures > 0
        || status.is_new()
        || is_open
        || status.unknown > 0
        || status.not_evaluated > 0
        || status.stages.iter().any(|stage| stage.status.in_sync != Some(true))
}

fn row(ApiLine { status, failures }: &ApiLine, is_late: bool) -> Markup {
    let name = status.api_name.as_deref().unwrap_or(&status.api_id);
    let cell = "padding:2px 12px 2px 0;vertical-align:top";
    html! {
        tr {
            th scope="row" style={ (cell) ";text-align:left;font-weight:600" } {
                (short(name, 80)) @if is_late { ", audit late" }
            }
            td style=(cell) { @if status.is_new() { "not audited yet" } @for (at, StageState { status, .. }) in status.stages.iter().enumerate() {
                @if at > 0 { ", " }
                (mark(status.in_sync)) (short(&status.stage, 40)) " "
                @match status.in_sync {
                    Some(true) => "in sync",
                    Some(false) => "drifting",
                    None => "not known",
                }
            } }
            td style=(cell) { @if !status.is_new() { (tally(status.open)) } @if status.unknown > 0 { ", " (status.unknown) " unknown" } }
            td style=(cell) { (failures) }
        }
    }
}

fn mark(in_sync: Option<bool>) -> Markup {
    let (colour, sign) = match in_sync {
        Some(true) => ("#3a9a5f", "●"),
        Some(false) => ("#d9534f", "◆"),
        None => ("#9a6fd0", "○"),
    };
    html! { span style={ "color:" (colour) } aria-hidden="true" { (sign) " " } }
}
