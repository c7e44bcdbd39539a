"""Reads a sandbox with boto3 and compares every answer with the recording that it serves.

usage: boto3_reads.py ENDPOINT RECORDING
"""

import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, RECORDING = sys.argv[1:3]
with open(RECORDING) as file:
    recording = json.load(file)

CONFIG = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=5)


def client(service):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=recording["region"],
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="example",
        config=CONFIG,
    )


rest, v2, functions, sts = client("apigateway"), client("apigatewayv2"), client("lambda"), client("sts")
logs, metrics = client("logs"), client("cloudwatch")
compared = 0


def plain(value):
    """An answer as a recording holds it: times as text, documents read, nothing of the transport."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def without(value, *names):
    return {key: item for key, item in value.items() if key not in names}


def same(what, answer, expected):
    global compared
    answer = plain(answer)
    assert answer == expected, f"{what}\n  answer:   {json.dumps(answer)[:2000]}\n  expected: {json.dumps(expected)[:2000]}"
    compared += 1


def refused(what, code, status, call):
    global compared
    try:
        call()
    except ClientError as error:
        found = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert found == (code, status), f"{what}: {found}"
        compared += 1
        return
    raise AssertionError(f"{what} was answered")


def pages(service, operation, **arguments):
    """All items of a list, two at a time, so that every list of three or more is paged."""
    paginator = service.get_paginator(operation)
    found = paginator.paginate(**arguments, PaginationConfig={"PageSize": 2}).build_full_result()
    return without(found, "NextToken")


g, h, f = recording["apigateway"], recording["apigatewayv2"], recording["lambda"]
same("GetCallerIdentity", sts.get_caller_identity()["Account"], recording["accountId"])
same("GetRestApis", pages(rest, "get_rest_apis"), g["get_rest_apis"])
same("GetUsagePlans", pages(rest, "get_usage_plans"), g["get_usage_plans"])
same("GetApiKeys", pages(rest, "get_api_keys"), g["get_api_keys"])
same("GetDomainNames", pages(rest, "get_domain_names"), g["get_domain_names"])
for plan, keys in g["get_usage_plan_keys"].items():
    same("GetUsagePlanKeys", pages(rest, "get_usage_plan_keys", usagePlanId=plan), keys)
for api in g["get_rest_apis"]["items"]:
    i = api["id"]
    same("GetRestApi", rest.get_rest_api(restApiId=i), api)
    same("GetResources", pages(rest, "get_resources", restApiId=i, embed=["methods"]), g["get_resources"][i])
    for resource in rest.get_resources(restApiId=i)["items"]:
        assert not any(resource.get("resourceMethods", {}).values()), "methods are told only if they are asked for"
    for resource in g["get_resources"][i]["items"]:
        for verb, method in resource.get("resourceMethods", {}).items():
            arguments = dict(restApiId=i, resourceId=resource["id"], httpMethod=verb)
            same("GetMethod", rest.get_method(**arguments), method)
            same("GetIntegration", rest.get_integration(**arguments), method["methodIntegration"])
    same("GetStages", rest.get_stages(restApiId=i), g["get_stages"][i])
    listed = sorted((without(d, "apiSummary") for d in g["get_deployment"][i].values()), key=lambda d: d["id"])
    same("GetDeployments", pages(rest, "get_deployments", restApiId=i), {"items": listed})
    for d, deployment in g["get_deployment"][i].items():
        same("GetDeployment", rest.get_deployment(restApiId=i, deploymentId=d, embed=["apisummary"]), deployment)
        same("GetDeployment", rest.get_deployment(restApiId=i, deploymentId=d), without(deployment, "apiSummary"))
    for stage in g["get_stages"][i]["item"]:
        name = stage["stageName"]
        same("GetStage", rest.get_stage(restApiId=i, stageName=name), stage)
        export = rest.get_export(restApiId=i, stageName=name, exportType="oas30", accepts="application/json")
        same("GetExport", json.loads(export["body"].read()), g["get_export"][f"{i}/{name}"])
    if i in g["get_authorizers"]:
        same("GetAuthorizers", rest.get_authorizers(restApiId=i), g["get_authorizers"][i])
    if i in g["get_models"]:
        same("GetModels", pages(rest, "get_models", restApiId=i), g["get_models"][i])
    if i in g["get_request_validators"]:
        same("GetRequestValidators", rest.get_request_validators(restApiId=i), g["get_request_validators"][i])
    same("GetGatewayResponses", rest.get_gateway_responses(restApiId=i), g["get_gateway_responses"][i])

same("GetApis", pages(v2, "get_apis"), h["get_apis"])
for api in h["get_apis"]["Items"]:
    i = api["ApiId"]
    same("GetApi", v2.get_api(ApiId=i), api)
    same("GetStages", pages(v2, "get_stages", ApiId=i), h["get_stages"][i])
    same("GetDeployments", pages(v2, "get_deployments", ApiId=i), h["get_deployments"][i])
    for name, call in (("get_routes", v2.get_routes), ("get_integrations", v2.get_integrations), ("get_authorizers", v2.get_authorizers)):
        if i in h[name]:
            same(name, call(ApiId=i), h[name][i])
    if i in h["export_api"]:
        export = v2.export_api(ApiId=i, Specification="OAS30", OutputType="JSON")
        same("ExportApi", json.loads(export["body"].read()), h["export_api"][i])
for domain, mappings in h["get_api_mappings"].items():
    same("GetApiMappings", v2.get_api_mappings(DomainName=domain), mappings)

for name, configuration in f["get_function_configuration"].items():
    plain_name, _, qualifier = name.partition(":")
    arguments = dict(FunctionName=plain_name, **({"Qualifier": qualifier} if qualifier else {}))
    if configuration is None:
        refused(name, "ResourceNotFoundException", 404, lambda: functions.get_function_configuration(**arguments))
    else:
        same("GetFunctionConfiguration", functions.get_function_configuration(**arguments), configuration)
    policy = f["get_policy"][name]
    if policy is None:
        refused(name, "ResourceNotFoundException", 404, lambda: functions.get_policy(**arguments))
    elif "Error" in policy:
        refused(name, policy["Error"]["Code"], 403, lambda: functions.get_policy(**arguments))
    else:
        same("GetPolicy", functions.get_policy(**arguments), policy)

for name, listed in f.get("list_function_url_configs", {}).items():
    same("ListFunctionUrlConfigs", pages(functions, "list_function_url_configs", FunctionName=name), listed)

# The services around an API, where the recording holds them.
AROUND = {
    "wafv2": {
        "get_web_acl_for_resource": lambda key: dict(ResourceArn=key),
        "get_sampled_requests": lambda key: dict(
            WebAclArn="arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/acl/1", RuleMetricName=key, Scope="REGIONAL",
            TimeWindow=dict(StartTime=1791633000, EndTime=1791634000), MaxItems=5),
        "get_ip_set": lambda key: dict(zip(("Name", "Id"), key.rsplit("/", 2)[1:]), Scope="REGIONAL"),
    },
    "ec2": {
        "describe_vpc_endpoints": lambda held: dict(Filters=[
            dict(Name="vpc-id", Values=[endpoint["VpcId"] for endpoint in held["VpcEndpoints"]])]),
        "describe_security_groups": lambda held: dict(GroupIds=[group["GroupId"] for group in held["SecurityGroups"]]),
        "describe_vpc_attribute": lambda key: dict(VpcId=key, Attribute="enableDnsSupport"),
    },
    "elbv2": {
        "describe_target_groups": lambda key: dict(LoadBalancerArn=key),
        "describe_target_health": lambda key: dict(TargetGroupArn=key),
    },
    "iam": {
        "simulate_principal_policy": lambda key: dict(PolicySourceArn=key, ActionNames=["execute-api:Invoke"]),
        "get_role": lambda key: dict(RoleName=key),
    },
    "cognito-idp": {
        "describe_user_pool": lambda key: dict(UserPoolId=key),
        "describe_user_pool_domain": lambda key: dict(Domain=key),
        "describe_user_pool_client": lambda key: dict(UserPoolId="eu-west-1_AbCdEf123", ClientId=key),
    },
    "cloudfront": {"list_distributions": lambda _: {}},
    "acm": {"describe_certificate": lambda key: dict(CertificateArn=key)},
}
UNKEYED = ("describe_vpc_endpoints", "describe_security_groups", "list_distributions")
for service, operations in AROUND.items():
    if service not in recording:
        if service == "iam":
            refused(service, "AccessDenied", 403, lambda: client("iam").get_role(RoleName="any"))
        continue
    for operation, arguments in operations.items():
        held = recording[service].get(operation)
        if held is None:
            continue
        for key, expected in ([(None, held)] if operation in UNKEYED else held.items()):
            same(f"{service} {operation}", getattr(client(service), operation)(**arguments(held if key is None else key)), expected)
for name, invoked in f["invoke"].items():
    answer = functions.invoke(FunctionName=name)
    same("Invoke", json.loads(answer["Payload"].read()), invoked["Payload"])
    same("Invoke", answer.get("FunctionError"), invoked.get("FunctionError"))

for group, events in recording["logs"].items():
    found = pages(logs, "filter_log_events", logGroupName=group)["events"]
    same("FilterLogEvents", sorted(e["message"] for e in found), sorted(e["message"] for e in events))
    first = events[0]
    span = dict(logGroupName=group, startTime=first["timestamp"], endTime=first["timestamp"])
    assert first["message"] in [e["message"] for e in logs.filter_log_events(**span)["events"]]
    compared += 1
    day = dict(startTime=first["timestamp"] // 1000 - 86400, endTime=first["timestamp"] // 1000 + 86400)
    query = logs.start_query(logGroupName=group, queryString="fields @message | sort @timestamp asc", **day)["queryId"]
    rows = logs.get_query_results(queryId=query)
    same("GetQueryResults", (rows["status"], len(rows["results"])), ("Complete", len(events)))
same("DescribeLogGroups", {g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]}, set(recording["logs"]))
refused("a group that is not held", "AccessDeniedException", 403, lambda: logs.filter_log_events(logGroupName="other"))

queries = [
    {"Id": f"m{at}", "MetricStat": {"Period": 60, "Stat": "Sum", "Metric": {
        "Namespace": series["namespace"], "MetricName": series["metric"],
        "Dimensions": [{"Name": name, "Value": value} for name, value in series["dimensions"].items()]}}}
    for at, series in enumerate(recording["metrics"])
]
noon = datetime.datetime(2026, 10, 10, 12, tzinfo=datetime.timezone.utc)
hour = dict(StartTime=noon - datetime.timedelta(hours=1), EndTime=noon)
found = metrics.get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **hour)["MetricDataResults"]
for series, result in zip(recording["metrics"], found):
    points = [[int(time.timestamp()) * 1000, value] for time, value in zip(result["Timestamps"], result["Values"])]
    same("GetMetricData", points, series["values"])

refused("an API that is not there", "NotFoundException", 404, lambda: rest.get_rest_api(restApiId="nothing"))
refused("what is not held", "AccessDeniedException", 403, lambda: rest.get_account())
refused("too large a page", "BadRequestException", 400, lambda: rest.get_rest_apis(limit=501))
first = rest.get_rest_apis(limit=1)
assert len(first["items"]) == 1 and first["position"], "a page of one"
print(compared)
