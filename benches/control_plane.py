"""Calls, time and memory of an audit of a large account, beside Prowler on the same sandbox, and of the sample account.

usage: control_plane.py STAGECHECK [--prowler PROWLER] [--quick]
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import urllib.request

import account

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE = os.path.join(HERE, "..", "examples", "shop.json")
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": account.REGION,
    "AWS_REGION": account.REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def run(command, environment=ENVIRONMENT):
    """Exit code, seconds, and the peak of resident memory in MiB."""
    begin = time.monotonic()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - begin, usage.ru_maxrss / 1024


class Sandbox:
    def __init__(self, program, recording, *options):
        command = [program, "sandbox", "--recording", recording, *options]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.endpoint = self.child.stdout.readline().strip().removeprefix("AWS_ENDPOINT_URL=")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def calls(self):
        with urllib.request.urlopen(f"{self.endpoint}/_sandbox/calls") as answer:
            return json.load(answer)


def gateway(calls):
    return sum(count for name, count in calls["operations"].items() if name.startswith("apigateway"))


def row(name, calls, seconds, memory, throttled, note):
    print(f"| {name} | {calls} | {seconds:.2f} | {memory:.0f} | {throttled} | {note} |")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("stagecheck")
    arguments.add_argument("--prowler")
    arguments.add_argument("--quick", action="store_true", help="leave out what takes minutes")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = os.path.join(folder, "large.json")
        with open(large, "w") as file:
            json.dump(account.account(), file)
        measure(options, folder, large)


def measure(options, folder, large):
    program = options.stagecheck
    print("| what | API Gateway calls | seconds | peak MiB | refused (429) | |\n| --- | --- | --- | --- | --- | --- |")
    code, seconds, memory = run([program, "audit", "--quiet", "--recording", large])
    assert code == 0, code
    row("stagecheck audit, no limit, sandbox in the same process", "", seconds, memory, 0, "")
    if not options.quick:
        with Sandbox(program, large, "--quota", "aws") as sandbox:
            audit = [program, "audit", "--quiet", "--endpoint-url", sandbox.endpoint, "--quota-share", "1"]
            code, seconds, memory = run(audit)
            assert code == 0, code
            calls = sandbox.calls()
            count = gateway(calls)
            floor = (count - 40) / 10
            row("stagecheck audit, at AWS's quota", count, seconds, memory, calls["throttled"], f"{seconds / floor:.2f} times the floor of {floor:.1f} s")
            ours, ours_seconds = count, seconds
    if options.prowler:
        for quota in ([], ["--quota", "aws"]) if not options.quick else ([],):
            with Sandbox(program, large, *quota) as sandbox:
                command = [options.prowler, "aws", "--service", "apigateway", "apigatewayv2", "--region", account.REGION, "-M", "json-ocsf",
                           "-o", folder, "-b", "--no-color", "--log-level", "CRITICAL"]
                _, seconds, memory = run(command, {**ENVIRONMENT, "AWS_ENDPOINT_URL": sandbox.endpoint})
                calls = sandbox.calls()
                count = gateway(calls)
                note = "" if not quota or options.quick else f"{count / ours:.1f} times the calls, {seconds / ours_seconds:.1f} times the time"
                row(f"Prowler{', at the quota' if quota else ', no limit'}", count, seconds, memory, calls["throttled"], note)
    if not options.quick:
        print("\nCalls of stagecheck, by operation:\n")
        with Sandbox(program, large) as sandbox:
            run([program, "audit", "--quiet", "--endpoint-url", sandbox.endpoint, "--quota-share", "1"])
            for name, count in sorted(sandbox.calls()["operations"].items()):
                print(f"    {count:5} {name}")
    times = [run([program, "audit", "--quiet", "--recording", SAMPLE])[1] * 1000 for _ in range(30)]
    print(f"\nAudit of the sample account, start to end, 30 runs: median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms.")


main()
