# Reads C++ as text: includes, classes, functions. No compiler, so it takes a second for the tree.
#
# Comments, strings and preprocessor lines are blanked, each character by a space, so that places in
# the rest are places in the file; then braces are matched. What stands between the braces of
# namespaces is a row of declarations, each with a head and perhaps a body. This relies on two
# habits of clang-format (`x{1}` initialises, `f() {` has a body) and on no others.
# Read next: import_graph.py, figures.py.

import collections
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["core", "layers", "optim", "examples", "tests"]

# `name` is that of a class, or of a function as it is written (`Tape::gradient`); "" for anything
# else. `types` are the names with a capital in its head, which tell overloads apart. `begin`,
# `body` (the brace; None without one) and `end` are places in the text. `owner` is the class around
# it; what is `local` is seen in its own file only.
Declaration = collections.namedtuple("Declaration", "kind name types begin body end owner local")

NOT_CODE = re.compile(r'//.*|(?s:/\*.*?\*/|R"(\w*)\(.*?\)\1")|"(?:\\.|[^"\\\n])*"'
                      r"|(?<!\w)'(?:\\.|[^'\\\n])+'|^#(?:.*\\\n)*.*", re.M)
TEMPLATE = re.compile(r"^(?:public:|private:|protected:|template\s*<(?:[^<>]|<[^<>]*>)*>|\s+)*")
CLASS = re.compile(r"(?:class|struct|union)\s+([\w:]+)[^@]*$", re.S)
OPERATOR = r"operator\s*(?:@|[^\s\w@]+|[\w:<>& ]+)"
FUNCTION = re.compile(rf"((?:\w+(?:<[^@=]*>)?::)*(?:{OPERATOR}|~?\w+))@")  # @ stands for (...)
NO_NAME = {"alignas", "decltype", "explicit", "noexcept", "requires", "__attribute__"}


def exists(path):
    return (ROOT / path).exists()


def paths(endings, folders=FOLDERS):
    """Names of the files with such endings, sorted."""
    found = {path for folder in folders for path in (ROOT / folder).rglob("*")
             if path.suffix in endings and path.is_file()}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


@functools.cache
def text_of(path):
    return (ROOT / path).read_text()


@functools.cache
def lines_of(path):
    return text_of(path).splitlines()


@functools.cache
def includes(path):
    """(number of the line, name of the file) of each include of a file of this tree."""
    found = [(number, re.match(r"#include <reel/(.+)>", line))
             for number, line in enumerate(lines_of(path), 1) if line.startswith("#include")]
    return [(number, match[1]) for number, match in found if match and exists(match[1])]


def kind_and_name(head):
    """Of a declaration, from its text without its body."""
    head = TEMPLATE.sub("", re.sub(r"\[\[.*?\]\]", "", head))
    while (flat := re.sub(r"\([^()]*\)", "@", head)) != head:
        head = flat
    if match := CLASS.match(head):
        return "class", match[1]
    before, *_ = re.split(r"(?<!operator)=", head)
    for match in FUNCTION.finditer(before):
        if match[1] not in NO_NAME:
            return "function", match[1].replace("@", "()")
    return "other", ""


@functools.cache
def declarations(path):
    """Classes with their members, functions and the rest, outside of functions."""
    code = NOT_CODE.sub(lambda match: re.sub(r"\S", " ", match[0]), text_of(path))
    partner, opened, found = {}, [], []
    for match in re.finditer(r"[\[\](){}]", code):
        if match[0] in "([{":
            opened.append(match.start())
        elif opened:
            partner[opened.pop()] = match.start()

    def read(place, last, owner, local):
        begin, body = place, None
        while match := re.compile(r"[({;\[]").search(code, place, last):
            place = match.start()
            end = partner.get(place, place)
            head = code[begin:body or place]
            kind, name = kind_and_name(head) if match[0] in "{;" else ("", "")
            if match[0] == "{" and re.match(r"\s*((inline )?namespace\b|extern\s*$)", head):
                read(place + 1, end, owner, local or head.strip() == "namespace")
                begin = end + 1
            elif match[0] == "{" and kind == "class":
                body = place
                read(place + 1, end, name, local)
            elif match[0] == "{" and kind == "function" and code[place - 1] == " ":
                body = place
            if match[0] == ";" or body and kind == "function":
                begin += len(head) - len(head.lstrip())
                local_too = local or head.lstrip().startswith("static ")
                types = tuple(re.findall(r"\b[A-Z]\w*", re.sub(r"=[^,)]*", "", head)))
                found.append(Declaration(kind, name, types, begin, body, end, owner, local_too))
                begin, body = end + 1, None
            place = end + 1

    read(0, len(code), "", False)
    return found
