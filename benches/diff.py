#!/usr/bin/env python3
"""Compares two exports with stagecheck and its peers, and prints the CPU time and memory of each: the best of several runs,
taken in turns, since others may use the machine.

usage: diff.py STAGECHECK NODE_MODULES
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

BENCHES = pathlib.Path(__file__).parent
STAGECHECK, MODULES = sys.argv[1:3]
RUNS = 9


def run(command, **environment):
    """What a command prints, its CPU milliseconds and its peak MiB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    text = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, command
    return text, (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024


def stagecheck(left, right):
    return [STAGECHECK, "drift", "--quiet", "--format", "json", "--left", str(left), "--right", str(right)]


def is_right(text, truth):
    stage = json.loads(text)["apis"][0]["stages"][0]
    names = ("change", "subject", "method", "path", "name", "field")
    return sorted(map(repr, ([change[name] for name in names] for change in stage["changes"]))) == sorted(map(repr, truth))


def pair(folder, paths, models):
    subprocess.run([sys.executable, BENCHES / "pair.py", folder, str(paths), str(models)], check=True)
    return folder / "before.json", folder / "after.json", json.loads((folder / "truth.json").read_text())


def best(results):
    return min(cpu for _, cpu, _ in results), min(memory for _, _, memory in results)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    before, after, truth = pair(folder / "peers", 300, 120)
    commands = {"stagecheck": stagecheck(before, after)}
    for peer in ("api-smart-diff", "fast-json-patch"):
        commands[peer] = ["node", str(BENCHES / "peers.cjs"), peer, str(before), str(after)]
    taken = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            taken[name].append(run(command, NODE_PATH=MODULES))
    print(f"300 paths with two methods, 120 models, {len(truth)} changes\n")
    print("| tool | CPU ms | peak MiB | found |\n| --- | --- | --- | --- |")
    for name, results in taken.items():
        text = results[0][0]
        found = ("all, none besides" if is_right(text, truth) else "WRONG") if name == "stagecheck" else f"{int(text)} entries"
        cpu, memory = best(results)
        print(f"| {name} | {cpu:.0f} | {memory:.0f} | {found} |")
    print("\n| routes | CPU ms | peak MiB |\n| --- | --- | --- |")
    for paths in (300, 1_250, 2_500, 5_000):
        before, after, truth = pair(folder / str(paths), paths, 120)
        results = [run(stagecheck(before, after)) for _ in range(3)]
        assert is_right(results[0][0], truth), paths
        cpu, memory = best(results)
        print(f"| {paths * 2:,} | {cpu:.0f} | {memory:.0f} |")
    one, other = ({"openapi": "3.0.1", "paths": {f"/{side}{at}/{{id}}": {"get": {}} for at in range(10_000)}} for side in "ab")
    for name, document in (("one", one), ("other", other)):
        (folder / f"{name}.json").write_text(json.dumps(document))
    results = [run(stagecheck(folder / "one.json", folder / "other.json")) for _ in range(3)]
    assert len(json.loads(results[0][0])["apis"][0]["stages"][0]["changes"]) == 20_000
    cpu, memory = best(results)
    print(f"| 10,000, all others than before | {cpu:.0f} | {memory:.0f} |")
