//! What is wrong with a request, as RFC 9457 has it told.

use axum::http::StatusCode;
use serde_json::{Value, json};
use store::StoreError;

use crate::page;

/// What went wrong, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    help: Option<String>,
    allow: Option<String>,
}

impl Problem {
    /// A problem: what happened, on what, and why, in one line.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem { status, detail: detail.into(), help: None, allow: None }
    }

    /// The request makes no sense.
    pub(crate) fn bad(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is nothing of that name.
    pub(crate) fn missing(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, detail)
    }

    /// What to do next.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: Some(help.into()), ..self }
    }

    /// The methods that would be answered.
    pub(crate) fn allow(self, methods: String) -> Problem {
        Problem { allow: Some(methods), ..self }
    }

    /// The value of the header `Allow`.
    pub(crate) fn allowed(&self) -> Option<&str> {
        self.allow.as_deref()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What happened.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Problem")
    }

    /// The document. Its type is `about:blank`: the status says what kind of problem it is.
    pub fn json(&self) -> Value {
        let mut json = json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let (Some(help), Some(members)) = (&self.help, json.as_object_mut()) {
            members.insert("help".to_owned(), Value::from(help.clone()));
        }
        json
    }

    /// What its page shows.
    pub fn page(&self) -> page::Problem {
        page::Problem {
            status: self.status.as_u16(),
            title: self.title().to_owned(),
            detail: Some(self.detail.clone()),
            help: self.help.clone(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Token(_) => Problem::bad("`next` is not what another part of the list ended with")
                .help("begin the list anew, without it"),
            StoreError::Id(_) => Problem::missing("there is nothing of that id"),
            StoreError::Busy(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()).help("try again"),
            StoreError::Backend { .. } => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("what is kept cannot be read: {error}")).help(
                    "try again; if it stays so, check that the table, the bucket or the file is there and may be read",
                )
            }
            _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("what is kept cannot be read: {error}"))
                .help("check that the table, the bucket or the file is there and may be read"),
        }
    }
}
