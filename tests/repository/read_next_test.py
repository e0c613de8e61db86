#!/usr/bin/env python3
# The roads through the sources: whoever follows "Read next" from README meets each of the engine's
# files on the first road, and all that a training step runs through on the second.
#
#   tests/repository/read_next_test.py   prints the chain with its lines; ends `N passed, N failed`
#
# The header of a file says what to read before it and next, by bare names: no two files have one.
# README says which file is the first of a road; from there it goes on to the first file that each
# "Read next" names; what it names after that is a side road. A road may pass through other folders
# and end in one. A note anywhere in the tree that names no file, or a name that no file has
# or two have, is a mistake too.
# Read before: source_text.py.

import collections
import re
import sys

sys.dont_write_bytecode = True  # the tree stays as it is

from source_text import exists, lines_of, paths, text_of

NAME = re.compile(r"[\w./]+\.(?:h|cpp|py|js|sh|in|md|html)\b")
TRAINING_STEP = """layers/base/layer.h layers/base/layer.cpp layers/base/layer_variables.cpp
    layers/scope/variable_store.cpp layers/base/ledger.h layers/base/ledger.cpp
    layers/base/layer_ledger.cpp optim/optimizer.h optim/optimizer.cpp optim/sgd.cpp
    layers/functions/norm_constraints.cpp""".split()
problems = []


def notes(path):
    """(kind, names) of the notes in the comment that a file opens with."""
    header = []
    for line in lines_of(path):
        if not line.startswith("//" if path.endswith((".h", ".cpp", ".js")) else "#"):
            break
        header.append(line.lstrip("/#! "))
    for match in re.finditer(r"Read (before|next): (.*?)(?=Read (?:before|next):|$)",
                             " ".join(header), re.S):
        yield match[1], NAME.findall(match[2])


def file_of(name, place):
    """The one file that a note means; None, and a problem, if it is not one."""
    found = [path for path in by_name[name.rpartition("/")[2]]
             if ("/" + path).endswith("/" + name)]
    if len(found) == 1:
        return found[0]
    problems.append(f"{place}: names {name}, which {len(found)} files are")
    return None


every = paths({".h", ".cpp", ".py", ".js", ".sh", ".in", ".md", ".html"}) + ["README.md"]
by_name = collections.defaultdict(list)
for path in every:
    by_name[path.rpartition("/")[2]].append(path)

passed, next_of = 0, {}
for path in paths({".h", ".cpp", ".py", ".js", ".sh"}):
    for kind, names in notes(path):
        if not names:
            problems.append(f"{path}: \"Read {kind}\" names no file")
        files = [file_of(name, path) for name in names]
        passed += bool(names) and None not in files
        if kind == "next" and files and files[0] and path not in next_of:
            next_of[path] = files[0]



def road(first):
    """The files from `first` on, printed with their lines and the sum of lines so far."""
    files, path, lines = [], first, 0
    while path and path not in files:
        files.append(path)
        lines += len(lines_of(path))
        print(f"{len(lines_of(path)):5} {lines:6} {path}")
        path = next_of.get(path)
    if path:
        problems.append(f"{files[-1]}: \"Read next\" leads back to {path}")
    return files


def expect(files, wanted):
    global passed
    for path in wanted:
        if path in files:
            passed += 1
        else:
            problems.append(f"{path}: the road from {files[0]} does not come here")


first = re.findall(r"Read next: `([^`]+)`", text_of("README.md"))
if len(first) == 2 and all(map(exists, first)):
    expect(road(first[0]),
           [path for path in paths({".h", ".cpp"}, ["core"]) if path.count("/") == 1])
    print()
    expect(road(first[1]), TRAINING_STEP)
else:
    problems.append("README.md: \"Read next\" must name two files: where the engine begins, and "
                    "where a training step does")
for problem in problems:
    print("FAILED:", problem)
print(f"{passed} passed, {len(problems)} failed")
sys.exit(bool(problems))
