#!/usr/bin/env python3
# Every public header compiles alone and without a warning, and says in one line that it needs C++20
# where that was not asked for.
#
#   tests/repository/headers_test.py COMPILER... -- HEADER...   ends with `N passed, N failed`
#
# The headers are named as a user includes them. Nearly all the time goes into what they include, so
# a few of them, found by count, are precompiled and stand before those that include them anyway.
# That hides nothing: who lacks an include lacks it in all that it includes, and what a header that
# it includes lacks is seen where that one is compiled, for all of them are in the list.

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

MOST_PRECOMPILED = 5
MESSAGE = "#error reel needs C++20; compile with -std=c++20"
INCLUDE = re.compile(r"^#include <(reel/[^>]+)>", re.M)

split = sys.argv.index("--")
compiler, headers = sys.argv[1:split], sys.argv[split + 1:]
include_root = next(word[2:] for word in compiler if word.startswith("-I"))
included = {}  # by header: those of reel that it includes, itself among them


def all_of(header):
    if header not in included:
        included[header] = {header}
        with open(os.path.join(include_root, header), encoding="utf-8") as file:
            for each in INCLUDE.findall(file.read()):
                included[header] |= all_of(each)
    return included[header]


def run(words, text):
    return subprocess.run(words, input=text, capture_output=True, encoding="utf-8", check=False)


def precompiled(header):
    """The name to include; empty when the header does not compile."""
    name = os.path.join(folder, header.replace("/", "-"))
    with open(name, "w", encoding="utf-8") as file:
        file.write(f"#include <{header}>\n")
    made = run([*compiler, "-x", "c++-header", name, "-o", name + ".gch"], "")
    print(made.stderr, end="")
    return name if made.returncode == 0 else ""


def compiles(header):
    if header in ready:
        return bool(ready[header])
    before = [each for each in ready if ready[each] and each in all_of(header)]
    best = max(before, key=lambda each: len(all_of(each)), default=None)
    given = ["-Winvalid-pch", "-include", ready[best]] if best else []
    tried = run([*compiler, *given, "-fsyntax-only", "-x", "c++", "-"], f"#include <{header}>\n")
    print(tried.stderr, end="")
    return tried.returncode == 0


def refuses(header):
    older = [word.replace("-std=c++20", "-std=c++17") for word in compiler]
    tried = run([*older, "-fsyntax-only", "-x", "c++", "-"], f"#include <{header}>\n")
    errors = [line for line in tried.stderr.splitlines() if "error:" in line]
    right = len(errors) == 1 and MESSAGE in errors[0]
    if not right:
        print(f"{header}, with C++17:", *errors, sep="\n")
    return right


# Each time the header that spares the others most of what nobody spares them yet.
saved = {header: 0 for header in headers}
chosen = []
for _ in range(MOST_PRECOMPILED):
    gains = {each: sum(max(0, len(all_of(each)) - saved[header])
                       for header in headers if each in all_of(header)) for each in headers}
    best = max(gains, key=gains.get)
    chosen.append(best)
    for header in headers:
        if best in all_of(header):
            saved[header] = max(saved[header], len(all_of(best)))

with tempfile.TemporaryDirectory() as folder, \
        concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    ready = dict(zip(chosen, pool.map(precompiled, chosen)))
    results = [*pool.map(compiles, headers), *pool.map(refuses, headers)]
failed = results.count(False)
print(f"{len(results) - failed} passed, {failed} failed")
sys.exit(failed > 0 or not results)
