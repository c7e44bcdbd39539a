//! The proof key for the exchange of a code (RFC 7636): a verifier, and the challenge that was made of it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{grant_type, token};
use crate::case::Case;
use crate::case::cause::{Confidence, Examined, Not, Proof};
use crate::case::oauth::sign_in_shown_at;
use crate::exchange::encoding::base64_decoded;
use crate::exchange::is_read;
use crate::exchange::url::{Url, pairs};

pub(super) fn verifier(case: &Case<'_>) -> Examined {
    let oauth = token(case, &["invalid_grant"])?;
    case.response()?;
    let advice = "send the verifier that the challenge was made of";
    let challenge = Challenge::of(case).filter(|_| grant_type(&oauth) == "authorization_code");
    let Some(verifier) = oauth.parameters.get("code_verifier") else {
        let challenge = challenge.ok_or(Not::Silent)?;
        return Ok(challenge
            .shown(Proof::certain(
                "The code was asked for with a code_challenge, and its exchange sends no code_verifier.",
            ))
            .because("request", "code_verifier", Value::Null)
            .advice(advice));
    };
    case.known(verifier, "code_verifier")?;
    let is_verifier = (43..=128).contains(&verifier.len())
        && verifier.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c));
    if !is_verifier {
        let proof = Proof::certain("code_verifier is none: it has 43 to 128 letters, digits and -._~ (RFC 7636).");
        // Without a challenge, it may not have been looked at.
        let proof = match challenge {
            Some(challenge) => challenge.shown(proof),
            None => proof.at_most(Confidence::Likely),
        };
        return Ok(proof.because("request", "code_verifier", verifier.len()).advice(advice));
    }
    match challenge {
        Some(challenge) if !challenge.is_made_of(verifier) => Ok(challenge
            .shown(Proof::certain("The code_verifier is not the one that the code_challenge was made of."))
            .because("request", "code_verifier", json!({ "isOfChallenge": false }))
            .advice(advice)),
        Some(_) => Err(Not::refuted("the code_verifier is the one that the code_challenge was made of")),
        None => Err(Not::refuted("the verifier has the form of one")),
    }
}

/// The challenge with which a code was asked for.
struct Challenge {
    text: String,
    is_plain: bool,
    shown_at: &'static str,
}

impl Challenge {
    /// The one in the request to `authorize` that an archive holds, or in the `Referer` of a request: browsers name there the page
    /// from which it was sent.
    fn of(case: &Case<'_>) -> Option<Challenge> {
        let asked = match &case.request.client.signed_in_at {
            Some(url) => url.clone(),
            None => Url::parse(case.request.headers.get("referer")?).ok()?,
        };
        let text = asked.parameter_decoded("code_challenge").filter(|text| !text.is_empty() && is_read(text))?;
        // Of another client's sign-in it says nothing.
        let other = asked.parameter_decoded("client_id");
        let own = case.body().ok()?.map(pairs).unwrap_or_default();
        let own = own.into_iter().find(|(name, _)| name == "client_id").map(|(_, id)| id);
        if matches!((other, own), (Some(other), Some(own)) if other != own) {
            return None;
        }
        // Without a method it is `plain` (RFC 7636, section 4.3).
        let is_plain = asked.parameter_decoded("code_challenge_method").is_none_or(|method| method == "plain");
        Some(Challenge { text, is_plain, shown_at: sign_in_shown_at(case) })
    }

    fn is_made_of(&self, verifier: &str) -> bool {
        if self.is_plain {
            return verifier == self.text;
        }
        base64_decoded(&self.text).is_some_and(|own| own == Sha256::digest(verifier.as_bytes()).as_slice())
    }

    fn shown(&self, proof: Proof) -> Proof {
        let method = if self.is_plain { "plain" } else { "S256" };
        proof.because("request", format!("{} code_challenge_method", self.shown_at), method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::facts::{Facts, Read};
    use crate::exchange::Exchange;
    use crate::testkit::{explained, facts, request};

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn exchanged(referer: Option<&str>, more: &str) -> Exchange {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let exchange = request("POST https://shop.auth.eu-west-1.amazoncognito.com/oauth2/token", &form);
        let exchange = match referer {
            Some(referer) => exchange.header("Referer", referer),
            None => exchange,
        };
        let body = format!(
            "grant_type=authorization_code&client_id=abc&code=c&redirect_uri=https%3A%2F%2Fa.example.com{more}"
        );
        exchange.sending(&body).answered(400, &[], r#"{"error":"invalid_grant"}"#)
    }

    /// A pool with the client `abc`.
    fn pool() -> Facts<'static> {
        facts(Vec::new())
        .with(Read::UserPoolDomain("shop".to_owned()), json!({ "DomainDescription": { "UserPoolId": "eu-west-1_a" } }))
        .with(
            Read::UserPoolClient { pool: "eu-west-1_a".to_owned(), client: "abc".to_owned() },
            json!({ "UserPoolClient": { "CallbackURLs": ["https://a.example.com"], "AllowedOAuthFlows": ["code"] } }),
        )
    }

    #[test]
    fn a_challenge_in_the_referer_tells_whether_the_verifier_is_its_own() {
        let page = |client: &str, method: &str, challenge: &str| {
            format!(
                "https://shop.auth.eu-west-1.amazoncognito.com/login?client_id={client}&response_type=code{method}&code_challenge={challenge}"
            )
        };
        let s256 = page("abc", "&code_challenge_method=S256", CHALLENGE);
        let (own, other) = (format!("&code_verifier={VERIFIER}"), format!("&code_verifier={}", "x".repeat(43)));
        let facts = pool();
        let (pkce, used) = ("cognito-pkce-verifier certain", "cognito-code-reused-or-expired likely");
        for (exchange, expected) in [
            (exchanged(Some(&s256), ""), pkce),
            (exchanged(Some(&s256), &other), pkce),
            (exchanged(Some(&s256), &own), used),
            (exchanged(Some(&page("abc", "", VERIFIER)), &own), used),
            (exchanged(Some(&page("abc", "", VERIFIER)), &other), pkce),
            (exchanged(None, &own), used),
            (exchanged(Some(&s256), "&code_verifier=short"), pkce),
            (exchanged(None, "&code_verifier=short"), "cognito-pkce-verifier likely"),
            // Nothing shows a challenge, or one of another client's sign-in.
            (exchanged(None, ""), used),
            (exchanged(Some("https://a.example.com/"), ""), used),
            (
                exchanged(Some(&page("other", "&code_challenge_method=S256", CHALLENGE)), ""),
                "cognito-client-id-mismatch certain",
            ),
            // The code was asked for with another redirect URI than it is exchanged with.
            (
                exchanged(
                    Some(&format!("{}&redirect_uri=https%3A%2F%2Fb.example.com", page("abc", "", VERIFIER))),
                    &own,
                ),
                "cognito-redirect-uri-mismatch likely",
            ),
            (
                exchanged(
                    Some(&format!("{}&redirect_uri=https%3A%2F%2Fa.example.com", page("abc", "", VERIFIER))),
                    &own,
                ),
                used,
            ),
            // A page of another host says nothing of this sign-in.
            (exchanged(Some("https://a.example.com/login?client_id=other"), &own), used),
        ] {
            let explanation = explained(&exchange, &facts);
            let first = &explanation.causes[0];
            assert_eq!(format!("{} {}", first.id, first.confidence.name()), expected, "{exchange:?}");
            let text = serde_json::to_string(&explanation).unwrap();
            assert!(!text.contains(VERIFIER) && !text.contains(CHALLENGE), "{text}");
        }
    }

    /// An archive holds the request to `authorize` itself.
    #[test]
    fn what_an_archive_holds_of_the_sign_in_tells_as_the_referer_does() {
        let at = |client: &str, more: &str| {
            let mut exchange = exchanged(None, "");
            let url = format!(
                "https://shop.auth.eu-west-1.amazoncognito.com/oauth2/authorize?response_type=code&client_id={client}{more}"
            );
            exchange.request.client.signed_in_at = Url::parse(&url).ok();
            exchange
        };
        let challenged = format!("&code_challenge_method=S256&code_challenge={CHALLENGE}");
        for (exchange, expected, path) in [
            (at("abc", &challenged), "cognito-pkce-verifier", "log.entries authorize code_challenge_method"),
            (at("other", ""), "cognito-client-id-mismatch", "log.entries authorize client_id"),
        ] {
            let own = explained(&exchange, &pool()).causes.swap_remove(0);
            assert_eq!((own.id, own.confidence.name()), (expected, "certain"));
            assert!(own.evidence.iter().any(|shown| shown.path == path), "{:?}", own.evidence);
        }
    }
}
