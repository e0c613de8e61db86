#!/usr/bin/env bash
# Every test that the tables name exists: tables_test.sh SOURCE_FOLDER REEL_TESTS
#
# The tables are those of tests/README.md and tests/contract/README.md. What stands in backquotes in
# the last column of a row is the whole name of a test. Prints the rows of each section and how many
# name a test; ends with a line `N passed, N failed`, which counts names.
set -u
reel_tests=$(realpath "$2")
cd "$1" || exit 1
known=$(mktemp)
trap 'rm -f "$known"' EXIT
"$reel_tests" --list-test-cases --no-intro=true --no-version=true >"$known" || exit 1

awk -v known="$known" '
  BEGIN { while ((getline name < known) > 0) exists[name] = 1 }
  function tell() {
    if (rows) printf "%4d rows, %4d name a test  %s: %s\n", rows, naming, file, section
    rows = naming = 0
  }
  FNR == 1 { tell(); file = FILENAME; in_table = 0 }
  /^#/ { tell(); sub(/^#+ */, ""); section = $0 }
  !/^\|/ { in_table = 0; next }
  ++in_table <= 2 { next }  # the heading and the line below it
  {
    ++rows; ++all_rows
    count = split($0, cells, "|")
    parts = split(cells[count - 1], text, "`")
    if (parts > 1) { ++naming; ++all_naming }
    if (parts % 2 == 0) { printf "FAILED: %s:%d: a backquote is open\n", FILENAME, FNR; ++failed }
    for (i = 2; i <= parts; i += 2)
      if (text[i] in exists)
        ++passed
      else {
        printf "FAILED: %s:%d: there is no test `%s`\n", FILENAME, FNR, text[i]
        ++failed
      }
  }
  END {
    tell()
    printf "%d rows, %d name a test\n", all_rows, all_naming
    printf "%d passed, %d failed\n", passed, failed
    exit failed > 0
  }
' tests/README.md tests/contract/README.md
