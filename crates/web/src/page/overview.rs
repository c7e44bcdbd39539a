//! The overview: every API and stage, how many findings there are, and how it was of late.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use store::{ApiStatus, Counts, Point, RegionStatus, StageState, Unlisted};
use words::{count, visible};

use super::frame::Tab;
use super::parts::{ago, counts, gaps, note, past, region_name, section, short, since, taken_out};
use super::{Frame, chart};

/// What the overview shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// The regions of which something is kept. None, where nothing was audited yet.
    pub regions: Vec<Region>,
    /// Those of which something is kept, and that are not audited any more.
    pub left: Vec<RegionStatus>,
    /// Open findings over time, as [`store::Metric::Findings`] gives them.
    pub findings: Vec<Point>,
    /// Failures over time, as [`store::Metric::Errors`] gives them.
    pub errors: Vec<Point>,
    /// How old the newest audit of a region may be before it is late. `None` where nobody schedules any.
    pub late_after: Option<SignedDuration>,
}

/// A region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// When it was audited, and when a change event last came.
    pub status: RegionStatus,
    /// When all of it was audited, or, if that is later, was first to be: [`store::Regions::fresh`].
    pub fresh: Option<Timestamp>,
    /// Its APIs.
    pub apis: Vec<ApiLine>,
    /// All of its open findings at this moment, those that belong to no API included.
    pub open: Counts,
    /// All of its findings that could not be looked at.
    pub unknown: usize,
}

/// An API.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiLine {
    /// What is known of it.
    pub status: ApiStatus,
    /// How often its functions and stages failed, as its newest run saw it: the sum of [`store::RunRecord::errors`].
    pub failures: u64,
}

/// How many lines of APIs and stages are shown, so that the page stays below the 6 MB that a function may answer with: those
/// that come first. Regions have equal parts of it.
const MOST_LINES: usize = 3_000;

/// The overview.
pub fn overview(frame: &Frame, overview: &Overview) -> Markup {
    let content = html! {
        h1 { "Overview" }
        @if overview.regions.is_empty() {
            (nothing_yet(frame))
            (audited_no_more(overview))
        } @else {
            (tiles(frame, overview))
            (notes(frame, overview))
            div.charts { (chart::findings(&overview.findings)) (chart::errors(&overview.errors)) }
            @let late = late(frame, overview);
            @let most = MOST_LINES / overview.regions.len();
            @for (at, region) in overview.regions.iter().enumerate() { (self::region(frame, region, late, (at, most))) }
        }
    };
    frame.page(Tab::Overview, "Overview", &content)
}

fn nothing_yet(frame: &Frame) -> Markup {
    html! {
        p { "Nothing was audited yet." }
        p {
            "The first audit comes with the schedule. To have one now: " code { "stagecheck audit --store DIRECTORY" }
            " on this machine, or a message to the queue of the service, as docs/operations.md shows."
        }
        p { "A request can be explained at once: " a href=(frame.link(&["explain"], &[])) { "explain" } "." }
    }
}

/// How things stand, in numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) in_sync: usize,
    pub(super) drifting: usize,
    pub(super) not_known: usize,
    pub(super) failing: usize,
    pub(super) unknown: usize,
    pub(super) open: Counts,
}

impl Standing {
    pub(super) fn of(overview: &Overview) -> Standing {
        let apis = || overview.regions.iter().flat_map(|region| &region.apis);
        let stages = |in_sync: Option<bool>| {
            apis().flat_map(|api| &api.status.stages).filter(|stage| stage.status.in_sync == in_sync).count()
        };
        let sum = |of: fn(&Counts) -> usize| overview.regions.iter().map(|region| of(&region.open)).sum();
        Standing {
            in_sync: stages(Some(true)),
            drifting: stages(Some(false)),
            not_known: stages(None),
            failing: apis().filter(|api| api.failures > 0).count(),
            unknown: overview.regions.iter().map(|region| region.unknown).sum(),
            open: Counts {
                critical: sum(|open| open.critical),
                high: sum(|open| open.high),
                medium: sum(|open| open.medium),
                low: sum(|open| open.low),
                info: sum(|open| open.info),
            },
        }
    }
}

fn tiles(frame: &Frame, overview: &Overview) -> Markup {
    let standing = Standing::of(overview);
    let tile = |kind: &str, number: usize, word: &str| {
        html! { li class={ "tile " (if number == 0 { "zero" } else { kind }) } { strong { (number) } " " (word) } }
    };
    let stages = |number: usize, word: &str| format!("{} {word}", if number == 1 { "stage" } else { "stages" });
    html! {
        ul.tiles aria-label="How things stand" {
            (tile("bad", standing.drifting, &stages(standing.drifting, "drifting")))
            (tile("unknown", standing.not_known, &stages(standing.not_known, "not known")))
            (tile("good", standing.in_sync, &stages(standing.in_sync, "in sync")))
            (tile("bad", standing.failing, if standing.failing == 1 { "API failing" } else { "APIs failing" }))
            li.tile.wide { span.dim { "Open findings" } (counts(frame, standing.open, standing.unknown, "")) }
        }
    }
}

/// What was audited before this is late; nothing is, where nobody schedules any.
pub(super) fn late(frame: &Frame, overview: &Overview) -> Option<Timestamp> {
    overview.late_after.and_then(|after| frame.now.checked_sub(after).ok())
}

impl Region {
    /// Whether no run over all of it is new enough, and none was asked for of late for the first time.
    fn is_late(&self, late: Option<Timestamp>) -> bool {
        late.is_some_and(|late| self.fresh.is_some_and(|fresh| fresh < late))
    }

    /// Its APIs, each with whether its audit is late.
    pub(super) fn lines(&self, late: Option<Timestamp>) -> impl Iterator<Item = (&ApiLine, bool)> {
        self.apis.iter().map(move |api| (api, self.leaves(api, late)))
    }

    /// Whether an API of it was not audited when it should have been: not for long, or never, and its run has ended without it.
    fn leaves(&self, api: &ApiLine, late: Option<Timestamp>) -> bool {
        let ApiStatus { begun, finished, .. } = &api.status;
        let is_missed = self.status.ended.is_some_and(|ended| ended >= *begun);
        late.is_some_and(|late| finished.map_or(is_missed, |finished| finished < late))
    }
}

/// What is to be known of the audits themselves.
fn notes(frame: &Frame, overview: &Overview) -> Markup {
    let late = late(frame, overview);
    let is_late = |region: &&Region| region.is_late(late);
    let name = |api: &ApiLine| visible(api.status.api_name.as_deref().unwrap_or(&api.status.api_id));
    let left = |region: &'_ Region| region.apis.iter().filter(|api| region.leaves(api, late)).map(name).collect();
    let left: Vec<String> = overview.regions.iter().flat_map::<Vec<String>, _>(left).collect();
    let silent = overview.regions.iter().map(|region| &region.status).filter(|status| status.last_event.is_none());
    let silent: Vec<String> = silent.map(region_name).collect();
    html! {
        @for region in overview.regions.iter().filter(is_late) {
            (note("bad", &html! { p {
                strong { "The audit of " (region_name(&region.status)) " is late. " }
                @match region.status.audited {
                    Some(audited) => { "The last one that was finished is of " (ago(audited, frame.now)) ". " }
                    None => { "None was finished yet. " }
                }
                "What is shown below may have changed since; docs/operations.md says where to look."
            } }))
        }
        @if !left.is_empty() {
            (note("bad", &html! { p {
                strong { "The audit of " (count(left.len(), "API")) " is late" } ": " (short(&left.join("; "), 300))
                ". docs/operations.md says where to look."
            } }))
        }
        @if !silent.is_empty() {
            (note("plain", &html! { p {
                "No change event has ever come from " (short(&silent.join("; "), 300)) ": changes are seen at the next "
                "scheduled audit. Change events need a CloudTrail trail, see docs/operations.md."
            } }))
        }
        (audited_no_more(overview))
    }
}

/// What is audited no more, and hence neither counted nor shown.
fn audited_no_more(overview: &Overview) -> Markup {
    taken_out(overview.left.iter(), "What was found there is in the list of findings, as it was last seen.")
}

/// A region, of which at `most` so many lines are shown, and one API at least.
fn region(frame: &Frame, region: &Region, late: Option<Timestamp>, (at, most): (usize, usize)) -> Markup {
    let RegionStatus { account_id, region: name, audited, .. } = &region.status;
    let mut apis: Vec<(&ApiLine, bool)> = region.lines(late).collect();
    apis.sort_by_key(|(api, is_late)| urgency(api, *is_late));
    let ends = apis.iter().scan(0, |lines, (api, _)| {
        *lines += 1 + api.status.stages.len();
        Some(*lines)
    });
    let shown = ends.take_while(|end| *end <= most).count().max(1);
    let id = format!("region-{at}");
    section(
        &id,
        &region_name(&region.status),
        &html! {
            div.line {
                p.dim {
                    (count(region.apis.len(), "API")) ". Last audit of all: "
                    @match audited { Some(audited) => { (ago(*audited, frame.now)) } None => { "none yet" } } "."
                }
                (frame.audit_button(account_id, name, None))
            }
            @if let Some(Unlisted { run, why }) = region.status.not_listed() {
                (note("bad", &html! { p {
                    strong { "Not all APIs could be listed" } ": " (short(&why.join("; "), 600)) ". That was the run of " (ago(*run, frame.now))
                    ". What is shown is what is known of before; docs/operations.md says what to do."
                } }))
            }
            @if region.status.not_evaluated > 0 {
                (note("unknown", &html! {
                    p { (count(region.status.not_evaluated, "check")) " could not be evaluated for what belongs to no API:" }
                    (gaps(&region.status.gaps))
                }))
            }
            @if apis.is_empty() && region.status.not_listed().is_none() {
                p { "No APIs here." }
            } @else if !apis.is_empty() {
                table.cards.apis aria-labelledby=(id) {
                    thead { tr {
                        th scope="col" { "API" } th scope="col" { "Stages" } th scope="col" { "Open findings" }
                        th scope="col" { "Failures" } th scope="col" { "Audited" }
                    } }
                    tbody { @for (api, is_late) in apis.iter().take(shown) { (line(frame, account_id, api, *is_late)) } }
                }
                @if apis.len() > shown {
                    p.dim { "And " (count(apis.len() - shown, "further API")) ". " code { "GET /apis" } " lists all of them." }
                }
            }
        },
    )
}

/// What is worst stands first, what is known to be wrong before what is not known; otherwise APIs stand by name.
pub(super) fn urgency(api: &ApiLine, is_late: bool) -> impl Ord + use<> {
    let status = &api.status;
    let open = status.open;
    let has = |in_sync: Option<bool>| status.stages.iter().any(|stage| stage.status.in_sync == in_sync);
    let is_not_known = is_late || status.is_new() || has(None) || status.unknown > 0 || status.not_evaluated > 0;
    let worst =
        Reverse((open.critical, open.high, api.failures > 0, has(Some(false)), open.medium, is_not_known, open.low));
    (worst, status.api_name.clone(), status.api_id.clone())
}

fn line(frame: &Frame, account: &str, ApiLine { status, failures }: &ApiLine, is_late: bool) -> Markup {
    let name = status.api_name.as_deref().unwrap_or(&status.api_id);
    let link = frame.api(account, &status.region, &status.api_id, &[]);
    // Nothing was kept of it: not that there is none.
    let is_new = status.is_new();
    let not_known = html! { span.dim { "not known" } };
    html! {
        tr {
            th scope="row" {
                a href=(link) { (short(name, 200)) }
                " " span.dim.small { @if let Some(kind) = status.api_kind { (kind.name()) " " } code { (short(&status.api_id, 60)) } }
            }
            td data-label="Stages" { @if is_new { (not_known) } @else { (stages(frame, &status.stages)) } }
            td data-label="Open findings" {
                @if is_new { (not_known) } @else { (counts(frame, status.open, status.unknown, &status.api_id)) }
            }
            td data-label="Failures" {
                @if is_new { (not_known) } @else if *failures > 0 { strong.bad { (failures) } } @else { span.dim { "none" } }
            }
            td.dim.small data-label="Audited" {
                div {
                    @if is_late { strong.bad { "late" } ": " }
                    @match status.finished {
                        Some(finished) => {
                            time datetime=(finished) { (past(finished, frame.now)) } }
                        None => { "not yet" }
                    }
                }
                @if status.not_evaluated > 0 {
                    div.unknown { (count(status.not_evaluated, "check")) " not evaluated" }
                }
            }
        }
    }
}

fn stages(frame: &Frame, stages: &[StageState]) -> Markup {
    if stages.is_empty() {
        return html! { span.dim { "none" } };
    }
    html! {
        ul.stages {
            @for StageState { status, drifting_since } in stages {
                li {
                    span.stage { (short(&status.stage, 60)) } " "
                    (sync(status.in_sync))
                    @if status.in_sync == Some(false) {
                        " " span.dim {
                            (count(status.changes, "change"))
                            @if let Some(span) = drifting_since.and_then(|time| since(time, frame.now)) { ", for " (span) }
                        }
                    }
                    @if let (None, Some(reason)) = (status.in_sync, &status.reason) {
                        " " span.dim.small { (short(reason, 160)) }
                    }
                }
            }
        }
    }
}

/// Whether a stage serves what people see and edit, in a word.
pub(super) fn sync(in_sync: Option<bool>) -> Markup {
    let (kind, word) = match in_sync {
        Some(true) => ("good", "in sync"),
        Some(false) => ("bad", "drifting"),
        None => ("unknown", "not known"),
    };
    html! { span class={ "state " (kind) } { (word) } }
}
