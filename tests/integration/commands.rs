//! The commands that mend: the AWS CLI has the operations and options of which they are made.

use std::collections::BTreeMap;

use tests::{programs, read};

#[test]
fn every_option_of_a_command_is_one_of_the_cli() {
    let text = read("crates/engine/src/command/known.txt");
    let lines: BTreeMap<String, Vec<&str>> = text
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let operation = [words.next().unwrap(), words.next().unwrap()].join(" ");
            (operation, words.collect())
        })
        .collect();
    assert!(text.lines().is_sorted(), "keep the operations in order");
    let operations: Vec<&str> = lines.keys().map(String::as_str).collect();
    let Some(ran) = programs::python("cli_options.py", &operations) else { return };
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let published: BTreeMap<String, Option<BTreeMap<String, bool>>> = serde_json::from_str(&ran.stdout).unwrap();
    for (operation, options) in lines {
        let made = published[&operation].as_ref().unwrap_or_else(|| panic!("the CLI has no {operation}"));
        for option in &options {
            let is_required = made.get(option.trim_end_matches('!'));
            assert_eq!(is_required, Some(&option.ends_with('!')), "{operation} {option}");
        }
        for (option, _) in made.iter().filter(|(_, is_required)| **is_required) {
            assert!(options.contains(&format!("{option}!").as_str()), "{operation} wants {option}");
        }
    }
}
