//! What stands around every page: its head, the way to the other pages, its foot; and the links.

use engine::exchange::encoding::percent_encoded;
use maud::{DOCTYPE, Markup, html};

use super::Frame;
use super::parts::{short, when};

/// The pages that can be reached from everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Findings,
    Errors,
    Explain,
    /// A page that is none of them.
    Other,
}

/// Three layers, one of them out of place. A constant of the page's own: nothing is asked of the network for it.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
                    %3Crect width='16' height='16' rx='3' fill='%23244c7c'/%3E\
                    %3Cpath d='M3 4h8M3 8h8M5 12h8' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E";

impl Frame {
    /// A link to a path of the page's own, percent-encoded. Parameters without a value are left out.
    pub(super) fn link(&self, path: &[&str], query: &[(&str, &str)]) -> String {
        let mut link = self.prefix.clone();
        for segment in path {
            link.push('/');
            // A browser takes segments of dots for a way up, however they are encoded.
            let dots = !segment.is_empty() && segment.chars().all(|c| c == '.');
            link.push_str(&if dots { "%E2%80%A6".to_owned() } else { percent_encoded(segment) });
        }
        if path.is_empty() {
            link.push('/');
        }
        let given = query.iter().filter(|(_, value)| !value.is_empty());
        for (at, (name, value)) in given.enumerate() {
            link.push(if at == 0 { '?' } else { '&' });
            link.push_str(name);
            link.push('=');
            link.push_str(&percent_encoded(value));
        }
        link
    }

    /// The link to an API's page, or to one below it.
    pub(super) fn api(&self, account: &str, region: &str, api: &str, below: &[&str]) -> String {
        let path: Vec<&str> = ["apis", api].into_iter().chain(below.iter().copied()).collect();
        self.link(&path, &[("region", region), ("account", account)])
    }

    /// The token that forms carry.
    pub(super) fn token(&self) -> Markup {
        html! {
            @if let Some(token) = &self.csrf { input type="hidden" name="csrf" value=(token); }
        }
    }

    /// Asks for an audit, of a region or of one API; nothing where that cannot be asked for.
    pub(super) fn audit_button(&self, account: &str, region: &str, api: Option<&str>) -> Markup {
        html! {
            @if self.can_audit && self.csrf.is_some() {
                form.inline method="post" action=(self.link(&["audits"], &[])) {
                    (self.token())
                    input type="hidden" name="account" value=(account);
                    input type="hidden" name="region" value=(region);
                    @if let Some(api) = api { input type="hidden" name="api" value=(api); }
                    button type="submit" { "Audit now" }
                }
            }
        }
    }

    /// A whole page.
    pub(super) fn page(&self, tab: Tab, title: &str, content: &Markup) -> Markup {
        let tabs = [
            (Tab::Overview, "Overview", self.link(&[], &[])),
            (Tab::Findings, "Findings", self.link(&["findings"], &[("state", "open")])),
            (Tab::Errors, "Errors", self.link(&["errors"], &[])),
            (Tab::Explain, "Explain", self.link(&["explain"], &[])),
        ];
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    title { (short(title, 120)) " · stagecheck" }
                    link rel="icon" href=(ICON);
                    link rel="stylesheet" href=(self.link(&["style.css"], &[]));
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        span.name { "stagecheck" }
                        nav aria-label="Pages" {
                            ul {
                                @for (own, name, link) in tabs {
                                    li { a href=(link) aria-current=[(own == tab).then_some("page")] { (name) } }
                                }
                            }
                        }
                        (self.session())
                    }
                    main id="main" tabindex="-1" { (content) }
                    footer.foot { p { "As of " (when(self.now)) ". Nothing here writes to an API that is looked at." } }
                }
            }
        }
    }

    fn session(&self) -> Markup {
        html! {
            @if self.person.is_some() || self.can_sign_out {
                div.session {
                    @if let Some(person) = &self.person { span.dim { (short(person, 60)) } }
                    @if self.can_sign_out && self.csrf.is_some() {
                        form.inline method="post" action=(self.link(&["sign-out"], &[])) {
                            (self.token())
                            button type="submit" { "Sign out" }
                        }
                    }
                }
            }
        }
    }
}
