//! What a team declares: OpenAPI documents with AWS's extensions, SAM and CloudFormation templates.
//!
//! A [`File`] tells which APIs it declares and, for each, its routes with the fields that it says something of. What a
//! file leaves open, such as the name that CloudFormation makes up for a function, is unknown, and an unknown is never
//! a difference. [`compare()`] puts declared, live and deployed beside each other.

mod body;
mod cloudformation;
mod compare;
mod fields;
mod intrinsics;
mod sam;
mod sam_auth;
mod template;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use self::compare::compare;
pub(crate) use self::fields::Fields;
pub use self::intrinsics::Given;
pub use crate::drift::three_way::{RouteVerdict, Verdict};

use self::intrinsics::Scope;
use crate::configuration::{RouteKey, Source};
use crate::document::{self, DocumentError, Tree};
use crate::openapi::{self, Document, ExportError, Origin};
use crate::snapshot::ApiKind;
use crate::unknown;

/// A file that declares APIs.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    document: Value,
    /// The API that was asked for, by its logical id.
    chosen: Option<String>,
}

/// One API of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredApi {
    /// The logical id of its resource; `None` for an OpenAPI document.
    pub logical_id: Option<String>,
    /// Which product it is, where the file tells.
    pub kind: Option<ApiKind>,
    /// Its name, where the file tells.
    pub name: Option<String>,
    /// Whether its definition stands in the template.
    has_body: bool,
}

/// The routes that are declared of one API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    routes: BTreeMap<RouteKey, DeclaredRoute>,
    /// Why routes that are not here may be declared all the same.
    open: BTreeSet<String>,
    /// The same for single paths.
    open_paths: BTreeMap<String, String>,
}

/// A route that is declared.
#[derive(Clone, Debug, PartialEq)]
struct DeclaredRoute {
    /// Why it is not known whether the route is declared, where that is so.
    unsure: Option<String>,
    /// What is said of it.
    fields: Fields,
}

/// Why a file cannot be compared. Each is the file's fault, or that of who chose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeclaredError {
    /// It cannot be read at all.
    #[error(transparent)]
    Unreadable(#[from] DocumentError),
    /// It is no document that API Gateway takes.
    #[error(transparent)]
    NotOpenApi(#[from] ExportError),
    /// It is a template without any API in it.
    #[error("the template declares no API")]
    NoApi,
    /// It is a template whose APIs have no definition in it.
    #[error("the template holds no API with an inline definition; it declares {0}")]
    NoDefinition(String),
    /// Its definition has holes that hide which routes there are.
    #[error("the file leaves its definition open: {0}")]
    Open(String),
    /// It declares several APIs, and none was chosen.
    #[error("the template declares several APIs: {0}")]
    Several(String),
    /// The API that was chosen is not in it.
    #[error("the template declares no API `{chosen}`; it declares {declared}")]
    NotThere {
        /// The logical id that was asked for.
        chosen: String,
        /// Those that there are.
        declared: String,
    },
    /// A parameter was given that the file does not have.
    #[error("it has no parameter `{given}`; it has {has}")]
    NoParameter {
        /// The name that was given.
        given: String,
        /// Those that there are.
        has: String,
    },
    /// A logical id was given for a file that has none.
    #[error("`#{0}` names a resource, and the file is no template")]
    NotATemplate(String),
}

impl File {
    /// Reads a file: JSON or YAML; `chosen` is the logical id of one of its APIs.
    ///
    /// # Errors
    ///
    /// [`DeclaredError`] says what is wrong with the file or the choice.
    pub fn read(text: &str, chosen: Option<&str>) -> Result<File, DeclaredError> {
        let document = document::read(text)?;
        let file = File { document, chosen: chosen.map(str::to_owned) };
        match chosen {
            Some(chosen) if !template::is_template(&file.document) => {
                Err(DeclaredError::NotATemplate(chosen.to_owned()))
            }
            _ => Ok(file),
        }
    }

    /// The APIs that the file declares, or the one that was chosen. There is at least one.
    ///
    /// # Errors
    ///
    /// [`DeclaredError`], where there is none, or not the one that was chosen.
    pub fn apis(&self, given: &Given) -> Result<Vec<DeclaredApi>, DeclaredError> {
        self.has_parameters(given)?;
        if !template::is_template(&self.document) {
            let read = self.resolved(given);
            let name = read.pointer("/info/title").and_then(Value::as_str).filter(|name| !unknown::is_in_text(name));
            let name = name.map(str::to_owned);
            openapi::of(&read, Origin::File)?;
            return Ok(vec![DeclaredApi { logical_id: None, kind: None, name, has_body: true }]);
        }
        let mut apis = template::apis(&Scope::new(&self.document, given));
        if apis.is_empty() {
            return Err(DeclaredError::NoApi);
        }
        if let Some(chosen) = &self.chosen {
            let declared = listed(&apis);
            apis.retain(|api| api.logical_id.as_ref() == Some(chosen));
            if apis.is_empty() {
                return Err(DeclaredError::NotThere { chosen: chosen.clone(), declared });
            }
        }
        Ok(apis)
    }

    /// Whether every parameter that was given is one of the file's. One that is not would change nothing, unnoticed.
    fn has_parameters(&self, given: &Given) -> Result<(), DeclaredError> {
        let own = self.document.get("Parameters").and_then(Value::as_object);
        let own = own.filter(|_| template::is_template(&self.document));
        let is_own = |name: &str| own.is_some_and(|own| own.contains_key(name));
        let Some(stranger) = given.parameters.keys().find(|name| !is_own(name)) else { return Ok(()) };
        let names: Vec<&str> = own.into_iter().flat_map(|own| own.keys()).map(String::as_str).collect();
        let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Err(DeclaredError::NoParameter { given: stranger.clone(), has })
    }

    /// The routes that one of the file's APIs declares. `kind` is the product that it was found to be.
    ///
    /// # Errors
    ///
    /// [`DeclaredError`], where its definition is no document that API Gateway takes.
    pub fn declaration(&self, api: &DeclaredApi, kind: ApiKind, given: &Given) -> Result<Declaration, DeclaredError> {
        let mut declaration = match &api.logical_id {
            None => body::read(&self.resolved(given), kind)?,
            Some(id) => resource(&Scope::new(&self.document, given), id, kind)?,
        };
        declaration.routes.values_mut().for_each(|route| fields::normalise(&mut route.fields, kind));
        Ok(declaration)
    }

    /// The inline definition of the file's one API, or the file itself where it is an OpenAPI document, as an export.
    ///
    /// # Errors
    ///
    /// [`DeclaredError`], where there is none, or more than one to choose from.
    pub fn export(&self) -> Result<Document, DeclaredError> {
        let given = Given::default();
        if !template::is_template(&self.document) {
            return export(&self.resolved(&given), Origin::File);
        }
        let apis = self.apis(&given)?;
        let inline: Vec<&DeclaredApi> = apis.iter().filter(|api| api.has_body).collect();
        let [api] = inline.as_slice() else {
            let several: Vec<DeclaredApi> = inline.iter().map(|api| (*api).clone()).collect();
            return Err(match several.is_empty() {
                true => DeclaredError::NoDefinition(listed(&apis)),
                false => DeclaredError::Several(listed(&several)),
            });
        };
        let scope = Scope::new(&self.document, &given);
        let found = scope.resources().find(|(id, _)| Some(*id) == api.logical_id.as_ref());
        let resource = found.map(|(_, resource)| resource).unwrap_or(&Value::Null);
        let body = template::body_property(resource.get("Type").and_then(Value::as_str).unwrap_or_default());
        let definition = scope.property(resource, body).unwrap_or_default();
        let origin = if api.kind == Some(ApiKind::Rest) { Origin::Rest("") } else { Origin::Http("") };
        let mut document = export(&definition, origin)?;
        document.title = document.title.or_else(|| api.name.clone());
        Ok(document)
    }

    /// The document with its functions resolved. Most have none, and are taken as they are.
    fn resolved(&self, given: &Given) -> Cow<'_, Value> {
        if !intrinsics::calls_any(&self.document) {
            return Cow::Borrowed(&self.document);
        }
        Cow::Owned(Scope::new(&Value::Null, given).resolve(&self.document).unwrap_or_default())
    }
}

/// Reads a file as an export: [`File::export`] of what [`File::read`] gives.
///
/// # Errors
///
/// Those of both.
pub fn read_export(text: &str, chosen: Option<&str>) -> Result<Document, DeclaredError> {
    // Most files are exports in JSON, in which there is nothing to resolve.
    if chosen.is_none()
        && !may_resolve(text)
        && let Some(tree) = Tree::read(text)
        && tree.is_object()
        && tree.get("Resources").is_none()
    {
        return Ok(openapi::of_tree(&tree, Origin::File)?);
    }
    File::read(text, chosen)?.export()
}

/// Whether a JSON text may call a function, or hold a mark of what is unknown. Either may be written in escapes.
fn may_resolve(text: &str) -> bool {
    intrinsics::may_call(text) || unknown::is_in_text(text) || text.contains("\\u")
}

/// A definition whose functions are resolved, as an export. Which routes there are must not be left open.
fn export(definition: &Value, origin: Origin) -> Result<Document, DeclaredError> {
    if definition.is_string() && unknown::is_in(definition) {
        return Err(DeclaredError::Open(unknown::names(definition).join(", ")));
    }
    let mut document = openapi::of(definition, origin)?;
    if !unknown::is_in(definition) {
        return Ok(document);
    }
    let kind = if document.configuration.source == Source::HttpOas30 { ApiKind::Http } else { ApiKind::Rest };
    let declaration = body::read(definition, kind)?;
    let unsure = declaration.routes.values().filter_map(|route| route.unsure.as_ref());
    if let Some(why) = declaration.open.iter().chain(declaration.open_paths.values()).chain(unsure).next() {
        return Err(DeclaredError::Open(why.clone()));
    }
    for (key, route) in declaration.routes {
        let open = route.fields.iter().filter(|(_, value)| unknown::is_in(value));
        document.unknown.extend(open.map(|(field, _)| (key.clone(), *field)).filter(|(_, field)| *field != "uri"));
    }
    Ok(document)
}

/// The declaration of a template's API.
fn resource(scope: &Scope, logical_id: &str, kind: ApiKind) -> Result<Declaration, DeclaredError> {
    let resource = scope.resources().find(|(id, _)| *id == logical_id).map(|(_, resource)| resource);
    let resource_type = resource.and_then(|resource| resource.get("Type")).and_then(Value::as_str);
    let mut declaration = match (resource, resource_type) {
        (Some(resource), Some("AWS::ApiGateway::RestApi" | "AWS::ApiGatewayV2::Api")) => {
            let mut declaration = match scope.property(resource, "Body") {
                Some(body) => body::read(&body, kind)?,
                None => Declaration::default(),
            };
            if scope.property(resource, "BodyS3Location").is_some() {
                declaration.open.insert("BodyS3Location names another file".to_owned());
            }
            declaration
        }
        _ => {
            let made = sam::document(scope, logical_id, resource, kind);
            let mut declaration = body::read(&made.document, kind)?;
            declaration.open.extend(made.open);
            declaration
        }
    };
    // Methods and routes of their own may be put into any API, SAM's too.
    if kind == ApiKind::Rest {
        cloudformation::methods(scope, logical_id, &mut declaration);
    } else {
        cloudformation::routes(scope, logical_id, resource, &mut declaration);
    }
    declaration.open.extend(template::open(scope, logical_id));
    Ok(declaration)
}

/// The logical ids of APIs, for a message.
pub fn listed(apis: &[DeclaredApi]) -> String {
    let names = apis.iter().filter_map(|api| api.logical_id.as_deref());
    names.map(unknown::shown_text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
