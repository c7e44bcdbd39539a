"""Prints the members of the published API models' shapes, as JSON.

usage: model_members.py SERVICE/SHAPE...
"""

import json
import sys

from botocore.loaders import Loader

VERSIONS = {"apigateway": "2015-07-09", "apigatewayv2": "2018-11-29"}
models = {service: Loader().load_service_model(service, "service-2", version) for service, version in VERSIONS.items()}


def members(name):
    service, shape = name.split("/")
    found = models[service]["shapes"].get(shape)
    return sorted(found["members"]) if found else None


print(json.dumps({name: members(name) for name in sys.argv[1:]}))
