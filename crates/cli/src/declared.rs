//! Files of documents and templates, and which API of the account they are about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use collect::Depth;
use engine::declared::{self, DeclaredApi, DeclaredError, File, Given};
use engine::report::DriftReport;
use engine::snapshot::{Api, ApiKind, Snapshot};

use crate::args::DriftArgs;
use crate::error::Failure;
use crate::source::{self, Source};

/// A file that is named alone or as `FILE#LogicalId`.
pub(crate) fn named(path: &Path) -> (PathBuf, Option<&str>) {
    let text = path.to_str().filter(|_| !path.exists());
    match text.and_then(|text| text.rsplit_once('#')) {
        Some((file, id)) => (PathBuf::from(file), Some(id)),
        None => (path.to_owned(), None),
    }
}

fn read(path: &Path) -> Result<(PathBuf, File), Failure> {
    let (path, chosen) = named(path);
    let file = File::read(&source::read_file(&path)?, chosen).map_err(|error| failure(&path, &error))?;
    Ok((path, file))
}

/// What is wrong with a file, and what to do.
pub(crate) fn failure(path: &Path, error: &DeclaredError) -> Failure {
    let help = match error {
        DeclaredError::Several(_) | DeclaredError::NotThere { .. } => {
            format!("choose one by its logical id: {}#LogicalId", path.display())
        }
        DeclaredError::NoParameter { .. } => "--parameter gives a value to one of the template's parameters".to_owned(),
        DeclaredError::NotATemplate(_) => format!("give the file alone: {}", path.display()),
        _ => "give an export (aws apigateway get-export … --parameters extensions=apigateway,authorizers), an OpenAPI \
              document with AWS's extensions, or a SAM or CloudFormation template, as JSON or YAML"
            .to_owned(),
    };
    Failure::new(format!("{} cannot be compared: {error}", path.display())).help(help)
}

/// The drift of the APIs that a file declares, with what it declares beside it.
pub(crate) async fn drift(args: &DriftArgs, path: &Path) -> Result<DriftReport, Failure> {
    let (path, file) = read(path)?;
    let fail = |error: DeclaredError| failure(&path, &error);
    let mut given = Given { parameters: args.parameters.iter().cloned().collect(), ..Given::default() };
    let declared = file.apis(&given).map_err(fail)?;
    let by_name = args.report.selection.api.is_empty();
    let mut scope = source::scope(&args.report.selection, Depth::Drift);
    if by_name {
        scope.apis = names(&path, &declared)?;
    }
    let source = Source::open(&args.report.source, None).await?;
    let snapshots = source.read_and_renew(&args.report.source, scope).await?;
    let wanted = source::wants_stage(&args.report.selection);
    let mut apis = Vec::new();
    for snapshot in &snapshots {
        for api in &snapshot.apis {
            let declared = choose(&path, &declared, api, by_name)?;
            is_alone(&path, snapshot, api, &declared, by_name)?;
            given.account_id = Some(snapshot.account_id.clone());
            given.region = Some(snapshot.region.clone());
            let declaration = file.declaration(&declared, api.kind, &given).map_err(fail)?;
            let mut drift = engine::drift::api(snapshot, api, &wanted);
            declared::compare(&declaration, api, &mut drift);
            apis.push(drift);
        }
    }
    Ok(source.drift_report(&snapshots, apis))
}

/// The names of all APIs that a file declares.
fn names(path: &Path, declared: &[DeclaredApi]) -> Result<Vec<String>, Failure> {
    let names: Option<BTreeSet<String>> = declared.iter().map(|api| api.name.clone()).collect();
    names.map(|names| names.into_iter().collect()).ok_or_else(|| {
        let nameless = declared.iter().filter(|api| api.name.is_none());
        let nameless: Vec<&str> = nameless.map(|api| api.logical_id.as_deref().unwrap_or("the document")).collect();
        let failure = Failure::new(format!(
            "{} does not tell the name of the API that it declares ({})",
            path.display(),
            nameless.join(", ")
        ));
        match declared.len() {
            1 => failure.help("name it: --api ID-OR-NAME"),
            _ => failure
                .help(format!("choose one, and name it: --declared {}#LogicalId --api ID-OR-NAME", path.display())),
        }
    })
}

/// The API of a file that an API of the account is declared by.
fn choose(path: &Path, declared: &[DeclaredApi], api: &Api, by_name: bool) -> Result<DeclaredApi, Failure> {
    let is_kind = |one: &&DeclaredApi| one.kind.is_none_or(|kind| kind == api.kind);
    let of_kind: Vec<&DeclaredApi> = declared.iter().filter(is_kind).collect();
    let named: Vec<&DeclaredApi> = of_kind.iter().filter(|one| one.name.as_ref() == Some(&api.name)).copied().collect();
    match (of_kind.as_slice(), named.as_slice()) {
        (_, [one]) => Ok((*one).clone()),
        ([one], _) if !by_name => Ok((*one).clone()),
        ([], _) => {
            let kinds: BTreeSet<&str> = declared.iter().filter_map(|one| one.kind).map(ApiKind::name).collect();
            let kinds = kinds.into_iter().collect::<Vec<_>>().join(" and ");
            Err(Failure::new(format!(
                "{} declares a {kinds} API, and `{}` is a {} API",
                path.display(),
                api.name,
                api.kind.name()
            ))
            .help("--api chooses the API that the file declares, by id or name"))
        }
        _ => {
            let several = declared.to_vec();
            Err(failure(path, &DeclaredError::Several(declared::listed(&several))))
        }
    }
}

/// A file declares one API of a region: of two with its name, nobody knows which.
fn is_alone(path: &Path, snapshot: &Snapshot, api: &Api, declared: &DeclaredApi, by_name: bool) -> Result<(), Failure> {
    let is_rival = |other: &&Api| declared.kind.is_none_or(|kind| kind == other.kind) && other.name == api.name;
    let rivals: Vec<&str> = snapshot.apis.iter().filter(is_rival).map(|api| api.id.as_str()).collect();
    if rivals.len() < 2 || !by_name {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} declares one API `{}`, and {} has several: {}",
        path.display(),
        api.name,
        snapshot.region,
        rivals.join(", ")
    ))
    .help("choose by id: --api ID"))
}
