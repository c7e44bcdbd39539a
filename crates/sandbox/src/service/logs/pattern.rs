//! Filter patterns of CloudWatch Logs: terms, of which all have to stand in a message, or one of those with a `?`.
//!
//! Patterns for JSON and for columns, and regular expressions, are refused rather than taken for something else.

/// A filter pattern.
pub(super) struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    /// Reads a pattern. The empty one fits everything.
    pub(super) fn parse(text: &str) -> Result<Pattern, String> {
        let mut pattern = Pattern { all: Vec::new(), any: Vec::new(), none: Vec::new() };
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            if "{[%".contains(first) {
                return Err(format!("the sandbox takes patterns of terms alone, and not `{text}`"));
            }
            let (list, after) = match first {
                '?' => (&mut pattern.any, rest.strip_prefix('?').unwrap_or_default()),
                '-' => (&mut pattern.none, rest.strip_prefix('-').unwrap_or_default()),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = match after.strip_prefix('"') {
                Some(quoted) => {
                    quoted.split_once('"').ok_or_else(|| format!("a quotation mark is missing in `{text}`"))?
                }
                None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
            };
            list.push(term.to_owned());
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    /// Whether a message has what the pattern asks for.
    pub(super) fn fits(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.all.iter().all(has) && !self.none.iter().any(has) && (self.any.is_empty() || self.any.iter().any(has))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_all_wanted_and_those_with_a_question_mark_in_turn() {
        let fits = |pattern: &str, message: &str| Pattern::parse(pattern).unwrap().fits(message);
        assert!(fits("", "anything"));
        assert!(fits("ERROR main", "[ERROR] in main") && !fits("ERROR main", "[ERROR]"));
        assert!(fits("?\"timed out\" ?ERROR", "Task timed out") && !fits("?\"timed out\" ?ERROR", "timed in"));
        assert!(fits("ERROR -Exiting", "ERROR x") && !fits("ERROR -Exiting", "ERROR Exiting"));
        assert!(!fits("ERROR", "error"), "case counts");
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for pattern in ["{ $.level = \"ERROR\" }", "[ip, user]", "%ERR.*%", "\"open"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
