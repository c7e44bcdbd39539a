//! `stagecheck errors`: failures of handlers, grouped, from logs in files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use engine::logs::{Grouping, Options, Reader, Unreadable};

use crate::args::ErrorsArgs;
use crate::error::Failure;
use crate::output::{self, Pieces};
use crate::text;

pub(crate) fn run(args: &ErrorsArgs) -> Result<u8, Failure> {
    if args.files.is_empty() {
        return Err(Failure::new("there is no log to read").help(
            "name one with --file FILE, or pipe one in: aws logs tail /aws/lambda/NAME | stagecheck errors --file -",
        ));
    }
    let mut assignments = args.assignments.as_deref().map(Pieces::create).transpose()?;
    let mut grouping = Grouping::new(options(args));
    for path in &args.files {
        read(path, &mut grouping, &mut assignments)?;
    }
    grouping.end();
    write(&mut grouping, &mut assignments)?;
    let errors = grouping.finish();
    output::write(&args.output, &errors, || text::errors::render(&errors), || text::errors::markdown(&errors))?;
    if let Some(assignments) = assignments {
        assignments.finish()?;
    }
    let severities = errors.groups.iter().map(|group| group.severity);
    Ok(args.verdict.code(severities, !errors.not_read.is_empty()))
}

/// What is wanted of logs, wherever they are.
fn options(args: &ErrorsArgs) -> Options {
    Options {
        since: args.since.map(|since| since.before(collect::now())),
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
    let unreadable = |error: Unreadable| match error {
        Unreadable::Compressed => Failure::new(format!("cannot read {name}: {error}"))
            .help("unpack it first: gunzip --stdout FILE | stagecheck errors --file -"),
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
