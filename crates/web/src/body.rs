//! The body of a request: of a kind that is taken, and not too long.

use axum::body::Body as Incoming;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::operation::{Body, FORM, JSON};
use crate::problem::Problem;
use crate::query;

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing.
    Nothing,
    /// Text that has to be JSON.
    Json(String),
    /// The fields of a form.
    Form(Vec<(String, String)>),
}

impl Sent {
    /// A field of a form, unless it is empty.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let Sent::Form(fields) = self else { return None };
        fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn is_form(&self) -> bool {
        matches!(self, Sent::Form(_))
    }
}

/// Reads a body.
///
/// # Errors
///
/// A [`Problem`]: 413 if it is too long, 415 if it is of another kind, 400 if it is missing or no text.
pub(crate) async fn read(expected: &Body, headers: &HeaderMap, body: Incoming) -> Result<Sent, Problem> {
    let media_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    let media_type = media_type.as_deref().and_then(|value| value.split(';').next()).map(str::trim);
    let is_form = match media_type {
        None => false,
        Some(FORM) if expected.types.contains(&FORM) => true,
        Some(name) if name == JSON || (name.starts_with("application/") && name.ends_with("+json")) => false,
        Some(_) => {
            let what = format!("the body has to be {}", expected.types.join(" or "));
            return Err(
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what).help("name it in the header Content-Type")
            );
        }
    };
    // Whoever announces too much need not send it.
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > expected.limit as u64) {
        return Err(too_long(expected.limit));
    }
    let bytes = match Limited::new(body, expected.limit).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_long(expected.limit)),
        Err(_) => return Err(Problem::bad("the body ended before its end")),
    };
    let text = String::from_utf8(bytes.into()).map_err(|_| Problem::bad("the body is not text in UTF-8"))?;
    match (text.trim().is_empty(), expected.is_optional, is_form) {
        (true, true, false) => Ok(Sent::Nothing),
        (true, false, _) => Err(Problem::bad("there is no body").help(format!("send {}", expected.types.join(" or ")))),
        (_, _, true) => Ok(Sent::Form(query::pairs(&text).collect())),
        (false, _, false) => Ok(Sent::Json(text)),
    }
}

fn too_long(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {} kB", limit / 1024))
}
