//! Lambda proxy integrations of WebSocket APIs.
//!
//! The answer to `$connect` decides the handshake: 2xx accepts, any other status is what the client gets. On other routes
//! there is no HTTP answer: a body goes back as a frame if the route has a route response, a status changes nothing, and
//! a failure sends a frame `{"message": "Internal server error", …}`. The log calls null a malformed Lambda proxy
//! response, so that the parser seems to be that of REST APIs; what it makes of the rest is not verified.

use serde_json::Value;

use super::envelope::{self, Status};
use super::fix::Fix;
use super::trial::{Evidence, Trial, what_instead};
use super::{Outcome, Rule, rest};

/// Judges an answer of a WebSocket route's function.
pub(super) fn judge(answer: &Value, trial: &mut Trial) -> (Outcome, Option<u16>) {
    trial.size(answer);
    let Value::Object(object) = answer else {
        // That it is refused is known; what the handshake makes of that is not.
        let evidence = if answer.is_null() && !is_connect(trial) { Evidence::Known } else { Evidence::NotVerified };
        let message = format!("the answer is {} and has to be an object: the gateway refuses it", what_instead(answer));
        trial.refuse(evidence, Rule::NotAnObject, "$".to_owned(), &message, Fix::Answer);
        return refused(trial);
    };
    let status = match envelope::status(object, trial) {
        Status::Code(code) => Some(code),
        Status::Refused => None,
        Status::Missing | Status::Null => {
            let message = "there is no `statusCode`: `$connect` needs one, from 200 to 299, to accept the connection";
            trial.doubt(Rule::NoStatusCode, "$.statusCode".to_owned(), message, Fix::Status);
            Some(200)
        }
    };
    envelope::odd_number(object, trial);
    envelope::headers(object, trial);
    envelope::multi_value_headers(object, trial);
    envelope::body(object, status, trial);
    for (path, key, fix) in envelope::unknown_keys(object, &rest::KEYS) {
        let message = format!("a REST API refuses an answer with {key}; a WebSocket API may, too");
        trial.doubt(Rule::UnknownKey, path, &message, fix);
    }
    envelope::says_base64(object, trial);
    if trial.is_refused() { refused(trial) } else { (Outcome::Ok, taken(status, trial)) }
}

fn is_connect(trial: &Trial) -> bool {
    trial.context.route.as_deref() == Some("$connect")
}

fn taken(status: Option<u16>, trial: &mut Trial) -> Option<u16> {
    let does = match status {
        Some(200..=299) => "accepts the connection",
        _ => "refuses the connection with this status",
    };
    if is_connect(trial) {
        trial.note(format!("the answer {does}"));
        return status;
    }
    if trial.context.route.is_none() {
        trial.note(format!("on `$connect`, the answer {does}; on other routes its status makes no difference"));
    }
    None
}

fn refused(trial: &mut Trial) -> (Outcome, Option<u16>) {
    (Outcome::Malformed, failure(trial))
}

/// What the client gets where the route fails.
pub(super) fn failure(trial: &mut Trial) -> Option<u16> {
    if is_connect(trial) {
        return Some(502);
    }
    trial.note("the client gets a frame with `Internal server error`");
    if trial.context.route.is_none() {
        trial.note("on `$connect`, the handshake is answered with 502");
    }
    None
}
