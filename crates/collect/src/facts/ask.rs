//! The table of reads: which call answers each, what it is about, and what it takes.

use engine::arn::{self, FunctionName};
use engine::case::facts::Read;
use engine::snapshot::ApiKind;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::form;
use super::shape::{CLOUDFRONT_SHAPE, EC2_SHAPE, ELB_SHAPE, IAM_SHAPE};
use crate::read::Call;
use crate::signed::{Protocol, Request, Service, encoded};

/// A call, and how its answer is read.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) call: Call,
    pub(super) request: Request,
    /// How it pages, if it answers with a list.
    pub(super) list: Option<List>,
    /// From the wire to boto3's names; nothing where the answer says that there is no such thing.
    pub(super) form: fn(Value) -> Option<Value>,
}

/// How a list is paged.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    /// The parameter that continues it.
    pub(super) token: &'static str,
    /// Where the answer says how, with boto3's names.
    pub(super) next: &'static str,
}

/// Whose account and where, and when the request was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) account_id: &'a str,
    pub(super) region: &'a str,
    pub(super) at: Timestamp,
}

static API_GATEWAY: Service = regional("apigateway", Protocol::RestJson, &["NotFoundException"]);
static LAMBDA: Service = regional("lambda", Protocol::RestJson, &["ResourceNotFoundException"]);
static WAFV2: Service = regional("wafv2", Protocol::Json("AWSWAF_20190729"), &["WAFNonexistentItemException"]);
static COGNITO: Service =
    regional("cognito-idp", Protocol::Json("AWSCognitoIdentityProviderService"), &["ResourceNotFoundException"]);
static ACM: Service = regional("acm", Protocol::Json("CertificateManager"), &["ResourceNotFoundException"]);
static EC2: Service = regional(
    "ec2",
    Protocol::Query("2016-11-15", &EC2_SHAPE),
    &["InvalidGroup.NotFound", "InvalidVpcID.NotFound", "InvalidVpcEndpointId.NotFound"],
);
static ELB: Service = regional(
    "elasticloadbalancing",
    Protocol::Query("2015-12-01", &ELB_SHAPE),
    &["LoadBalancerNotFound", "TargetGroupNotFound"],
);
static IAM: Service =
    Service { is_global: true, ..regional("iam", Protocol::Query("2010-05-08", &IAM_SHAPE), &["NoSuchEntity"]) };
static CLOUDFRONT: Service =
    Service { is_global: true, ..regional("cloudfront", Protocol::RestXml(&CLOUDFRONT_SHAPE), &[]) };

const fn regional(name: &'static str, protocol: Protocol, missing: &'static [&'static str]) -> Service {
    Service { name, is_global: false, protocol, missing }
}

/// The lists of the two API Gateway services, and how much of one comes in a page.
const POSITION: List = List { token: "position", next: "/position" };
const NEXT_TOKEN: List = List { token: "nextToken", next: "/NextToken" };
const PAGE: &str = "500";

/// The lists of Lambda.
const FUNCTIONS: List = List { token: "Marker", next: "/NextMarker" };

/// The call that answers a read. What is read through an SDK client is an error, with the call all the same.
pub(super) fn ask(read: &Read, kind: Option<ApiKind>, place: Place<'_>) -> Result<Ask, Call> {
    let region = match read {
        Read::ApiKeysIn(region) => region,
        _ => place.region,
    };
    let get = |name: &'static str, path: String| Ask::control_plane(name, region, "", path).form(form::rest);
    let list = |name: &'static str, path: String| get(name, path).with("limit", PAGE).paged(POSITION);
    let get2 = |name: &'static str, path: String| Ask::control_plane(name, region, "/v2", path).form(form::v2);
    let list2 = |name: &'static str, path: String| get2(name, path).with("maxResults", PAGE).paged(NEXT_TOKEN);
    Ok(match read {
        Read::RestApis => list("apigateway:GetRestApis", "/restapis".to_owned()),
        Read::Resources(api) => {
            list("apigateway:GetResources", format!("/restapis/{api}/resources")).with("embed", "methods")
        }
        Read::HttpApis => list2("apigatewayv2:GetApis", "/apis".to_owned()),
        Read::DomainName(name) => get("apigateway:GetDomainName", format!("/domainnames/{name}")),
        Read::DomainNameV2(name) => get2("apigatewayv2:GetDomainName", format!("/domainnames/{name}")),
        Read::BasePathMappings(name) => {
            list("apigateway:GetBasePathMappings", format!("/domainnames/{name}/basepathmappings"))
        }
        Read::ApiMappings(name) => list2("apigatewayv2:GetApiMappings", format!("/domainnames/{name}/apimappings")),
        Read::RoutingRules(name) => list2("apigatewayv2:ListRoutingRules", format!("/domainnames/{name}/routingrules")),
        Read::AccessAssociations => {
            let path = "/domainnameaccessassociations".to_owned();
            list("apigateway:GetDomainNameAccessAssociations", path).with("resourceOwner", "SELF")
        }
        Read::UsagePlans => list("apigateway:GetUsagePlans", "/usageplans".to_owned()),
        Read::UsagePlanKeys(plan) => list("apigateway:GetUsagePlanKeys", format!("/usageplans/{plan}/keys")),
        Read::ApiKeys | Read::ApiKeysIn(_) => {
            list("apigateway:GetApiKeys", "/apikeys".to_owned()).with("includeValues", "true")
        }
        Read::Usage(plan) => {
            let day = place.at.to_string();
            let day = day.get(..10).unwrap_or_default();
            let usage = list("apigateway:GetUsage", format!("/usageplans/{plan}/usage"));
            usage.with("startDate", day).with("endDate", day).form(form::usage)
        }
        Read::Account => get("apigateway:GetAccount", "/account".to_owned()),
        Read::VpcLink(id) => get("apigateway:GetVpcLink", format!("/vpclinks/{id}")),
        Read::VpcLinkV2(id) => get2("apigatewayv2:GetVpcLink", format!("/vpclinks/{id}")),
        Read::Functions => {
            let call = Call::anywhere("lambda:ListFunctions");
            Ask::new(call, &LAMBDA, region, "/2015-03-31/functions").with("MaxItems", "50").paged(FUNCTIONS)
        }
        Read::Function(name) => function("lambda:GetFunctionConfiguration", "2015-03-31", "configuration", name, place),
        Read::FunctionPolicy(name) => {
            function("lambda:GetPolicy", "2015-03-31", "policy", name, place).form(form::policy)
        }
        Read::FunctionConcurrency(name) => {
            function("lambda:GetFunctionConcurrency", "2019-09-30", "concurrency", name, place)
        }
        Read::FunctionUrl(name) => function("lambda:GetFunctionUrlConfig", "2021-10-31", "url", name, place),
        Read::FunctionUrls(name) => function("lambda:ListFunctionUrlConfigs", "2021-10-31", "urls", name, place)
            .with("MaxItems", "50")
            .paged(FUNCTIONS),
        Read::WebAcl(arn) => {
            let call = Call::new("wafv2:GetWebACLForResource", "wafv2:GetWebACLForResource", arn);
            Ask::new(call, &WAFV2, region_of(arn, region), "GetWebACLForResource")
                .with("ResourceArn", arn.as_str())
                .form(form::web_acl)
        }
        Read::SampledRequests { web_acl, metric } => {
            let call = Call::new("wafv2:GetSampledRequests", "wafv2:GetSampledRequests", web_acl);
            let (start, end) = window(place.at);
            Ask::new(call, &WAFV2, region_of(web_acl, region), "GetSampledRequests")
                .with("WebAclArn", web_acl.as_str())
                .with("RuleMetricName", metric.as_str())
                .with("Scope", scope(web_acl))
                .with("TimeWindow", json!({ "StartTime": start, "EndTime": end }))
                .with("MaxItems", 500)
                .form(form::times)
        }
        Read::IpSet(arn) => {
            // arn:aws:wafv2:region:account:regional/ipset/name/id
            let mut parts = arn.rsplit('/');
            let (id, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            Ask::new(Call::new("wafv2:GetIPSet", "wafv2:GetIPSet", arn), &WAFV2, region_of(arn, region), "GetIPSet")
                .with("Name", name)
                .with("Id", id)
                .with("Scope", scope(arn))
        }
        Read::VpcEndpoints => {
            Ask::new(Call::anywhere("ec2:DescribeVpcEndpoints"), &EC2, region, "DescribeVpcEndpoints")
                .with("Filter.1.Name", "service-name")
                .with("Filter.1.Value.1", format!("com.amazonaws.{region}.execute-api"))
                .paged(List { token: "NextToken", next: "/NextToken" })
        }
        Read::SecurityGroups(ids) => {
            let call = Call::anywhere("ec2:DescribeSecurityGroups");
            let ask = Ask::new(call, &EC2, region, "DescribeSecurityGroups");
            ids.iter().enumerate().fold(ask, |ask, (at, id)| ask.with(&format!("GroupId.{}", at + 1), id.as_str()))
        }
        Read::VpcAttribute { vpc, attribute } => {
            let resource = format!("arn:{}:ec2:{region}:{}:vpc/{vpc}", arn::partition(region), place.account_id);
            let call = Call::new("ec2:DescribeVpcAttribute", "ec2:DescribeVpcAttribute", resource);
            Ask::new(call, &EC2, region, "DescribeVpcAttribute")
                .with("VpcId", vpc.as_str())
                .with("Attribute", attribute.as_str())
                .form(form::vpc_attribute)
        }
        Read::TargetGroups(balancer) => {
            Ask::new(Call::anywhere("elasticloadbalancing:DescribeTargetGroups"), &ELB, region, "DescribeTargetGroups")
                .with("LoadBalancerArn", balancer.as_str())
                .paged(List { token: "Marker", next: "/NextMarker" })
        }
        Read::TargetHealth(group) => {
            Ask::new(Call::anywhere("elasticloadbalancing:DescribeTargetHealth"), &ELB, region, "DescribeTargetHealth")
                .with("TargetGroupArn", group.as_str())
        }
        Read::Simulation { principal, action, resource } => {
            let call = Call::new("iam:SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", principal);
            Ask::new(call, &IAM, region, "SimulatePrincipalPolicy")
                .with("PolicySourceArn", principal.as_str())
                .with("ActionNames.member.1", action.as_str())
                .with("ResourceArns.member.1", resource.as_str())
        }
        Read::AccessKeyOwner(key) => {
            // It is a permission on the user, whom nobody knows yet.
            let call = Call::new("iam:GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", user("*", place));
            Ask::new(call, &IAM, region, "GetAccessKeyLastUsed").with("AccessKeyId", key.as_str())
        }
        Read::AccessKeys(name) => {
            let call = Call::new("iam:ListAccessKeys", "iam:ListAccessKeys", user(name, place));
            Ask::new(call, &IAM, region, "ListAccessKeys")
                .with("UserName", name.as_str())
                .paged(List { token: "Marker", next: "/Marker" })
        }
        Read::Role(role) => {
            // By its name or its ARN, whose last segment the name is.
            let name = role.rsplit('/').next().unwrap_or_default();
            let arn = if role.starts_with("arn:") {
                role.clone()
            } else {
                format!("arn:{}:iam::{}:role/{role}", arn::partition(region), place.account_id)
            };
            let call = Call::new("iam:GetRole", "iam:GetRole", arn);
            Ask::new(call, &IAM, region, "GetRole").with("RoleName", name).form(form::role)
        }
        Read::UserPoolDomain(domain) => {
            let call = Call::anywhere("cognito-idp:DescribeUserPoolDomain");
            Ask::new(call, &COGNITO, region, "DescribeUserPoolDomain")
                .with("Domain", domain.as_str())
                .form(form::domain_description)
        }
        Read::UserPool(pool) => {
            user_pool("cognito-idp:DescribeUserPool", "DescribeUserPool", pool, place).form(form::times)
        }
        Read::UserPoolClient { pool, client } => {
            user_pool("cognito-idp:DescribeUserPoolClient", "DescribeUserPoolClient", pool, place)
                .with("ClientId", client.as_str())
                .form(form::times)
        }
        Read::Distributions => {
            let call = Call::anywhere("cloudfront:ListDistributions");
            let list = List { token: "Marker", next: "/DistributionList/NextMarker" };
            Ask::new(call, &CLOUDFRONT, region, "/2020-05-31/distribution")
                .with("MaxItems", "100")
                .paged(list)
                .form(form::distributions)
        }
        Read::Certificate(arn) => {
            let call = Call::new("acm:DescribeCertificate", "acm:DescribeCertificate", arn);
            Ask::new(call, &ACM, region_of(arn, region), "DescribeCertificate")
                .with("CertificateArn", arn.as_str())
                .form(form::times)
        }
        Read::Api(_)
        | Read::Summary { .. }
        | Read::Export { .. }
        | Read::Logs { .. }
        | Read::Metric { .. }
        | Read::Dns(_)
        | Read::DnsAlias(_) => return Err(call(read, kind, place)),
    })
}

/// The call of a read that an SDK client or the resolver answers.
fn call(read: &Read, kind: Option<ApiKind>, place: Place<'_>) -> Call {
    let Place { account_id, region, .. } = place;
    let control_plane = |name, path: String| Call::control_plane(name, region, &path);
    match read {
        Read::Api(id) => control_plane("apigateway:GetRestApi", format!("/restapis/{id}")),
        Read::Summary { api, deployment } => {
            control_plane("apigateway:GetDeployment", format!("/restapis/{api}/deployments/{deployment}"))
        }
        Read::Export { api, .. } if matches!(kind, Some(ApiKind::Http | ApiKind::WebSocket)) => {
            control_plane("apigatewayv2:ExportApi", format!("/apis/{api}/exports/OAS30"))
        }
        Read::Export { api, stage, .. } => {
            control_plane("apigateway:GetExport", format!("/restapis/{api}/stages/{stage}/exports/oas30"))
        }
        Read::Logs { group, .. } => {
            let resource = format!("arn:{}:logs:{region}:{account_id}:log-group:{group}:*", arn::partition(region));
            Call::new("logs:FilterLogEvents", "logs:FilterLogEvents", resource)
        }
        Read::Dns(host) => Call::new("dns:A", "--probe-network", host),
        Read::DnsAlias(host) => Call::new("dns:CNAME", "--probe-network", host),
        _ => Call::anywhere("cloudwatch:GetMetricData"),
    }
}

/// How long before and after the response is looked: clocks differ, and a line of a log is written when its request ends.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// The window around a moment, in seconds.
fn window(at: Timestamp) -> (i64, i64) {
    (at.as_second() - WINDOW.as_secs(), at.as_second() + WINDOW.as_secs())
}

/// The region that an ARN names; that of the reading for one that names none.
fn region_of<'a>(arn: &'a str, region: &'a str) -> &'a str {
    arn.split(':').nth(3).filter(|own| !own.is_empty()).unwrap_or(region)
}

/// The scope of something of WAF: that of CloudFront is global.
fn scope(arn: &str) -> &'static str {
    if arn.contains(":global/") { "CLOUDFRONT" } else { "REGIONAL" }
}

/// The ARN of an IAM user, whose path nobody told.
fn user(name: &str, place: Place<'_>) -> String {
    format!("arn:{}:iam::{}:user/{name}", arn::partition(place.region), place.account_id)
}

fn user_pool(name: &'static str, operation: &str, pool: &str, place: Place<'_>) -> Ask {
    // A pool's id begins with its region: eu-west-1_AbCdEf123.
    let region = pool.split_once('_').map_or(place.region, |(region, _)| region);
    let resource = format!("arn:{}:cognito-idp:{region}:{}:userpool/{pool}", arn::partition(region), place.account_id);
    Ask::new(Call::new(name, name, resource), &COGNITO, region, operation).with("UserPoolId", pool)
}

/// A read of a function, named by itself or by its ARN, with or without an alias or version.
fn function(name: &'static str, version: &str, what: &str, asked: &str, place: Place<'_>) -> Ask {
    let named = FunctionName::parse(asked).unwrap_or_else(|| {
        let (name, qualifier) = asked.split_once(':').map_or((asked, None), |(name, own)| (name, Some(own.to_owned())));
        FunctionName {
            region: place.region.to_owned(),
            account_id: place.account_id.to_owned(),
            name: name.to_owned(),
            qualifier,
        }
    });
    let call = Call::function(name, named.arn());
    // A function of another account is asked for by its ARN.
    let asked = if named.account_id == place.account_id {
        named.name.clone()
    } else {
        FunctionName { qualifier: None, ..named.clone() }.arn()
    };
    let path = format!("/{version}/functions/{}/{what}", encoded(&asked));
    let ask = Ask::new(call, &LAMBDA, &named.region, &path);
    match named.qualifier {
        Some(qualifier) => ask.with("Qualifier", qualifier),
        None => ask,
    }
}

impl Ask {
    fn new(call: Call, service: &'static Service, region: &str, operation: &str) -> Ask {
        let parameters = Map::new();
        let request = Request { service, region: region.to_owned(), operation: operation.to_owned(), parameters };
        Ask { call, request, list: None, form: form::plain }
    }

    /// A read of API Gateway's control plane; `path` is as it stands in ARNs.
    fn control_plane(name: &'static str, region: &str, prefix: &str, path: String) -> Ask {
        let segments: Vec<_> = path.split('/').map(encoded).collect();
        let operation = format!("{prefix}{}", segments.join("/"));
        Ask::new(Call::control_plane(name, region, &path), &API_GATEWAY, region, &operation)
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Ask {
        self.request.parameters.insert(name.to_owned(), value.into());
        self
    }

    fn paged(self, list: List) -> Ask {
        Ask { list: Some(list), ..self }
    }

    fn form(self, form: fn(Value) -> Option<Value>) -> Ask {
        Ask { form, ..self }
    }
}
