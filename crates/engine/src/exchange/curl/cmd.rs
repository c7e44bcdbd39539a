//! The words of a command, as Windows' `cmd.exe` and a program's own reading of its arguments split them: what browsers
//! copy as *cURL (cmd)*. (learn.microsoft.com, *Parsing C command-line arguments*.)

use super::CurlError;

/// Whether a command is written for `cmd.exe`: a caret ends a line or stands before a quote.
pub(super) fn is_cmd(text: &str) -> bool {
    text.contains("^\"") || text.lines().any(|line| line.trim_end().ends_with(" ^"))
}

/// Splits a command into words.
pub(super) fn words(text: &str, notes: &mut Vec<String>) -> Result<Vec<String>, CurlError> {
    let plain = without_carets(text, notes);
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut opened = None;
    let (mut line, mut column) = (1, 0);
    let mut chars = plain.chars().peekable();
    while let Some(c) = chars.next() {
        column += 1;
        match c {
            '\\' => {
                let mut count = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    count += 1;
                    column += 1;
                }
                let word = word.get_or_insert_default();
                if chars.peek() == Some(&'"') {
                    // Half of them are backslashes; an odd one makes the quote a letter.
                    word.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        word.extend(chars.next());
                        column += 1;
                    }
                } else {
                    word.extend(std::iter::repeat_n('\\', count));
                }
            }
            '"' if opened.is_some() => {
                if chars.next_if_eq(&'"').is_some() {
                    column += 1;
                    word.get_or_insert_default().push('"');
                } else {
                    opened = None;
                }
            }
            '"' => {
                opened = Some((line, column));
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && opened.is_none() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
        if c == '\n' {
            line += 1;
            column = 0;
        }
    }
    if let Some((line, column)) = opened {
        return Err(CurlError::Unclosed { quote: "double quote", line, column });
    }
    words.extend(word);
    words.retain(|word| word != ">");
    Ok(words)
}

/// What `cmd.exe` hands to the program. Outside quotes a caret makes the next character a letter, at the end of a line
/// it joins the next one; `&` and `|` end the command.
fn without_carets(text: &str, notes: &mut Vec<String>) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut is_quoted = false;
    let mut chars = text.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                plain.push(c);
            }
            '^' if !is_quoted => {
                if chars.next_if_eq(&'\n').is_some() && chars.peek() != Some(&'\n') {
                    // The lines are joined, and the indentation parts the words.
                    plain.push(' ');
                } else {
                    plain.extend(chars.next());
                }
            }
            '&' | '|' if !is_quoted => {
                if plain.rsplit(char::is_whitespace).next().is_some_and(|word| word.contains('?')) {
                    notes
                        .push("the shell ends the command at the `&` in the URL: put quotes around the URL".to_owned());
                }
                break;
            }
            c => plain.push(c),
        }
    }
    plain
}
