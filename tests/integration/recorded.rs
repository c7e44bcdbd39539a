//! Answers that were recorded on AWS, real exports, and failing requests with the account around them.

use std::fs;
use std::path::Path;

use engine::configuration::Source;
use engine::declared::File;
use engine::drift::{self, ApiDrift};
use engine::observed::Observed;
use engine::openapi::{self, Origin};
use engine::snapshot::Snapshot;
use serde_json::{Value, json};
use tests::exporter::{self, Format};
use tests::shapes::{REST, empty};
use tests::{Served, programs, shared};

fn json_file(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The recorded content of one test of the recordings.
fn recorded(folder: &Path, name: &str) -> Value {
    let file = folder.join(format!("export-and-resources/test_apigateway_{name}.json"));
    json_file(&file)["recorded-content"].take()
}

/// Recordings replace ids and times by placeholders, and hold some JSON decoded that is text on the wire.
fn undo_placeholders(value: &mut Value, templates: bool) {
    match value {
        Value::Object(object) => {
            object.retain(|name, value| name != "ResponseMetadata" && value != "datetime");
            for (name, value) in object.iter_mut() {
                if templates && value.is_object() {
                    // As it was written: the recorded text has a space after each colon.
                    *value = Value::from(value.to_string().replace("\":", "\": "));
                }
                undo_placeholders(value, name == "requestTemplates");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| undo_placeholders(item, false)),
        Value::String(text) => *text = text.replace("<rest-id:1>", REST).replace("<api-id:1>", REST),
        _ => {}
    }
}

/// A recorded live side: the API, its resources with each method that was asked for, and its lists.
fn live_side(content: &Value, api: &str, resources: &str) -> Value {
    let mut recording = empty();
    let apigateway = &mut recording["apigateway"];
    let mut api = content[api].clone();
    api["id"] = json!(REST);
    apigateway["get_rest_apis"]["items"] = json!([api]);
    let mut resources = content[resources].clone();
    for resource in resources["items"].as_array_mut().unwrap() {
        let path = resource["path"].as_str().unwrap().trim_start_matches('/').to_owned();
        let path = if path.is_empty() { "root".to_owned() } else { path };
        for (verb, method) in resource.get_mut("resourceMethods").and_then(Value::as_object_mut).into_iter().flatten() {
            *method = content[format!("method-{path}-{}", verb.to_lowercase())].clone();
            assert!(method.is_object(), "{verb} {path} was not recorded");
        }
    }
    apigateway["get_resources"][REST] = resources;
    for (name, operation) in [("get-authorizers", "get_authorizers"), ("get-models", "get_models")] {
        apigateway[operation][REST] = content.get(name).cloned().unwrap_or_else(|| json!({ "items": [] }));
    }
    apigateway["get_gateway_responses"][REST] = json!({ "items": [] });
    apigateway["get_stages"][REST] = json!({ "item": [{ "stageName": "local", "deploymentId": "dep001" }] });
    undo_placeholders(&mut recording, false);
    recording
}

/// The same live side with a recorded export behind its stage. The summary is made of the export's own routes.
fn with_export(live: &Value, export: &Value) -> Value {
    let mut recording = live.clone();
    let mut export = export.clone();
    undo_placeholders(&mut export, false);
    let methods = |operations: &Value| {
        let methods = operations
            .as_object()
            .unwrap()
            .keys()
            .map(|method| (method.to_uppercase(), json!({ "authorizationType": "NONE", "apiKeyRequired": false })));
        Value::Object(methods.collect())
    };
    let paths =
        export["paths"].as_object().unwrap().iter().map(|(path, operations)| (path.clone(), methods(operations)));
    let summary = Value::Object(paths.collect());
    let apigateway = &mut recording["apigateway"];
    apigateway["get_export"][format!("{REST}/local")] = export;
    apigateway["get_deployment"][REST]["dep001"] =
        json!({ "id": "dep001", "createdDate": "2025-05-06T18:34:11Z", "apiSummary": summary });
    recording
}

/// `stagecheck drift` on a recording: what one stage's drift came to.
fn drift_of(recording: &Value, name: &str) -> ApiDrift {
    let file = std::env::temp_dir().join(format!("stagecheck-{}-{name}.json", std::process::id()));
    fs::write(&file, recording.to_string()).unwrap();
    let ran = programs::run(["drift", "--quiet", "--format", "json", "--recording", file.to_str().unwrap()]);
    fs::remove_file(&file).unwrap();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}");
    let mut drift: Value = serde_json::from_str(&ran.stdout).unwrap();
    serde_json::from_value(drift["apis"][0].take()).unwrap()
}

fn changes(drift: &ApiDrift) -> Vec<String> {
    let stage = &drift.stages[0];
    assert_eq!(stage.basis.name(), "export", "{:?}", stage.not_read);
    let words = |c: &drift::Change| {
        [Some(c.subject.name().to_owned()), c.method.clone(), c.path.clone(), c.name.clone(), c.field.clone()]
    };
    stage.changes.iter().map(|c| words(c).into_iter().flatten().collect::<Vec<_>>().join(" ")).collect()
}

const FORMATS: [(&str, Format); 2] = [("oas30", Format::Oas30), ("swagger", Format::Swagger20)];

/// The pairs of a live side and an export of the same imported document, `TEST_IMPORT_PETS`.
const PETS: [&str; 3] = ["ignore", "prepend", "split"];

#[test]
fn recorded_pairs_of_resources_and_export_show_no_change() {
    let Some(folder) = shared("aws-recorded") else { return };
    for (format, _) in FORMATS {
        let exports = recorded(&folder, &format!("extended__test_export_{format}_openapi_TEST_IMPORT_PETS"));
        for mode in PETS {
            let name =
                format!("import__TestApiGatewayImportRestApi__test_import_rest_apis_with_base_path_swagger_{mode}");
            let mut content = recorded(&folder, &name);
            content["import-api"] = exports["import-api"].clone();
            let live = live_side(&content, "import-api", "get-resources-no-base-path-swagger");
            let drift = drift_of(
                &with_export(&live, &exports["get-export-with-extensions"]["body"]),
                &format!("{format}-{mode}"),
            );
            assert_eq!(changes(&drift), [""; 0], "{format} {mode}");
            assert_eq!(drift.stages[0].in_sync, Some(true), "{format} {mode}");
        }
    }
}

#[test]
fn two_recordings_of_the_pet_store_differ_in_what_their_documents_differ_in_and_nothing_else() {
    let Some(folder) = shared("aws-recorded") else { return };
    let content = recorded(&folder, "import__TestApiGatewayImportRestApi__test_import_swagger_api");
    let live = live_side(&content, "import-swagger", "resources");
    for (format, _) in FORMATS {
        let exports =
            recorded(&folder, &format!("extended__test_export_{format}_openapi_TEST_IMPORT_PETSTORE_SWAGGER"));
        let drift =
            drift_of(&with_export(&live, &exports["get-export-with-extensions"]["body"]), &format!("{format}-store"));
        // The one document has an authorizer on two methods, and calls a property of the model `petid`.
        let expected = [
            "model Pet schema",
            "method GET / authorizationType",
            "method GET / authorizer",
            "method GET /pets authorizationType",
            "method GET /pets authorizer",
        ];
        assert_eq!(changes(&drift), expected, "{format}");
    }
}

/// Every recorded export of which the live side is recorded, too: the imported document, the recording of the live side,
/// its steps, and where the two documents that were imported differ, so that the exports have to differ there and nowhere
/// else.
const PAIRS: [(&str, &str, &str, &str, &[&str]); 4] = [
    ("PETS", "rest_apis_with_base_path_swagger_ignore", "import-api", "get-resources-no-base-path-swagger", &[]),
    ("PETS", "rest_apis_with_base_path_swagger_prepend", "import-api", "get-resources-no-base-path-swagger", &[]),
    ("PETS", "rest_apis_with_base_path_swagger_split", "import-api", "get-resources-no-base-path-swagger", &[]),
    // The live side's document has an authorizer on two methods, and calls a property of `Pet` otherwise.
    (
        "PETSTORE_SWAGGER",
        "swagger_api",
        "import-swagger",
        "resources",
        &[
            "/definitions/Pet/properties/id",
            "/definitions/Pet/properties/petid",
            "/paths/~1/get/security",
            "/paths/~1pets/get/security",
            "/securityDefinitions",
        ],
    ),
];

/// The pointers of what differs between two documents.
fn differing(one: &Value, other: &Value, at: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                differing(a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null), &place, found);
            }
        }
        _ if one != other => found.push(at.to_owned()),
        _ => {}
    }
}

#[test]
fn the_independent_writer_writes_what_aws_wrote() {
    let Some(folder) = shared("aws-recorded") else { return };
    for (document, name, api, resources, differences) in PAIRS {
        for (format, kind) in FORMATS {
            let exports = recorded(&folder, &format!("extended__test_export_{format}_openapi_TEST_IMPORT_{document}"));
            let mut content = recorded(&folder, &format!("import__TestApiGatewayImportRestApi__test_import_{name}"));
            content[api] = exports["import-api"].clone();
            let live = live_side(&content, api, resources);
            for (step, bare) in [("get-export-with-extensions", false), ("get-export", true)] {
                let mut expected = exports[step]["body"].clone();
                undo_placeholders(&mut expected, false);
                let mut written = exporter::export(&live["apigateway"], REST, "local", kind);
                // The time of the export, which some recordings hold a placeholder for.
                expected["info"]["version"] = written["info"]["version"].clone();
                if bare {
                    without_extensions(&mut written);
                }
                for document in [&mut written, &mut expected] {
                    *document = serde_json::from_str(&document.to_string().replace("<region>", "eu-west-1")).unwrap();
                    sort_parameters(document);
                }
                let mut found = Vec::new();
                differing(&written, &expected, "", &mut found);
                let one_name = |place: String| {
                    let place = place.replace("/components/schemas", "/definitions");
                    place.replace("/components/securitySchemes", "/securityDefinitions")
                };
                let mut found: Vec<String> = found.into_iter().map(one_name).collect();
                found.sort();
                assert_eq!(found, differences, "{document} {name} {format} {step}");
            }
        }
    }
}

/// The order of parameters is nobody's choice.
fn sort_parameters(document: &mut Value) {
    let paths = document["paths"].as_object_mut().unwrap();
    for operation in paths.values_mut().flat_map(|path| path.as_object_mut().unwrap().values_mut()) {
        if let Some(parameters) = operation.get_mut("parameters") {
            parameters.as_array_mut().unwrap().sort_by_key(|parameter| parameter["name"].to_string());
        }
    }
}

/// An export that was asked for without extensions is what remains without them.
fn without_extensions(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| !name.starts_with("x-amazon-apigateway-"));
            object.values_mut().for_each(without_extensions);
        }
        Value::Array(items) => items.iter_mut().for_each(without_extensions),
        _ => {}
    }
}

#[test]
fn the_two_formats_of_one_export_show_no_change() {
    let Some(folder) = shared("aws-recorded") else { return };
    for api in ["PETS", "PETSTORE_SWAGGER"] {
        let document = |format: &str| {
            let exports = recorded(&folder, &format!("extended__test_export_{format}_openapi_TEST_IMPORT_{api}"));
            let text = exports["get-export-with-extensions"]["body"].to_string();
            openapi::read(&text, Origin::File).unwrap()
        };
        for (left, right) in [("oas30", "swagger"), ("swagger", "oas30")] {
            let drift = drift::documents(&document(left), &document(right)).unwrap();
            assert_eq!(changes(&drift), [""; 0], "{api}: {left} {right}");
        }
    }
}

/// The same document with its parameters in the opposite order. Its keys come out in the order of their names.
fn reordered(mut document: Value) -> Value {
    match &mut document {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                *member = reordered(member.take());
                if let ("parameters", Value::Array(parameters)) = (name.as_str(), member) {
                    parameters.reverse();
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = reordered(item.take())),
        _ => {}
    }
    document
}

#[test]
fn real_exports_are_read_and_equal_themselves() {
    let Some(folder) = shared("exports") else { return };
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.file_stem().is_some_and(|s| s != "INDEX"));
    assert!(files.len() >= 36, "{}", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let read = |text: &str| {
            let export = File::read(text, None).and_then(|file| file.export());
            // However a file is read, it comes to the same.
            assert_eq!(engine::declared::read_export(text, None), export, "{}", file.display());
            export.unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        let document = read(&text);
        let routes = document.configuration.routes.ok().unwrap();
        assert!(!routes.0.is_empty(), "{}", file.display());
        let name = file.file_name().unwrap().to_str().unwrap();
        let is_http = name.contains("swagger-extensions-authtype") || name.starts_with("patterns-http-");
        assert_eq!(document.configuration.source == Source::HttpOas30, is_http, "{name}");
        let value = engine::document::read(&text).unwrap();
        // JSON is YAML too: behind a comment, it is read as that.
        let twins = [reordered(value.clone()).to_string(), format!("# {name}\n{value}")];
        for other in [&text].into_iter().chain(&twins) {
            let drift = drift::documents(&read(other), &document).unwrap();
            assert_eq!(changes(&drift), [""; 0], "{name}");
        }
    }
}

/// Exports of one API in both formats.
const TWINS: [(&str, &str); 8] = [
    ("devportal-api-gateway-oas3", "devportal-api-gateway-swagger"),
    ("devportal-oas3-ANY-and-GET-methods", "devportal-swagger-ANY-and-GET-methods"),
    ("devportal-oas3-ANY-method", "devportal-swagger-ANY-method"),
    (
        "devguide-api-as-kinesis-proxy-export-swagger-with-extensions-0",
        "devguide-api-as-kinesis-proxy-export-swagger-with-extensions-1",
    ),
    (
        "devguide-api-gateway-content-encodings-examples-image-lambda-0",
        "devguide-api-gateway-content-encodings-examples-image-lambda-1",
    ),
    (
        "devguide-api-gateway-content-encodings-examples-image-s3-0",
        "devguide-api-gateway-content-encodings-examples-image-s3-1",
    ),
    ("devguide-set-up-lambda-proxy-integrations-0", "devguide-set-up-lambda-proxy-integrations-1"),
    ("devguide-setup-http-integrations-0", "devguide-setup-http-integrations-1"),
];

#[test]
fn real_exports_equal_their_twins_in_the_other_format() {
    let Some(folder) = shared("exports") else { return };
    for (one, other) in TWINS {
        let read = |name: &str| {
            let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
            openapi::read(&text, Origin::File).unwrap()
        };
        let (one, other) = (read(one), read(other));
        assert_eq!(changes(&drift::documents(&one, &other).unwrap()), [""; 0]);
        assert_eq!(changes(&drift::documents(&other, &one).unwrap()), [""; 0]);
    }
}

/// Lists that were recorded, by the beginning of the recorded step's name.
const LISTS: [(&str, &str); 10] = [
    ("get-stages", "get_stages"),
    ("all-stages", "get_stages"),
    ("stages-after", "get_stages"),
    ("get-deployments", "get_deployments"),
    ("deployments-after", "get_deployments"),
    ("get-models", "get_models"),
    ("get-authorizers", "get_authorizers"),
    ("get-request-validators", "get_request_validators"),
    ("request-validators", "get_request_validators"),
    ("get-gateway-responses", "get_gateway_responses"),
];

/// A method that makes the reader ask for every list.
fn refers_to_everything() -> Value {
    json!({ "items": [{ "id": "r", "path": "/", "resourceMethods": { "GET": {
        "httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": "a", "requestValidatorId": "v",
        "requestModels": { "application/json": "Empty" }, "apiKeyRequired": false,
    } } }] })
}

#[tokio::test]
async fn every_recorded_list_is_read_through_the_sdk() {
    let Some(folder) = shared("aws-recorded/export-and-resources") else { return };
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut file = json_file(&path);
        let content = file["recorded-content"].take();
        for (step, answer) in content.as_object().into_iter().flatten() {
            let found = LISTS.iter().find(|(prefix, _)| step.starts_with(prefix));
            let Some((_, operation)) = found.filter(|_| answer.get("Error").is_none()) else { continue };
            let mut recording = empty();
            let apigateway = &mut recording["apigateway"];
            apigateway["get_rest_apis"]["items"] = json!([{ "id": REST, "name": "recorded" }]);
            apigateway["get_resources"][REST] = refers_to_everything();
            // One recording holds the bare list.
            apigateway[operation][REST] = if answer.is_array() { json!({ "items": answer }) } else { answer.clone() };
            undo_placeholders(&mut recording, false);
            let snapshots = Served::start(recording).await.snapshots().await;
            let api = &snapshots[0].apis[0];
            let live = &api.live;
            let is_known = match *operation {
                "get_stages" => !api.stages.ok().unwrap().is_empty(),
                "get_deployments" => api.deployments.ok().is_some(),
                "get_models" => live.models.ok().is_some(),
                "get_authorizers" => live.authorizers.ok().is_some(),
                "get_request_validators" => live.request_validators.ok().is_some(),
                _ => live.gateway_responses.ok().is_some(),
            };
            assert!(is_known, "{step} of {}", path.display());
            read += 1;
        }
    }
    assert!(read >= 25, "only {read} lists were found");
}

/// Causes of failing requests that a check of the audit shows before anybody calls.
const SHOWN_BY_CHECK: [(&str, &str); 10] = [
    ("rest-not-deployed", "undeployed-change"),
    ("api-key-requirement-not-deployed", "undeployed-change"),
    ("api-key-requirement-still-deployed", "undeployed-change"),
    ("rest-root-no-method", "root-without-method"),
    ("custom-domain-mapping-dangling", "domain-mapping-to-missing-stage"),
    ("usage-plan-not-linked-to-stage", "usage-plan-not-on-stage"),
    ("api-key-no-usage-plan", "key-without-usage-plan"),
    ("lambda-permission-missing", "lambda-permission-missing"),
    ("lambda-permission-source-arn-mismatch", "lambda-permission-missing"),
    ("stage-variable-unset", "unset-stage-variable"),
];

#[tokio::test]
async fn the_accounts_of_failing_requests_are_audited() {
    let Some(file) = shared("cases/explain.json") else { return };
    let cases = json_file(&file);
    let (mut audited, mut shown) = (0, 0);
    for case in cases.as_array().unwrap() {
        let account = &case["account"];
        let lists = ["/apigateway/get_rest_apis/items", "/apigatewayv2/get_apis/Items"];
        if lists.iter().all(|list| account.pointer(list).is_none()) {
            continue;
        }
        let served = Served::start(account.clone()).await;
        let report = served.audit().await;
        audited += 1;
        let id = &case["id"];
        // None of them holds an export, so nobody may be told that a stage is in sync.
        assert!(report.stages.iter().all(|stage| stage.in_sync != Some(true)), "{id}");
        let cause = case["expected_cause"].as_str().unwrap();
        let Some((_, check)) = SHOWN_BY_CHECK.iter().find(|(known, _)| *known == cause) else { continue };
        assert!(report.findings.iter().any(|finding| finding.check == *check), "{id}: {cause} is not shown by {check}");
        shown += 1;
    }
    assert!(audited >= 90 && shown >= 10, "{audited} {shown}");
}

#[tokio::test]
async fn a_snapshot_survives_json_without_loss() {
    for recording in [tests::shop(), tests::shapes::every_rest_field(Format::Oas30), tests::shapes::every_http_field()]
    {
        let snapshots = Served::start(recording).await.snapshots().await;
        let text = serde_json::to_string(&snapshots).unwrap();
        let again: Vec<Snapshot> = serde_json::from_str(&text).unwrap();
        assert_eq!(again, snapshots);
        assert!(matches!(snapshots[0].apis[0].live.routes, Observed::Known(_)));
    }
}
