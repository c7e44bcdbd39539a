//! ARNs that stagecheck reads or writes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the names of the regions of each partition but `aws` begin with: `partitions.json` of botocore.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
];

/// The partition that a region belongs to: `aws`, `aws-cn`, `aws-us-gov` …
pub fn partition(region: &str) -> &'static str {
    PARTITIONS.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
}

/// The ARN of something that API Gateway's control plane manages; `path` is the control plane's own, `/restapis/…`.
///
/// ```
/// let arn = engine::arn::control_plane("eu-west-1", "/restapis/a1b2c3d4e5/stages/prod");
/// assert_eq!(arn, "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod");
/// ```
pub fn control_plane(region: &str, path: &str) -> String {
    format!("arn:{}:apigateway:{region}::{path}", partition(region))
}

/// The ARN under which API Gateway calls a function on behalf of something in an API; `rest` is what follows the API's
/// id, `prod/GET/orders` or `authorizers/abc123`.
pub fn execute_api(region: &str, account_id: &str, api_id: &str, rest: &str) -> String {
    format!("arn:{}:execute-api:{region}:{account_id}:{api_id}/{rest}", partition(region))
}

/// The ARN of a log group.
pub fn log_group(region: &str, account_id: &str, name: &str) -> String {
    format!("arn:{}:logs:{region}:{account_id}:log-group:{name}", partition(region))
}

/// A Lambda function as an integration or an authorizer names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionName {
    /// The region that the function is in.
    pub region: String,
    /// The account that the function is in.
    pub account_id: String,
    /// The function's name.
    pub name: String,
    /// Its alias or version, if one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
}

impl FunctionName {
    /// The function that a URI with its stage variables put in calls, if it calls one.
    ///
    /// REST APIs wrap the function's ARN (`arn:aws:apigateway:R:lambda:path/2015-03-31/functions/ARN/invocations`),
    /// HTTP APIs take it as it is.
    pub fn in_uri(uri: &str) -> Option<FunctionName> {
        let arn = match uri.split_once("/functions/") {
            Some((_, rest)) => rest.rsplit_once('/').map_or(rest, |(arn, _)| arn),
            None => uri,
        };
        FunctionName::parse(arn)
    }

    /// Reads `arn:aws:lambda:region:account:function:name[:qualifier]`.
    pub fn parse(arn: &str) -> Option<FunctionName> {
        let parts: Vec<&str> = arn.split(':').collect();
        let (region, account_id, name, qualifier) = match parts.as_slice() {
            ["arn", _, "lambda", region, account, "function", name] => (region, account, name, None),
            ["arn", _, "lambda", region, account, "function", name, qualifier] => {
                (region, account, name, Some(qualifier))
            }
            _ => return None,
        };
        (!name.is_empty()).then(|| FunctionName {
            region: (*region).to_owned(),
            account_id: (*account_id).to_owned(),
            name: (*name).to_owned(),
            qualifier: qualifier.filter(|q| !q.is_empty()).map(|q| (*q).to_owned()),
        })
    }

    /// Whether both name the same function, whichever version or alias of it.
    pub fn is_same_function(&self, other: &FunctionName) -> bool {
        (&self.region, &self.account_id, &self.name) == (&other.region, &other.account_id, &other.name)
    }

    /// The function's ARN, with its qualifier.
    pub fn arn(&self) -> String {
        let FunctionName { region, account_id, .. } = self;
        format!("arn:{}:lambda:{region}:{account_id}:function:{self}", partition(region))
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.qualifier {
            Some(qualifier) => write!(f, "{}:{qualifier}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_its_regions() {
        let table = [
            ("eu-west-1", "aws"),
            ("us-east-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-east-1", "aws-us-gov"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
        ];
        for (region, expected) in table {
            assert_eq!(partition(region), expected, "{region}");
        }
    }

    #[test]
    fn finds_the_function_in_a_uri() {
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders-fn:live";
        let wrapped = format!("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations");
        let streamed = format!(
            "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations"
        );
        for uri in [arn, &wrapped, &streamed] {
            let function = FunctionName::in_uri(uri).unwrap();
            assert_eq!((function.name.as_str(), function.qualifier.as_deref()), ("orders-fn", Some("live")));
            assert_eq!(function.arn(), arn);
        }
        for uri in
            ["https://example.com", "arn:aws:apigateway:eu-west-1:sqs:path/1/queue", "", "arn:aws:lambda:a:b:function:"]
        {
            assert_eq!(FunctionName::in_uri(uri), None, "{uri}");
        }
    }

    #[test]
    fn partitions() {
        assert_eq!(control_plane("cn-north-1", "/apis"), "arn:aws-cn:apigateway:cn-north-1::/apis");
        assert_eq!(
            execute_api("us-gov-west-1", "1", "a", "s/GET/"),
            "arn:aws-us-gov:execute-api:us-gov-west-1:1:a/s/GET/"
        );
    }
}
