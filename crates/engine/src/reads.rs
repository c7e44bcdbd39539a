//! The reads that causes of failing requests ask for, each by what it is about.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::observed::{NotRead, Observed, Why};

/// Why a host name was not looked up.
pub const NOT_ASKED: &str = "host names are looked up only with --probe-network";

/// A read that a cause of failing requests may ask for. Each is one call, or one paged list; its answer is what the service says, with the
/// members named as boto3 names them (`VpcEndpoints`, `CallbackURLs`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Read {
    /// `apigateway:GetRestApis`: every REST API of the region.
    RestApis,
    /// `apigateway:GetResources` with its methods, of an API that is only looked at for a route.
    Resources(String),
    /// `apigatewayv2:GetApis`: every HTTP and WebSocket API of the region.
    HttpApis,
    /// One API with its live configuration, stages and deployments; the answer is an `Api`, kept by its id.
    Api(String),
    /// `apigateway:GetDeployment` with `apisummary`; the answer becomes part of the `Api`.
    Summary {
        /// The API's id.
        api: String,
        /// The deployment.
        deployment: String,
    },
    /// `apigateway:GetExport` or `apigatewayv2:ExportApi` of a stage; the answer becomes part of the `Api`.
    Export {
        /// The API's id.
        api: String,
        /// The stage.
        stage: String,
        /// The deployment that the stage serves.
        deployment: String,
    },
    /// `apigateway:GetDomainName`.
    DomainName(String),
    /// `apigatewayv2:GetDomainName`.
    DomainNameV2(String),
    /// `apigateway:GetBasePathMappings`.
    BasePathMappings(String),
    /// `apigatewayv2:GetApiMappings`.
    ApiMappings(String),
    /// `apigatewayv2:ListRoutingRules`.
    RoutingRules(String),
    /// `apigateway:GetDomainNameAccessAssociations`.
    AccessAssociations,
    /// `apigateway:GetUsagePlans`.
    UsagePlans,
    /// `apigateway:GetUsagePlanKeys` of a plan.
    UsagePlanKeys(String),
    /// `apigateway:GetApiKeys` with their values: they are compared in memory and go nowhere.
    ApiKeys,
    /// The same, of another region.
    ApiKeysIn(String),
    /// `apigateway:GetUsage` of a plan, on the day of the request.
    Usage(String),
    /// `apigateway:GetAccount`.
    Account,
    /// `apigateway:GetVpcLink`.
    VpcLink(String),
    /// `apigatewayv2:GetVpcLink`.
    VpcLinkV2(String),
    /// `lambda:ListFunctions`.
    Functions,
    /// `lambda:GetFunctionConfiguration`, by `name` or `name:qualifier` or ARN.
    Function(String),
    /// `lambda:GetPolicy`, by `name` or `name:qualifier` or ARN. The answer's `Policy` is an object.
    FunctionPolicy(String),
    /// `lambda:GetFunctionConcurrency`.
    FunctionConcurrency(String),
    /// `lambda:GetFunctionUrlConfig`.
    FunctionUrl(String),
    /// `lambda:ListFunctionUrlConfigs` of a function: its own URL, and those of its aliases.
    FunctionUrls(String),
    /// `wafv2:GetWebACLForResource` of a stage's or user pool's ARN.
    WebAcl(String),
    /// `wafv2:GetSampledRequests` of one rule's metric, around the time of the response.
    SampledRequests {
        /// The web ACL's ARN.
        web_acl: String,
        /// The rule's metric name.
        metric: String,
    },
    /// `wafv2:GetIPSet`, by its ARN.
    IpSet(String),
    /// `ec2:DescribeVpcEndpoints` for `execute-api`.
    VpcEndpoints,
    /// `ec2:DescribeSecurityGroups`, by ids.
    SecurityGroups(Vec<String>),
    /// `ec2:DescribeVpcAttribute` of a VPC: `enableDnsSupport` or `enableDnsHostnames`.
    VpcAttribute {
        /// The VPC.
        vpc: String,
        /// The attribute.
        attribute: String,
    },
    /// `elasticloadbalancing:DescribeTargetGroups` of a load balancer, by its ARN.
    TargetGroups(String),
    /// `elasticloadbalancing:DescribeTargetHealth` of a target group, by its ARN.
    TargetHealth(String),
    /// `iam:SimulatePrincipalPolicy` of one action.
    Simulation {
        /// The user's or role's ARN.
        principal: String,
        /// `execute-api:Invoke`, or `execute-api:ManageConnections`.
        action: String,
        /// The ARN that is invoked.
        resource: String,
    },
    /// `iam:GetAccessKeyLastUsed`: whose an access key is.
    AccessKeyOwner(AccessKeyId),
    /// `iam:ListAccessKeys` of a user, by its name.
    AccessKeys(String),
    /// `iam:GetRole`.
    Role(String),
    /// `cognito-idp:DescribeUserPoolDomain`.
    UserPoolDomain(String),
    /// `cognito-idp:DescribeUserPool`.
    UserPool(String),
    /// `cognito-idp:DescribeUserPoolClient`. The answer may hold the client's secret: it is compared in memory and goes nowhere.
    UserPoolClient {
        /// The pool's id.
        pool: String,
        /// The client's id.
        client: String,
    },
    /// `cloudfront:ListDistributions`.
    Distributions,
    /// `acm:DescribeCertificate`.
    Certificate(String),
    /// The addresses of a host name, from the resolver of this machine or of the recording: `["10.0.1.15"]`.
    Dns(String),
    /// What a host name is an alias of.
    DnsAlias(String),
    /// `logs:FilterLogEvents` of a group, around the time of the response: `[{"timestamp", "message", "logStreamName"}]`.
    Logs {
        /// The log group.
        group: String,
        /// What the lines must contain: a request id, or nothing.
        filter: Option<String>,
    },
    /// `cloudwatch:GetMetricData`: the sum of one metric in the minutes around the response, as a number.
    Metric {
        /// `AWS/Lambda`, `AWS/ApiGateway`.
        namespace: String,
        /// `Throttles`.
        metric: String,
        /// Dimension names and values.
        dimensions: Vec<(String, String)>,
    },
}

impl Read {
    /// Whether its answer is part of an account's configuration, so that an audit may ask for it, too: what belongs to one
    /// request, to the moment, or to an API's own reading is not.
    pub fn is_standing(&self) -> bool {
        !matches!(
            self,
            Read::RestApis
                | Read::Resources(_)
                | Read::HttpApis
                | Read::Api(_)
                | Read::Summary { .. }
                | Read::Export { .. }
                | Read::ApiKeys
                | Read::ApiKeysIn(_)
                | Read::Usage(_)
                | Read::FunctionUrls(_)
                | Read::SampledRequests { .. }
                | Read::TargetGroups(_)
                | Read::TargetHealth(_)
                | Read::Simulation { .. }
                | Read::AccessKeyOwner(_)
                | Read::AccessKeys(_)
                | Read::Logs { .. }
                | Read::Metric { .. }
        )
    }

    /// Whether it looks up a host name.
    pub fn is_lookup(&self) -> bool {
        matches!(self, Read::Dns(_) | Read::DnsAlias(_))
    }

    /// Why a host name was not looked up that an audit would have looked up, had somebody allowed it; nothing of other reads.
    pub fn not_looked_up(&self) -> Option<NotRead> {
        let (call, host) = match self {
            Read::Dns(host) => ("dns:A", host),
            Read::DnsAlias(host) => ("dns:CNAME", host),
            _ => return None,
        };
        let (call, needs) = (call.to_owned(), "--probe-network".to_owned());
        Some(NotRead { why: Why::NotNeeded, call, resource: host.clone(), needs, message: NOT_ASKED.to_owned() })
    }
}

/// The id of a user's own access key. It is no secret by itself, and goes into no text all the same: what is printed of it are
/// its last four characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// The id in a text, if it is one of a user's own access key (`AKIA…`) and one that IAM takes.
    pub fn of_user(text: &str) -> Option<AccessKeyId> {
        let is_one = text.starts_with("AKIA")
            && (16..=128).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric());
        is_one.then(|| AccessKeyId(text.to_owned()))
    }

    /// What IAM is asked with.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default())
    }
}

/// A read, and what came of it: `Known(None)` where the service says that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked.
    pub read: Read,
    /// What came of it, without secrets.
    pub answer: Observed<Option<Value>>,
}
