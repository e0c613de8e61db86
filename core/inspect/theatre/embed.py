#!/usr/bin/env python3
# Tape Theatre as one page, and that page as a C++ source: no Node, no package, the same each time.
#
#   embed.py --cpp OUT.cpp FILES...             the page with a hole for the trace, as C++ literals
#   embed.py --page OUT.html --trace A.json [--trace B.json] [--plain] FILES...
#
# FILES are page.html, page.css and the modules, in any order. The modules are joined in the order
# of their imports; two top-level names that collide are refused, as is a cycle. Comments and space
# that means nothing go; names stay, so that an error in the page can be read. The script is then
# packed (zlib, base64), which the page unpacks by itself; --plain leaves it as it is.
#
# The C++ source defines, in reel::detail, two lists of literals below 64 kB each:
#   std::span<const std::string_view> theatre_before();   up to the place of the trace
#   std::span<const std::string_view> theatre_after();    from there on
# Between them go <script type="application/json" id="trace">, the trace with each < written as
# \u003c, and </script>; a second trace after it has id="trace2".
# Read before: page.html. Read next: numbers.js.

import argparse
import base64
import os
import re
import zlib

PLACE = "<!--TRACES-->"
LITERAL = 15000  # characters: below 64 kB in any encoding
WORD = re.compile(r"[\w$#@\u0080-\uffff]")
TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<space>\s+)
  | (?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
  | (?P<word>[\w$]+(?:\.\d+)?)
  | (?P<other>.)""", re.X | re.S)
REGEX = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
# After these words and signs a slash begins a regular expression; after others it divides.
BEFORE_REGEX = set("(,=:[!&|?{};+-*%<>~^") | {"return", "typeof", "of", "in", "case"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def template_end(text, at):
    """The position after the template literal that begins at `at`."""
    at += 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at = code_end(text, at + 2)
        else:
            at += 1
    return at + 1


def code_end(text, at):
    """The position after the brace that closes ${ in a template."""
    depth = 1
    while depth:
        if text[at] == "`":
            at = template_end(text, at)
            continue
        string = re.compile(r"'(?:\\.|[^'\\\n])*'|/\[[^\n]*?\]/g").match(text, at)
        if string:
            at = string.end()
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def tokens(text):
    """(kind, text) of JavaScript, comments left out."""
    at, last = 0, "("
    while at < len(text):
        if text[at] == "`":
            end = template_end(text, at)
            yield "string", text[at:end]
            at, last = end, "`"
            continue
        regex = REGEX.match(text, at) if text[at] == "/" and last in BEFORE_REGEX else None
        match = regex or TOKEN.match(text, at)
        kind = "string" if regex else match.lastgroup
        if kind != "comment":
            yield kind, match[0]
        if kind not in ("comment", "space"):
            last = match[0]
        at = match.end()


def squeezed(text):
    """JavaScript without comments and without space that means nothing; lines that end a
    statement stay lines."""
    out, gap = [], ""
    for kind, token in tokens(text):
        if kind == "space":
            gap = "\n" if "\n" in token or gap == "\n" else " "
            continue
        before = out[-1][-1] if out else ""
        if gap and before:
            if WORD.match(before) and WORD.match(token[0]):
                out.append(gap)
            elif gap == "\n" and before in ";})]'`\"" and token[0] not in ")]}.,?:&|=+-*":
                out.append("\n")
            elif before in "+-" and token[0] == before:
                out.append(" ")
        gap = ""
        out.append(token)
    return "".join(out)


def imports_of(text):
    return re.findall(r"^import\b[^;]*?'\./([\w.]+)';", text, re.M | re.S)


def in_order(modules):
    """The names of the modules, what is imported first."""
    done, open_ = [], []

    def visit(name):
        if name in done:
            return
        if name in open_:
            raise SystemExit(f"embed.py: modules import each other: {' > '.join(open_ + [name])}")
        if name not in modules:
            raise SystemExit(f"embed.py: {open_[-1]} imports {name}, which was not given")
        open_.append(name)
        for other in imports_of(modules[name]):
            visit(other)
        open_.pop()
        done.append(name)

    for name in sorted(modules):
        visit(name)
    return done


def joined(modules):
    owner, parts = {}, []
    for name in in_order(modules):
        text = modules[name]
        for match in re.finditer(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) "
                                 r"(?:(\w+)|\{([^}]*)\})", text, re.M):
            for top in [match[1]] if match[1] else re.findall(r"\w+", match[2]):
                if top in owner:
                    raise SystemExit(f"embed.py: {owner[top]} and {name} both define {top}")
                owner[top] = name
        text = re.sub(r"^import\b[^;]*;\n", "", text, flags=re.M)
        parts.append(squeezed(re.sub(r"^export ", "", text, flags=re.M)))
    return "'use strict';\n" + "\n".join(parts)


def squeezed_css(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}").replace(": ", ":").strip()


def page(files, plain=False):
    """The page in two parts: before and after the traces."""
    given = {os.path.basename(path): read(path) for path in files}
    modules = {name: text for name, text in given.items() if name.endswith(".js")}
    script = joined(modules)
    if "</script" in script or "<!--" in script:
        raise SystemExit("embed.py: the script would end itself")
    text = re.sub(r"\n\s*", "\n", given["page.html"])
    text = text.replace("/*CSS*/", squeezed_css(given["page.css"]))
    before, after = text.split(PLACE)
    script = "(() => {\n" + script + "\n})();"
    if plain:
        return before, re.sub(r"<script>.*</script>", lambda _: f"<script>{script}</script>", after,
                              flags=re.S)
    packed = base64.b64encode(zlib.compress(script.encode(), 9)).decode()
    return before, after.replace("/*JS*/", packed)


def literals(text):
    pieces = [text[at:at + LITERAL] for at in range(0, len(text), LITERAL)]
    assert not any(')theatre"' in piece for piece in pieces)
    return ",\n".join(f'R"theatre({piece})theatre"' for piece in pieces)


def as_cpp(before, after):
    return f"""// Tape Theatre's page, made by core/inspect/theatre/embed.py.
#include <span>
#include <string_view>

namespace reel::detail {{
namespace {{
constexpr std::string_view before[] = {{
{literals(before)}}};
constexpr std::string_view after[] = {{
{literals(after)}}};
}}  // namespace

std::span<const std::string_view> theatre_before();
std::span<const std::string_view> theatre_after();
std::span<const std::string_view> theatre_before() {{ return before; }}
std::span<const std::string_view> theatre_after() {{ return after; }}
}}  // namespace reel::detail
"""


def with_traces(before, after, traces):
    scripts = [f'<script type="application/json" id="trace{k + 1 if k else ""}">'
               + text.replace("<", "\\u003c") + "</script>\n" for k, text in enumerate(traces)]
    return before + "".join(scripts) + after


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cpp")
    parser.add_argument("--page")
    parser.add_argument("--trace", action="append", default=[])
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    before, after = page(options.files, options.plain)
    for path, text in ((options.cpp, lambda: as_cpp(before, after)),
                       (options.page, lambda: with_traces(before, after,
                                                          [read(t) for t in options.trace]))):
        if path:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(text())


if __name__ == "__main__":
    main()
