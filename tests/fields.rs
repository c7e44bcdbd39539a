//! Every member of the published API models that describes a REST, HTTP or WebSocket API, and what becomes of it: compared,
//! in force at once, left out on purpose, or out of reach. `docs/fields.md` is written from it.

/// What becomes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Treatment {
    /// Compared: `subject field` of the change, or the subject alone where it comes or goes as a whole.
    Held(&'static str),
    /// Compared with a kept baseline, as a field of a change; no export shows it.
    Kept(&'static str),
    /// A shape of its own, of which the members are listed.
    Parts,
    /// A setting of the stage, which needs no deployment.
    StageSetting,
    /// No part of what a deployment changes, with the reason.
    Ignored(&'static str),
    /// Listed in every report as not comparable: `subject field`, where the report has the reason.
    NotComparable(&'static str),
}

use Treatment::{Held, Ignored, Kept, NotComparable, Parts, StageSetting};

const ID: Treatment = Ignored("names it to other calls");
const LABEL: Treatment = Ignored("for people");
const STATE: Treatment = Ignored("a state, which nobody sets");
const TIME: Treatment = Ignored("a time, which nobody sets");
const MANAGED: Treatment = Ignored("says that quick create made it");
const WITNESS: Treatment = Ignored("the witness itself");
const WHICH: Treatment = Ignored("says which deployment is compared");

/// The shapes, named `service/Shape`, with their members.
#[rustfmt::skip]
pub const ALL: &[(&str, &[(&str, Treatment)])] = &[
    ("apigateway/RestApi", &[
        ("apiKeySource", Held("api apiKeySource")), ("apiStatus", STATE), ("apiStatusMessage", STATE),
        ("binaryMediaTypes", Held("api binaryMediaTypes")), ("createdDate", TIME), ("description", LABEL),
        ("disableExecuteApiEndpoint", Held("api disableExecuteApiEndpoint")), ("endpointAccessMode", Held("api endpointAccessMode")),
        ("endpointConfiguration", Parts), ("id", ID), ("minimumCompressionSize", Held("api minimumCompressionSize")),
        ("name", LABEL), ("policy", Held("api policy")), ("rootResourceId", ID), ("securityPolicy", Held("api securityPolicy")),
        ("tags", LABEL), ("version", LABEL), ("warnings", STATE),
    ]),
    ("apigateway/EndpointConfiguration", &[
        ("ipAddressType", NotComparable("api endpointConfiguration")), ("types", NotComparable("api endpointConfiguration")),
        ("vpcEndpointIds", NotComparable("api endpointConfiguration")),
    ]),
    ("apigateway/Resource", &[
        ("id", ID), ("parentId", Ignored("follows from the path")), ("path", Held("route")),
        ("pathPart", NotComparable("api resources")), ("resourceMethods", Parts),
    ]),
    ("apigateway/Method", &[
        ("apiKeyRequired", Held("method apiKeyRequired")), ("authorizationScopes", Held("method authorizationScopes")),
        ("authorizationType", Held("method authorizationType")), ("authorizerId", Held("method authorizer")), ("httpMethod", Held("route")),
        ("methodIntegration", Parts), ("methodResponses", Parts), ("operationName", Held("method operationName")),
        ("requestModels", Held("method requestModels")), ("requestParameters", Held("method requestParameters")),
        ("requestValidatorId", Held("method requestValidator")),
    ]),
    ("apigateway/MethodResponse", &[
        ("responseModels", Held("method-response responseModels")), ("responseParameters", Held("method-response responseParameters")),
        ("statusCode", Held("method-response")),
    ]),
    ("apigateway/Integration", &[
        ("cacheKeyParameters", Held("integration cacheKeyParameters")), ("cacheNamespace", Held("integration cacheNamespace")),
        ("connectionId", Held("integration connectionId")), ("connectionType", Held("integration connectionType")),
        ("contentHandling", Held("integration contentHandling")), ("credentials", Held("integration credentials")),
        ("httpMethod", Held("integration httpMethod")), ("integrationResponses", Parts),
        ("integrationTarget", Held("integration integrationTarget")), ("passthroughBehavior", Held("integration passthroughBehavior")),
        ("requestParameters", Held("integration requestParameters")), ("requestTemplates", Held("integration requestTemplates")),
        ("responseTransferMode", Held("integration responseTransferMode")), ("timeoutInMillis", Held("integration timeoutInMillis")),
        ("tlsConfig", Parts), ("type", Held("integration type")), ("uri", Held("integration uri")),
    ]),
    ("apigateway/IntegrationResponse", &[
        ("contentHandling", Held("integration-response contentHandling")), ("responseParameters", Held("integration-response responseParameters")),
        ("responseTemplates", Held("integration-response responseTemplates")), ("selectionPattern", Held("integration-response selectionPattern")),
        ("statusCode", Held("integration-response statusCode")),
    ]),
    ("apigateway/TlsConfig", &[("insecureSkipVerification", Held("integration tlsConfig"))]),
    ("apigateway/Authorizer", &[
        ("authType", Held("authorizer authType")), ("authorizerCredentials", Held("authorizer authorizerCredentials")),
        ("authorizerResultTtlInSeconds", Held("authorizer authorizerResultTtlInSeconds")), ("authorizerUri", Held("authorizer authorizerUri")),
        ("id", ID), ("identitySource", Held("authorizer identitySource")),
        ("identityValidationExpression", Held("authorizer identityValidationExpression")), ("name", Held("method authorizer")),
        ("providerARNs", Held("authorizer providerARNs")), ("type", Held("authorizer type")),
    ]),
    ("apigateway/Model", &[
        ("contentType", Ignored("an API with a model of another type than JSON has no export")), ("description", LABEL), ("id", ID),
        ("name", Held("method requestModels")), ("schema", Held("model schema")),
    ]),
    ("apigateway/RequestValidator", &[
        ("id", ID), ("name", Held("method requestValidator")), ("validateRequestBody", Held("request-validator validateRequestBody")),
        ("validateRequestParameters", Held("request-validator validateRequestParameters")),
    ]),
    ("apigateway/GatewayResponse", &[
        ("defaultResponse", Held("gateway-response")), ("responseParameters", Held("gateway-response responseParameters")),
        ("responseTemplates", Held("gateway-response responseTemplates")), ("responseType", Held("gateway-response")),
        ("statusCode", Held("gateway-response statusCode")),
    ]),
    ("apigateway/DocumentationPart", &[
        ("id", ID), ("location", NotComparable("api documentationParts")), ("properties", NotComparable("api documentationParts")),
    ]),
    ("apigateway/VpcLink", &[
        ("description", LABEL), ("id", ID), ("name", LABEL), ("status", STATE), ("statusMessage", STATE), ("tags", LABEL),
        ("targetArns", NotComparable("api vpcLinks")),
    ]),
    ("apigateway/Stage", &[
        ("accessLogSettings", Parts), ("cacheClusterEnabled", StageSetting), ("cacheClusterSize", StageSetting), ("cacheClusterStatus", STATE),
        ("canarySettings", Parts), ("clientCertificateId", StageSetting), ("createdDate", TIME), ("deploymentId", WHICH),
        ("description", LABEL), ("documentationVersion", StageSetting), ("lastUpdatedDate", TIME), ("methodSettings", Parts),
        ("stageName", ID), ("tags", LABEL), ("tracingEnabled", StageSetting), ("variables", StageSetting), ("webAclArn", StageSetting),
    ]),
    ("apigateway/AccessLogSettings", &[("destinationArn", StageSetting), ("format", StageSetting)]),
    ("apigateway/CanarySettings", &[
        ("deploymentId", WHICH), ("percentTraffic", StageSetting), ("stageVariableOverrides", StageSetting), ("useStageCache", StageSetting),
    ]),
    ("apigateway/MethodSetting", &[
        ("cacheDataEncrypted", StageSetting), ("cacheTtlInSeconds", StageSetting), ("cachingEnabled", StageSetting),
        ("dataTraceEnabled", StageSetting), ("loggingLevel", StageSetting), ("metricsEnabled", StageSetting),
        ("requireAuthorizationForCacheControl", StageSetting), ("throttlingBurstLimit", StageSetting), ("throttlingRateLimit", StageSetting),
        ("unauthorizedCacheControlHeaderStrategy", StageSetting),
    ]),
    ("apigateway/Deployment", &[("apiSummary", Parts), ("createdDate", TIME), ("description", LABEL), ("id", ID)]),
    ("apigateway/MethodSnapshot", &[("apiKeyRequired", WITNESS), ("authorizationType", WITNESS)]),
    ("apigatewayv2/Api", &[
        ("ApiEndpoint", STATE), ("ApiGatewayManaged", MANAGED), ("ApiId", ID), ("ApiKeySelectionExpression", Kept("api apiKeySelectionExpression")),
        ("CorsConfiguration", Parts), ("CreatedDate", TIME), ("Description", LABEL), ("DisableExecuteApiEndpoint", Held("api disableExecuteApiEndpoint")),
        ("DisableSchemaValidation", Kept("api disableSchemaValidation")), ("ImportInfo", STATE),
        ("IpAddressType", Ignored("its change needs no deployment")), ("Name", LABEL), ("ProtocolType", ID),
        ("RouteSelectionExpression", Kept("api routeSelectionExpression")), ("Tags", LABEL), ("Version", LABEL), ("Warnings", STATE),
    ]),
    ("apigatewayv2/Cors", &[
        ("AllowCredentials", Held("cors allowCredentials")), ("AllowHeaders", Held("cors allowHeaders")), ("AllowMethods", Held("cors allowMethods")),
        ("AllowOrigins", Held("cors allowOrigins")), ("ExposeHeaders", Held("cors exposeHeaders")), ("MaxAge", Held("cors maxAge")),
    ]),
    ("apigatewayv2/Route", &[
        ("ApiGatewayManaged", MANAGED), ("ApiKeyRequired", Held("method apiKeyRequired")), ("AuthorizationScopes", Held("method authorizationScopes")),
        ("AuthorizationType", Held("method authorizationType")), ("AuthorizerId", Held("method authorizer")),
        ("ModelSelectionExpression", Kept("method modelSelectionExpression")), ("OperationName", Held("method operationName")),
        ("RequestModels", Held("method requestModels")), ("RequestParameters", Held("method requestParameters")), ("RouteId", ID),
        ("RouteKey", Held("route")), ("RouteResponseSelectionExpression", Kept("method routeResponseSelectionExpression")), ("Target", Parts),
    ]),
    ("apigatewayv2/ParameterConstraints", &[("Required", Held("method requestParameters"))]),
    ("apigatewayv2/Integration", &[
        ("ApiGatewayManaged", MANAGED), ("ConnectionId", Held("integration connectionId")), ("ConnectionType", Held("integration connectionType")),
        ("ContentHandlingStrategy", Held("integration contentHandling")), ("CredentialsArn", Held("integration credentialsArn")), ("Description", LABEL),
        ("IntegrationId", ID), ("IntegrationMethod", Held("integration integrationMethod")),
        ("IntegrationResponseSelectionExpression", Kept("integration integrationResponseSelectionExpression")),
        ("IntegrationSubtype", Held("integration integrationSubtype")), ("IntegrationType", Held("integration integrationType")),
        ("IntegrationUri", Held("integration integrationUri")), ("PassthroughBehavior", Held("integration passthroughBehavior")),
        ("PayloadFormatVersion", Held("integration payloadFormatVersion")), ("RequestParameters", Held("integration requestParameters")),
        ("RequestTemplates", Held("integration requestTemplates")), ("ResponseParameters", Held("integration responseParameters")),
        ("TemplateSelectionExpression", Kept("integration templateSelectionExpression")), ("TimeoutInMillis", Held("integration timeoutInMillis")),
        ("TlsConfig", Parts),
    ]),
    ("apigatewayv2/TlsConfig", &[("ServerNameToVerify", Held("integration tlsConfig"))]),
    ("apigatewayv2/IntegrationResponse", &[
        ("ContentHandlingStrategy", NotComparable("integration-response *")), ("IntegrationResponseId", ID),
        ("IntegrationResponseKey", NotComparable("integration-response *")), ("ResponseParameters", NotComparable("integration-response *")),
        ("ResponseTemplates", NotComparable("integration-response *")), ("TemplateSelectionExpression", NotComparable("integration-response *")),
    ]),
    ("apigatewayv2/RouteResponse", &[
        ("ModelSelectionExpression", NotComparable("route routeResponses")), ("ResponseModels", NotComparable("route routeResponses")),
        ("ResponseParameters", NotComparable("route routeResponses")), ("RouteResponseId", ID), ("RouteResponseKey", NotComparable("route routeResponses")),
    ]),
    ("apigatewayv2/Model", &[
        ("ContentType", NotComparable("model *")), ("Description", LABEL), ("ModelId", ID), ("Name", Held("method requestModels")), ("Schema", NotComparable("model *")),
    ]),
    ("apigatewayv2/Authorizer", &[
        ("AuthorizerCredentialsArn", Held("authorizer authorizerCredentialsArn")), ("AuthorizerId", ID),
        ("AuthorizerPayloadFormatVersion", Held("authorizer authorizerPayloadFormatVersion")),
        ("AuthorizerResultTtlInSeconds", Held("authorizer authorizerResultTtlInSeconds")), ("AuthorizerType", Held("authorizer type")),
        ("AuthorizerUri", Held("authorizer authorizerUri")), ("EnableSimpleResponses", Held("authorizer enableSimpleResponses")),
        ("IdentitySource", Held("authorizer identitySource")), ("IdentityValidationExpression", Held("authorizer identityValidationExpression")),
        ("JwtConfiguration", Parts), ("Name", Held("method authorizer")),
    ]),
    ("apigatewayv2/JWTConfiguration", &[("Audience", Held("authorizer jwtConfiguration")), ("Issuer", Held("authorizer jwtConfiguration"))]),
    ("apigatewayv2/Stage", &[
        ("AccessLogSettings", Parts), ("ApiGatewayManaged", MANAGED), ("AutoDeploy", StageSetting), ("ClientCertificateId", StageSetting),
        ("CreatedDate", TIME), ("DefaultRouteSettings", Parts), ("DeploymentId", WHICH), ("Description", LABEL),
        ("LastDeploymentStatusMessage", STATE), ("LastUpdatedDate", TIME), ("RouteSettings", Parts), ("StageName", ID),
        ("StageVariables", StageSetting), ("Tags", LABEL),
    ]),
    ("apigatewayv2/AccessLogSettings", &[("DestinationArn", StageSetting), ("Format", StageSetting)]),
    ("apigatewayv2/RouteSettings", &[
        ("DataTraceEnabled", StageSetting), ("DetailedMetricsEnabled", StageSetting), ("LoggingLevel", StageSetting),
        ("ThrottlingBurstLimit", StageSetting), ("ThrottlingRateLimit", StageSetting),
    ]),
    ("apigatewayv2/Deployment", &[
        ("AutoDeployed", STATE), ("CreatedDate", TIME), ("DeploymentId", ID), ("DeploymentStatus", STATE), ("DeploymentStatusMessage", STATE),
        ("Description", LABEL),
    ]),
];

impl Treatment {
    /// In a table for people.
    pub fn words(self) -> String {
        let named = |words: &str| match words.split_once(' ') {
            Some((subject, field)) => format!("`{subject}` / `{field}`"),
            None => format!("`{words}` as a whole"),
        };
        match self {
            Held(words) => format!("compared: {}", named(words)),
            Kept(words) => format!("compared with a baseline alone: {}", named(words)),
            Parts => "see its own members".to_owned(),
            StageSetting => "stage setting: in force at once".to_owned(),
            Ignored(reason) => format!("left out: {reason}"),
            NotComparable(words) => format!("not comparable: {}", named(words)),
        }
    }
}
