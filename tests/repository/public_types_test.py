#!/usr/bin/env python3
# What a user may write of every public type and function, which one example would not show:
#
# * what takes several values (a span) takes them in braces, too: it says ListOf, or has an overload
#   with an initializer_list;
# * what prints to a stream, or has `str()`, prints by fmt and to streams; an enum has a `name_of`,
#   by which it does;
# * what is made of options that may all be left out is made of empty braces.
#
# A member that a layer of one's own overrides keeps its span: it is called by reel.
# Read before: source_text.py, list_of.h, text_formatter.h.

import re
import sys

sys.dont_write_bytecode = True  # the tree stays as it is

from source_text import declarations, text_of

# What a layer of one's own overrides, and what is not for users: behind `gradient`, behind layers.
INNER = {"call", "merged", "flops", "create_weights", "gradients_of", "backward", "build_once",
         "call_on_zeros", "check_inputs", "is_reached", "depends", "ids_of", "fill", "notify",
         "at_step", "tell_the_end", "CallFrame", "read_of", "Draws", "Rehearsal",
         "EmptyBraces", "began", "answered"}
passed, problems = 0, []


def expect(holds, problem):
    global passed
    passed += bool(holds)
    if not holds:
        problems.append(problem)


def public_headers():
    for folder in ("core", "layers", "optim"):
        listed = text_of(f"{folder}/meson.build").partition("library_sources")[0]
        yield from re.findall(rf"'({folder}/[\w/]+\.h)'", listed)


for path in public_headers():
    text = text_of(path)
    heads = [(declared, text[declared.begin:declared.body or declared.end])
             for declared in declarations(path) if declared.kind == "function"]
    for declared, head in heads:
        taken = head.partition(declared.name)[2]
        if "std::span<const" in taken and "override" not in head and declared.name not in INNER:
            expect(any("initializer_list" in other and some.name == declared.name
                       for some, other in heads),
                   f"{path}: {declared.name} takes a span, and nothing of its name takes braces")

    for made, taken in re.findall(r"explicit (\w+)\(([^(){};]+(?:\{\}[^(){};]*)*)\)", text):
        if all(" = " in parameter for parameter in taken.split(",")) and made not in INNER:
            expect(re.search(rf"explicit {made}\((?:std::initializer_list<)?EmptyBraces", text),
                   f"{path}: {made} cannot be made of empty braces")

    seen = re.sub(r"(?s)namespace (?:reel::)?detail \{.*?\}  // namespace (?:reel::)?detail"
                  r"|\n private:.*?\n\};", "", text)
    for name in re.findall(r"^ *enum (?:class )?(\w+)", seen, re.M):
        if name not in INNER:
            expect(re.search(rf"\bname_of\((?:\w+::)?{name} ", text),
                   f"{path}: {name} has no name_of and so does not print")

    printed = set(re.findall(r"operator<<\(std::\w+(?:<[^>]*>)?& out,\s*(?:const )?(\w+)", text))
    with_text = {declared.owner for declared, head in heads
                 if declared.name == "str" and declared.owner}
    formatted = set(re.findall(r"fmt::formatter<reel::(\w+)>", text))
    for name in (printed | with_text | formatted) - {"E"}:  # E: any enum, by a template
        expect(name in printed or "operator bool()" in text,
               f"{path}: {name} does not print to a stream")
        expect(name in formatted, f"{path}: {name} does not print by fmt")

for problem in problems:
    print("FAILED:", problem)
print(f"{passed} passed, {len(problems)} failed")
sys.exit(bool(problems) or passed == 0)
