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
use crate::text::style::{self, count, visible};

/// Writes a result as it was asked for. Nothing is written half.
pub(crate) fn write<T: Serialize>(
    args: &OutputArgs,
    value: &T,
    text: impl FnOnce() -> String,
    markdown: impl FnOnce() -> String,
) -> Result<(), Failure> {
    match (args.format, args.out.as_deref()) {
        (Format::Json, out) => put_json(out, value),
        (Format::Text, Some(path)) => put_file(path, &anstream::adapter::strip_str(&text()).to_string()),
        (Format::Markdown, Some(path)) => put_file(path, &markdown()),
        (Format::Markdown, None) => put_text(&markdown()),
        (Format::Text, None) => put_text(&text()),
    }
}

/// Writes a result piece by piece, as it comes, because it may be too long to be held. A file has it whole or not at all;
/// standard output has what came before a failure, too.
pub(crate) fn stream(args: &OutputArgs, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let Some(path) = args.out.as_deref() else {
        let result = match args.format {
            // See `put_json`.
            Format::Json => piecewise(&mut io::stdout().lock(), write),
            Format::Text | Format::Markdown => piecewise(&mut anstream::stdout().lock(), write),
        };
        return written(result);
    };
    in_place(path, |target| {
        let mut file = fs::File::create(target)?;
        match args.format {
            Format::Json => piecewise(&mut file, write),
            Format::Text | Format::Markdown => piecewise(&mut anstream::StripStream::new(file), write),
        }
    })
}

fn piecewise(out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    write(&mut out)?;
    out.flush()
}

/// Writes a value as JSON to a file, or to standard output. It never meets what takes colours out of text, and would
/// take control characters out of names, too.
pub(crate) fn put_json<T: Serialize>(out: Option<&Path>, value: &T) -> Result<(), Failure> {
    let json = json(value)?;
    match out {
        Some(path) => put_file(path, &json),
        None => written(io::stdout().lock().write_all(json.as_bytes())),
    }
}

/// Writes text to standard output, coloured if that is wanted.
pub(crate) fn put_text(text: &str) -> Result<(), Failure> {
    written(anstream::stdout().lock().write_all(text.as_bytes()))
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        // Whoever reads, `head` for example, has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| Failure::new(format!("cannot write to standard output: {error}"))),
    }
}

/// A value as pretty JSON with a line end.
fn json<T: Serialize>(value: &T) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(format!("the result cannot be written as JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// Makes sure, before anything is read, that a result can be written.
pub(crate) fn check(path: &Path) -> Result<(), Failure> {
    match Place::of(path) {
        Place::Straight => Ok(()),
        Place::File { temporary, .. } => {
            let made = fs::write(&temporary, "").and_then(|()| fs::remove_file(&temporary));
            made.map_err(|error| cannot_write(path, &error))
        }
    }
}

/// Where a file is written.
enum Place {
    /// To what is there: a pipe, a terminal, a link that leads nowhere yet.
    Straight,
    /// Under another name first, so that nobody ever sees half of it.
    File { target: PathBuf, temporary: PathBuf },
}

impl Place {
    fn of(path: &Path) -> Place {
        // Links are followed: what they lead to is written, and they stay links.
        let target = match (fs::metadata(path), fs::symlink_metadata(path)) {
            (Ok(there), _) if !there.is_file() => return Place::Straight,
            (Err(_), Ok(_)) => return Place::Straight,
            (Ok(_), _) => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            (Err(_), Err(_)) => path.to_owned(),
        };
        let mut temporary = target.as_os_str().to_owned();
        temporary.push(format!(".{}.tmp", std::process::id()));
        Place::File { target, temporary: PathBuf::from(temporary) }
    }
}

fn put_file(path: &Path, text: &str) -> Result<(), Failure> {
    in_place(path, |target| fs::write(target, text))
}

/// Lets a file be written where nobody sees half of it.
fn in_place(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Failure> {
    let written = match Place::of(path) {
        Place::Straight => write(path),
        Place::File { target, temporary } => {
            let written = write(&temporary).and_then(|()| {
                // Who may read the file that was there may read this one.
                if let Ok(there) = fs::metadata(&target) {
                    fs::set_permissions(&temporary, there.permissions())?;
                }
                fs::rename(&temporary, &target)
            });
            written.inspect_err(|_| {
                let _ = fs::remove_file(&temporary);
            })
        }
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| cannot_write(path, &error)),
    }
}

/// A file that is written piece by piece, and that nobody sees before it is complete.
pub(crate) struct Pieces {
    path: PathBuf,
    place: Place,
    file: io::BufWriter<fs::File>,
}

impl Pieces {
    /// Begins a file.
    pub(crate) fn create(path: &Path) -> Result<Pieces, Failure> {
        let place = Place::of(path);
        let file = match &place {
            Place::Straight => fs::OpenOptions::new().write(true).open(path),
            Place::File { temporary, .. } => fs::File::create(temporary),
        };
        let file = file.map_err(|error| cannot_write(path, &error))?;
        Ok(Pieces { path: path.to_owned(), place, file: io::BufWriter::new(file) })
    }

    /// Writes the next piece.
    pub(crate) fn write(&mut self, piece: std::fmt::Arguments) -> Result<(), Failure> {
        self.file.write_fmt(piece).map_err(|error| cannot_write(&self.path, &error))
    }

    /// The file is complete.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let written = self.file.flush().and_then(|()| match &self.place {
            Place::Straight => Ok(()),
            Place::File { target, temporary } => fs::rename(temporary, target),
        });
        written.map_err(|error| cannot_write(&self.path, &error))
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        // After `finish` there is none.
        if let Place::File { temporary, .. } = &self.place {
            let _ = fs::remove_file(temporary);
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write {}: {error}", path.display()))
        .help("check that the folder exists and may be written to")
}

/// Tells of a failure on standard error.
pub(crate) fn complain(failure: &Failure) {
    let (error, help) = (style::ERROR, style::HELP);
    say(&format!("{error}error{error:#}: {}", visible(&failure.message)));
    if let Some(text) = &failure.help {
        say(&format!(" {help}help{help:#}: {}", visible(text)));
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
                *bar = Some(self::bar(apis, format!("APIs of {}", visible(&region))))
            }
            Progress::Listed { region, apis } => {
                say(&format!("reading {} of {}", count(apis, "API"), visible(&region)));
            }
            Progress::Health => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
                say("reading metrics, and the logs of what failed");
            }
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
