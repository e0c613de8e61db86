# Who includes whom: cycles of units in core/, and imports that run the wrong way.
#
# A unit is a header with every source that defines one of its functions: a source that defines a
# member of a class belongs to the header of that class, wherever it stands, so a class cannot hide
# what it needs in a file far away. A source may belong to several units. Units that include each
# other, directly or by others, can only be understood together; so can sources, where includes of
# headers alone would show no cycle.
# Read before: source_text.py. Read next: figures.py.

import collections

from source_text import declarations, includes, paths

# --- units of core/ -----------------------------------------------------------------------------


def units():
    """The files of each unit of core/, by its header (or by its source, if nothing declares it)."""
    headers = paths({".h"}, ["core"])
    found = {header: [header] for header in headers}
    classes, functions = collections.defaultdict(set), collections.defaultdict(set)
    for header in headers:
        for declared in declarations(header):
            if declared.kind == "class" and declared.body and not declared.owner:
                classes[declared.name].add(header)
            elif declared.kind == "function" and not declared.body and not declared.owner:
                functions[declared.name].add(header)
                functions[declared.name, declared.types].add(header)
    for source in paths({".cpp"}, ["core"]):
        near = {path for _, path in includes(source)}
        far = all_included(source)
        of = set()
        for defined in declarations(source):
            if defined.kind != "function" or defined.local or defined.owner:
                continue
            *around, name = defined.name.split("::")
            around = [part.split("<")[0] for part in around]
            homes = [classes[part] for part in around if part in classes]
            for candidates in homes[:1] or [functions[name, defined.types], functions[name]]:
                if found_in := candidates & near or candidates & far:
                    of |= found_in
                    break
        for header in of:
            found[header].append(source)
        if not of:
            found[source] = [source]
    return found


def all_included(path):
    """What a file includes, directly or by others."""
    seen, left = set(), [path]
    while left:
        new = {included for _, included in includes(left.pop())} - seen
        seen |= new
        left += new
    return seen


def cycles():
    """Each set of units that all include each other (a strongly connected component), the largest
    first, with the lines that tie it."""
    files = units()
    ties = collections.defaultdict(list)  # (from, to) -> "file:line: #include"
    needs = {unit: set() for unit in files}
    for unit, members in files.items():
        for member in members:
            for number, included in includes(member):
                if included in files and included != unit:
                    needs[unit].add(included)
                    ties[unit, included].append(f"{member}:{number}: includes {included}")

    reached = {}
    for unit in files:
        left, reached[unit] = [unit], set()
        while left:
            new = needs[left.pop()] - reached[unit]
            reached[unit] |= new
            left += new
    found = {frozenset({unit} | {other for other in reached[unit] if unit in reached[other]})
             for unit in files}
    for some in sorted(found, key=lambda some: (-len(some), sorted(some))):
        lines = {line for unit in some for other in some for line in ties[unit, other]}
        yield sorted(some), sorted(lines)


# --- directions -----------------------------------------------------------------------------------

# What the files of a place may include, besides those of their own place.
MAY_INCLUDE = {
    "runtime": [],
    "kernels": ["runtime"],
    "engine": ["runtime", "kernels"],
    "ops": ["runtime", "kernels", "engine"],
    "derivatives": ["runtime", "kernels", "engine", "ops"],
    "inspect": ["runtime", "kernels", "engine", "ops", "io"],  # pages and traces are files
    "io": ["runtime", "kernels", "engine", "ops"],
    "layers": ["runtime", "kernels", "engine", "ops", "derivatives", "inspect", "io"],
    "optim": ["runtime", "kernels", "engine", "ops", "derivatives", "inspect", "io", "layers"],
}
# Plain values, which the folders below the engine may know (a call site is a file and a line).
VALUES = {"core/runtime/call_site.h", "core/error.h", "core/dtype.h", "core/shape.h"}


def place_of(path):
    folder, *rest = path.split("/")
    if path == "core/ops.h":  # the catalogue of ops stands where a reader looks for it
        return "ops"
    return folder if folder != "core" else rest[0] if len(rest) > 1 else "engine"


def wrong_imports():
    """The includes that run the wrong way, each as a line."""
    wrong = []
    for path in paths({".h", ".cpp"}, ["core", "layers", "optim"]):
        place = place_of(path)
        for number, included in includes(path):
            to = place_of(included)
            if (to != place and to not in MAY_INCLUDE[place]
                    and not (included in VALUES and place in ("runtime", "kernels"))
                    # It adds up gradients, which is what these two ops do.
                    and not (path == "core/backward_pass.cpp" and to == "ops")):
                wrong.append(f"{path}:{number}: {place} must not include {included} ({to})")
    return wrong
