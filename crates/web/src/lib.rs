//! What programs and people see of what is kept: JSON and pages, from one router.
//!
//! [`router`] makes it of a [`Site`]: where it runs, which is one machine or a Lambda function. `operation` is the table
//! of what it answers; requests are checked by it, and `GET /openapi.json` is written from it.
//!
//! Every answer takes one way (`answer`): the method, the query and the body are checked against the table, the answer
//! is made, and gets its entity tag and the headers that keep browsers out of trouble. Whatever is wrong with a request is
//! told as a problem (RFC 9457), and is never an error of the server's.

mod accept;
mod answer;
mod body;
mod csrf;
mod list;
mod openapi;
mod operation;
pub mod page;
mod problem;
mod query;
mod reply;
mod seal;
mod shown;
mod site;

pub use accept::wants_page;
pub use answer::router;
pub use csrf::{check_form, is_own_site};
pub use openapi::document;
pub use operation::is_open;
pub use problem::Problem;
pub use reply::{secured, to_page, to_problem};
pub use seal::{Seal, fresh_secret};
pub use shown::overview;
pub use site::{Begun, Caller, Refusal, Site, Wanted};
