//! Every permission that reading takes: the IAM action, and the resource that tells one read from another.

mod explain;
mod service;

use serde_json::{Value, json};

pub use explain::EXPLAIN;
pub use service::{AUDITOR, AUDITOR_LAMBDA, DASHBOARD, DASHBOARD_LAMBDA, DISPATCHER, DISPATCHER_LAMBDA};

/// A permission, and the call that needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The IAM action.
    pub action: &'static str,
    /// The resource: for API Gateway the control plane's path with `*` for each id, for Lambda what stands in its ARN, for
    /// others what follows the partition in theirs. What is the service's own has the name that it has in its template.
    pub resource: &'static str,
    /// The call, `apigateway:GetStages`.
    pub call: &'static str,
    /// What the answer is used for.
    pub purpose: &'static str,
}

const fn get(resource: &'static str, call: &'static str, purpose: &'static str) -> Permission {
    Permission { action: "apigateway:GET", resource, call, purpose }
}

/// A call whose IAM action has its name.
const fn on(action: &'static str, resource: &'static str, purpose: &'static str) -> Permission {
    Permission { action, resource, call: action, purpose }
}

/// Those of audits. Every API Gateway read is the action `apigateway:GET`, so the resource is what tells them apart.
pub const ALL: [Permission; 48] = [
    get("/restapis", "apigateway:GetRestApis", "REST APIs, their settings and resource policies"),
    get("/restapis/*/resources", "apigateway:GetResources", "live methods and integrations"),
    get("/restapis/*/stages", "apigateway:GetStages", "stages, their settings and deployments"),
    get("/restapis/*/deployments", "apigateway:GetDeployments", "when and in which order deployments were made"),
    get("/restapis/*/deployments/*", "apigateway:GetDeployment", "which routes a stage serves"),
    get("/restapis/*/stages/*/exports/*", "apigateway:GetExport", "what a stage serves"),
    get("/restapis/*/authorizers", "apigateway:GetAuthorizers", "live authorizers, where a method names one"),
    get("/restapis/*/models", "apigateway:GetModels", "live models, where a method names one"),
    get(
        "/restapis/*/requestvalidators",
        "apigateway:GetRequestValidators",
        "live validators, where a method names one",
    ),
    get("/restapis/*/gatewayresponses", "apigateway:GetGatewayResponses", "live customised gateway responses"),
    get("/apis", "apigatewayv2:GetApis", "HTTP and WebSocket APIs and their settings"),
    get("/apis/*/stages", "apigatewayv2:GetStages", "stages, their settings and deployments"),
    get("/apis/*/deployments", "apigatewayv2:GetDeployments", "when deployments were made and whether they failed"),
    get("/apis/*/exports/*", "apigatewayv2:ExportApi", "HTTP APIs: what is live, and what a stage serves"),
    get("/apis/*/routes", "apigatewayv2:GetRoutes", "live routes, where there is no export"),
    get("/apis/*/integrations", "apigatewayv2:GetIntegrations", "live integrations, where there is no export"),
    get("/apis/*/authorizers", "apigatewayv2:GetAuthorizers", "live authorizers, where a route names one"),
    get("/usageplans", "apigateway:GetUsagePlans", "which stages are open to API keys"),
    get("/usageplans/*/keys", "apigateway:GetUsagePlanKeys", "which keys a plan holds"),
    get("/apikeys", "apigateway:GetApiKeys", "API keys, without their values"),
    get("/domainnames", "apigateway:GetDomainNames", "custom domain names"),
    get("/domainnames/*/apimappings", "apigatewayv2:GetApiMappings", "where custom domain names lead"),
    get("/domainnames/*/basepathmappings", "apigateway:GetBasePathMappings", "where private domain names lead"),
    get("/domainnames/*/routingrules", "apigatewayv2:ListRoutingRules", "where domain names lead that go by rules"),
    get(
        "/domainnameaccessassociations",
        "apigateway:GetDomainNameAccessAssociations",
        "which VPC endpoints private domain names are open to, where there are any",
    ),
    get("/account", "apigateway:GetAccount", "the account's throttle, where a stage has one of its own"),
    get("/vpclinks/*", "apigateway:GetVpcLink", "whether a REST API's VPC link works, where an integration names one"),
    get(
        "/vpclinks/*",
        "apigatewayv2:GetVpcLink",
        "whether an HTTP API's VPC link works, where an integration names one",
    ),
    on(
        "lambda:GetFunctionConfiguration",
        "function:*",
        "whether a function exists, its runtime, timeout and log group",
    ),
    on("lambda:GetPolicy", "function:*", "whether API Gateway may call a function"),
    on("wafv2:GetWebACLForResource", "wafv2:*:*:*/webacl/*", "whether the web ACL of a stage blocks, where it has one"),
    on("wafv2:GetWebACLForResource", "apigateway:*::/restapis/*/stages/*", "the same: it takes the resource, too"),
    on(
        "ec2:DescribeVpcEndpoints",
        "*",
        "by which VPC endpoints private APIs are called, and whether they take all names",
    ),
    on("ec2:DescribeSecurityGroups", "*", "whether such an endpoint lets anybody in"),
    on("ec2:DescribeVpcAttribute", "ec2:*:*:vpc/*", "whether its VPC resolves private names"),
    on("cloudfront:ListDistributions", "*", "which distributions ask an API, and what they forward"),
    on("acm:DescribeCertificate", "acm:*:*:certificate/*", "whether a domain name's certificate is valid"),
    on("lambda:GetFunctionUrlConfig", "function:*", "whether a function has a URL that nobody may call"),
    on("iam:GetRole", "iam::*:role/*", "whom the role of an integration trusts, where one is named"),
    on(
        "cognito-idp:DescribeUserPool",
        "cognito-idp:*:*:userpool/*",
        "whether the user pool exists that an authorizer names, and its domain",
    ),
    on(
        "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:*:*:userpool/*",
        "whether people can sign in to the client whose tokens an authorizer takes; its secret is not kept",
    ),
    on("cloudtrail:LookupEvents", "*", "who changed what, since which deployment"),
    on("cloudwatch:GetMetricData", "*", "which functions and stages failed of late"),
    on("logs:DescribeLogGroups", "logs:*:*:log-group:*", "whether the log of what failed is there, its size and class"),
    on(
        "logs:FilterLogEvents",
        "logs:*:*:log-group:*",
        "why functions and stages failed, where metrics say that they did",
    ),
    on("logs:StartQuery", "logs:*:*:log-group:*", "the same, where there is too much to page through"),
    on("logs:GetQueryResults", "*", "what such a query found"),
    on("logs:StopQuery", "*", "ending such a query that takes too long, for queries cost by what they look through"),
];

/// Those of asking routes that are opted in, besides those of audits. Nothing else takes them.
pub const PROBE: [Permission; 3] = [
    Permission {
        action: "apigateway:POST",
        resource: "/restapis/*/resources/*/methods/*",
        call: "apigateway:TestInvokeMethod",
        purpose: "what the live configuration of a REST API answers; it calls the route's real integration",
    },
    Permission {
        action: "lambda:InvokeFunction",
        resource: "function:*",
        call: "lambda:Invoke",
        purpose: "what a function itself answers, where an entry says `invoke = true`",
    },
    on("execute-api:Invoke", "execute-api:*:*:*/*/*/*", "requests to stages whose routes are called with signatures"),
];

impl Permission {
    /// Whether its resource is the service's own, and has the name that it has in the template.
    pub fn is_of_the_service(&self) -> bool {
        self.resource.starts_with(char::is_uppercase)
    }

    /// The resource as an IAM policy names it, for every region and account of a partition.
    pub fn arn(&self, partition: &str) -> String {
        match (self.resource, self.action.split_once(':')) {
            ("*", _) => "*".to_owned(),
            (path, Some(("apigateway", _))) => format!("arn:{partition}:apigateway:*::{path}"),
            (name, Some(("lambda", _))) => format!("arn:{partition}:lambda:*:*:{name}"),
            (rest, _) => format!("arn:{partition}:{rest}"),
        }
    }
}

/// The IAM policy that allows exactly the calls of audits.
pub fn policy(partition: &str) -> Value {
    policy_of(&ALL, partition)
}

/// The IAM policy that allows exactly the calls of explanations.
pub fn explain_policy(partition: &str) -> Value {
    policy_of(&EXPLAIN, partition)
}

/// The IAM policy that asking routes takes besides that of audits.
pub fn probe_policy(partition: &str) -> Value {
    policy_of(&PROBE, partition)
}

fn policy_of(permissions: &[Permission], partition: &str) -> Value {
    let mut actions: Vec<&str> = permissions.iter().map(|permission| permission.action).collect();
    actions.dedup();
    let statements = actions.into_iter().map(|action| {
        let own = permissions.iter().filter(|permission| permission.action == action);
        let mut resources: Vec<String> = own.map(|permission| permission.arn(partition)).collect();
        resources.sort();
        resources.dedup();
        json!({ "Effect": "Allow", "Action": action, "Resource": resources })
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}
