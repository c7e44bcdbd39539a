//! Documents and templates: compared with each other, and put beside what is live and deployed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::exporter::Format;
use tests::folder::Folder;
use tests::programs::run;
use tests::shapes::{deploy, function_uri, orders, shop};

/// `stagecheck drift --declared`: the one stage of the one API.
fn stage(recording: &str, declared: &str, more: &[&str]) -> Value {
    let args = ["drift", "--quiet", "--format", "json", "--recording", recording, "--declared", declared];
    run(args.iter().chain(more)).json()["apis"][0]["stages"][0].take()
}

/// Route, field, the three values and the verdict of each entry.
fn three_way(stage: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let entries = stage["threeWay"].as_array().unwrap().iter();
    let fields = ["method", "path", "field", "declared", "live", "deployed", "verdict"];
    entries.map(|entry| fields.map(|field| word(&entry[field])).join(" ")).collect()
}

const CREATE: &str = "/apigateway/get_resources/a1b2c3d4e5/items/1/resourceMethods/POST";

/// The orders API, deployed with one timeout of `POST /orders` and edited to another.
fn recording(live: i64, deployed: i64) -> Value {
    let mut recording = orders();
    let timeout = format!("{CREATE}/methodIntegration/timeoutInMillis");
    tests::edit(&mut recording, &timeout, json!(deployed));
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    tests::edit(&mut recording, &timeout, json!(live));
    recording
}

/// The orders API as an OpenAPI document, with a timeout of `POST /orders`.
fn openapi(timeout: &str) -> String {
    let integration = format!(
        "x-amazon-apigateway-integration: {{ type: aws_proxy, httpMethod: POST, uri: '{}'",
        function_uri("orders-fn")
    );
    format!(
        "openapi: 3.0.1\ninfo: {{ title: orders }}\npaths:\n  /:\n    get: {{ {integration} }} }}\n  /orders:\n    get: {{ \
         {integration} }} }}\n    post: {{ {integration}, timeoutInMillis: {timeout} }} }}\n"
    )
}

/// The same as a SAM template with events.
fn sam(timeout: &str) -> String {
    format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {{ Type: AWS::Serverless::Api, Properties: {{ Name: orders, StageName: prod }} }}
  OrdersFunction:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders-fn
      Events:
        Root: {{ Type: Api, Properties: {{ RestApiId: !Ref Orders, Path: /, Method: get }} }}
        List: {{ Type: Api, Properties: {{ RestApiId: !Ref Orders, Path: /orders, Method: get }} }}
        Create:
          Type: Api
          Properties: {{ RestApiId: !Ref Orders, Path: /orders, Method: post, TimeoutInMillis: {timeout} }}
"
    )
}

/// The same as a CloudFormation template, resource by resource.
fn cloudformation(timeout: &str) -> String {
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations";
    let method = |name: &str, resource: &str, verb: &str, more: &str| {
        format!(
            "  {name}:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: {resource}
      HttpMethod: {verb}
      AuthorizationType: NONE
      Integration: {{ Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: !Sub '{uri}'{more} }}
"
        )
    };
    let timeout = format!(", TimeoutInMillis: {timeout}");
    [
        "Resources:
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: orders } }
  Fn: { Type: AWS::Lambda::Function, Properties: { FunctionName: orders-fn } }
  Orders:
    Type: AWS::ApiGateway::Resource
    Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders }
"
        .to_owned(),
        method("GetRoot", "!GetAtt Api.RootResourceId", "GET", ""),
        method("GetOrders", "!Ref Orders", "GET", ""),
        method("PostOrders", "!Ref Orders", "POST", &timeout),
    ]
    .concat()
}

/// A writer of one kind of file, by its name.
type Writer = (&'static str, fn(&str) -> String);

const WRITERS: [Writer; 3] = [("openapi", openapi), ("sam", sam), ("cloudformation", cloudformation)];

#[test]
fn which_two_agree_and_which_step_was_forgotten() {
    let folder = Folder::new("declared-outcomes");
    for (declared, live, deployed, verdict) in [
        ("5000", 5000, 5000, None),
        ("5000", 6000, 6000, Some("stack-not-deployed")),
        ("5000", 5000, 6000, Some("stage-not-deployed")),
        ("5000", 6000, 5000, Some("edited-by-hand")),
        ("5000", 6000, 7000, Some("all-differ")),
        ("!ImportValue timeout", 6000, 6000, Some("unknown")),
    ] {
        let file = folder.file("recording.json", &recording(live, deployed).to_string());
        for (name, write) in WRITERS {
            let stage = stage(&file, &folder.file("declared.yaml", &write(declared)), &[]);
            let shown = declared.parse::<i64>().map_or(Value::Null, Value::from);
            let expected =
                verdict.map(|verdict| format!("POST /orders timeoutInMillis {shown} {live} {deployed} {verdict}"));
            assert_eq!(three_way(&stage), expected.into_iter().collect::<Vec<_>>(), "{name} {verdict:?}");
            assert_eq!(stage["routesInAgreement"], if verdict.is_some() { 2 } else { 3 }, "{name} {verdict:?}");
            let changes = stage["changes"].as_array().unwrap();
            assert_eq!(
                changes.iter().map(|change| change["declared"].clone()).collect::<Vec<_>>(),
                vec![shown; changes.len()]
            );
        }
    }
}

#[test]
fn whole_routes_are_declared_live_or_deployed() {
    let folder = Folder::new("declared-routes");
    let mut recording = orders();
    let methods = "/apigateway/get_resources/a1b2c3d4e5/items/1/resourceMethods";
    let method = recording.pointer(CREATE).unwrap().clone();
    // PUT was taken away since it was deployed, PATCH was added since, and DELETE is in no file.
    tests::edit(&mut recording, &format!("{methods}/PUT"), method.clone());
    tests::edit(&mut recording, &format!("{methods}/DELETE"), method.clone());
    deploy(&mut recording, "prod", "dep001", Format::Oas30);
    tests::edit(&mut recording, &format!("{methods}/PUT"), Value::Null);
    tests::edit(&mut recording, &format!("{methods}/PATCH"), method);
    let file = folder.file("recording.json", &recording.to_string());
    let operation = "{ x-amazon-apigateway-integration: { type: aws_proxy } }";
    let text = format!("{}    put: {operation}\n    patch: {operation}\n    head: {operation}\n", openapi("29000"));
    let declared = folder.file("declared.yaml", &text);
    let stage = stage(&file, &declared, &[]);
    assert_eq!(
        three_way(&stage),
        [
            "DELETE /orders null false true true stack-not-deployed",
            "HEAD /orders null true false false stack-not-deployed",
            "PATCH /orders null true true false stage-not-deployed",
            "PUT /orders null true false true edited-by-hand",
        ]
    );
    let meaning = |at: usize| stage["threeWay"][at]["meaning"].as_str().unwrap();
    assert!(meaning(0).contains("was not deployed") && meaning(0).contains("by hand"), "{}", meaning(0));
    let ran = run(["drift", "--quiet", "--recording", &file, "--declared", &declared]);
    let section = ran
        .stdout
        .split_once("\nDeclared, live and deployed: orders (REST a1b2c3d4e5, eu-west-1), stage prod\n")
        .unwrap()
        .1;
    for line in [
        "  PUT /orders\n    the route: declared there, live not there, deployed there\n        edited since: ",
        "  Stage not deployed: aws apigateway create-deployment --rest-api-id a1b2c3d4e5 --stage-name prod --region eu-west-1\n",
        "  3 routes in agreement\n",
    ] {
        assert!(section.contains(line), "{section}");
    }
}

#[test]
fn whoever_edited_past_the_file_is_named() {
    let folder = Folder::new("declared-hands");
    let declared = folder.file("declared.yaml", &sam("5000"));
    for (agent, verdict, label) in [
        (Some("console.amazonaws.com"), "edited-by-hand", "edited by hand: "),
        (Some("cloudformation.amazonaws.com"), "edited-by-tool", "edited by a tool: "),
        (None, "edited-by-hand", "edited since: "),
    ] {
        let mut recording = recording(6000, 5000);
        let resource = recording["apigateway"]["get_resources"]["a1b2c3d4e5"]["items"][1]["id"].clone();
        let told = json!({
            "eventID": "e1", "eventTime": "2026-10-05T10:00:00Z", "eventName": "UpdateIntegration",
            "userAgent": agent.unwrap_or_default(), "userIdentity": { "type": "IAMUser", "userName": "ada" },
            "requestParameters": { "restApiId": "a1b2c3d4e5", "resourceId": resource, "httpMethod": "POST" },
        });
        let event = json!({ "EventId": "e1", "EventName": "UpdateIntegration", "EventTime": "2026-10-05T10:00:00Z",
                            "CloudTrailEvent": told.to_string() });
        let events: Vec<Value> = agent.map(|_| event).into_iter().collect();
        recording["cloudtrail"] = json!({ "lookup_events": { "Events": events } });
        let file = folder.file("recording.json", &recording.to_string());
        let stage = stage(&file, &declared, &[]);
        assert_eq!(three_way(&stage), [format!("POST /orders timeoutInMillis 5000 6000 5000 {verdict}")]);
        let entry = &stage["threeWay"][0];
        assert_eq!(entry["madeBy"]["who"], agent.map_or(Value::Null, |_| json!("ada")));
        assert!(!entry["meaning"].as_str().unwrap().contains("by hand"), "{entry}");
        let ran = run(["drift", "--quiet", "--recording", &file, "--declared", &declared]);
        assert!(ran.stdout.contains(label), "{}", ran.stdout);
    }
}

#[test]
fn of_long_values_the_part_that_differs_is_shown() {
    let folder = Folder::new("declared-long");
    let mut recording = orders();
    tests::edit(&mut recording, &format!("{CREATE}/methodIntegration/uri"), json!(function_uri("newer-fn")));
    let file = folder.file("recording.json", &recording.to_string());
    let ran = run(["drift", "--quiet", "--recording", &file, "--declared", &folder.file("sam.yaml", &sam("29000"))]);
    let line = ran.stdout.lines().find(|line| line.starts_with("    uri: declared ")).unwrap();
    let shown: Vec<bool> = ["orders-fn", "newer-fn"].map(|name| line.contains(name)).to_vec();
    assert_eq!(shown, [true, true], "{line}");
}

#[test]
fn what_nobody_can_tell_is_unknown_and_no_difference() {
    let folder = Folder::new("declared-unknown");
    let file = folder.file("recording.json", &orders().to_string());
    // Of a function without a name, only the logical id is known.
    let nameless = folder.file("nameless.yaml", &sam("29000").replace("      FunctionName: orders-fn\n", ""));
    let stage_of = |declared: &str| stage(&file, declared, &[]);
    let entries = three_way(&stage_of(&nameless));
    assert_eq!(entries.len(), 3, "{entries:?}");
    assert!(
        entries.iter().all(|entry| entry.contains(" uri arn:aws:apigateway:eu-west-1:") && entry.ends_with(" unknown"))
    );
    assert!(!entries.concat().contains('\u{fdd0}'), "{entries:?}");
    // Routes may hide in what is not known.
    let hidden = openapi("29000").replace("  /:\n", "  Fn::Transform: { Name: 'AWS::Include' }\n  /other:\n");
    let entries = three_way(&stage_of(&folder.file("hidden.yaml", &hidden)));
    assert_eq!(entries, ["GET / null null true true unknown", "GET /other null true false false stack-not-deployed"]);
    // A parameter's value is given.
    let parameter = "Parameters: { T: { Type: Number } }\n".to_owned() + &sam("!Ref T");
    let parameter = folder.file("parameter.yaml", &parameter);
    assert_eq!(three_way(&stage(&file, &parameter, &["--parameter", "T=29000"])), [""; 0]);
    assert_eq!(three_way(&stage(&file, &parameter, &["--parameter", "T=1"])).len(), 1);
    // What the stage serves cannot be read.
    let mut blind = orders();
    blind["apigateway"]["get_export"] = json!({});
    let blind = folder.file("blind.json", &blind.to_string());
    let entries = three_way(&stage(&blind, &folder.file("sam.yaml", &sam("5000")), &[]));
    assert!(entries.contains(&"POST /orders timeoutInMillis 5000 29000 null unknown".to_owned()), "{entries:?}");
}

#[test]
fn http_apis_are_declared_too() {
    let folder = Folder::new("declared-http");
    let file = folder.file("recording.json", &shop().to_string());
    let template = "
Resources:
  Shop: { Type: AWS::Serverless::HttpApi, Properties: { Name: shop } }
  Cart:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: cart-fn
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Shop, Path: /cart, Method: get } }
";
    let declared = folder.file("shop.yaml", template);
    assert_eq!(three_way(&stage(&file, &declared, &[])), [""; 0]);
    let auth = template.replace(
        "Name: shop",
        "Name: shop, Auth: { DefaultAuthorizer: jwt, Authorizers: { jwt: { JwtConfiguration: {} } } }",
    );
    let entries = three_way(&stage(&file, &folder.file("auth.yaml", &auth), &[]));
    assert_eq!(
        entries,
        [
            "GET /cart authorizationType JWT NONE NONE stack-not-deployed",
            "GET /cart authorizer jwt null null stack-not-deployed"
        ]
    );
}

#[test]
fn a_file_is_about_one_api_or_there_is_one_error() {
    let folder = Folder::new("declared-choice");
    let recording = folder.file("recording.json", &orders().to_string());
    let nameless = folder.file("nameless.yaml", &sam("29000").replace("Name: orders, ", ""));
    let both = sam("29000").replace(
        "  OrdersFunction:",
        "  Other: { Type: AWS::Serverless::Api, Properties: { StageName: a } }\n  OrdersFunction:",
    );
    let both = folder.file("both.yaml", &both);
    let empty = folder.file("empty.yaml", "Resources: { Q: { Type: AWS::SQS::Queue } }\n");
    let http =
        folder.file("http.yaml", "Resources: { A: { Type: AWS::Serverless::HttpApi, Properties: { Name: orders } } }");
    let elsewhere = folder.file("elsewhere.yaml", &sam("1").replace("Name: orders", "Name: elsewhere"));
    let plain = folder.file("plain.yaml", &openapi("29000"));
    for (args, expected) in [
        (vec![nameless.clone()], "does not tell the name of the API that it declares (Orders)"),
        (vec![both.clone()], "does not tell the name of the API that it declares (Other)"),
        (vec![format!("{both}#Nothing")], "the template declares no API `Nothing`; it declares Orders, Other"),
        (vec![format!("{plain}#Orders")], "`#Orders` names a resource, and the file is no template"),
        (vec![empty], "the template declares no API"),
        (vec![plain.clone(), "--parameter".to_owned(), "Nope=x".to_owned()], "it has no parameter `Nope`; it has none"),
        (vec![http], "declares a HTTP API, and `orders` is a REST API"),
        (vec![elsewhere], "there is no API `elsewhere` in eu-west-1"),
    ] {
        let base = ["drift", "--quiet", "--recording", &recording, "--declared"].map(str::to_owned);
        let ran = run(base.iter().chain(&args));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected) && ran.stderr.lines().count() <= 2, "{args:?}: {}", ran.stderr);
    }
    for args in [vec![nameless.as_str(), "--api", "orders"], vec![&format!("{both}#Orders")]] {
        assert_eq!(three_way(&stage(&recording, args[0], &args[1..])), [""; 0], "{args:?}");
    }
}

#[test]
fn yaml_and_templates_are_compared_like_exports() {
    let folder = Folder::new("declared-exports");
    let recording = orders();
    let export = &recording["apigateway"]["get_export"]["a1b2c3d4e5/prod"];
    let json = folder.file("export.json", &export.to_string());
    let yaml = folder.file("export.yaml", &format!("# an export\n{export}"));
    let template = |resource: &str, property: &str, body: &Value| {
        json!({ "Resources": {
            "Api": { "Type": resource, "Properties": { "Name": "orders", property: body } },
            "Other": { "Type": "AWS::SQS::Queue" },
        } })
        .to_string()
    };
    let serverless = folder.file("sam.json", &template("AWS::Serverless::Api", "DefinitionBody", export));
    let native =
        folder.file("template.yaml", &format!("# yaml\n{}", template("AWS::ApiGateway::RestApi", "Body", export)));
    // A function that only the stack knows may be any function, and no other service.
    let mut open = export.clone();
    let uri = "/paths/~1orders/get/x-amazon-apigateway-integration/uri";
    tests::edit(&mut open, uri, json!({ "Fn::Sub": function_uri("${Name}") }));
    let open = folder.file("open.json", &template("AWS::Serverless::Api", "DefinitionBody", &open));
    let compare = |left: &str, right: &str| {
        run(["drift", "--format", "json", "--left", left, "--right", right]).json()["apis"][0]["stages"][0].take()
    };
    for other in [&yaml, &serverless, &native, &format!("{native}#Api"), &open] {
        assert_eq!(compare(&json, other)["changes"], json!([]), "{other}");
        assert_eq!(compare(other, &json)["changes"], json!([]), "{other}");
    }
    let gaps = compare(&json, &open)["notComparable"].take();
    assert!(gaps.to_string().contains("the template does not tell ${Name}"), "{gaps}");

    let both = json!({ "Resources": {
        "A": { "Type": "AWS::ApiGateway::RestApi", "Properties": { "Body": export } },
        "B": { "Type": "AWS::Serverless::HttpApi", "Properties": { "DefinitionBody": export } },
    } });
    let both = folder.file("both.json", &both.to_string());
    let ran = run(["drift", "--left", &both, "--right", &json]);
    let expected = format!("error: {both} cannot be compared: the template declares several APIs: A, B\n");
    assert_eq!((ran.code, ran.stderr.lines().count()), (2, 2));
    assert!(ran.stderr.starts_with(&expected) && ran.stderr.contains("#LogicalId"), "{}", ran.stderr);
    assert_eq!(compare(&format!("{both}#A"), &json)["changes"], json!([]));
    let ran = run(["drift", "--left", &folder.file("events.yaml", &sam("1")), "--right", &json]);
    assert!(ran.stderr.contains("no API with an inline definition; it declares Orders"), "{}", ran.stderr);
}

#[test]
fn hostile_yaml_gets_one_clear_error_soon() {
    let folder = Folder::new("declared-hostile");
    let bomb: String =
        (1..40).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", "))).collect();
    let many: String = (0..10_000)
        .map(|n| format!("  /p{n}: {{ get: {{ x-amazon-apigateway-integration: {{ type: mock }} }} }}\n"))
        .collect();
    let many = folder.file("many.yaml", &format!("openapi: 3.0.1\npaths:\n{many}"));
    let begun = Instant::now();
    for (name, text, expected) in [
        ("bomb", format!("a0: &a0 [x, x]\n{bomb}"), "aliases repeat more than 16 MiB at line 6 column"),
        (
            "deep",
            format!("a: {}", "[".repeat(1_000_000)),
            "lists and objects lie in each other more than 128 deep at line 1",
        ),
        ("steps", "- ".repeat(1_000_000), "more than 128 deep at line 1 column"),
        (
            "twice",
            "openapi: 3.0.1\npaths: {}\npaths: {}\n".to_owned(),
            "the key `paths` is given twice at line 3 column 1",
        ),
        (
            "two",
            "a: 1\n---\nb: 1\n".to_owned(),
            "a second document begins, and only one can be read at line 2 column 1",
        ),
        ("loop", "a: &a [*a]\n".to_owned(), "an alias stands within what it stands for at line 1 column 8"),
        ("tag", "a: !!python/object:os.system x\n".to_owned(), "neither `swagger` nor `openapi`"),
        (
            "foreign",
            "a: !Danger x\n".to_owned(),
            "the tag `!Danger` is neither YAML's nor CloudFormation's at line 1 column 4",
        ),
        ("control", "a: \"\u{1b}[31m\n".to_owned(), "not YAML that can be read: "),
        ("empty", "# nothing\n".to_owned(), "the document is empty"),
        ("text", "just text".to_owned(), "not an OpenAPI document: the top level is no object"),
    ] {
        let file = folder.file(name, &text);
        let ran = run(["drift", "--left", &file, "--right", &many]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected) && ran.stderr.lines().count() == 2, "{name}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}') && ran.stderr.len() < 1000, "{name}");
    }
    let ran = run(["drift", "--left", &many, "--right", &many, "--strict", "--fail-on", "low"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // What is read in squares of its length takes hours; a machine that does other things as well takes its time.
    assert!(begun.elapsed() < Duration::from_secs(600), "{:?}", begun.elapsed());
}
