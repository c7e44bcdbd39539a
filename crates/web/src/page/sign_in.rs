//! Signing in, and what is shown after signing out.

use maud::{Markup, html};

use super::Frame;

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
    let _ = (frame, sign_in);
    html! {}
}
