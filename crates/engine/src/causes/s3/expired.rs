//! Presigned URLs whose time is over: S3 refuses them with the code of a missing permission.

use super::{code, element};
use crate::case::Case;
use crate::case::cause::Proof;

/// Whether S3 says that the request has expired.
pub(super) fn says_so(case: &Case<'_>) -> bool {
    code(case, &["AccessDenied"]).is_ok() && element(case, "Message") == Some("Request has expired")
}

/// That S3 refuses a presigned URL for its age, with the two times that it tells; `None` where it does not say so.
pub(in crate::causes) fn told(case: &Case<'_>) -> Option<Proof> {
    if !says_so(case) {
        return None;
    }
    let times = element(case, "Expires").zip(element(case, "ServerTime"));
    let says = match times {
        Some((until, now)) => {
            format!("S3 says that the request has expired: the URL was good until {until}, and S3's time was {now}.")
        }
        None => "S3 says that the request has expired.".to_owned(),
    };
    let proof = Proof::possible(says).because("response", "Error.Message", "Request has expired");
    let proof = match times {
        Some((until, now)) => {
            proof.because("response", "Error.Expires", until).because("response", "Error.ServerTime", now)
        }
        None => proof,
    };
    Some(proof.advice("presign the URL anew, for as long as it is to be used (X-Amz-Expires)"))
}
