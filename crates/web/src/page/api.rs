//! One API: its routes, its stages side by side, its findings, what a deployment would change, and its errors.

use std::collections::BTreeMap;

use engine::drift::{ApiDrift, Basis, StageDrift};
use engine::reconcile::{State, Tracked};
use engine::snapshot::Deployed;
use maud::{Markup, html};
use store::{ApiStatus, Counts, RunRecord, StageState, TrackedGroup};
use words::{change, count, visible};

use super::drift::plans;
use super::frame::Tab;
use super::overview::sync;
use super::parts::{ago, counts, gaps, note, section, short, since, trail, when};
use super::plan::Level;
use super::{Frame, errors, findings, routes};

/// How many changes of a stage are shown here: the page of the drift has more.
const MOST_CHANGES: usize = 200;

/// How many runs are shown.
const MOST_RUNS: usize = 30;

/// What the page of an API shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// The account's twelve digits.
    pub account_id: String,
    /// What is known of it.
    pub status: ApiStatus,
    /// Its last drift, where one is kept.
    pub drift: Option<ApiDrift>,
    /// What is kept of its deployments, by id: the routes that stages serve are told by it.
    pub deployed: BTreeMap<String, Deployed>,
    /// Why its drift, or what is kept of its deployments, cannot be read. One line.
    pub unread: Option<String>,
    /// Whether its region was taken out of the configuration, so that it is audited no more.
    pub is_left: bool,
    /// Its findings, in every state.
    pub findings: Vec<Tracked>,
    /// The groups of errors that its newest run names.
    pub errors: Vec<TrackedGroup>,
    /// Its runs of late, the oldest first.
    pub runs: Vec<RunRecord>,
}

/// The page of an API.
pub fn api(frame: &Frame, api: &Api) -> Markup {
    let Api { account_id, status, drift, .. } = api;
    let ApiStatus { region, api_id, api_name, api_kind, finished, not_evaluated, .. } = status;
    let name = api_name.as_deref().unwrap_or(api_id);
    let open: Vec<&Tracked> = of_state(&api.findings, &[State::Open, State::Unknown]);
    let others: Vec<&Tracked> = of_state(&api.findings, &[State::Suppressed, State::Resolved]);
    let is_audited = !status.is_gone && !api.is_left;
    // What nobody can deploy to any more has nothing that waits for it.
    let drift = drift.as_ref().filter(|_| !status.is_gone);
    let is_lost = drift.is_none() && finished.is_some() && !status.is_gone && api.unread.is_none();
    let content = html! {
        (trail(&[("Overview", frame.link(&[], &[]))]))
        h1 { (short(name, 300)) }
        div.line {
            p.dim {
                @if let Some(kind) = api_kind { (kind.name()) " " } code { (short(api_id, 60)) } ", "
                (visible(region)) ", account " (visible(account_id)) ". Audited "
                @match finished { Some(finished) => { (ago(*finished, frame.now)) } None => { "not yet" } } "."
            }
            @if is_audited { (frame.audit_button(account_id, region, Some(api_id))) }
        }
        @if status.is_gone { (note("plain", &html! { p { "This API does not exist any more." } })) }
        @if api.is_left {
            (note("plain", &html! { p {
                "Not audited any more, because " (visible(region)) " of the account " (visible(account_id))
                " was taken out of the configuration. What is shown is as it was last seen."
            } }))
        }
        @if *not_evaluated > 0 {
            (note("unknown", &html! {
                p {
                    (count(*not_evaluated, "check")) " could not be evaluated for something of this API at the last run: "
                    "what is shown is not all there may be."
                }
                (gaps(&status.gaps))
            }))
        }
        @if let Some(why) = &api.unread {
            (note("bad", &html! { p {
                "What a deployment would change, and the routes of the stages, cannot be read at this moment: "
                (short(why, 300)) ". Check that the bucket is there and may be read."
            } }))
        }
        @if is_lost { (note("plain", &html! { p { "No drift of it is kept: the next audit keeps it." } })) }
        (section("stages", "Stages", &stages(frame, api)))
        (section("findings", "Findings", &html! {
            @if open.is_empty() { p { "None is open." } } @else { (findings::table(frame, &open, Some(api_id))) }
            @if !others.is_empty() {
                details { summary { (others.len()) " resolved or suppressed" } (findings::table(frame, &others, Some(api_id))) }
            }
        }))
        @if let Some(drift) = drift {
            (section("drift", "What a deployment now would change", &html! {
                (plans(drift, *finished, Level::Three, MOST_CHANGES))
                p { a href=(frame.api(account_id, region, api_id, &["drift"])) { "The drift by itself" } }
            }))
            @if let Some(routes) = routes::table(drift, &api.deployed).filter(|_| api.unread.is_none()) {
                (section("routes", "Routes", &routes))
            }
        }
        (section("errors", "Errors of its functions", &html! {
            @if api.errors.is_empty() { p { "No failures at the last run." } } @else { (errors::groups(&api.errors)) }
        }))
        @if !api.runs.is_empty() { (section("runs", "Runs", &runs(&api.runs))) }
    };
    frame.page(Tab::Other, name, &content)
}

fn of_state<'a>(findings: &'a [Tracked], states: &[State]) -> Vec<&'a Tracked> {
    let mut own: Vec<&Tracked> = findings.iter().filter(|tracked| states.contains(&tracked.state)).collect();
    own.sort_by(|a, b| {
        b.finding.severity.cmp(&a.finding.severity).then_with(|| a.finding.resource.cmp(&b.finding.resource))
    });
    own
}

/// The stages, side by side.
fn stages(frame: &Frame, api: &Api) -> Markup {
    if api.status.stages.is_empty() {
        return html! { p { "It has none, or none was read." } };
    }
    html! { div.side-by-side { @for stage in &api.status.stages { (self::stage(frame, api, stage)) } } }
}

fn stage(frame: &Frame, api: &Api, StageState { status, drifting_since }: &StageState) -> Markup {
    let drift =
        api.drift.as_ref().and_then(|drift| drift.stages.iter().find(|own| own.stage.as_ref() == Some(&status.stage)));
    let is_own = |tracked: &&Tracked| tracked.finding.resource.stage.as_ref() == Some(&status.stage);
    let of_state = |state: State| api.findings.iter().filter(is_own).filter(move |tracked| tracked.state == state);
    html! {
        article.stage-card {
            h3 { (short(&status.stage, 100)) " " (sync(status.in_sync)) }
            dl.facts {
                @if status.in_sync == Some(false) { dt { "Waiting" } dd {
                    (count(status.changes, "change"))
                    @if let Some(span) = drifting_since.and_then(|time| since(time, frame.now)) { ", seen for " (span) }
                } }
                @if let Some(reason) = &status.reason { dt { "Why" } dd { (short(reason, 600)) } }
                @if let Some(drift) = drift { (deployment(drift)) }
                dt { "Findings" }
                dd {
                    @let open = Counts::of(of_state(State::Open));
                    (counts(frame, open, of_state(State::Unknown).count(), &api.status.api_id))
                }
            }
        }
    }
}

/// What a stage serves, since when, by whose hand, and what tells so.
fn deployment(drift: &StageDrift) -> Markup {
    html! {
        dt { "Deployment" }
        dd {
            @match &drift.deployment_id {
                Some(id) => { code { (short(id, 60)) } }
                None => { "none" }
            }
            @if let Some(at) = drift.deployed_at { " of " (when(at)) }
            @if let Some(by) = &drift.deployed_by { " by " (short(&change::author(by), 200)) }
        }
        @if let Some(newest) = drift.newest_deployment_id.as_ref().filter(|newest| Some(*newest) != drift.deployment_id.as_ref()) {
            dt { "Newest" } dd { code { (short(newest, 60)) } }
        }
        @if drift.auto_deploy { dt { "Deploys" } dd { "by itself" } }
        @if let Some(canary) = &drift.canary { dt { "Canary" } dd {
            (canary.percent_traffic) " % of the traffic"
            @if let Some(id) = &canary.deployment_id { ", deployment " code { (short(id, 60)) } }
        } }
        @if drift.basis != Basis::None { dt { "Told by" } dd { "the " (drift.basis.name()) } }
    }
}

/// The runs, the newest first.
fn runs(runs: &[RunRecord]) -> Markup {
    html! {
        details {
            summary { (count(runs.len().min(MOST_RUNS), "run")) ", the newest first" }
            table.cards {
                thead { tr {
                    th scope="col" { "Run" } th scope="col" { "Open findings" } th.number scope="col" { "Unknown" }
                    th.number scope="col" { "Not evaluated" } th.number scope="col" { "Failures" } th scope="col" { "Stages" }
                } }
                tbody { @for run in runs.iter().rev().take(MOST_RUNS) { tr {
                    th scope="row" { (when(run.at)) }
                    td data-label="Open findings" { (tally(run.open)) }
                    td.number data-label="Unknown" { (run.unknown) }
                    td.number data-label="Not evaluated" { (run.not_evaluated) }
                    td.number data-label="Failures" { (run.errors.values().fold(0, |sum: u64, own| sum.saturating_add(*own))) }
                    td data-label="Stages" { ul.stages { @for (stage, in_sync) in &run.stages { li { (short(stage, 60)) " " (sync(*in_sync)) } } } }
                } } }
            }
        }
    }
}

/// `2 high, 1 low`.
pub(super) fn tally(open: Counts) -> String {
    let found = open.by_severity().into_iter().filter(|(_, number)| *number > 0);
    let found: Vec<String> = found.map(|(severity, number)| format!("{number} {}", severity.name())).collect();
    if found.is_empty() { "none".to_owned() } else { found.join(", ") }
}
