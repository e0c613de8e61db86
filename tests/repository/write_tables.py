#!/usr/bin/env python3
# Which test proves what: the tables of tests/README.md and tests/contract/README.md, written from
# the tests themselves.
#
#   tests/repository/write_tables.py           writes the last column of each table again
#   tests/repository/write_tables.py --check   tells whether that would change anything; a test
#
# A test says in a comment right above it what it proves: `// Proves: 1.4 no bias; testNoBias`,
# further lines indented. So a name stands once and renaming a test is one edit; the price is that
# a person who changed a test must run this script. What a row says is written by hand, as is what
# stands in the last column after the tests: `; and why the rest is left out`. A row needs either.
#
# A row of the contract goes by the number of its section and its first column: `1.4 no bias`, or
# `1.1.2 kernel_size` where the column begins with a number itself. A test of upstream's goes by its
# name as far as the first comma; if two files of upstream's have it, by `base_test.testCall`.
# Read next: figures.py.

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ["tests/README.md", "tests/contract/README.md"]
COUNT = object()  # stands for the lines of the table that counts rows
problems = []


class Row:
    """One line of a table: cells as written, the names that tests may call it by, its tests."""

    def __init__(self, place, section, cells):
        self.place, self.section, self.cells, self.tests = place, section, cells, []
        self.note = re.sub(r"^(`[^`]*`(, )?)+(; )?", "", cells[-1])

    def names(self):
        first = self.cells[0].replace("`", "")
        number = re.match(r"[\d.]+", self.section)
        if number:
            if re.match(r"\d+\.\d", first):
                return [first]
            return [number[0] + ("." if first[0].isdigit() else " ") + first]
        names = [first, re.split("[,;]", first)[0]]
        module = re.search(r"\((\w+)\.py", self.section)
        return names + [f"{module[1]}.{name}" for name in names if module]

    def text(self):
        tests = ", ".join(f"`{name}`" for name in self.tests)
        last = "; ".join(part for part in (tests, self.note) if part)
        return "| " + " | ".join([*self.cells[:-1], last]) + " |"


def read_tables(file):
    """The lines of a file, those of its tables (not their headings) as Rows or as COUNT."""
    section, heading, lines, in_table = "", "", [], 0
    for number, line in enumerate((ROOT / file).read_text().splitlines(), 1):
        in_table = in_table + 1 if line.startswith("|") else 0
        if line.startswith("#"):
            section = line.lstrip("# ")
        if in_table == 1:
            heading = line
        if in_table > 2 and section == "Count":
            if in_table == 3:
                lines.append(COUNT)
        elif in_table > 2 and heading.endswith(("| test |", "| ours |")):
            cells = [cell.strip() for cell in line.split("|")[1:-1]]
            lines.append(Row(f"{file}:{number}", section, cells))
        else:
            lines.append(line)
    return lines


def read_tests():
    """(place, name of the test, what it proves) of every test, in the order of files and lines."""
    found = set()
    for path in sorted(set(ROOT.glob("tests/**/*.cpp")) - set(ROOT.glob("tests/consumer/*"))):
        text, place = path.read_text(), path.relative_to(ROOT).as_posix()
        comments = text.count("\n// Proves:")
        for match in re.finditer(r'((?:^//.*\n)*)^TEST_CASE\(\s*((?:"[^"\n]*"\s*)+)', text, re.M):
            name = "".join(re.findall('"([^"]*)"', match[2]))
            if name in found:
                problems.append(f"{place}: there are two tests `{name}`")
            found.add(name)
            _, _, proven = match[1].partition("// Proves:")
            references = re.sub(r"\s*\n//\s*", " ", proven.strip()).split(";") if proven else []
            comments -= bool(proven)
            yield place, name, [reference.strip() for reference in references]
        if comments:
            problems.append(f"{place}: a comment `// Proves:` stands above no TEST_CASE")


def count(rows):
    """The table that counts the contract's rows, a line for each chapter."""
    chapters = collections.defaultdict(list)
    for row in rows:
        chapters[re.match(r"\d+", row.section)[0]].append(row)
    chapters["all"] = rows
    return "\n".join(f"| {chapter} | {len(some)} | {sum(bool(row.tests) for row in some)} |"
                     for chapter, some in chapters.items())


def written(lines):
    """A file's text with the tests that were found."""
    rows = [line for line in lines if isinstance(line, Row)]
    texts = [line.text() if isinstance(line, Row) else count(rows) if line is COUNT else line
             for line in lines]
    return "\n".join(texts) + "\n"


def main():
    tables = {file: read_tables(file) for file in TABLES}
    rows = [line for lines in tables.values() for line in lines if isinstance(line, Row)]
    named = collections.defaultdict(set)
    for row in rows:
        for name in row.names():
            named[name].add(row)
    for place, test, references in read_tests():
        for reference in references:
            if len(named[reference]) == 1:
                next(iter(named[reference])).tests.append(test)
            else:
                problems.append(f"{place}: `{test}` proves \"{reference}\", which is the name of "
                                f"{len(named[reference])} rows")
    for row in rows:
        if not row.tests and not row.note:
            problems.append(f"{row.place}: \"{row.names()[0]}\" has neither a test nor a reason")
    for file, lines in tables.items():
        text = written(lines)
        if text != (ROOT / file).read_text():
            if "--check" in sys.argv:
                problems.append(f"{file} is stale: tests/repository/write_tables.py writes it")
            else:
                (ROOT / file).write_text(text)
                print(f"{file} written")
    for problem in problems:
        print("FAILED:", problem)
    proven = sum(len(row.tests) for row in rows)
    print(f"{len(rows)} rows, {sum(bool(row.tests) for row in rows)} name a test")
    print(f"{proven} passed, {len(problems)} failed")
    sys.exit(bool(problems))


main()
