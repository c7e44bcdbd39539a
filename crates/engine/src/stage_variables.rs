//! Stage variables: `${stageVariables.name}` in the URIs of integrations and authorizers.

use std::collections::BTreeSet;

use crate::configuration::Map;

const OPEN: &str = "${stageVariables.";

/// A text with its stage variables put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The text; a variable that is not set stands in it as it was written.
    pub text: String,
    /// The names of variables that are not set.
    pub unset: BTreeSet<String>,
}

/// Puts a stage's variables into a text.
pub fn resolve(text: &str, variables: &Map) -> Resolved {
    let mut resolved = Resolved { text: String::with_capacity(text.len()), unset: BTreeSet::new() };
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        resolved.text.push_str(before);
        match variables.get(name) {
            Some(value) => resolved.text.push_str(value),
            None => {
                resolved.text.push_str(OPEN);
                resolved.text.push_str(name);
                resolved.text.push('}');
                resolved.unset.insert(name.to_owned());
            }
        }
        rest = tail;
    }
    resolved.text.push_str(rest);
    resolved
}

/// The names of the variables that a text refers to.
pub fn names(text: &str) -> BTreeSet<String> {
    resolve(text, &Map::new()).unset
}

/// The names of the variables that stand in ARNs, of those that some texts refer to.
pub fn names_in_arns<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().filter(|text| text.starts_with("arn:")).flat_map(names).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_in_what_is_set_and_names_what_is_not() {
        let variables = Map::from([("fn".to_owned(), "orders".to_owned())]);
        let resolved = resolve("arn:${stageVariables.fn}:${stageVariables.alias}/x", &variables);
        assert_eq!(resolved.text, "arn:orders:${stageVariables.alias}/x");
        assert_eq!(resolved.unset, BTreeSet::from(["alias".to_owned()]));
    }

    #[test]
    fn leaves_other_text_alone() {
        for text in ["", "${stageVariables.open", "${other.fn}", "$stageVariables.fn"] {
            assert_eq!(resolve(text, &Map::new()), Resolved { text: text.to_owned(), unset: BTreeSet::new() });
        }
    }
}
