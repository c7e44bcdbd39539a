#!/usr/bin/env python3
"""Groups a log of a million lines with stagecheck and with drain3, in turns, and prints the CPU time, memory and accuracy of
each: the best of several runs, since others may use the machine.

usage: logs.py STAGECHECK PYTHON_WITH_DRAIN3
"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile

BENCHES = pathlib.Path(__file__).parent
STAGECHECK, PYTHON = sys.argv[1:3]
LINES = 1_000_000
RUNS = 3

# drain3 as its documentation has it, with masks for ids, times and numbers, of which it gets the whole line.
DRAIN3 = r"""
import sys
from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig
config = TemplateMinerConfig()
config.profiling_enabled = False
config.drain_max_clusters = 1024
config.masking_instructions = [
    MaskingInstruction(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    MaskingInstruction(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "TIME"),
    MaskingInstruction(r"((?<=[^A-Za-z0-9])|^)[\-\+]?\d+(\.\d+)?((?=[^A-Za-z0-9])|$)", "NUMBER"),
]
miner = TemplateMiner(config=config)
with open(sys.argv[2], "w") as out:
    for number, line in enumerate(open(sys.argv[1]), 1):
        cluster = miner.add_log_message(line.rstrip("\n"))
        if "\tERROR\t" in line:
            out.write(f"{number}\t{cluster['cluster_id']}\n")
"""


def run(command):
    """The CPU seconds and peak MiB of a command."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def assigned(path):
    return dict(line.rstrip("\n").split("\t") for line in open(path))


def accuracy(found, truth):
    """The share of lines whose group holds the lines of their template, all of them and no others."""
    groups, templates = collections.defaultdict(set), collections.defaultdict(set)
    for line, template in truth.items():
        templates[template].add(line)
    for line, group in found.items():
        groups[group].add(line)
    right = {frozenset(lines) for lines in templates.values()}
    return sum(len(lines) for lines in groups.values() if frozenset(lines) in right) / len(truth), len(groups)


with tempfile.TemporaryDirectory() as folder:
    log = f"{folder}/log"
    subprocess.run([sys.executable, BENCHES / "log.py", log, str(LINES)], check=True)
    megabytes = os.path.getsize(log) / 1e6
    outs = {"stagecheck": f"{folder}/stagecheck", "drain3 with masks": f"{folder}/drain3"}
    commands = {
        "stagecheck": [STAGECHECK, "errors", "--file", log, "--assignments", outs["stagecheck"]],
        "drain3 with masks": [PYTHON, "-c", DRAIN3, log, outs["drain3 with masks"]],
    }
    taken = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            taken[name].append(run(command))
    # Read only now: a process that is begun has at least the memory of the one that begins it.
    truth = assigned(log + ".truth")
    scores = {name: accuracy(assigned(out), truth) for name, out in outs.items()}
    print(f"{LINES:,} lines, {megabytes:.1f} MB, {len(truth):,} at ERROR\n")
    print("| tool | CPU s | lines a second | peak MiB | groups | accuracy |\n| --- | --- | --- | --- | --- | --- |")
    best = {name: min(seconds for seconds, _ in results) for name, results in taken.items()}
    for name, results in taken.items():
        score, groups = scores[name]
        memory = max(memory for _, memory in results)
        print(f"| {name} | {best[name]:.2f} | {LINES / best[name]:,.0f} | {memory:.0f} | {groups} | {score:.3f} |")
    print(f"\nstagecheck takes {best['drain3 with masks'] / best['stagecheck']:.0f} times less.")
