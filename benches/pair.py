#!/usr/bin/env python3
"""Writes two exports of one API, before.json and after.json, and truth.json: what was edited between them.

Each path has two methods that go to one function and name a model; models refer to each other. After the edits, paths,
members and lists whose order means nothing are written in another order.

usage: pair.py FOLDER [PATHS] [MODELS]
"""

import copy
import json
import pathlib
import random
import sys

folder = pathlib.Path(sys.argv[1])
paths, models = (int(argument) for argument in (sys.argv[2:4] + ["300", "120"][len(sys.argv[2:4]):]))
folder.mkdir(parents=True, exist_ok=True)
choice = random.Random(20261122)


def reference(model):
    return {"$ref": f"#/components/schemas/Model{model:04}"}


def schema(model):
    kinds = ["string", "integer", "boolean", "number"]
    properties = {f"member{at}": {"type": choice.choice(kinds), "description": f"member {at} of {model}"} for at in range(choice.randrange(5, 12))}
    properties["state"] = {"type": "string", "enum": ["open", "closed", "void"]}
    if model:
        properties["part"] = reference(choice.randrange(model))
    return {"title": f"Model {model}", "type": "object", "required": ["member0", "member1"], "properties": properties}


def operation(path, method):
    function = f"arn:aws:lambda:eu-west-1:111122223333:function:orders-{path}"
    answer = {"description": "200 response", "content": {"application/json": {"schema": reference(choice.randrange(models))}}}
    written = {
        "operationId": f"{method}Order{path}",
        "summary": f"what {method} does with order {path}",
        "parameters": [
            {"name": "order", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "page", "in": "query", "schema": {"type": "string"}},
        ],
        "responses": {"200": answer, "404": {"description": "404 response"}},
        "security": [{"sigv4": []}],
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "passthroughBehavior": "when_no_match",
            "timeoutInMillis": 29000,
            "uri": f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{function}/invocations",
        },
    }
    if method == "put":
        written["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference(choice.randrange(models))}}}
    return written


before = {
    "openapi": "3.0.1",
    "info": {"title": "orders", "version": "2026-10-01T09:00:00Z"},
    "servers": [{"url": "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod"}],
    "paths": {f"/shop{at % 17}/orders{at}/{{order}}": {method: operation(at, method) for method in ("get", "put")} for at in range(paths)},
    "components": {
        "schemas": {f"Model{at:04}": schema(at) for at in range(models)},
        "securitySchemes": {"sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}},
    },
}
after, truth = copy.deepcopy(before), []
keys = list(before["paths"])
choice.shuffle(keys)
edited, schemas = iter(keys), after["components"]["schemas"]


def found(change, subject, method, path, name, field):
    truth.append([change, subject, method and method.upper(), path, name, field])


for _ in range(4):
    path = next(edited)
    del after["paths"][path]
    found("removed", "route", "get", path, None, None)
    found("removed", "route", "put", path, None, None)
    path = f"/new{len(truth)}/{{order}}"
    after["paths"][path] = {"get": operation(paths, "get")}
    found("added", "route", "get", path, None, None)
for _ in range(4):
    path = next(edited)
    after["paths"][path]["put"]["x-amazon-apigateway-integration"]["timeoutInMillis"] = 3000
    found("changed", "integration", "put", path, None, "timeoutInMillis")
    path = next(edited)
    after["paths"][path]["get"].pop("security")
    found("changed", "method", "get", path, None, "authorizationType")
    path = next(edited)
    after["paths"][path]["get"]["parameters"][1]["required"] = True
    found("changed", "method", "get", path, None, "requestParameters")
    path = next(edited)
    del after["paths"][path]["get"]["responses"]["404"]
    found("removed", "method-response", "get", path, "404", None)
    path = next(edited)
    after["paths"][path]["put"]["operationId"] = "renamed"
    found("changed", "method", "put", path, None, "operationName")
for at in choice.sample(range(models), 8):
    schemas[f"Model{at:04}"]["properties"]["member1"]["maxLength"] = 7
    found("changed", "model", None, None, f"Model{at:04}", "schema")


def turned(value):
    """The same, in another order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value[::-1]
    return [turned(item) for item in value] if isinstance(value, list) else value


for name, document in (("before", before), ("after", turned(after)), ("truth", truth)):
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1))
