"""A large account, as a recording: 50 REST APIs of 30 resources with two methods and two stages, 50 HTTP APIs of 10 routes and
two stages, 17 authorizers. The shape on which inventory tools are compared in docs/performance.md.

usage: account.py FILE [REST_APIS] [RESOURCES] [HTTP_APIS]
"""

import json
import sys

ACCOUNT, REGION = "123456789012", "us-east-1"


def function_arn(name):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def function_uri(name):
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn(name)}/invocations"


def method(verb, resource, name, authorization, authorizer):
    described = {
        "httpMethod": verb,
        "authorizationType": authorization,
        "apiKeyRequired": False,
        "methodResponses": {"200": {"statusCode": "200"}},
        "methodIntegration": {
            "type": "AWS_PROXY",
            "httpMethod": "POST",
            "uri": function_uri(name),
            "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": 29000,
            "cacheNamespace": resource,
            "cacheKeyParameters": [],
        },
    }
    if authorization == "CUSTOM":
        described["authorizerId"] = authorizer
    return described


def operation(described):
    """A method as an export shows it."""
    security = {"CUSTOM": [{"tok": []}], "AWS_IAM": [{"sigv4": []}]}.get(described["authorizationType"])
    integration = described["methodIntegration"]
    written = {
        "responses": {"200": {"description": "200 response", "content": {}}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": integration["uri"],
            "passthroughBehavior": "when_no_match",
        },
    }
    return {**written, "security": security} if security else written


def rest_api(i, resources, g):
    api, authorizer = f"rest{i:06}", f"auth{i:03}"
    g["get_rest_apis"]["items"].append({
        "id": api, "name": f"rest-{i:03}", "description": "large", "createdDate": "2026-01-05T10:00:00Z", "apiKeySource": "HEADER",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"}, "disableExecuteApiEndpoint": False,
    })
    items = []
    for r in range(resources):
        resource = f"r{i:03}{r:03}"
        path = "/" if r == 0 else f"/thing{r - 1:02}"
        guarded = i % 3 == 0 and r % 2 == 0
        authorization = "CUSTOM" if guarded and r else ("AWS_IAM" if r % 4 == 1 else "NONE")
        methods = {verb: method(verb, resource, f"fn{r:02}", authorization, authorizer) for verb in ("GET", "POST")}
        items.append({"id": resource, "path": path, "resourceMethods": methods})
    g["get_resources"][api] = {"items": items}
    if i % 3 == 0:
        g["get_authorizers"][api] = {"items": [{
            "id": authorizer, "name": "tok", "type": "TOKEN", "authType": "custom", "authorizerUri": function_uri("auth"),
            "identitySource": "method.request.header.Authorization",
        }]}
    g["get_gateway_responses"][api] = {"items": []}
    g["get_stages"][api] = {"item": [
        {"stageName": stage, "deploymentId": f"d{i:03}{stage}", "variables": {"env": stage}, "tracingEnabled": i % 2 == 0}
        for stage in ("dev", "prod")
    ]}
    kept = ("authorizationType", "apiKeyRequired")
    summary = {item["path"]: {v: {k: m[k] for k in kept} for v, m in item["resourceMethods"].items()} for item in items}
    schemes = {"sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}}
    if i % 3 == 0:
        schemes["tok"] = {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"authorizerUri": function_uri("auth"), "type": "token"},
        }
    for n, stage in enumerate(("dev", "prod")):
        deployment = f"d{i:03}{stage}"
        g["get_deployment"].setdefault(api, {})[deployment] = {
            "id": deployment, "createdDate": f"2026-10-0{n + 1}T09:00:00Z", "apiSummary": summary,
        }
        g["get_export"][f"{api}/{stage}"] = {
            "openapi": "3.0.1",
            "info": {"title": f"rest-{i:03}", "description": "large", "version": "2026-10-01T09:00:00Z"},
            "servers": [{
                "url": f"https://{api}.execute-api.{REGION}.amazonaws.com/{{basePath}}",
                "variables": {"basePath": {"default": stage}},
            }],
            "paths": {
                item["path"]: {verb.lower(): operation(m) for verb, m in item["resourceMethods"].items()} for item in items
            },
            "components": {"securitySchemes": schemes},
        }


def http_api(i, h):
    api = f"http{i:06}"
    h["get_apis"]["Items"].append({
        "ApiId": api, "Name": f"http-{i:03}", "ProtocolType": "HTTP", "CreatedDate": "2026-01-05T10:00:00Z",
        "ApiEndpoint": f"https://{api}.execute-api.{REGION}.amazonaws.com", "RouteSelectionExpression": "$request.method $request.path",
    })
    document = {
        "openapi": "3.0.1",
        "info": {"title": f"http-{i:03}", "version": "2026-10-01 09:00:00UTC"},
        "paths": {
            f"/item{r}": {"get": {
                "responses": {"default": {"description": f"Default response for GET /item{r}"}},
                "x-amazon-apigateway-integration": {
                    "payloadFormatVersion": "2.0", "type": "aws_proxy", "httpMethod": "POST", "uri": function_arn(f"h{r}"),
                    "connectionType": "INTERNET",
                },
            }}
            for r in range(10)
        },
        "x-amazon-apigateway-importexport-version": "1.0",
    }
    stages = ("$default", "prod")
    h["export_api"][api] = document
    for stage in stages:
        h["export_api"][f"{api}/{stage}"] = document
    h["get_stages"][api] = {"Items": [{"StageName": s, "DeploymentId": f"hd{n}", "AutoDeploy": False} for n, s in enumerate(stages)]}
    h["get_deployments"][api] = {"Items": [
        {"DeploymentId": f"hd{n}", "DeploymentStatus": "DEPLOYED", "CreatedDate": f"2026-10-0{n + 1}T09:00:00Z"} for n in range(2)
    ]}
    # What tools read that know no exports.
    h["get_routes"][api] = {"Items": [
        {"RouteId": f"r{r}", "RouteKey": f"GET /item{r}", "Target": f"integrations/i{r}", "AuthorizationType": "NONE"}
        for r in range(10)
    ]}
    h["get_integrations"][api] = {"Items": [
        {"IntegrationId": f"i{r}", "IntegrationType": "AWS_PROXY", "IntegrationUri": function_arn(f"h{r}"),
         "PayloadFormatVersion": "2.0"}
        for r in range(10)
    ]}
    h["get_authorizers"][api] = {"Items": []}


def account(rest_apis=50, resources=30, http_apis=50):
    g = {
        "get_rest_apis": {"items": []}, "get_resources": {}, "get_stages": {}, "get_deployment": {}, "get_export": {},
        "get_authorizers": {}, "get_models": {}, "get_request_validators": {}, "get_gateway_responses": {},
        "get_usage_plans": {"items": []}, "get_api_keys": {"items": []}, "get_domain_names": {"items": []},
    }
    h = {
        "get_apis": {"Items": []}, "export_api": {}, "get_stages": {}, "get_deployments": {}, "get_routes": {},
        "get_integrations": {}, "get_authorizers": {},
    }
    for i in range(rest_apis):
        rest_api(i, resources, g)
    for i in range(http_apis):
        http_api(i, h)
    functions = [f"fn{r:02}" for r in range(resources)] + [f"h{r}" for r in range(10)] + ["auth"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": "*",
        "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:*/*"}},
    }]})
    return {
        "accountId": ACCOUNT, "region": REGION, "takenAt": "2026-10-10T12:00:00Z", "metrics": [], "apigateway": g, "apigatewayv2": h,
        "lambda": {
            "get_policy": {name: {"Policy": policy} for name in functions},
            "get_function_configuration": {
                name: {"FunctionName": name, "FunctionArn": function_arn(name), "Runtime": "python3.13", "State": "Active"}
                for name in functions
            },
        },
    }


if __name__ == "__main__":
    numbers = [int(n) for n in sys.argv[2:]]
    with open(sys.argv[1], "w") as file:
        json.dump(account(*numbers), file)
