//! What this program signs so that it knows it again: tokens of forms, where lists go on, sessions.

use engine::exchange::encoding::{base64_decoded, base64_encoded};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use store::Secret;

/// Signs texts with a secret, each for one purpose.
#[derive(Debug)]
pub struct Seal(hmac::Key);

/// The length of a signature with SHA-256.
const TAG: usize = 32;

/// A secret that was never used before. `None` if the system has no random numbers.
pub fn fresh_secret() -> Option<Secret> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(Secret(bytes))
}

impl Seal {
    /// A seal with a secret.
    pub fn new(secret: &Secret) -> Seal {
        Seal(hmac::Key::new(hmac::HMAC_SHA256, &secret.0))
    }

    /// A text, signed for a purpose: letters, digits, hyphens and underscores. It can be read by anybody, and changed by
    /// nobody.
    pub fn seal(&self, purpose: &str, text: &str) -> String {
        let tag = hmac::sign(&self.0, &signed(purpose, text.as_bytes()));
        let sealed = [tag.as_ref(), text.as_bytes()].concat();
        base64_encoded(&sealed).trim_end_matches('=').replace('+', "-").replace('/', "_")
    }

    /// The text that was signed for a purpose; `None` if it was not, or was changed.
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<String> {
        let bytes = base64_decoded(sealed)?;
        let (tag, text) = bytes.split_at_checked(TAG)?;
        hmac::verify(&self.0, &signed(purpose, text), tag).ok()?;
        String::from_utf8(text.to_vec()).ok()
    }
}

/// What is signed. The purpose ends where the first zero stands: no two pairs give the same bytes.
fn signed(purpose: &str, text: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), &[0], text].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_known_again_for_its_own_purpose_alone() {
        let seal = Seal::new(&Secret([7; 32]));
        let sealed = seal.seal("csrf", "ana 42");
        assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{sealed}");
        assert_eq!(seal.open("csrf", &sealed).as_deref(), Some("ana 42"));
        assert_eq!(seal.open("next", &sealed), None);
        assert_eq!(Seal::new(&Secret([8; 32])).open("csrf", &sealed), None);
    }

    #[test]
    fn what_was_changed_or_cut_is_not_known() {
        let seal = Seal::new(&Secret([7; 32]));
        let sealed = seal.seal("next", "a");
        for at in 0..sealed.len() - 1 {
            let other = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = sealed.clone();
            changed.replace_range(at..=at, other);
            assert_eq!(seal.open("next", &changed), None, "{changed}");
        }
        for text in ["", "A", "AA", "!", "\u{e9}", sealed.split_at(sealed.len() / 2).0] {
            assert_eq!(seal.open("next", text), None, "{text}");
        }
    }

    #[test]
    fn no_secret_comes_twice() {
        assert_ne!(fresh_secret().unwrap().0, fresh_secret().unwrap().0);
    }
}
