//! `stagecheck errors`: failures of handlers, grouped, from an account or from logs in files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use collect::{Depth, Known, TrailUse};
use engine::health;
use engine::logs::{Errors, Gap, Grouping, Options, Reader, Unreadable};
use engine::snapshot::Snapshot;
use jiff::Timestamp;

use crate::args::ErrorsArgs;
use crate::config::ConfigFile;
use crate::error::Failure;
use crate::output::{self, Pieces};
use crate::source::{self, Source};
use crate::text;

pub(crate) async fn run(args: &ErrorsArgs) -> Result<u8, Failure> {
    if args.files.is_empty() { of_account(args).await } else { of_files(args) }
}

/// What failed in an account: its functions' own logs and its stages', where metrics say that something failed.
async fn of_account(args: &ErrorsArgs) -> Result<u8, Failure> {
    let config = ConfigFile::read(&args.config)?;
    let source = Source::open(&args.source, None).await?;
    let mut scope = source::scope(&args.selection, Depth::Health);
    (scope.trail, scope.watch) = (TrailUse::Never, source.watch(args.since, &args.logs, &config));
    let snapshots = source.read(&scope, &Known::default(), args.source.quiet).await?;
    let health: Vec<_> = snapshots.iter().filter_map(|snapshot| snapshot.health.as_ref()).collect();
    let mut errors = health::errors(&health, &options(args, source.now));
    errors.not_read.extend(not_there(args, &snapshots));
    tell(args, &errors)
}

/// Functions and log groups that were asked for, and that no API leads to.
fn not_there(args: &ErrorsArgs, snapshots: &[Snapshot]) -> Vec<Gap> {
    let functions = || snapshots.iter().flat_map(|snapshot| &snapshot.functions);
    let is_called = |name: &String| functions().any(|function| function.name.name == *name);
    let is_written = |group: &String| {
        let groups = functions().filter_map(|function| function.configuration.ok()?.as_ref()?.log_group.as_ref());
        groups.into_iter().any(|own| own == group)
    };
    let gap = |what: &String, why: &str| Gap { what: what.clone(), why: why.to_owned() };
    let uncalled =
        args.functions.iter().filter(|name| !is_called(name)).map(|name| gap(name, "no API calls this function"));
    let unwritten = args.log_groups.iter().filter(|group| !is_written(group));
    let unwritten = unwritten.map(|group| gap(group, "no function that an API calls writes into this log group"));
    uncalled.chain(unwritten).collect()
}

fn of_files(args: &ErrorsArgs) -> Result<u8, Failure> {
    let mut assignments = args.assignments.as_deref().map(Pieces::create).transpose()?;
    let mut grouping = Grouping::new(options(args, collect::now()));
    for path in &args.files {
        read(path, &mut grouping, &mut assignments)?;
    }
    grouping.end();
    write(&mut grouping, &mut assignments)?;
    let code = tell(args, &grouping.finish())?;
    if let Some(assignments) = assignments {
        assignments.finish()?;
    }
    Ok(code)
}

fn tell(args: &ErrorsArgs, errors: &Errors) -> Result<u8, Failure> {
    output::write(&args.output, errors, || text::errors::render(errors), || text::errors::markdown(errors))?;
    let severities = errors.groups.iter().map(|group| group.severity);
    Ok(args.verdict.code(severities, !errors.not_read.is_empty()))
}

/// What is wanted of logs, wherever they are.
fn options(args: &ErrorsArgs, now: Timestamp) -> Options {
    Options {
        since: args.since.map(|since| since.before(now)),
        functions: args.functions.iter().cloned().collect(),
        log_groups: args.log_groups.iter().cloned().collect(),
        assigns: args.assignments.is_some(),
    }
}

/// As much of a file as is read at once.
const PIECE: usize = 256 * 1024;

/// Reads a file into a grouping, piece by piece: it may be of any length.
fn read(path: &Path, grouping: &mut Grouping, assignments: &mut Option<Pieces>) -> Result<(), Failure> {
    let is_standard_input = path.as_os_str() == "-";
    let name = if is_standard_input { "standard input".to_owned() } else { path.display().to_string() };
    let cannot = |error: io::Error| {
        let help = match error.kind() {
            io::ErrorKind::NotFound => "check the path: it is looked for from the folder that the command runs in",
            io::ErrorKind::IsADirectory => "name a file in it",
            _ => "check that it may be read",
        };
        Failure::new(format!("cannot read {name}: {error}")).help(help)
    };
    let unreadable = |error: Unreadable| {
        Failure::new(format!("cannot read {name}: {error}")).help(match error {
            Unreadable::Compressed => "unpack it first: gunzip --stdout FILE | stagecheck errors --file -",
            Unreadable::Utf16 => {
                "write it in UTF-8: iconv --from-code UTF-16 --to-code UTF-8 FILE | stagecheck errors --file -"
            }
            Unreadable::Table => {
                "give the events as JSON: aws logs filter-log-events --log-group-name NAME > events.json"
            }
        })
    };
    let mut source: Box<dyn Read> = match is_standard_input {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(path).map_err(cannot)?),
    };
    let mut reader = Reader::new(grouping);
    let mut piece = vec![0; PIECE];
    loop {
        match source.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => reader.read(piece.get(..length).unwrap_or_default(), grouping).map_err(unreadable)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(cannot(error)),
        }
        write(grouping, assignments)?;
    }
    reader.end(grouping).map_err(unreadable)
}

/// Writes the assignments that are certain.
fn write(grouping: &mut Grouping, assignments: &mut Option<Pieces>) -> Result<(), Failure> {
    let Some(file) = assignments else { return Ok(()) };
    for assignment in grouping.assignments() {
        file.write(format_args!("{}\t{}\n", assignment.line, assignment.fingerprint))?;
    }
    Ok(())
}
