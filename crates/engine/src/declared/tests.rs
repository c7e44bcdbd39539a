//! What files declare: a line for each route, with what is said of it; `?` stands before what is not known.

use super::*;

/// The routes of a file's one API, in this account and region.
fn routes(text: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    let given = Given {
        parameters: parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        account_id: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
    };
    let file = File::read(text, None).unwrap();
    let apis = file.apis(&given).unwrap();
    assert_eq!(apis.len(), 1, "{apis:?}");
    let declaration = file.declaration(&apis[0], apis[0].kind.unwrap_or(ApiKind::Rest), &given).unwrap();
    let value = |value: &Value| match unknown::is_in(value) {
        true => format!("?{}", unknown::shown(value).as_str().unwrap_or("…")),
        false => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    };
    let line = |(key, route): (&RouteKey, &DeclaredRoute)| {
        let fields = route.fields.iter().map(|(name, field)| format!("{name}={}", value(field)));
        let unsure = route.unsure.iter().map(|why| format!("unsure: {why}"));
        [key.to_string()].into_iter().chain(unsure).chain(fields).collect::<Vec<_>>().join(" ")
    };
    let open = declaration.open.iter().map(|why| format!("open: {why}"));
    let paths = declaration.open_paths.iter().map(|(path, why)| format!("open: {path}: {why}"));
    declaration.routes.iter().map(line).chain(open).chain(paths).collect()
}

/// The same without what is told of integrations.
fn methods(text: &str) -> Vec<String> {
    let is_method = |word: &&str| !["httpMethod=", "type=", "uri="].iter().any(|field| word.starts_with(field));
    routes(text, &[]).iter().map(|line| line.split(' ').filter(is_method).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_rest_api_of_cloudformation_resources() {
    let text = r#"
Parameters:
  Key: { Type: String, Default: "true" }
  Timeout: { Type: Number }
  Pool: { Type: "AWS::SSM::Parameter::Value<String>", Default: /pools/main }
Mappings: { Regions: { eu-west-1: { Host: eu.example.com } } }
Conditions:
  IsKeyed: !Equals [!Ref Key, "true"]
  IsLate: !Equals [!Ref Timeout, 1]
  IsNever: !And [!Condition IsKeyed, !Not [!Condition IsKeyed]]
Resources:
  Api: { Type: "AWS::ApiGateway::RestApi", Properties: { Name: orders } }
  Orders:
    Type: AWS::ApiGateway::Resource
    Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders }
  Order: { Type: "AWS::ApiGateway::Resource", Properties: { RestApiId: !Ref Api, ParentId: !Ref Orders, PathPart: "{id}" } }
  Staff: { Type: "AWS::ApiGateway::Authorizer", Properties: { Name: staff, Type: TOKEN, RestApiId: !Ref Api } }
  Named: { Type: "AWS::Lambda::Function", Properties: { FunctionName: !Sub "orders-${Key}" } }
  Nameless: { Type: "AWS::Lambda::Function", Properties: {} }
  GetRoot:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Staff
      ApiKeyRequired: !Ref Key
      RequestParameters: { method.request.querystring.page: true }
      Integration:
        Type: AWS_PROXY
        IntegrationHttpMethod: POST
        Uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Named.Arn}/invocations
        TimeoutInMillis: !If [IsKeyed, 5000, 6000]
  GetOrder:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Order
      HttpMethod: get
      AuthorizationType: AWS_IAM
      Integration:
        Type: AWS_PROXY
        Uri: !Join ["", ["arn:aws:x/functions/", !GetAtt Nameless.Arn, "/invocations"]]
        TimeoutInMillis: !Ref Timeout
  PutOrder:
    Type: AWS::ApiGateway::Method
    Condition: IsLate
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Order
      HttpMethod: PUT
      AuthorizationType: COGNITO_USER_POOLS
      AuthorizerId: !Ref Pool
      Integration: { Type: HTTP_PROXY, Uri: !Join ["", ["https://", !FindInMap [Regions, !Ref "AWS::Region", Host]]] }
  Never:
    Type: AWS::ApiGateway::Method
    Condition: IsNever
    Properties: { RestApiId: !Ref Api, ResourceId: !Ref Order, HttpMethod: DELETE, AuthorizationType: NONE }
  Elsewhere:
    Type: AWS::ApiGateway::Method
    Properties: { RestApiId: !Ref Api, ResourceId: !ImportValue shared, HttpMethod: DELETE, AuthorizationType: NONE }
"#;
    let arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:orders-true/invocations";
    assert_eq!(
        routes(text, &[]),
        [
            &format!(
                "GET / apiKeyRequired=true authorizationType=CUSTOM authorizer=staff httpMethod=POST \
                 requestParameters={{\"method.request.querystring.page\":true}} timeoutInMillis=5000 type=AWS_PROXY uri={arn}"
            ),
            "GET /orders/{id} apiKeyRequired=false authorizationType=AWS_IAM authorizer=null timeoutInMillis=?${Timeout} \
             type=AWS_PROXY uri=?arn:aws:x/functions/${Nameless.Arn}/invocations",
            "PUT /orders/{id} unsure: the condition IsLate is not known apiKeyRequired=false \
             authorizationType=COGNITO_USER_POOLS authorizer=?${Pool} type=HTTP_PROXY uri=https://eu.example.com",
            "open: the path or method of Elsewhere is not known",
        ]
    );
    let given = routes(text, &[("Timeout", "1"), ("Key", "false")]);
    assert!(given[0].contains("apiKeyRequired=false") && given[0].contains("timeoutInMillis=6000"), "{given:?}");
    assert!(given[1].contains("timeoutInMillis=1 "), "{given:?}");
    assert!(given[2].starts_with("PUT /orders/{id} apiKeyRequired"), "{given:?}");
}

#[test]
fn sam_gives_each_operation_the_requirements_of_its_event_and_of_the_api() {
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  Api:
    Auth:
      DefaultAuthorizer: staff
      Authorizers:
        staff: { UserPoolArn: arn, AuthorizationScopes: [read] }
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Cors: "'*'"
      Auth:
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers: { partner: { FunctionArn: arn } }
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        A: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /a, Method: get } }
        B: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /a, Method: POST, Auth: { Authorizer: NONE, ApiKeyRequired: true } } }
        C: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /a, Method: any, Auth: { Authorizer: partner } } }
        D: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /a, Method: put, Auth: { Authorizer: AWS_IAM } } }
        E: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /a, Method: patch, Auth: { AuthorizationScopes: [write] } } }
        F: { Type: Api, Properties: { RestApiId: !Ref Api, Path: /a, Method: delete, Auth: { Authorizer: !Ref Nobody } } }
        G: { Type: Api, Properties: { RestApiId: !Ref Api, Path: !Ref Nobody, Method: get } }
        H: { Type: Api, Properties: { RestApiId: !ImportValue other, Path: /other, Method: get } }
        I: { Type: Schedule, Properties: { Schedule: rate(1 day) } }
"#;
    assert_eq!(
        methods(text),
        [
            "ANY /a apiKeyRequired=false authorizationScopes=[] authorizationType=CUSTOM authorizer=partner",
            "DELETE /a apiKeyRequired=?${Nobody} authorizationScopes=?${Nobody} authorizationType=?${Nobody} authorizer=?${Nobody}",
            "GET /a apiKeyRequired=false authorizationScopes=[\"read\"] authorizationType=COGNITO_USER_POOLS authorizer=staff",
            "OPTIONS /a apiKeyRequired=false authorizationType=NONE authorizer=null",
            "PATCH /a apiKeyRequired=false authorizationScopes=[\"write\"] authorizationType=COGNITO_USER_POOLS authorizer=staff",
            "POST /a apiKeyRequired=true authorizationType=NONE authorizer=null",
            "PUT /a apiKeyRequired=false authorizationType=AWS_IAM authorizer=null",
            "open: the path or method of G of F is not known",
        ]
    );
}

#[test]
fn the_implicit_apis_of_sam() {
    let text = "
Globals: { Api: { Auth: { ApiKeyRequired: true } } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: f
      AutoPublishAlias: live
      Events: { A: { Type: Api, Properties: { Path: /a, Method: get, TimeoutInMillis: 7, RequestParameters: [method.request.header.X] } } }
";
    assert_eq!(
        routes(text, &[]),
        ["GET /a apiKeyRequired=true authorizationType=NONE authorizer=null httpMethod=POST \
          requestParameters={\"method.request.header.X\":false} timeoutInMillis=7 type=AWS_PROXY \
          uri=arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111122223333:function:f:live/invocations"]
    );
    let text = "
Globals: { HttpApi: { Auth: { DefaultAuthorizer: jwt, Authorizers: { jwt: { JwtConfiguration: { issuer: i } } } } } }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        A: { Type: HttpApi, Properties: { Path: /a, Method: get, Auth: { AuthorizationScopes: [x] } } }
        B: { Type: HttpApi, Properties: { Path: /a, Method: options } }
        C: { Type: HttpApi }
";
    assert_eq!(
        methods(text),
        [
            "$default authorizationScopes=[] authorizationType=JWT authorizer=jwt",
            "GET /a authorizationScopes=[\"x\"] authorizationType=JWT authorizer=jwt",
            "OPTIONS /a authorizationType=NONE authorizer=null",
        ]
    );
}

#[test]
fn an_http_api_of_cloudformation_resources() {
    let text = r#"
Resources:
  Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: shop, ProtocolType: HTTP } }
  Jwt: { Type: "AWS::ApiGatewayV2::Authorizer", Properties: { Name: jwt, ApiId: !Ref Api } }
  Backend:
    Type: AWS::ApiGatewayV2::Integration
    Properties: { ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationUri: "https://a.example", IntegrationMethod: ANY }
  Cart:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /cart
      AuthorizationType: JWT
      AuthorizerId: !Ref Jwt
      AuthorizationScopes: [b, a]
      Target: !Join [/, [integrations, !Ref Backend]]
  Default: { Type: "AWS::ApiGatewayV2::Route", Properties: { ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${Backend}" } }
"#;
    assert_eq!(
        routes(text, &[]),
        [
            "$default authorizationType=NONE authorizer=null httpMethod=ANY type=HTTP_PROXY uri=https://a.example",
            "GET /cart authorizationScopes=[\"a\",\"b\"] authorizationType=JWT authorizer=jwt httpMethod=ANY type=HTTP_PROXY \
             uri=https://a.example",
        ]
    );
}

#[test]
fn what_a_document_leaves_open_is_unknown_and_nothing_else() {
    let text = r#"
openapi: 3.0.1
info: { title: orders }
paths:
  /a:
    get:
      security: !If [IsOpen, [], [key: []]]
      x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: !Sub "https://${Host}/a", timeoutInMillis: !Ref T }
    put: !If [IsOpen, {}, {}]
    post:
      parameters: [{ in: query, name: q, required: true }]
      x-amazon-apigateway-integration: { type: mock }
    delete: { x-amazon-apigateway-integration: !Ref Nothing }
  /b: { Fn::Transform: { Name: "AWS::Include" } }
  /c: { $ref: x }
components: { securitySchemes: { key: { type: apiKey, name: x-api-key, in: header } } }
"#;
    assert_eq!(
        routes(text, &[]),
        [
            "DELETE /a apiKeyRequired=false authorizationType=NONE authorizer=null httpMethod=?${Nothing} \
             timeoutInMillis=?${Nothing} type=?${Nothing} uri=?${Nothing}",
            "GET /a apiKeyRequired=?Fn::If IsOpen authorizationScopes=?Fn::If IsOpen authorizationType=?Fn::If IsOpen \
             authorizer=?Fn::If IsOpen httpMethod=GET timeoutInMillis=?${T} type=HTTP_PROXY uri=?https://${Host}/a",
            "POST /a apiKeyRequired=false authorizationType=NONE authorizer=null \
             requestParameters={\"method.request.querystring.q\":true} type=MOCK",
            "PUT /a unsure: Fn::If IsOpen is not known",
            "open: /b: Fn::Transform {\"Name\":\"AWS::Include\"} is not known",
            "open: /c: a $ref names another place",
        ]
    );
}

#[test]
fn functions_are_resolved_as_far_as_the_file_allows() {
    let template = serde_json::json!({
        "Parameters": {
            "List": { "Type": "CommaDelimitedList", "Default": "a, b" },
            "Secret": { "Type": "String", "NoEcho": true, "Default": "s" },
            "None": { "Type": "String" },
        },
        "Conditions": { "Loop": { "Fn::Not": [{ "Condition": "Loop" }] } },
    });
    let given = Given { region: Some("cn-north-1".to_owned()), ..Given::default() };
    let scope = Scope::new(&template, &given);
    for (yaml, expected) in [
        ("!Sub '${AWS::Partition} ${AWS::URLSuffix} ${!Literal} ${open'", "aws-cn amazonaws.com.cn ${Literal} ${open"),
        ("!Sub ['${A}-${A}-${B}', {A: !Join ['.', [x, y]]}]", "x.y-x.y-?${B}?"),
        ("!Sub '${AWS::AccountId}'", "?${AWS::AccountId}?"),
        ("!Select [1, !Ref List]", "b"),
        ("!Select [9, !Ref List]", "?Fn::Select [9,{\"Ref\":\"List\"}]?"),
        ("!Select [1, !Split ['/', 'a/b']]", "b"),
        ("!Join ['-', !Ref List]", "a-b"),
        ("!Ref Secret", "?${Secret}?"),
        ("!Ref None", "?${None}?"),
        ("!If [Loop, a, b]", "?Fn::If Loop?"),
        ("!ImportValue shared", "?Fn::ImportValue shared?"),
        ("!GetAtt Some.Attribute.Path", "?${Some.Attribute.Path}?"),
        ("'{{resolve:ssm:/url}}/a'", "?{{resolve:ssm:/url}}?/a"),
        ("!Sub '{{resolve:ssm-secure:/${A}:1}}'", "?{{resolve:ssm-secure:/${A}:1}}?"),
        ("!Join ['', ['x{{resolve:secretsmanager:', !Ref Secret, '}}y']]", "x?{{resolve:secretsmanager:${Secret}}}?y"),
        ("'{{resolve:ssm:open'", "{{resolve:ssm:open"),
    ] {
        let value = document::read(&format!("v: {yaml}")).unwrap();
        let resolved = scope.resolve(&value).unwrap();
        assert_eq!(resolved["v"].as_str().unwrap().replace('\u{fdd0}', "?"), expected, "{yaml}");
    }
    let value = document::read("v: [!Ref AWS::NoValue, 1, {a: !Ref AWS::NoValue}]").unwrap();
    assert_eq!(scope.resolve(&value), Some(serde_json::json!({ "v": [1, {}] })));
    // A property of a schema may have the name of a function.
    let schema = serde_json::json!({ "properties": { "Ref": { "type": "string" } } });
    assert_eq!(scope.resolve(&schema), Some(schema));
}

#[test]
fn a_document_may_be_written_for_a_template_to_take_in() {
    let uri = "https://${AWS::Region}.example/${stageVariables.x}/${AWS::StackName}";
    let text = format!(
        "openapi: 3.0.1\npaths: {{ /a: {{ get: {{ x-amazon-apigateway-integration: {{ type: http, uri: '{uri}' }} }} }} }}"
    );
    let expected = "GET /a apiKeyRequired=false authorizationType=NONE authorizer=null type=HTTP \
                    uri=?https://eu-west-1.example/${stageVariables.x}/${AWS::StackName}";
    assert_eq!(routes(&text, &[]), [expected]);
}

#[test]
fn a_macro_may_add_what_nobody_sees() {
    for (line, name) in [
        ("Transform: [AWS::Serverless-2016-10-31, OwnMacro]", "OwnMacro"),
        ("Fn::Transform: { Name: AWS::Include }", "AWS::Include"),
        ("Transform: AWS::LanguageExtensions", ""),
    ] {
        let text =
            format!("{line}\nResources: {{ A: {{ Type: AWS::ApiGateway::RestApi, Properties: {{ Name: a }} }} }}");
        let open = if name.is_empty() { vec![] } else { vec![format!("open: what {name} adds is not known")] };
        assert_eq!(routes(&text, &[]), open, "{line}");
    }
}

#[test]
fn hostile_templates_take_no_more_than_others() {
    use std::fmt::Write;
    let mut text =
        "Resources:\n  Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: a } }\nConditions:\n".to_owned();
    for n in 0..2000 {
        let next = n + 1;
        writeln!(text, "  C{n}: !Or [!Condition C{next}, !Condition C{next}, !Condition C{next}]").unwrap();
    }
    let mut sub = "''".to_owned();
    for _ in 0..40 {
        sub = format!("!Sub ['{}', {{v: {sub}}}]", "${v}x".repeat(100));
    }
    writeln!(text, "  D: !Equals [1, {sub}]").unwrap();
    for (n, condition) in ["C0", "D"].into_iter().enumerate() {
        let properties = "{ RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET }";
        let resource = format!(
            "  M{n}: {{ Type: 'AWS::ApiGateway::Method', Condition: {condition}, Properties: {properties} }}\n"
        );
        text = text.replacen("Conditions:\n", &format!("{resource}Conditions:\n"), 1);
    }
    assert!(routes(&text, &[])[0].contains("is not known"));
}

#[test]
fn methods_and_routes_may_be_put_into_apis_of_sam() {
    let rest = "
Resources:
  Api: { Type: 'AWS::Serverless::Api', Properties: { Name: a, StageName: prod } }
  R: { Type: 'AWS::ApiGateway::Resource', Properties: { ParentId: !GetAtt Api.RootResourceId, PathPart: more } }
  M:
    Type: AWS::ApiGateway::Method
    Properties: { RestApiId: !Ref Api, ResourceId: !Ref R, HttpMethod: GET, Integration: { Type: MOCK } }
";
    let http = "
Resources:
  Api: { Type: 'AWS::Serverless::HttpApi', Properties: { Name: a } }
  R: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: !Ref Api, RouteKey: GET /more } }
";
    let implicit = "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { Events: { G: { Type: HttpApi, Properties: { Path: /own, Method: get } } } }
  R: { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId: !Ref ServerlessHttpApi, RouteKey: GET /more } }
";
    let keys = |text: &str| -> Vec<String> {
        methods(text).iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!((keys(rest), keys(http)), (vec!["GET /more".to_owned()], vec!["GET /more".to_owned()]));
    assert_eq!(keys(implicit), ["GET /more", "GET /own"]);
}

#[test]
fn whoever_is_given_an_api_may_put_routes_into_it() {
    let nested = |parameters: &str| {
        format!(
            "Resources:
  Api: {{ Type: 'AWS::Serverless::Api', Properties: {{ Name: a, StageName: prod }} }}
  Sub: {{ Type: 'AWS::CloudFormation::Stack', Properties: {{ TemplateURL: u, Parameters: {parameters} }} }}
"
        )
    };
    let told = ["open: what the nested stack Sub puts into Api is not known"];
    for parameters in [
        "{ Id: !Ref Api }",
        "{ Root: !GetAtt Api.RootResourceId }",
        "{ Id: !Sub '${Api}' }",
        "{ Id: !If [Never, !Ref Api, x] }",
    ] {
        assert_eq!(methods(&nested(parameters)), told, "{parameters}");
    }
    assert_eq!(methods(&nested("{ Id: !Ref Apis, Url: !Sub 'https://${ApiHost}' }")), [""; 0]);
    let exported = nested("{}").replace("CloudFormation::Stack", "SQS::Queue")
        + "Outputs: { Root: { Value: !GetAtt Api.RootResourceId, Export: { Name: root } } }\n";
    let told = "open: what other stacks put into Api, whose root resource is exported, is not known";
    assert_eq!(methods(&exported), [told]);
}

#[test]
fn a_parameter_that_the_file_lacks_is_an_error() {
    let given = |name: &str| Given { parameters: [(name.to_owned(), String::new())].into(), ..Given::default() };
    let api = "Resources: { Api: { Type: 'AWS::Serverless::Api', Properties: { Name: a, StageName: prod } } }\n";
    let template = format!("{api}Parameters: {{ Env: {{ Type: String }}, Size: {{ Type: Number }} }}\n");
    let document = "openapi: 3.0.1\npaths: {}\n";
    for (text, expected) in [
        (template.as_str(), "it has no parameter `Nope`; it has Env, Size"),
        (api, "it has no parameter `Nope`; it has none"),
        (document, "it has no parameter `Nope`; it has none"),
    ] {
        let file = File::read(text, None).unwrap();
        assert_eq!(file.apis(&given("Nope")).unwrap_err().to_string(), expected);
    }
    assert_eq!(File::read(&template, None).unwrap().apis(&given("Env")).map(|apis| apis.len()), Ok(1));
}
