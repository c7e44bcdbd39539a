//! The words of a command, as a POSIX shell and bash split them (POSIX, *Shell Command Language*, section 2.2; bash's
//! manual, *ANSI-C Quoting*).

use std::iter::Peekable;
use std::str::Chars;

use super::{CurlError, is_curl_name};
use crate::unknown::unknown;

/// Splits a command into words. It ends where the shell ends it, at `|`, `;` or `&`. A line break alone does not end it:
/// the mark before it is often lost in pasting.
pub(super) fn words(text: &str, notes: &mut Vec<String>) -> Result<Vec<String>, CurlError> {
    let mut shell = Shell { chars: text.chars().peekable(), line: 1, column: 0, notes };
    let mut words: Vec<String> = Vec::new();
    let mut is_target = false;
    loop {
        let begins_line = shell.skip_blanks();
        let Some(first) = shell.chars.peek().copied() else { break };
        match first {
            '|' | ';' | '&' => break,
            '>' | '<' => {
                if shell.redirection() {
                    break;
                }
                is_target = true;
            }
            '#' => {
                while shell.chars.peek().is_some_and(|c| *c != '\n') {
                    shell.next();
                }
            }
            _ => {
                let word = shell.word()?;
                if std::mem::take(&mut is_target) || (words.is_empty() && is_prompt(&word)) {
                    continue;
                }
                if begins_line && is_curl_name(&word) && words.iter().any(|word| is_curl_name(word)) {
                    shell.notes.push("a second `curl` follows: the first one was read".to_owned());
                    break;
                }
                words.push(word);
            }
        }
    }
    Ok(words)
}

/// What a terminal shows before a command.
fn is_prompt(word: &str) -> bool {
    ["$", "%", ">", "#"].contains(&word)
}

struct Shell<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    column: usize,
    notes: &'a mut Vec<String>,
}

impl Shell<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    /// Whether the next character is this one, which is then taken.
    fn takes(&mut self, wanted: char) -> bool {
        let is_next = self.chars.peek() == Some(&wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    /// White space, and the marks at the ends of lines that go on: `\`, and PowerShell's backtick. Says whether a line
    /// began.
    fn skip_blanks(&mut self) -> bool {
        let mut begins_line = false;
        while let Some(c) = self.chars.peek().copied() {
            if c == '\n' {
                begins_line = true;
            } else if !(c.is_whitespace() || (['\\', '`'].contains(&c) && self.ends_line())) {
                break;
            }
            self.next();
        }
        begins_line
    }

    /// Whether nothing but white space stands between the next character and the end of its line.
    fn ends_line(&self) -> bool {
        let mut rest = self.chars.clone();
        rest.next();
        rest.find(|c| *c == '\n' || !c.is_whitespace()).is_none_or(|c| c == '\n')
    }

    /// `>`, `<` and what follows. Says whether it was a document in the command itself, which ends it.
    fn redirection(&mut self) -> bool {
        let first = self.next();
        let again = first.is_some_and(|first| self.takes(first));
        self.takes('&');
        if first == Some('<') && again {
            self.notes.push("the text after `<<` was not read".to_owned());
            return true;
        }
        false
    }

    fn word(&mut self) -> Result<String, CurlError> {
        let mut word = String::new();
        while let Some(c) = self.chars.peek().copied() {
            match c {
                '\'' => self.single(&mut word)?,
                '"' => self.double(&mut word, '"')?,
                // Word processors make these of double quotes.
                '“' | '„' => {
                    self.notes.push("typographic quotes were taken for plain ones".to_owned());
                    self.double(&mut word, if c == '“' { '”' } else { '“' })?;
                }
                '$' => self.dollar(&mut word)?,
                '`' if !self.ends_line() && self.has_backtick(1) => {
                    self.next();
                    self.output(&mut word);
                }
                '\\' => {
                    self.next();
                    // At the end of a line, it joins the next one.
                    if self.chars.peek() == Some(&'\r') {
                        self.next();
                    }
                    word.extend(self.next().filter(|c| *c != '\n'));
                }
                // A file would be read; in a URL, it is a placeholder of somebody's documentation.
                '<' if word.contains("://") && self.is_placeholder() => {
                    while let Some(c) = self.next() {
                        word.push(c);
                        if c == '>' {
                            break;
                        }
                    }
                }
                '|' | ';' | '<' | '>' => break,
                '&' => {
                    if word.contains('?') {
                        self.notes.push(
                            "the shell ends the command at the `&` in the URL: put quotes around the URL".to_owned(),
                        );
                    }
                    break;
                }
                c if c.is_whitespace() => break,
                _ => word.extend(self.next()),
            }
        }
        Ok(word)
    }

    /// Whether `<`, a name and `>` follow.
    fn is_placeholder(&self) -> bool {
        let mut rest = self.chars.clone().skip(1);
        rest.find(|c| !c.is_ascii_alphanumeric() && !['-', '_'].contains(c)) == Some('>')
    }

    fn single(&mut self, word: &mut String) -> Result<(), CurlError> {
        let unclosed = self.unclosed("single quote");
        self.next();
        loop {
            match self.next().ok_or_else(|| unclosed.clone())? {
                '\'' => return Ok(()),
                c => word.push(c),
            }
        }
    }

    fn double(&mut self, word: &mut String, close: char) -> Result<(), CurlError> {
        let unclosed = self.unclosed("double quote");
        self.next();
        loop {
            match self.next().ok_or_else(|| unclosed.clone())? {
                c if c == close => return Ok(()),
                '\\' => match self.next().ok_or_else(|| unclosed.clone())? {
                    '\n' => {}
                    c if "$`\"\\".contains(c) => word.push(c),
                    c => word.extend(['\\', c]),
                },
                '$' => self.variable(word),
                '`' if self.has_backtick(0) => self.output(word),
                c => word.push(c),
            }
        }
    }

    /// `$'…'`, `$"…"`, or a variable.
    fn dollar(&mut self, word: &mut String) -> Result<(), CurlError> {
        let unclosed = self.unclosed("single quote");
        self.next();
        match self.chars.peek() {
            Some('"') => self.double(word, '"'),
            Some('\'') => {
                self.next();
                let mut bytes = Vec::new();
                loop {
                    match self.next().ok_or_else(|| unclosed.clone())? {
                        '\'' => break,
                        '\\' => self.escape(&mut bytes),
                        c => push(&mut bytes, c),
                    }
                }
                word.push_str(&String::from_utf8_lossy(&bytes));
                Ok(())
            }
            _ => {
                self.variable(word);
                Ok(())
            }
        }
    }

    /// What follows a backslash in `$'…'`. `\xHH` and `\nnn` are bytes, which several of make a letter.
    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let Some(c) = self.next() else { return };
        match c {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(27),
            'f' => bytes.push(12),
            'v' => bytes.push(11),
            'x' => match self.number(16, 2) {
                Some(number) => bytes.push(u8::try_from(number).unwrap_or_default()),
                None => bytes.extend(b"\\x"),
            },
            'u' => self.letter(bytes, 4),
            'U' => self.letter(bytes, 8),
            'c' => {
                // A control character: no header or URL holds one that is meant.
                self.next();
            }
            '0'..='7' => {
                let first = c.to_digit(8).unwrap_or_default();
                let mut number = first;
                for _ in 0..2 {
                    let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    self.next();
                    number = number * 8 + digit;
                }
                bytes.push(u8::try_from(number & 0xFF).unwrap_or_default());
            }
            '\\' | '\'' | '"' | '?' => push(bytes, c),
            c => {
                bytes.push(b'\\');
                push(bytes, c);
            }
        }
    }

    fn letter(&mut self, bytes: &mut Vec<u8>, digits: usize) {
        let number = self.number(16, digits);
        push(bytes, number.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn number(&mut self, radix: u32, digits: usize) -> Option<u32> {
        let mut number = None;
        for _ in 0..digits {
            let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(radix)) else { break };
            self.next();
            number = Some(number.unwrap_or(0_u32).wrapping_mul(radix).wrapping_add(digit));
        }
        number
    }

    /// What follows a `$` that was taken: a variable, or the output of another command. Neither is known here, so that it
    /// stands as it is written between two marks.
    fn variable(&mut self, word: &mut String) {
        let mut written = "$".to_owned();
        match self.chars.peek().copied() {
            Some(open @ ('(' | '{')) => {
                let close = if open == '(' { ')' } else { '}' };
                let mut depth = 0_usize;
                while let Some(c) = self.next() {
                    written.push(c);
                    depth = if c == open { depth + 1 } else { depth - usize::from(c == close) };
                    if depth == 0 {
                        break;
                    }
                }
            }
            Some(c) if c.is_ascii_digit() || "@*#?!$-".contains(c) => written.extend(self.next()),
            _ => {
                while self.chars.peek().is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    written.extend(self.next());
                }
            }
        }
        match written.get(1..).unwrap_or_default() {
            "" => return word.push('$'),
            own if own.starts_with('(') => self.note_output("$(…)"),
            own => {
                let own = own.trim_start_matches('{').chars();
                let name: String = own.take_while(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
                self.notes.push(format!("`${name}` is a variable of your shell: its value was not read"));
            }
        }
        word.push_str(&unknown(&written));
    }

    /// The output of another command, whose first backtick was taken.
    fn output(&mut self, word: &mut String) {
        let mut written = "`".to_owned();
        while let Some(c) = self.next() {
            written.push(c);
            if c == '`' {
                break;
            }
        }
        self.note_output("`…`");
        word.push_str(&unknown(&written));
    }

    fn note_output(&mut self, written: &str) {
        self.notes.push(format!("{written} is a command of your shell: its output was not read"));
    }

    /// Whether a backtick follows, some characters on.
    fn has_backtick(&self, after: usize) -> bool {
        self.chars.clone().skip(after).any(|c| c == '`')
    }

    fn unclosed(&self, quote: &'static str) -> CurlError {
        CurlError::Unclosed { quote, line: self.line, column: self.column + 1 }
    }
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
}
