//! The operations that commands are made of, with the options that they are given: those with a `!` have to be. An integration test
//! holds the list to the API models from which the AWS CLI makes its options.

const KNOWN: &str = include_str!("known.txt");

/// Options that every operation takes.
const OF_ALL: [&str; 3] = ["--region", "--query", "--output"];

/// Whether the AWS CLI takes a command, and those within it whose answers are its values.
pub(crate) fn check(command: &str) -> Result<(), String> {
    if let Some((before, rest)) = command.split_once("\"$(") {
        let (inner, after) = rest.split_once(")\"").ok_or("a command within it does not end")?;
        check(inner)?;
        return check(&format!("{before}VALUE{after}"));
    }
    let words = words(command);
    let operation = words.get(1..3).unwrap_or_default().join(" ");
    let line = KNOWN.lines().find_map(|line| line.strip_prefix(&operation)?.strip_prefix(' '));
    let options: Vec<&str> = line.ok_or("no such operation is in command/known.txt")?.split(' ').collect();
    let given = || words.iter().map(String::as_str).filter(|word| word.starts_with("--"));
    let takes =
        |option: &str| OF_ALL.contains(&option) || options.iter().any(|own| own.trim_end_matches('!') == option);
    if let Some(option) = given().find(|option| !takes(option)) {
        return Err(format!("{option} is no option of it"));
    }
    let mut wanted = options.iter().filter_map(|own| own.strip_suffix('!'));
    match wanted.find(|option| !given().any(|own| own == *option)) {
        Some(option) => Err(format!("{option} is missing")),
        None => Ok(()),
    }
}

/// The words of a command, as a shell tells them apart; what is quoted keeps its first quote, so that it is no option.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        is_quoted ^= c == '\'';
        match words.last_mut() {
            Some(word) if c != ' ' || is_quoted => word.push(c),
            _ => words.push(String::new()),
        }
    }
    words
}
