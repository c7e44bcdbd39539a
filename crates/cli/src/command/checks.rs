//! `stagecheck checks`: the catalogue, and one check's page.

use engine::check::Check;
use engine::checks;
use serde_json::{Value, json};

use crate::args::ChecksArgs;
use crate::error::Failure;
use crate::output;
use crate::text::style;

pub(crate) fn run(args: &ChecksArgs) -> Result<u8, Failure> {
    match &args.id {
        None => {
            let all: Vec<Value> = checks::ALL.iter().map(|check| describe(check)).collect();
            output::write(&args.output, &all, list, list)?;
        }
        Some(id) => {
            let check = checks::ALL.iter().find(|check| check.id == id).ok_or_else(|| {
                Failure::new(format!("there is no check `{}`", style::visible(id)))
                    .help("stagecheck checks lists them all")
            })?;
            output::write(&args.output, &describe(check), || page(check), || page(check))?;
        }
    }
    Ok(0)
}

fn describe(check: &Check) -> Value {
    let kinds: Vec<&str> = check.kinds.iter().map(|kind| kind.name()).collect();
    json!({
        "id": check.id, "title": check.title(), "severity": check.severity, "kinds": kinds, "since": check.since,
        "docs": check.page(),
    })
}

fn list() -> String {
    let width = checks::ALL.iter().map(|check| check.id.len()).max().unwrap_or_default();
    let line = |check: &&Check| {
        let severity = style::severity(check.severity);
        format!("{:width$}  {severity}{:8}{severity:#}  {}\n", check.id, check.severity.name(), check.title())
    };
    checks::ALL.iter().map(line).collect()
}

fn page(check: &Check) -> String {
    format!("{}, at worst {}, since {}\n\n{}\n", check.id, check.severity.name(), check.since, check.page().trim_end())
}
