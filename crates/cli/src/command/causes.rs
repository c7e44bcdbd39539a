//! `stagecheck causes`: the catalogue, and one cause's page.

use engine::case::cause::{Audit, Cause, Role};
use engine::causes::{self, FAMILIES, Family};
use serde_json::{Value, json};

use crate::args::CausesArgs;
use crate::error::Failure;
use crate::output;
use crate::text::style::{self, visible};

pub(crate) fn run(args: &CausesArgs) -> Result<u8, Failure> {
    match &args.id {
        None => {
            let all: Vec<Value> =
                FAMILIES.iter().flat_map(|family| family.causes.iter().map(|cause| describe(family, cause))).collect();
            output::write(&args.output, &all, list, list)?;
        }
        Some(id) => {
            let found =
                FAMILIES.iter().find_map(|family| Some((family, family.causes.iter().find(|cause| cause.id == id)?)));
            let (family, cause) = found.ok_or_else(|| {
                Failure::new(format!("there is no cause `{}`", visible(id))).help("stagecheck causes lists them all")
            })?;
            output::write(&args.output, &describe(family, cause), || page(family, cause), || page(family, cause))?;
        }
    }
    Ok(0)
}

fn describe(family: &Family, cause: &Cause) -> Value {
    let role = match cause.role {
        Role::Cause => "cause",
        Role::Hint => "hint",
        Role::Advice => "advice",
    };
    let audit = match cause.audit {
        Audit::Proves => "proves",
        Audit::Warns => "warns",
        Audit::Silent => "silent",
    };
    json!({
        "id": cause.id, "title": cause.title(), "family": family.name, "role": role, "audit": audit,
        "docs": cause.page(),
    })
}

fn list() -> String {
    let width = causes::all().map(|cause| cause.id.len()).max().unwrap_or_default();
    let heading = style::HEADING;
    let lines = FAMILIES.iter().map(|family| {
        let causes = family.causes.iter().map(|cause| format!("  {:width$}  {}\n", cause.id, cause.title()));
        format!("{heading}{}{heading:#}\n{}", family.name, causes.collect::<String>())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn page(family: &Family, cause: &Cause) -> String {
    format!("{}, {}\n\n{}\n{}\n", cause.id, family.name, cause.title(), cause.page().trim_end())
}
