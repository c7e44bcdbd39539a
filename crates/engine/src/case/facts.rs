//! What was read of an account to explain one request: nothing at first, then what the causes ask for.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::observed::{NotRead, Observed, Why};
use crate::snapshot::Api;

/// A read that a cause may ask for. Each is one call, or one paged list; its answer is what the service says, with the
/// members named as boto3 names them (`VpcEndpoints`, `CallbackURLs`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Read {
    /// `apigateway:GetRestApis`: every REST API of the region.
    RestApis,
    /// `apigateway:GetResources` with its methods, of an API that is only looked at for a route.
    Resources(String),
    /// `apigatewayv2:GetApis`: every HTTP and WebSocket API of the region.
    HttpApis,
    /// One API with its live configuration, stages and deployments; the answer is an [`Api`], in [`Facts::api`].
    Api(String),
    /// `apigateway:GetDeployment` with `apisummary`; the answer becomes part of the [`Api`].
    Summary {
        /// The API's id.
        api: String,
        /// The deployment.
        deployment: String,
    },
    /// `apigateway:GetExport` or `apigatewayv2:ExportApi` of a stage; the answer becomes part of the [`Api`].
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
    /// `iam:SimulatePrincipalPolicy` of `execute-api:Invoke`.
    Simulation {
        /// The user's or role's ARN.
        principal: String,
        /// The ARN that is invoked.
        resource: String,
    },
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

/// What was read so far. `Known(None)` means that the service says that there is no such thing.
///
/// Answers may hold the values of API keys and the secrets of clients: what is printed of it are the reads alone.
#[derive(Clone)]
pub struct Facts {
    /// The account's twelve digits; empty where there is no account to read.
    pub account_id: String,
    /// The region that is read.
    pub region: String,
    /// The present.
    pub now: Timestamp,
    apis: BTreeMap<String, Observed<Option<Api>>>,
    answers: BTreeMap<Read, Observed<Option<Value>>>,
}

impl Facts {
    /// Nothing yet.
    pub fn new(account_id: impl Into<String>, region: impl Into<String>, now: Timestamp) -> Facts {
        let (account_id, region) = (account_id.into(), region.into());
        Facts { account_id, region, now, apis: BTreeMap::new(), answers: BTreeMap::new() }
    }

    /// Keeps an API.
    pub fn keep_api(&mut self, id: impl Into<String>, api: Observed<Option<Api>>) {
        self.apis.insert(id.into(), api);
    }

    /// The API of an id, to add what its deployments hold.
    pub fn api_mut(&mut self, id: &str) -> Option<&mut Api> {
        match self.apis.get_mut(id)? {
            Observed::Known(api) => api.as_mut(),
            Observed::NotRead(_) => None,
        }
    }

    /// Keeps an answer.
    pub fn keep(&mut self, read: Read, answer: Observed<Option<Value>>) {
        self.answers.insert(read, answer);
    }

    /// An API, if it was asked for.
    pub fn api(&self, id: &str) -> Option<&Observed<Option<Api>>> {
        self.apis.get(id)
    }

    /// Every API that was read.
    pub fn apis(&self) -> impl Iterator<Item = &Api> {
        self.apis.values().filter_map(|api| api.ok()?.as_ref())
    }

    /// An answer, if it was asked for.
    pub fn answer(&self, read: &Read) -> Option<&Observed<Option<Value>>> {
        self.answers.get(read)
    }

    /// What was asked for and could not be read, in the order of the calls' names.
    pub fn not_read(&self) -> Vec<&NotRead> {
        let apis = self.apis.values().filter_map(|api| api.known().err());
        let parts = self.apis().flat_map(|api| {
            let deployed = api.deployed.values();
            deployed.flat_map(|deployed| [deployed.summary.known().err(), deployed.export.known().err()]).flatten()
        });
        let answers = self.answers.values().filter_map(|answer| answer.known().err());
        let mut all: Vec<&NotRead> = apis.chain(parts).chain(answers).filter(|why| why.why != Why::NotNeeded).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { account_id, region, now, apis, answers } = self;
        f.debug_struct("Facts")
            .field("account_id", account_id)
            .field("region", region)
            .field("now", now)
            .field("apis", &apis.keys())
            .field("answers", &answers.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_what_was_read_and_not_what_came_back() {
        let mut facts = Facts::new("111122223333", "eu-west-1", Timestamp::UNIX_EPOCH);
        let keys = json!({ "items": [{ "id": "k", "value": "s3cr3t" }] });
        facts.keep(Read::ApiKeys, Observed::Known(Some(keys)));
        let printed = format!("{facts:?}");
        assert!(printed.contains("ApiKeys") && !printed.contains("s3cr3t"), "{printed}");
    }
}
