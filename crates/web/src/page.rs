//! The pages: written by the server, complete without scripts.
//!
//! Each is a function from what is shown to HTML. What comes from the account is hostile text; maud escapes it, and nothing
//! here makes markup of it in another way.
