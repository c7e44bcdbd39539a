//! The words of a command, as Windows' `cmd.exe` and a program's own reading of its arguments split them: what browsers
//! copy as *cURL (cmd)*. (learn.microsoft.com, *Parsing C command-line arguments*.)

use super::CurlError;

/// Whether a command is written for `cmd.exe`: a caret ends a line or stands before a word's quote. There, single quotes
/// are letters, so that none comes first.
pub(super) fn is_cmd(text: &str) -> bool {
    let first_quote = text.chars().find(|c| ['\'', '"'].contains(c));
    let has_carets = || text.contains(" ^\"") || text.lines().any(|line| line.trim_end().ends_with(" ^"));
    first_quote != Some('\'') && has_carets()
}

/// Splits a command into words.
pub(super) fn words(text: &str, notes: &mut Vec<String>) -> Result<Vec<String>, CurlError> {
    let mut plain = without_carets(text, notes).into_iter().peekable();
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut opened = None;
    while let Some((c, place)) = plain.next() {
        let mut takes = |wanted: char| plain.next_if(|(c, _)| *c == wanted).is_some();
        match c {
            '\\' => {
                let mut count = 1;
                while takes('\\') {
                    count += 1;
                }
                // Before a quote, half of them are backslashes, and an odd one makes the quote a letter.
                let is_before_quote = plain.peek().is_some_and(|(c, _)| *c == '"');
                let word = word.get_or_insert_default();
                word.extend(std::iter::repeat_n('\\', if is_before_quote { count / 2 } else { count }));
                if is_before_quote && count % 2 == 1 {
                    word.extend(plain.next().map(|(c, _)| c));
                }
            }
            '"' if opened.is_some() => {
                if takes('"') {
                    word.get_or_insert_default().push('"');
                } else {
                    opened = None;
                }
            }
            '"' => {
                opened = Some(place);
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && opened.is_none() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    if let Some((line, column)) = opened {
        return Err(CurlError::Unclosed { quote: "double quote", line, column });
    }
    words.extend(word);
    Ok(words)
}

/// What `cmd.exe` hands to the program, each character with its line and column. Outside quotes a caret makes the next
/// character a letter, at the end of a line the first one of the next line; `&` and `|` end the command.
fn without_carets(text: &str, notes: &mut Vec<String>) -> Vec<(char, (usize, usize))> {
    let mut plain: Vec<(char, (usize, usize))> = Vec::with_capacity(text.len());
    let mut is_quoted = false;
    let lines = (1..).zip(text.split_inclusive('\n'));
    let placed = lines.flat_map(|(line, text)| text.chars().zip(1..).map(move |(c, column)| (c, (line, column))));
    let mut chars = placed.filter(|(c, _)| *c != '\r').peekable();
    while let Some((c, place)) = chars.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                plain.push((c, place));
            }
            '^' if !is_quoted => {
                chars.next_if(|(c, _)| *c == '\n');
                plain.extend(chars.next());
            }
            '&' | '|' if !is_quoted => {
                let word = plain.iter().rev().take_while(|(c, _)| !c.is_whitespace());
                if word.into_iter().any(|(c, _)| *c == '?') {
                    notes
                        .push("the shell ends the command at the `&` in the URL: put quotes around the URL".to_owned());
                }
                break;
            }
            c => plain.push((c, place)),
        }
    }
    plain
}
