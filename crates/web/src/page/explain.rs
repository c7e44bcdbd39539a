//! Why a request fails: a form to ask with, and the answer.

use engine::case::cause::Confidence;
use engine::explain::{Differs, Explained, Explanation, Nearest, RuledOut, Unread};
use engine::finding::Remedy;
use maud::{Markup, html};
use words::{change, count, told, visible};

use super::frame::Tab;
use super::parts::{remedy, section, short, trail};
use super::{Frame, plan};

/// How many changes of the plan are shown: the page of the drift has them all.
const MOST_CHANGES: usize = 100;

/// How much of what was read is shown in a line.
const MOST_TOLD: usize = 1000;

/// What the form to ask with shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The accounts and regions that can be chosen, as `ACCOUNT/REGION`: a custom domain name does not tell its own.
    pub regions: Vec<String>,
    /// What is wrong with what was sent, and what to do, where it could not be read. It holds no header, query or body.
    pub wrong: Option<(String, String)>,
}

/// The form. It is sent to `POST /explain`, form-urlencoded, with the fields `csrf`, `request` (a `curl` command, an HTTP
/// message or JSON: what [`engine::exchange::read`] takes), `region` (empty, or one of [`Ask::regions`]), `status`,
/// `headers` (a line each, `name: value`) and `body`; all but `request` may be empty. What was sent is never shown again: it may
/// hold a token.
pub fn explain(frame: &Frame, ask: &Ask) -> Markup {
    let content = html! {
        h1 { "Why does a request fail?" }
        p { "Paste the request. Nothing is sent to the API: the account's configuration is read, and only what the answer calls for." }
        @if let Some((wrong, help)) = &ask.wrong {
            div.note.bad role="alert" id="wrong" {
                p { strong { (visible(wrong)) } }
                p { (visible(help)) " What was pasted is not shown again, because it may hold a token." }
            }
        }
        @if frame.csrf.is_some() { (form(frame, ask)) } @else { p { "Requests cannot be explained here." } }
    };
    frame.page(Tab::Explain, "Explain", &content)
}

fn form(frame: &Frame, ask: &Ask) -> Markup {
    let wrong = ask.wrong.is_some();
    html! {
        form.ask method="post" action=(frame.link(&["explain"], &[])) autocomplete="off" {
            (frame.token())
            div.field {
                label for="request" { "Request" }
                p.hint id="request-hint" { "A curl command, as browsers copy it; an HTTP message; or JSON." }
                textarea id="request" name="request" rows="6" required spellcheck="false" autocapitalize="off"
                    aria-describedby=(if wrong { "request-hint wrong" } else { "request-hint" })
                    aria-invalid=[wrong.then_some("true")]
                    placeholder="curl -X POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/orders -d '{}'" {}
            }
            @if !ask.regions.is_empty() {
                div.field {
                    label for="region" { "Account and region" }
                    p.hint id="region-hint" { "Needed for a custom domain name alone: it does not tell its region." }
                    select id="region" name="region" aria-describedby="region-hint" {
                        option value="" { "as the URL says" }
                        @for region in &ask.regions { option value=(region) { (short(region, 80)) } }
                    }
                }
            }
            fieldset {
                legend { "The answer, if one came" }
                div.field.narrow {
                    label for="status" { "Status" }
                    input id="status" name="status" type="text" inputmode="numeric" pattern="[1-5][0-9]{2}" maxlength="3" title="Three digits, such as 403";
                }
                div.field {
                    label for="headers" { "Headers" }
                    p.hint id="headers-hint" { "One on each line, such as x-amzn-errortype: MissingAuthenticationTokenException." }
                    textarea id="headers" name="headers" rows="3" spellcheck="false" autocapitalize="off" aria-describedby="headers-hint" {}
                }
                div.field {
                    label for="body" { "Body" }
                    textarea id="body" name="body" rows="3" spellcheck="false" autocapitalize="off" {}
                }
            }
            button.main type="submit" { "Explain" }
        }
    }
}

/// The answer, in the order of the command line's. `notes` say what of the request was not understood.
pub fn explanation(frame: &Frame, explanation: &Explanation, notes: &[String]) -> Markup {
    let asked = &explanation.request;
    let mut causes = explanation.causes.iter();
    let content = html! {
        (trail(&[("Explain another request", frame.link(&["explain"], &[]))]))
        h1 { "Why the request fails" }
        p.mono.asked { (short(&asked.method, 40)) " " (short(&asked.url, 2000)) }
        p.dim { (reached(frame, explanation)) }
        @for note in notes { p.unknown { (visible(note)) } }
        @if let Some(first) = causes.next() { (answer(first)) }
        (nearest(&explanation.nearest))
        (plan(explanation))
        (others(causes.as_slice()))
        (not_read(&explanation.not_read))
        (ruled_out(&explanation.ruled_out))
    };
    frame.page(Tab::Explain, "Why the request fails", &content)
}

/// `reaches API k3orders01, stage prod, /orders`.
fn reached(frame: &Frame, explanation: &Explanation) -> Markup {
    let asked = &explanation.request;
    let Some(api) = &asked.api_id else { return html! { "It reaches no API that is known." } };
    let stage = asked.stage.as_ref().map_or("no stage".to_owned(), |stage| format!("stage {}", short(stage, 100)));
    let link = frame.api("", asked.region.as_deref().unwrap_or_default(), api, &[]);
    html! { "reaches API " a.mono href=(link) { (short(api, 60)) } ", " (stage) ", " span.mono { (short(&asked.path, 1000)) } }
}

fn answer(cause: &Explained) -> Markup {
    html! {
        section class={ "answer " (cause.confidence.name()) } aria-labelledby="answer" {
            h2 id="answer" { (sure(cause.confidence)) " " (cause.title) }
            p.dim.small.mono { (cause.id) }
            (proof(cause))
        }
    }
}

fn sure(confidence: Confidence) -> Markup {
    html! { span class={ "sure " (confidence.name()) } { (confidence.name()) } }
}

/// Why a cause holds, what proves it and what speaks against it, and what mends it.
fn proof(cause: &Explained) -> Markup {
    html! {
        p { (visible(&cause.says)) }
        @if !cause.evidence.is_empty() || !cause.against.is_empty() {
            ul.told {
                @for own in &cause.evidence { li { (short(&told(own), MOST_TOLD)) } }
                @for own in &cause.against { li { strong { "against it: " } (short(&told(own), MOST_TOLD)) } }
            }
        }
        @if cause.remedy != Remedy::default() { div.fix { p { strong { "Fix" } } (remedy(&cause.remedy)) } }
    }
}

fn nearest(nearest: &[Nearest]) -> Markup {
    if nearest.is_empty() {
        return html! {};
    }
    section(
        "nearest",
        "Nearest routes",
        &html! {
            ul.plain {
                @for Nearest { route, stage, url, differs } in nearest {
                    @let method = route.split_once(' ').map_or("", |(method, _)| method);
                    li {
                        span.mono { (short(method, 20)) " " (short(url, 1000)) } " "
                        span.dim { @match differs {
                            Differs::Method => "another method",
                            Differs::Stage => { "the stage " (short(stage, 100)) }
                            Differs::Path => "another path",
                        } }
                    }
                }
            }
        },
    )
}

/// What else a deployment would change.
fn plan(explanation: &Explanation) -> Markup {
    let Some(plan) = &explanation.plan else { return html! {} };
    let stage = plan.stage.as_deref().map(|stage| short(stage, 100)).unwrap_or_default();
    if plan.changes.is_empty() {
        let why = plan.unknown_because().unwrap_or_default();
        return html! { p.unknown { "What else a deployment to " (stage) " now would change is not known: " (visible(&why)) } };
    }
    let title = format!("A deployment to {stage} now would make {}", count(plan.changes.len(), "change"));
    section(
        "plan",
        &title,
        &html! {
            ul.plain.mono {
                @for own in plan.changes.iter().take(MOST_CHANGES) {
                    li { (plan::sign(own.change)) (short(&change::outline(own).1, 400)) }
                }
            }
            @if plan.changes.len() > MOST_CHANGES { p.dim { "and " (plan.changes.len() - MOST_CHANGES) " more" } }
        },
    )
}

fn others(causes: &[Explained]) -> Markup {
    if causes.is_empty() {
        return html! {};
    }
    section(
        "others",
        "Further causes",
        &html! {
            @for cause in causes {
                details { summary { (sure(cause.confidence)) " " (cause.title) " " span.dim.small.mono { (cause.id) } } (proof(cause)) }
            }
        },
    )
}

fn not_read(unread: &[Unread]) -> Markup {
    if unread.is_empty() {
        return html! {};
    }
    section(
        "not-read",
        "Not read",
        &html! {
            ul.unknown { @for own in unread { li { (visible(&own.why)) } } }
        },
    )
}

fn ruled_out(ruled_out: &[RuledOut]) -> Markup {
    if ruled_out.is_empty() {
        return html! {};
    }
    section(
        "ruled-out",
        "Ruled out",
        &html! {
            details {
                summary { (count(ruled_out.len(), "cause")) }
                dl.facts { @for own in ruled_out { dt.mono { (own.id) } dd { (visible(&own.why)) } } }
            }
        },
    )
}
