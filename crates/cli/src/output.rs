//! The one place that writes to standard output, standard error and result files.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use collect::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::args::{Format, OutputArgs};
use crate::error::Failure;
use crate::text::style;

/// Writes a result as it was asked for. Nothing is written half.
pub(crate) fn write<T: Serialize>(
    args: &OutputArgs,
    value: &T,
    text: impl FnOnce() -> String,
    markdown: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let result = match args.format {
        Format::Text => text(),
        Format::Json => json(value)?,
        Format::Markdown => markdown(),
    };
    put(args.out.as_deref(), &result)
}

/// A value as pretty JSON with a line end.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(format!("the result cannot be written as JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// Writes a result to a file, or to standard output.
pub(crate) fn put(out: Option<&Path>, result: &str) -> Result<(), Failure> {
    match out {
        Some(path) => put_file(path, &anstream::adapter::strip_str(result).to_string()),
        None => match anstream::stdout().lock().write_all(result.as_bytes()) {
            // Whoever reads, `head` for example, has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| Failure::new(format!("cannot write to standard output: {error}"))),
        },
    }
}

/// Writes a file under another name first, so that nobody ever sees half of it.
fn put_file(path: &Path, text: &str) -> Result<(), Failure> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Failure::new(format!("cannot write {}: {error}", path.display()))
            .help("check that the folder exists and may be written to")
    })
}

/// Tells of a failure on standard error.
pub(crate) fn complain(failure: &Failure) {
    let (error, help) = (style::ERROR, style::HELP);
    say(&format!("{error}error{error:#}: {}", style::visible(&failure.message)));
    if let Some(text) = &failure.help {
        say(&format!(" {help}help{help:#}: {text}"));
    }
}

/// Says something on standard error.
pub(crate) fn say(line: &str) {
    // There is nobody to tell if standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Tells of progress on standard error: a bar on a terminal, a line for each region elsewhere.
pub(crate) struct Reporter {
    quiet: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Reporter {
    pub(crate) fn new(quiet: bool) -> Reporter {
        Reporter { quiet, bar: Mutex::new(None) }
    }

    pub(crate) fn tell(&self, progress: Progress) {
        if self.quiet {
            return;
        }
        let is_terminal = io::stderr().is_terminal();
        let mut bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match progress {
            Progress::Listed { apis, region } if is_terminal => {
                *bar = Some(self::bar(apis, format!("APIs of {region}")))
            }
            Progress::Functions { count } if is_terminal => {
                *bar = Some(self::bar(count, "Lambda functions".to_owned()))
            }
            Progress::Listed { region, apis } => say(&format!("reading {apis} APIs of {region}")),
            Progress::Functions { count } if count > 0 => say(&format!("reading {count} Lambda functions")),
            Progress::Functions { .. } => {}
            Progress::Trail => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
                say("reading the trail of who changed what");
            }
            Progress::Read { .. } => {
                if let Some(bar) = &*bar {
                    bar.inc(1);
                }
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        let bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(length: usize, what: String) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
