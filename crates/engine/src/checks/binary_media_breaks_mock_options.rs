//! `binary-media-breaks-mock-options`.

use crate::check::{check, warn as run};
use crate::finding::Severity;
use crate::snapshot::ApiKind;

check! {
    /// Binary media types break the mocks that answer preflights
    ///
    /// ## What it looks for
    ///
    /// REST APIs that take everything as binary (`*/*`), with a mock for OPTIONS that does not convert to text.
    ///
    /// ## Why it matters
    ///
    /// The mock cannot read its own template and answers 500, so that browsers send nothing of what they ask for. Other
    /// callers notice nothing.
    ///
    /// ## How to fix
    ///
    /// Set `contentHandling` of the mock to `CONVERT_TO_TEXT`, or name the binary media types one by one, and deploy.
    ///
    /// ## References
    ///
    /// - <https://github.com/aws/chalice/issues/1310>
    id: "binary-media-breaks-mock-options",
    severity: Severity::Medium,
    kinds: &[ApiKind::Rest],
    since: "0.1.0",
    causes: ["binary-media-breaks-mock-options"],
    asked: Routes, Api,
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::configuration::Integration;
    use crate::fixture::{api, check, configured, integrated, mock, snapshot, without_stages};
    use crate::snapshot::Snapshot;

    fn account() -> Snapshot {
        binary("*/*", None)
    }

    fn binary(media_type: &str, content_handling: Option<&str>) -> Snapshot {
        let integration = Integration { content_handling: content_handling.map(str::to_owned), ..mock(&[]) };
        let api = api(ApiKind::Rest, vec![integrated("OPTIONS /orders", integration)]);
        snapshot(vec![configured(api, |own| own.settings.binary_media_types = [media_type.to_owned()].into())])
    }

    #[test]
    fn flags_a_mock_that_cannot_be_read() {
        check(
            &CHECK,
            &account(),
            expect![[r#"
            medium /restapis/a1b2c3d4e5: orders: Binary media types break the preflight's mock
        "#]],
        );
    }

    #[test]
    fn is_silent_where_it_converts_and_where_only_some_is_binary() {
        check(&CHECK, &binary("*/*", Some("CONVERT_TO_TEXT")), expect![[""]]);
        check(&CHECK, &binary("image/png", None), expect![[""]]);
    }

    #[test]
    fn says_what_was_not_read() {
        check(
            &CHECK,
            &without_stages(account()),
            expect![[r#"
            not evaluated /restapis/a1b2c3d4e5: access denied: apigateway:GET on arn:aws:… (for apigateway:GetStages)
        "#]],
        );
    }
}
