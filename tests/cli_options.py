"""Prints the options that the AWS CLI has for operations, as JSON: each with whether it has to be given.

The CLI makes them of the published API models: a member's name with hyphens, and a second option with `no-` of what is a boolean.
What it makes otherwise stands in OWN (awscli/customizations/ec2/secgroupsimplify.py).

usage: cli_options.py "SERVICE OPERATION"...
"""

import json
import sys

from botocore import xform_name
from botocore.loaders import Loader

OWN = {"ec2 authorize-security-group-ingress": ["--protocol", "--port", "--cidr", "--source-group"]}
loader = Loader()
models = {}


def is_boolean(shapes, shape):
    # Of a structure with a boolean alone the CLI makes what it makes of the boolean (awscli/customizations/toplevelbool.py).
    members = shapes[shape].get("members", {})
    alone = list(members) == ["Value"] and shapes[members["Value"]["shape"]]["type"] == "boolean"
    return shapes[shape]["type"] == "boolean" or alone


def options(name):
    service, operation = name.split(" ")
    if service not in loader.list_available_services("service-2"):
        return None
    if service not in models:
        models[service] = loader.load_service_model(service, "service-2")
    model = models[service]
    found = [own for known, own in model["operations"].items() if xform_name(known, "-") == operation]
    if not found:
        return None
    shapes = model["shapes"]
    taken = shapes[found[0]["input"]["shape"]]
    made = {}
    for member, own in taken["members"].items():
        option = xform_name(member, "-")
        made["--" + option] = member in taken.get("required", [])
        if is_boolean(shapes, own["shape"]):
            made["--no-" + option] = False
    return made | {option: False for option in OWN.get(name, [])}


print(json.dumps({name: options(name) for name in sys.argv[1:]}))
