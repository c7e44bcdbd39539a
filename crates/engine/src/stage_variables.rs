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

/// The names of variables that name what is called, by where they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// In ARNs: they name a function, an alias or a role.
    pub in_arns: BTreeSet<String>,
    /// In the host or the path of a URL.
    pub in_urls: BTreeSet<String>,
}

impl Called {
    /// What some texts call. Those that are neither ARN nor URL call nothing.
    pub fn by<'a>(texts: impl IntoIterator<Item = &'a str>) -> Called {
        let mut called = Called::default();
        for text in texts {
            if text.starts_with("arn:") {
                called.in_arns.extend(names(text));
            } else if let Some(rest) = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme)) {
                let before_query = rest.split('?').next().unwrap_or(rest);
                // What stands before `@` is a password.
                let (authority, path) = before_query.split_once('/').unwrap_or((before_query, ""));
                let host = authority.rsplit('@').next().unwrap_or(authority);
                called.in_urls.extend(names(host).into_iter().chain(names(path)));
            }
        }
        called
    }
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

    #[test]
    fn tells_what_is_called_from_what_is_sent() {
        let called = Called::by([
            "arn:aws:lambda:eu-west-1:1:function:${stageVariables.fn}:${stageVariables.alias}",
            "https://u:${stageVariables.password}@${stageVariables.host}/${stageVariables.path}?t=${stageVariables.token}",
            "a template with https://${stageVariables.other}/ in it",
        ]);
        let names = |names: [&str; 2]| BTreeSet::from(names.map(str::to_owned));
        assert_eq!(called, Called { in_arns: names(["fn", "alias"]), in_urls: names(["host", "path"]) });
    }
}
