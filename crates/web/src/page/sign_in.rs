//! Signing in, and what is shown after signing out.

use maud::{Markup, html};

use super::Frame;
use super::frame::Tab;
use super::parts::short;

/// What the page for signing in shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// Whether somebody just signed out.
    pub is_signed_out: bool,
    /// Where to go afterwards: a path and query below the prefix.
    pub to: Option<String>,
    /// Why signing in failed, where it did. One line.
    pub failed: Option<String>,
}

/// The page for signing in. Its one link is `/sign-in/begin`, with `to` if there is one, which begins the code flow.
pub fn sign_in(frame: &Frame, sign_in: &SignIn) -> Markup {
    let to = sign_in.to.as_deref().unwrap_or_default();
    let title = if sign_in.is_signed_out { "You are signed out" } else { "Sign in" };
    let content = html! {
        h1 { (title) }
        @if let Some(failed) = &sign_in.failed {
            div.note.bad role="alert" { p { strong { "Signing in failed. " } (short(failed, 600)) } }
        }
        p { "What stagecheck knows of the account's APIs is for those who sign in." }
        p { a.button href=(frame.link(&["sign-in", "begin"], &[("to", to)])) { "Sign in" } }
    };
    frame.page(Tab::Other, title, &content)
}
