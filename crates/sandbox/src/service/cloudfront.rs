//! `cloudfront`: distributions.

use super::{Operation, Protocol, Service, none};
use crate::xml::Xml;

/// CloudFront, 2020-05-31. A partition has one.
pub(super) static SERVICE: Service = Service {
    name: "cloudfront",
    signing_name: "cloudfront",
    is_global: true,
    protocol: Protocol::RestXml("/2020-05-31/", &XML),
    operations: OPERATIONS,
    to_wire: |_, answer| answer,
    from_wire: |_, answer| answer,
};

static XML: Xml = Xml {
    names: &[],
    is_small: false,
    items: &[
        ("Aliases", "CNAME"),
        ("AllowedMethods", "Method"),
        ("CacheBehaviors", "CacheBehavior"),
        ("CachedMethods", "Method"),
        ("CustomErrorResponses", "CustomErrorResponse"),
        ("CustomHeaders", "OriginCustomHeader"),
        ("DistributionList", "DistributionSummary"),
        ("FunctionAssociations", "FunctionAssociation"),
        ("GeoRestriction", "Location"),
        ("LambdaFunctionAssociations", "LambdaFunctionAssociation"),
        ("Members", "OriginGroupMember"),
        ("OriginGroups", "OriginGroup"),
        ("OriginSslProtocols", "SslProtocol"),
        ("Origins", "Origin"),
        ("StatusCodes", "StatusCode"),
        ("TrustedKeyGroups", "KeyGroup"),
        ("TrustedSigners", "AwsAccountNumber"),
    ],
    item: "Name",
};

static OPERATIONS: &[Operation] = &[Operation::new("list_distributions", "/2020-05-31/distribution", none)];
