"""Runs the template's functions in containers, as `sam local` does, against a sandbox and an emulator on this machine.

usage: sam_local.py [--binaries FOLDER] [--recording FILE]

Without --binaries it takes what `sam build` has left in .aws-sam/build; with it, the programs of that folder as they are:
target/debug, for trying. Each function is invoked with each of its files in events/, and the dashboard's API is asked through
`sam local start-api`. What comes back is written to standard output, one JSON object a line. It needs Docker, and an image of
Lambda's runtime provided.al2023: AWS's own, or where that cannot be fetched, one of Debian's that debootstrap makes.

Exit code 77: Docker, or something else that it needs, is not here.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools/bin"
IMAGE = "public.ecr.aws/lambda/provided:al2023-x86_64"
# By function: the program, and the files of events/ with which it is called.
EVENTS = {
    "AuditorFunction": ["audit_api.json", "audit_queue.json"],
    "DispatcherFunction": ["schedule.json", "change.json", "deployment.json", "on_demand.json"],
    "DashboardFunction": ["dashboard_http.json", "dashboard_rest.json", "dashboard_widget.json", "dashboard_widget_describe.json"],
}
# What the real image sets, and functions and SAM rely on.
ENVIRONMENT = (
    "LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin "
    "LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
)


class LeftOut(Exception):
    """Something that this needs is not here."""


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def docker_is_here():
    if shutil.which("docker") is None:
        raise LeftOut("docker is not installed")
    if run("docker", "info").returncode != 0:
        raise LeftOut("no Docker engine answers")


def image_is_here():
    """AWS's image, or one of Debian's under its name: its C library is another, and all else does not matter here."""
    if run("docker", "image", "inspect", IMAGE).returncode == 0 or run("docker", "pull", "--quiet", IMAGE).returncode == 0:
        return
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise LeftOut(f"{IMAGE} cannot be fetched, and making one takes debootstrap and root")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        made = run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", folder)
        if made.returncode != 0:
            raise LeftOut("debootstrap cannot fetch Debian's packages")
        for name in ["var/task", "var/runtime", "opt"]:
            Path(folder, name).mkdir(parents=True, exist_ok=True)
        tar = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)
        change = ["--change", "WORKDIR /var/task", "--change", f"ENV {ENVIRONMENT}"]
        subprocess.run(["docker", "import", *change, "-", IMAGE], stdin=tar.stdout, check=True, stdout=subprocess.DEVNULL)
        tar.wait()


def bridge():
    """The address of this machine as containers see it."""
    answer = run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").stdout.strip()
    return answer or "172.17.0.1"


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def forward(host, port):
    """Passes on what comes to a port of the bridge to the same of loopback, where the sandbox listens alone."""
    server = socket.create_server((host, 0))

    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve():
        while True:
            try:
                outer, _ = server.accept()
                inner = socket.create_connection(("127.0.0.1", port))
            except OSError:
                return
            for pair in [(outer, inner), (inner, outer)]:
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"http://{host}:{server.getsockname()[1]}"


def wait_for(port, what):
    for _ in range(1200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"{what} does not listen within two minutes")


@contextlib.contextmanager
def started(command, port, what, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        wait_for(port, what)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def call(endpoint, service, body, method="POST", **headers):
    """A call of the emulator, which looks at a signature's service and region alone."""
    scope = f"any/20261010/eu-west-1/{service}/aws4_request"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    request = urllib.request.Request(endpoint, body.encode(), headers, method=method)
    urllib.request.urlopen(request, timeout=30).close()


def call_json(endpoint, service, target, body):
    headers = {"x-amz-target": target, "content-type": "application/x-amz-json-1.0"}
    call(endpoint, service, json.dumps(body), **headers)


def place(emulator):
    """The table, the bucket and the queue of the template."""
    attribute = lambda name: {"AttributeName": name, "AttributeType": "S"}
    key = lambda name, kind: {"AttributeName": name, "KeyType": kind}
    table = {
        "TableName": "findings",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute(name) for name in ["partition", "sort", "fingerprint"]],
        "KeySchema": [key("partition", "HASH"), key("sort", "RANGE")],
        "GlobalSecondaryIndexes": [
            {"IndexName": "fingerprint", "KeySchema": [key("fingerprint", "HASH")], "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    }
    call_json(emulator, "dynamodb", "DynamoDB_20120810.CreateTable", table)
    region = "<LocationConstraint>eu-west-1</LocationConstraint>"
    call(f"{emulator}/findings", "s3", f"<CreateBucketConfiguration>{region}</CreateBucketConfiguration>", method="PUT")
    call_json(emulator, "sqs", "AmazonSQS.CreateQueue", {"QueueName": "audits"})


def template(folder, binaries, variables):
    """The template with the programs in their places, and with the endpoints, which a template that is deployed must not have."""
    text = (ROOT / "template.yaml").read_text()
    functions = {}
    for name in EVENTS:
        source = re.search(rf"^  {name}:\n.*?CodeUri: functions/(\w+)\n", text, re.M | re.S)
        program = source[1]
        built = binaries / program if binaries else ROOT / ".aws-sam/build" / name / "bootstrap"
        if not built.exists():
            print(f"left out: {name}: {built} is not there", file=sys.stderr)
            continue
        own = Path(folder, name)
        own.mkdir()
        shutil.copy(built, own / "bootstrap")
        run("strip", str(own / "bootstrap"))
        functions[name] = program
        text = text.replace(f"CodeUri: functions/{program}\n", f"CodeUri: {own}\n")
    text = re.sub(r"^    Metadata:\n      BuildMethod: rust-cargolambda\n", "", text, flags=re.M)
    declared = "".join(f"        {name}: {json.dumps(value)}\n" for name, value in variables.items())
    for name in variables:
        text = re.sub(rf"^        {name}: .*\n", "", text, flags=re.M)
    text = text.replace("        RUST_LOG: !Ref LogLevel\n", "        RUST_LOG: !Ref LogLevel\n" + declared, 1)
    path = Path(folder, "template.yaml")
    path.write_text(text)
    return path, functions


def sam(*arguments):
    environment = {
        **os.environ,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
    }
    return [str(TOOLS / "sam"), *arguments], environment


def tell(**told):
    print(json.dumps(told), flush=True)


def invoke(template_path, name, event):
    command, environment = sam(
        "local", "invoke", name, "--template", str(template_path), "--event", str(ROOT / "events" / event), "--skip-pull-image"
    )
    ran = subprocess.run(command, text=True, capture_output=True, env=environment, check=False)
    try:
        answer = json.loads(ran.stdout)
    except ValueError:
        answer = None
    tell(function=name, event=event, code=ran.returncode, answer=answer, error=None if answer is not None else ran.stderr[-2000:])


def ask(template_path):
    """What the dashboard's API answers through `sam local start-api`."""
    port = free_port()
    command, environment = sam(
        "local", "start-api", "--template", str(template_path), "--skip-pull-image", "--port", str(port), "--warm-containers", "LAZY"
    )
    before = set(run("docker", "ps", "--quiet").stdout.split())
    try:
        with started(command, port, "sam local start-api", env=environment):
            for path, accept in [("/health", "application/json"), ("/apis", "application/json"), ("/", "text/html")]:
                request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"accept": accept})
                try:
                    with urllib.request.urlopen(request, timeout=240) as answer:
                        status, kind = answer.status, answer.headers["content-type"]
                except urllib.error.HTTPError as refused:
                    status, kind = refused.code, refused.headers["content-type"]
                tell(path=path, status=status, contentType=kind)
    finally:
        # It leaves containers behind.
        for container in set(run("docker", "ps", "--quiet").stdout.split()) - before:
            run("docker", "rm", "--force", container)


def main():
    parser = argparse.ArgumentParser(description="Runs the template's functions in containers.")
    parser.add_argument("--binaries", type=Path)
    parser.add_argument("--recording", type=Path, default=ROOT / "examples/shop.json")
    options = parser.parse_args()
    for tool in ["sam", "ministack"]:
        if not (TOOLS / tool).exists():
            raise LeftOut(f"{tool} is not installed: run `make tools`")
    docker_is_here()
    image_is_here()
    host, account, own = bridge(), free_port(), free_port()
    stagecheck = (options.binaries or ROOT / "target/release") / "stagecheck"
    sandbox = [str(stagecheck), "sandbox", "--recording", str(options.recording), "--port", str(account)]
    emulator = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(own)}
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        started(sandbox, account, "the sandbox"),
        started([str(TOOLS / "ministack")], own, "ministack", env=emulator),
    ):
        place(f"http://127.0.0.1:{own}")
        outer = forward(host, own)
        variables = {
            "AWS_ENDPOINT_URL": forward(host, account),
            "OWN_ENDPOINT_URL": outer,
            "TABLE": "findings",
            "BUCKET": "findings",
            "QUEUE_URL": f"{outer}/000000000000/audits",
            "QUOTA_SHARE": "1",
        }
        path, functions = template(folder, options.binaries, variables)
        for name in functions:
            for event in EVENTS[name]:
                if (ROOT / "events" / event).exists():
                    invoke(path, name, event)
        if "DashboardFunction" in functions:
            ask(path)


if __name__ == "__main__":
    try:
        main()
    except LeftOut as why:
        print(f"left out: {why}", file=sys.stderr)
        sys.exit(77)
