//! What a host name says about who answers: the names of AWS's endpoints.

use crate::arn;

/// What kind of host a request went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// `{api}.execute-api.{region}.amazonaws.com`, its dual-stack, FIPS and other partitions' forms, and
    /// `{api}-{vpce}.execute-api…`, which leads to a private API through one VPC endpoint.
    ExecuteApi {
        /// The API's id.
        api_id: String,
        /// The region.
        region: String,
        /// The VPC endpoint in the name, `vpce-0123456789abcdef0`.
        vpc_endpoint: Option<String>,
    },
    /// `{vpce}-{suffix}[-{zone}].execute-api.{region}.vpce.amazonaws.com`: a VPC endpoint's own name. The API is named by
    /// the header `Host` or `x-apigw-api-id`.
    ExecuteApiVpce {
        /// The VPC endpoint.
        vpc_endpoint: String,
        /// The region.
        region: String,
    },
    /// `d-{10}.execute-api.{region}.amazonaws.com`: the target of a regional custom domain name, which is no API itself.
    DomainTarget {
        /// The region.
        region: String,
    },
    /// `{id}.cloudfront.net`.
    CloudFront,
    /// `{id}.lambda-url.{region}.on.aws`.
    LambdaUrl {
        /// The id in the name.
        url_id: String,
        /// The region.
        region: String,
    },
    /// `{prefix}.auth[-fips].{region}.amazoncognito.com`: a user pool's own endpoints for OAuth.
    Cognito {
        /// The domain's prefix.
        prefix: String,
        /// The region.
        region: String,
    },
    /// S3, in any of its forms.
    S3 {
        /// The region, where the name tells it.
        region: Option<String>,
        /// The bucket, where the name tells it.
        bucket: Option<String>,
    },
    /// `*.appsync-api.{region}.amazonaws.com`.
    AppSync,
    /// `{service}.{region}.amazonaws.com`: another service's endpoint.
    AwsService {
        /// The service, as its endpoint spells it, without the `-fips` of endpoints with validated cryptography.
        service: String,
        /// The region, where the name tells it.
        region: Option<String>,
    },
    /// Any other name: a custom domain name of API Gateway, CloudFront or Cognito, or something else.
    Other,
}

/// The ends of the names of AWS's endpoints, of every partition, the longer ones first: `partitions.json` of botocore.
/// GovCloud has those of the partition `aws`.
const SUFFIXES: [&str; 14] = [
    ".amazonaws.com.cn",
    ".api.amazonwebservices.com.cn",
    ".api.amazonwebservices.eu",
    ".api.cloud-aws.adc-e.uk",
    ".api.aws.hci.ic.gov",
    ".api.aws.scloud",
    ".api.aws.ic.gov",
    ".api.aws",
    ".amazonaws.com",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

/// The ends of the names of function URLs. China has one of its own.
const FUNCTION_SUFFIXES: [&str; 3] = [".on.aws", ".on.amazonwebservices.com.cn", ".on.amazonwebservices.eu"];

/// The ends of the names of Cognito's OAuth endpoints.
const COGNITO_SUFFIXES: [&str; 2] = [".amazoncognito.com", ".amazoncognito.com.cn"];

/// The ends of the names of CloudFront's distributions.
const CLOUDFRONT_SUFFIXES: [&str; 2] = [".cloudfront.net", ".cloudfront.cn"];

/// The name under which API Gateway itself serves an API: `a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com`.
pub fn own_endpoint(region: &str, api_id: &str) -> String {
    let suffix = match arn::partition(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-eusc" => "amazonaws.eu",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        _ => "amazonaws.com",
    };
    format!("{api_id}.execute-api.{region}.{suffix}")
}

impl Host {
    /// What a name says, without its port.
    ///
    /// ```
    /// use engine::exchange::host::Host;
    /// let host = Host::of("a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com");
    /// assert_eq!((host.word(), host.region()), ("execute-api", Some("eu-west-1")));
    /// ```
    pub fn of(name: &str) -> Host {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        if before(name, &CLOUDFRONT_SUFFIXES).is_some() {
            return Host::CloudFront;
        }
        if let Some(labels) = before(name, &FUNCTION_SUFFIXES) {
            return match labels.as_slice() {
                [id, "lambda-url", region] if is_region(region) => {
                    Host::LambdaUrl { url_id: (*id).to_owned(), region: (*region).to_owned() }
                }
                _ => Host::Other,
            };
        }
        if let Some(labels) = before(name, &COGNITO_SUFFIXES) {
            return match labels.as_slice() {
                [prefix, "auth" | "auth-fips", region] if is_region(region) => {
                    Host::Cognito { prefix: (*prefix).to_owned(), region: (*region).to_owned() }
                }
                _ => Host::Other,
            };
        }
        before(name, &SUFFIXES).map_or(Host::Other, |labels| endpoint(&labels))
    }

    /// The kind of host, as the JSON of `explain` names it. Whether an [`Host::Other`] is a custom domain name is for
    /// those to say who know the account.
    pub fn word(&self) -> &'static str {
        match self {
            Host::ExecuteApi { vpc_endpoint: None, .. } => "execute-api",
            Host::ExecuteApi { vpc_endpoint: Some(_), .. } | Host::ExecuteApiVpce { .. } => "execute-api-vpce",
            Host::DomainTarget { .. } => "custom-domain",
            Host::CloudFront => "cloudfront",
            Host::LambdaUrl { .. } => "lambda-url",
            Host::Cognito { .. } => "cognito",
            Host::S3 { .. } => "s3",
            Host::AppSync | Host::AwsService { .. } => "aws-service",
            Host::Other => "other",
        }
    }

    /// The region in the name, where there is one.
    pub fn region(&self) -> Option<&str> {
        match self {
            Host::ExecuteApi { region, .. }
            | Host::ExecuteApiVpce { region, .. }
            | Host::DomainTarget { region }
            | Host::LambdaUrl { region, .. }
            | Host::Cognito { region, .. } => Some(region),
            Host::S3 { region, .. } | Host::AwsService { region, .. } => region.as_deref(),
            Host::CloudFront | Host::AppSync | Host::Other => None,
        }
    }
}

/// The labels before one of some suffixes; none where the name has another end, or an empty label.
fn before<'a>(name: &'a str, suffixes: &[&str]) -> Option<Vec<&'a str>> {
    let rest = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix))?;
    let labels: Vec<&str> = rest.split('.').collect();
    labels.iter().all(|label| !label.is_empty()).then_some(labels)
}

/// What stands before the suffix of a partition: `{…}.{service}.{region}`, and what AWS's older names make of it.
fn endpoint(labels: &[&str]) -> Host {
    // A VPC endpoint's own name ends in `.vpce`, and its first label is the endpoint.
    let labels = match labels {
        [rest @ .., "vpce"] => rest,
        _ => labels,
    };
    if let Some(host) = execute_api(labels) {
        return host;
    }
    if let Some(host) = s3(labels) {
        return host;
    }
    if labels.iter().any(|label| ["appsync-api", "appsync-realtime-api"].contains(label)) {
        return Host::AppSync;
    }
    match labels {
        // `{id}.{region}.elb`, `.es`, `.rds`: the region comes first.
        [.., region, service] if is_region(region) => aws_service(service, Some(region)),
        [.., service, region] if is_region(region) => aws_service(service, Some(region)),
        [region] if is_region(region) => Host::Other,
        [.., service] => aws_service(service, None),
        [] => Host::Other,
    }
}

fn execute_api(labels: &[&str]) -> Option<Host> {
    let at = labels.iter().position(|label| ["execute-api", "execute-api-fips"].contains(label))?;
    let region = labels.get(at + 1).filter(|region| is_region(region) && labels.len() == at + 2);
    let (Some(region), Some([name])) = (region, labels.get(..at)) else {
        return Some(aws_service("execute-api", region.copied()));
    };
    let region = (*region).to_owned();
    // The name with an endpoint in it comes before the plain one, whose id could otherwise hold it.
    if let Some(vpc_endpoint) = vpc_endpoint(name) {
        return Some(Host::ExecuteApiVpce { vpc_endpoint, region });
    }
    if let Some((api_id, rest)) = name.split_once("-vpce-") {
        let vpc_endpoint = vpc_endpoint(&format!("vpce-{rest}"));
        return Some(Host::ExecuteApi { api_id: api_id.to_owned(), region, vpc_endpoint });
    }
    // An API's id has no hyphen in it.
    if name.starts_with("d-") {
        return Some(Host::DomainTarget { region });
    }
    Some(Host::ExecuteApi { api_id: (*name).to_owned(), region, vpc_endpoint: None })
}

/// `vpce-0123456789abcdef0` of `vpce-0123456789abcdef0-abcd1234-eu-west-1a`.
fn vpc_endpoint(label: &str) -> Option<String> {
    let id = label.strip_prefix("vpce-")?.split('-').next().filter(|id| !id.is_empty())?;
    Some(format!("vpce-{id}"))
}

/// `[{bucket}.]s3[-fips][.dualstack][.{region}]`, and the older names with hyphens.
fn s3(labels: &[&str]) -> Option<Host> {
    let (rest, region) = match labels {
        [rest @ .., region] if is_region(region) => (rest, Some((*region).to_owned())),
        rest => (rest, None),
    };
    let rest = match rest {
        [rest @ .., "dualstack"] => rest,
        rest => rest,
    };
    let (service, before) = rest.split_last()?;
    let joined = (!before.is_empty()).then(|| before.join("."));
    match *service {
        "s3" | "s3-fips" => Some(Host::S3 { region, bucket: bucket(before) }),
        "s3-website" | "s3-accelerate" => Some(Host::S3 { region, bucket: joined }),
        // An access point is no bucket, and its name does not tell which one it leads to.
        "s3-accesspoint" | "s3-accesspoint-fips" | "s3-global" => Some(Host::S3 { region, bucket: None }),
        "s3-external-1" => Some(Host::S3 { region: Some("us-east-1".to_owned()), bucket: joined }),
        older if region.is_none() => {
            let rest = older.strip_prefix("s3-")?;
            let region = ["website-", "fips-"].iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
            is_region(region).then(|| Host::S3 { region: Some(region.to_owned()), bucket: joined })
        }
        _ => None,
    }
}

/// The bucket that labels before `s3` name. Through a VPC endpoint, `bucket.vpce-….s3` is the endpoint for requests with
/// the bucket in their path, and clients put the bucket's name before it; `accesspoint` and `control` stand in its place.
fn bucket(labels: &[&str]) -> Option<String> {
    let named = match labels {
        [named @ .., endpoint] if endpoint.starts_with("vpce-") => match named {
            [.., "accesspoint" | "control"] => &[],
            [named @ .., "bucket"] => named,
            named => named,
        },
        named => named,
    };
    (!named.is_empty()).then(|| named.join("."))
}

fn aws_service(service: &str, region: Option<&str>) -> Host {
    let service = service.strip_suffix("-fips").unwrap_or(service).to_owned();
    Host::AwsService { service, region: region.map(str::to_owned) }
}

/// Whether a label is a region's name: `eu-west-1`, `us-gov-west-1`, `us-isob-east-1`. Local zones are none.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let (Some(area), Some(number)) = (parts.next(), parts.next_back()) else { return false };
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    let directions: Vec<&str> = parts.collect();
    (2..=4).contains(&area.len())
        && is_word(area)
        && !directions.is_empty()
        && directions.into_iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests;
