#!/usr/bin/env python3
"""Writes a log of Lambda functions in text, and beside it, as FILE.truth, which of 40 templates each line at ERROR is from:
four services with ten messages each, whose words, numbers, ids and ARNs vary.

usage: log.py FILE LINES
"""

import random
import sys
import uuid

FILE, LINES = sys.argv[1], int(sys.argv[2])
WORDS = ["orders", "users", "billing", "search", "stock", "mail", "auth", "cart"]
MESSAGES = [
    lambda r: f"KeyError: '{r.word()}'",
    lambda r: f"Request timed out after {r.random() * 30:.2f} seconds",
    lambda r: f"ValidationException: The key does not match the schema of table {r.word()}-{r.number()}",
    lambda r: f"Unable to import module 'app': No module named '{r.word()}'",
    lambda r: f"ConnectionError: HTTPSConnectionPool(host='{r.word()}.internal', port={r.number()}): Read timed out",
    lambda r: f"AccessDeniedException: User: arn:aws:sts::{r.account()}:assumed-role/{r.word()} may not perform: dynamodb:GetItem",
    lambda r: f"ThrottlingException: Rate exceeded for request {r.id()}",
    lambda r: f"JSONDecodeError: Expecting value: line {r.number()} column {r.number()} (char {r.number()})",
    lambda r: "RuntimeError: the worker exited with: signal: killed",
    lambda r: f"TypeError: Cannot read properties of undefined (reading '{r.word()}')",
]


class Choices(random.Random):
    def word(self):
        return self.choice(WORDS)

    def number(self):
        return self.randint(1, 9999)

    def account(self):
        return self.randint(10**11, 10**12 - 1)

    def id(self):
        return uuid.UUID(int=self.getrandbits(128), version=4)


r = Choices(3)
written = 0
with open(FILE, "w") as log, open(FILE + ".truth", "w") as truth:
    while written < LINES:
        request = r.id()
        time = f"2026-11-{r.randint(1, 28):02}T{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02}.{r.randint(0, 999):03}Z"
        lines = [(f"START RequestId: {request} Version: $LATEST", None)]
        lines.append((f"{time}\t{request}\tINFO\tGET /{r.word()}/{r.number()} 200 in {r.random() * 300:.1f} ms", None))
        if r.random() < 0.35:
            service, message = r.randrange(4), r.randrange(10)
            lines.append((f"{time}\t{request}\tERROR\t[{WORDS[service]}] {MESSAGES[message](r)}", service * 10 + message))
        lines.append((f"END RequestId: {request}", None))
        duration, memory = r.random() * 900, r.randint(60, 400)
        lines.append((f"REPORT RequestId: {request}\tDuration: {duration:.2f} ms\tBilled Duration: {duration + 1:.0f} ms\t"
                      f"Memory Size: 512 MB\tMax Memory Used: {memory} MB", None))
        for line, template in lines[: LINES - written]:
            written += 1
            log.write(line + "\n")
            if template is not None:
                truth.write(f"{written}\t{template}\n")
