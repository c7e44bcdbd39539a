//! The SAM template: as SAM's own tools read it, and that each function may do what it does, and nothing else.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use collect::permissions::{self, Permission};
use engine::document;
use serde_json::{Value, json};
use service::metric;
use store::{Counts, Tally};
use tests::programs::{Ran, tool};
use tests::{read, root};

fn check(name: &str, args: &[&str]) {
    let Some(program) = tool(name) else { return };
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).env("SAM_CLI_TELEMETRY", "0").env("AWS_DEFAULT_REGION", "eu-west-1");
    let ran: Ran = command.output().unwrap().into();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn sam_finds_nothing_wrong_with_it() {
    check("sam", &["validate", "--lint"]);
}

#[test]
fn cfn_lint_finds_nothing_wrong_with_it() {
    check("cfn-lint", &["template.yaml", "accounts-role.yaml"]);
}

/// The resources of a template.
fn resources(file: &str) -> Value {
    document::read(&read(file)).unwrap()["Resources"].clone()
}

/// What a policy allows: action, resource, and the condition of the template on which it does; `""`, if on none.
type Grant = (String, String, String);

/// The texts of a member that holds one or several.
fn texts(member: &Value) -> Vec<String> {
    match member {
        Value::Array(all) => all.iter().map(resource_of).collect(),
        one => vec![resource_of(one)],
    }
}

/// A resource as the tables of permissions name it.
fn resource_of(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => match object.iter().next() {
            Some((name, Value::String(text))) if name == "Fn::Sub" => text.clone(),
            Some((name, Value::String(parameter))) if name == "Ref" => parameter.clone(),
            Some((name, Value::String(text))) if name == "Fn::GetAtt" => format!("${{{text}}}"),
            Some((name, Value::Array(parts))) if name == "Fn::GetAtt" => {
                format!("${{{}}}", parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("."))
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other}"),
    };
    let text = text.replace("arn:${AWS::Partition}:", "arn:aws:");
    let bus = "arn:aws:events:${AWS::Region}:${AWS::AccountId}:event-bus/default";
    let text = text.replace("arn:aws:iam::*:role/${AccountsRole}", "AccountsRole").replace(bus, "EventBus");
    // What is the stack's own has its name.
    match text.strip_prefix("${").and_then(|own| own.split_once(".Arn}")) {
        Some((name, rest)) => format!("{name}{rest}"),
        None => text,
    }
}

/// What statements allow. Each allows something, and none anything that is not written out.
fn grants(statements: &Value) -> BTreeSet<Grant> {
    let mut all = BTreeSet::new();
    for statement in statements.as_array().unwrap() {
        let (condition, statement) = match statement.get("Fn::If") {
            Some(choice) => {
                assert_eq!(choice[2]["Ref"], "AWS::NoValue");
                (choice[0].as_str().unwrap(), &choice[1])
            }
            None => ("", statement),
        };
        assert_eq!(statement["Effect"], "Allow");
        for action in texts(&statement["Action"]) {
            for resource in texts(&statement["Resource"]) {
                all.insert((action.clone(), resource, condition.to_owned()));
            }
        }
    }
    all
}

/// What a function may do: the role that it names is its own, and Lambda's alone.
fn of_function(name: &str) -> BTreeSet<Grant> {
    let template = resources("template.yaml");
    let function = &template[format!("{name}Function")]["Properties"];
    assert_eq!(
        (&function["Role"]["Fn::GetAtt"], function.get("Policies")),
        (&json!([format!("{name}Role"), "Arn"]), None)
    );
    let role = template[format!("{name}Role")]["Properties"].as_object().unwrap();
    assert_eq!(role.keys().collect::<Vec<_>>(), ["AssumeRolePolicyDocument", "Policies"]);
    let trust =
        json!([{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }]);
    assert_eq!(role["AssumeRolePolicyDocument"]["Statement"], trust);
    let policies = role["Policies"].as_array().unwrap();
    assert_eq!(policies.len(), 1);
    grants(&policies[0]["PolicyDocument"]["Statement"])
}

/// What a function is to be allowed by the tables.
fn published(tables: &[&[Permission]], condition: &str) -> BTreeSet<Grant> {
    let all = tables.iter().flat_map(|table| table.iter());
    all.map(|permission| {
        let is_own = permission.is_of_the_service();
        let resource = if is_own { permission.resource.to_owned() } else { permission.arn("aws") };
        let condition = match permission.action {
            "sts:AssumeRole" => "HasAccountsRole",
            "organizations:ListAccounts" => "IsOrganization",
            "secretsmanager:GetSecretValue" => "HasProbeSecret",
            "sns:Publish" => "HasNotification",
            _ => condition,
        };
        (permission.action.to_owned(), resource, condition.to_owned())
    })
    .collect()
}

#[test]
fn each_function_may_do_what_the_tables_say_and_nothing_else() {
    let probe = || published(&[&permissions::PROBE], "MayProbe");
    let auditor: BTreeSet<Grant> =
        published(&[&permissions::ALL, &permissions::AUDITOR, &permissions::AUDITOR_LAMBDA], "")
            .into_iter()
            .chain(probe())
            .collect();
    assert_eq!(of_function("Auditor"), auditor);
    let dispatcher = published(&[&permissions::DISPATCHER, &permissions::DISPATCHER_LAMBDA], "");
    assert_eq!(of_function("Dispatcher"), dispatcher);
    let dashboard = [&permissions::EXPLAIN[..], &permissions::DASHBOARD, &permissions::DASHBOARD_LAMBDA];
    assert_eq!(of_function("Dashboard"), published(&dashboard, ""));
    let role = resources("accounts-role.yaml")["Role"]["Properties"]["Policies"][0]["PolicyDocument"].clone();
    let reader: BTreeSet<Grant> =
        published(&[&permissions::ALL, &permissions::EXPLAIN], "").into_iter().chain(probe()).collect();
    assert_eq!(grants(&role["Statement"]), reader);
}

#[test]
fn the_dashboard_writes_no_finding() {
    let template = resources("template.yaml");
    let statements = &template["DashboardRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let puts: Vec<&Value> =
        statements.as_array().unwrap().iter().filter(|own| own["Action"] == "dynamodb:PutItem").collect();
    assert_eq!(puts.len(), 1);
    let keys = &puts[0]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    assert_eq!(keys, &serde_json::json!(["store", "parts#*"]));
}

#[test]
fn the_dashboard_is_never_open() {
    let template = resources("template.yaml");
    let all = template.as_object().unwrap();
    let routes: Vec<&Value> = all.values().filter(|own| own["Type"] == "AWS::ApiGatewayV2::Route").collect();
    let keys: BTreeSet<&str> = routes.iter().filter_map(|route| route["Properties"]["RouteKey"].as_str()).collect();
    assert_eq!(keys, BTreeSet::from(["ANY /", "ANY /{proxy+}"]));
    for route in routes {
        let authorization = &route["Properties"]["AuthorizationType"];
        assert_eq!(authorization["Fn::If"], serde_json::json!(["TakesTokens", "NONE", "AWS_IAM"]));
    }
    // Where the gateway lets everybody in, the function does not.
    let variables = &template["DashboardFunction"]["Properties"]["Environment"]["Variables"];
    assert_eq!(variables["AUTHORIZATION"]["Ref"], "Authorization");
    let others = ["AWS::Serverless::Api", "AWS::Serverless::HttpApi", "AWS::ApiGateway::RestApi", "AWS::Lambda::Url"];
    assert!(all.values().all(|own| !others.iter().any(|kind| own["Type"] == *kind)));
    assert!(all.values().all(|own| own["Properties"].get("FunctionUrlConfig").is_none()));
}

#[test]
fn what_is_kept_stays_and_is_private() {
    let template = resources("template.yaml");
    for kept in ["Table", "Bucket"] {
        assert_eq!(
            (&template[kept]["DeletionPolicy"], &template[kept]["UpdateReplacePolicy"]),
            (&"Retain".into(), &"Retain".into())
        );
    }
    let blocked = template["Bucket"]["Properties"]["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!(blocked.values().filter(|own| **own == Value::Bool(true)).count(), 4);
    assert_eq!(template["Table"]["Properties"]["TimeToLiveSpecification"]["AttributeName"], "expires");
}

#[test]
fn messages_stay_hidden_for_as_long_as_the_auditor_may_take() {
    let template = resources("template.yaml");
    let timeout = template["AuditorFunction"]["Properties"]["Timeout"].as_u64().unwrap();
    let hidden = template["AuditQueue"]["Properties"]["VisibilityTimeout"].as_u64().unwrap();
    assert_eq!(hidden, 6 * timeout);
    assert_eq!(template["AuditQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"], auditor::GIVEN_UP);
}

#[test]
fn what_the_dispatcher_does_not_get_done_is_kept() {
    let template = resources("template.yaml");
    let dispatcher = &template["DispatcherFunction"]["Properties"];
    let queue = json!({ "Fn::GetAtt": ["DispatcherDeadLetterQueue", "Arn"] });
    assert_eq!(dispatcher["DeadLetterQueue"], json!({ "Type": "SQS", "TargetArn": queue }));
    let events = dispatcher["Events"].as_object().unwrap();
    assert!(events.values().all(|own| own["Properties"]["DeadLetterConfig"] == json!({ "Arn": queue })), "{events:?}");
    // Each rule may put there what it cannot deliver, and nobody else may.
    let statements = &template["DispatcherDeadLetterPolicy"]["Properties"]["PolicyDocument"]["Statement"];
    let rules = events.keys().map(|name| json!({ "Fn::GetAtt": [format!("DispatcherFunction{name}"), "Arn"] }));
    let sources: BTreeSet<String> = rules.map(|rule| rule.to_string()).collect();
    let named = statements[0]["Condition"]["ArnEquals"]["aws:SourceArn"].as_array().unwrap();
    assert_eq!(named.iter().map(Value::to_string).collect::<BTreeSet<_>>(), sources);
    assert_eq!((statements.as_array().unwrap().len(), &statements[0]["Action"]), (1, &json!("sqs:SendMessage")));
}

#[test]
fn an_alarm_tells_that_nothing_runs_only_where_something_is_to_run() {
    let template = resources("template.yaml");
    let alarm = &template["NoRunAlarm"];
    assert_eq!(
        (&alarm["Condition"], &alarm["Properties"]["TreatMissingData"]),
        (&json!("IsScheduled"), &json!("breaching"))
    );
    // A region without an API ends its run with the metric, too, and one of which not all could be listed.
    let at = "2026-10-10T12:00:00Z".parse().unwrap();
    let name = alarm["Properties"]["MetricName"].as_str().unwrap();
    for tally in [Some(&tally(at)), None] {
        let line = metric::region(("111122223333", "eu-west-1"), at, tally, 0);
        assert_eq!((&line[name], &alarm["Properties"]["Statistic"]), (&json!(0.0), &json!("SampleCount")));
    }
    // CloudWatch looks back a week at most.
    let template = document::read(&read("template.yaml")).unwrap();
    let most = template["Parameters"]["LateAfterHours"]["MaxValue"].as_u64().unwrap();
    assert_eq!(alarm["Properties"]["EvaluationPeriods"], json!({ "Ref": "LateAfterHours" }));
    assert_eq!(most * alarm["Properties"]["Period"].as_u64().unwrap(), 7 * 24 * 3600);
}

#[test]
fn nothing_is_declared_that_only_trying_needs() {
    assert!(!read("template.yaml").contains("AWS_ENDPOINT_URL"), "an empty one makes the SDK fail");
}

#[test]
fn every_parameter_alarm_and_output_is_documented() {
    let operations = read("docs/operations.md");
    let template = document::read(&read("template.yaml")).unwrap();
    let names = |part: &str| template[part].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let resources = template["Resources"].as_object().unwrap();
    let alarms = resources.iter().filter(|(_, own)| own["Type"] == "AWS::CloudWatch::Alarm");
    let alarms = alarms.map(|(name, _)| name.clone());
    let all = names("Parameters").into_iter().chain(names("Outputs")).chain(alarms);
    let missing: Vec<String> = all.filter(|name| !operations.contains(&format!("`{name}`"))).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn whoever_invokes_a_function_names_its_stack() {
    // `sam deploy --guided` remembers it for deploying alone.
    let operations = read("docs/operations.md");
    let commands: Vec<&str> = operations.lines().filter(|line| line.starts_with("sam remote invoke ")).collect();
    assert!(!commands.is_empty() && commands.iter().all(|line| line.contains(" --stack-name NAME ")), "{commands:?}");
}

#[test]
fn every_alarm_tells_somebody_and_says_where_to_read_on() {
    let template = resources("template.yaml");
    for (name, alarm) in template.as_object().unwrap().iter().filter(|(_, own)| own["Type"] == "AWS::CloudWatch::Alarm")
    {
        let own = &alarm["Properties"];
        assert!(own["AlarmDescription"].as_str().unwrap().ends_with("docs/operations.md says what to do."), "{name}");
        assert_eq!(own["AlarmActions"][0]["Fn::If"][0], "HasNotification", "{name}");
    }
}

/// Names of metrics.
type Names = BTreeSet<String>;

/// The metrics of the service that alarms and the dashboard look at. None is looked at by account or region: those of all are
/// without dimensions.
fn looked_at() -> (Names, Names) {
    let template = resources("template.yaml");
    let own: Vec<&Value> = template.as_object().unwrap().values().collect();
    let of_the_service = |own: &&&Value| own["Properties"]["Namespace"] == metric::NAMESPACE;
    let alarms = own.iter().filter(of_the_service).map(|alarm| {
        assert_eq!(alarm["Properties"].get("Dimensions"), None, "{alarm}");
        alarm["Properties"]["MetricName"].as_str().unwrap().to_owned()
    });
    let (placed, others) = shown();
    (alarms.collect(), placed.union(&others).cloned().collect())
}

/// The metrics that the dashboard shows: those that are summed over accounts and regions, and those without dimensions.
fn shown() -> (Names, Names) {
    let template = resources("template.yaml");
    // What stands for something of the stack is no part of a name.
    let body = template["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let lines = widgets.iter().flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten());
    let (mut summed, mut others) = (Names::new(), Names::new());
    for line in lines {
        if let Some(expression) = line[0]["expression"].as_str() {
            let name = expression.split('"').nth(1).unwrap().to_owned();
            let search = format!("{{{},AccountId,Region}} MetricName=\"{name}\"", metric::NAMESPACE);
            assert_eq!(expression, format!("SUM(SEARCH('{search}', 'Maximum', 3600))"));
            summed.insert(name);
        } else if line[0] == metric::NAMESPACE {
            assert!(line.get(2).is_none_or(Value::is_object) && line.get(3).is_none(), "{line}");
            others.insert(line[1].as_str().unwrap().to_owned());
        }
    }
    (summed, others)
}

#[test]
fn what_a_region_comes_to_is_summed_over_all_of_them() {
    let at = "2026-10-10T12:00:00Z".parse().unwrap();
    let line = metric::region(("111122223333", "eu-west-1"), at, Some(&tally(at)), 0);
    let definition = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(definition["Dimensions"][1], json!(["AccountId", "Region"]));
    let names = definition["Metrics"].as_array().unwrap().iter().map(|own| own["Name"].as_str().unwrap().to_owned());
    // Without dimensions, all regions would be in one series, of which there is a largest and no sum at a time.
    assert_eq!(shown().0, names.collect::<Names>());
}

#[test]
fn an_alarm_tells_of_messages_that_go_on_failing_and_not_of_what_mended_itself() {
    let alarm = &resources("template.yaml")["FailedMessagesAlarm"]["Properties"];
    let line = metric::messages("2026-10-10T12:00:00Z".parse().unwrap(), 3, 1);
    let name = alarm["MetricName"].as_str().unwrap();
    assert_eq!((&line["FailedMessages"], &line[name]), (&json!(3.0), &json!(1.0)));
    // Whenever it came, one such message is enough.
    assert_eq!(
        (&alarm["EvaluationPeriods"], &alarm["Threshold"], &alarm["Statistic"]),
        (&json!(1), &json!(0), &json!("Sum"))
    );
}

#[test]
fn however_many_workers_there_are_each_reads_what_a_region_shares_in_its_time() {
    let template = document::read(&read("template.yaml")).unwrap();
    let share: f64 = template["Parameters"]["QuotaShare"]["Default"].as_str().unwrap().parse().unwrap();
    let most = template["Parameters"]["Workers"]["MaxValue"].as_f64().unwrap();
    let calls = engine::quota::API_GATEWAY.share(share / most).per_second;
    // Of the invocation, half a minute is for keeping what was read.
    let time = template["Resources"]["AuditorFunction"]["Properties"]["Timeout"].as_f64().unwrap() - 30.0;
    assert!(calls * time >= 400.0, "{calls}");
}

/// The metrics that the code counts, as its log lines define them: those that are counted by account and region, too, and those
/// that are not.
fn counted() -> (Names, Names) {
    let (place, at) = (("111122223333", "eu-west-1"), "2026-10-10T12:00:00Z".parse().unwrap());
    let (usage, tally) = (collect::Usage { calls: 1, throttles: 0 }, tally(at));
    let names = |lines: &[Value], dimensions: Value| {
        let definitions = lines.iter().map(|line| &line["_aws"]["CloudWatchMetrics"][0]);
        let names = definitions.flat_map(|definition| {
            assert_eq!(definition["Dimensions"], dimensions);
            definition["Metrics"].as_array().unwrap().iter().map(|own| own["Name"].as_str().unwrap().to_owned())
        });
        names.collect()
    };
    let placed = [metric::audit(place, at, usage, Duration::ZERO, 0), metric::region(place, at, Some(&tally), 0)];
    (names(&placed, json!([[], ["AccountId", "Region"]])), names(&[metric::messages(at, 0, 0)], json!([[]])))
}

fn tally(at: jiff::Timestamp) -> Tally {
    Tally { at, open: Counts::default(), unknown: 0, drifting_stages: 0, unknown_stages: 0, errors: 0 }
}

#[test]
fn alarms_and_the_dashboard_look_at_what_is_counted_and_all_of_it_is_looked_at() {
    let (alarms, shown) = looked_at();
    assert!(!alarms.is_empty());
    let (placed, others) = counted();
    let counted: Names = placed.union(&others).cloned().collect();
    assert_eq!(alarms.difference(&counted).collect::<Vec<_>>(), [&""; 0]);
    assert_eq!(shown, counted);
    // What it costs to keep them.
    let series = 2 * placed.len() + others.len();
    let names = format!("| {} names for all, {} for one region = {series} |", counted.len(), placed.len());
    assert!(read("docs/operations.md").contains(&names), "{names}");
    let template = resources("template.yaml");
    let all = template.as_object().unwrap().values();
    let alarms = all.filter(|own| own["Type"] == "AWS::CloudWatch::Alarm").count();
    let row = format!("| CloudWatch, the dashboard and {alarms} alarms |");
    assert!(read("docs/operations.md").contains(&row), "{row}");
}
