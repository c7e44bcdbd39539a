//! What the services that answer in XML answer with: which elements are lists, numbers and booleans, and what boto3 calls them.

use crate::signed::Shape;

/// What `DescribeVpcEndpoints`, `DescribeSecurityGroups` and `DescribeVpcAttribute` answer with, API version 2016-11-15.
pub(super) static EC2_SHAPE: Shape = Shape {
    lists: &[
        "dnsEntrySet",
        "groupSet",
        "groups",
        "ipPermissions",
        "ipPermissionsEgress",
        "ipRanges",
        "ipv4PrefixSet",
        "ipv6PrefixSet",
        "ipv6Ranges",
        "networkInterfaceIdSet",
        "prefixListIds",
        "routeTableIdSet",
        "securityGroupInfo",
        "subnetIdSet",
        "tagSet",
        "vpcEndpointSet",
    ],
    numbers: &["fromPort", "toPort"],
    booleans: &["privateDnsEnabled", "privateDnsOnlyForInboundResolverEndpoint", "requesterManaged"],
    names: &[
        ("dnsEntrySet", "DnsEntries"),
        ("groupDescription", "Description"),
        ("groupSet", "Groups"),
        ("groups", "UserIdGroupPairs"),
        ("ipv4PrefixSet", "Ipv4Prefixes"),
        ("ipv6PrefixSet", "Ipv6Prefixes"),
        ("networkInterfaceIdSet", "NetworkInterfaceIds"),
        ("routeTableIdSet", "RouteTableIds"),
        ("securityGroupInfo", "SecurityGroups"),
        ("subnetIdSet", "SubnetIds"),
        ("tagSet", "Tags"),
        ("vpcEndpointSet", "VpcEndpoints"),
    ],
    is_wrapped: false,
};

/// What `DescribeTargetGroups` and `DescribeTargetHealth` answer with, API version 2015-12-01.
pub(super) static ELB_SHAPE: Shape = Shape {
    lists: &["LoadBalancerArns", "TargetGroups", "TargetHealthDescriptions"],
    numbers: &[
        "HealthCheckIntervalSeconds",
        "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount",
        "Port",
        "UnhealthyThresholdCount",
    ],
    booleans: &["HealthCheckEnabled"],
    names: &[],
    is_wrapped: true,
};

/// What `SimulatePrincipalPolicy`, `GetAccessKeyLastUsed`, `ListAccessKeys` and `GetRole` answer with, API version 2010-05-08.
pub(super) static IAM_SHAPE: Shape = Shape {
    lists: &[
        "AccessKeyMetadata",
        "EvaluationResults",
        "MatchedStatements",
        "MissingContextValues",
        "ResourceSpecificResults",
        "Tags",
    ],
    numbers: &["Column", "Line", "MaxSessionDuration"],
    booleans: &["AllowedByOrganizations", "AllowedByPermissionsBoundary", "IsTruncated"],
    names: &[],
    is_wrapped: true,
};

/// What `ListDistributions` answers with, API version 2020-05-31.
pub(super) static CLOUDFRONT_SHAPE: Shape = Shape {
    lists: &["Items"],
    numbers: &[
        "ConnectionAttempts",
        "ConnectionTimeout",
        "DefaultTTL",
        "ErrorCachingMinTTL",
        "ErrorCode",
        "HTTPPort",
        "HTTPSPort",
        "MaxItems",
        "MaxTTL",
        "MinTTL",
        "OriginKeepaliveTimeout",
        "OriginReadTimeout",
        "Quantity",
        "StatusCode",
    ],
    booleans: &[
        "CloudFrontDefaultCertificate",
        "Compress",
        "Enabled",
        "IsIPV6Enabled",
        "IsTruncated",
        "QueryString",
        "SmoothStreaming",
        "Staging",
    ],
    names: &[],
    is_wrapped: false,
};
