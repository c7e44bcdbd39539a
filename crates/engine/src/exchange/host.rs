//! What a host name says about who answers: causes.md §4, the URL anatomy of AWS's services.

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
        /// The service, as its endpoint spells it.
        service: String,
        /// The region, where the name tells it.
        region: Option<String>,
    },
    /// Any other name: a custom domain name of API Gateway, CloudFront or Cognito, or something else.
    Other,
}

impl Host {
    /// The region that the name tells.
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

    /// As explanations spell it.
    pub fn word(&self) -> &'static str {
        match self {
            Host::ExecuteApi { .. } | Host::DomainTarget { .. } => "execute-api",
            Host::ExecuteApiVpce { .. } => "execute-api-vpce",
            Host::CloudFront => "cloudfront",
            Host::LambdaUrl { .. } => "lambda-url",
            Host::Cognito { .. } => "cognito",
            Host::S3 { .. } => "s3",
            Host::AppSync | Host::AwsService { .. } => "aws-service",
            Host::Other => "other",
        }
    }

    /// What a name in lower case says.
    pub fn of(name: &str) -> Host {
        let _ = name;
        Host::Other
    }
}
