#!/usr/bin/env bash
# Adds up what a log of `meson test` says: one line a test program, then `N passed, N failed`.
#
#   bash tests/count.sh build/meson-logs/testlog.txt
#
# A program says how many cases passed and failed by doctest's closing line or by a line
# `N passed, N failed`; one that says nothing counts as one case, or as none if it was skipped (exit
# status 77). A program that fails without having counted a failed case (a crash, a time-out) counts
# as one failed case more.
# Exit status: 1 when something failed or nothing ran.
exec awk '
  function close_program() {
    if (name == "") return
    if (!succeeded && failed == 0) failed = 1
    if (succeeded && !skipped && passed + failed == 0) passed = 1
    printf "%-28s %5d passed, %d failed\n", name, passed, failed
    all_passed += passed
    all_failed += failed
    name = ""
  }
  /^test: / { close_program(); name = $NF; passed = failed = succeeded = 0 }
  /^result: / { skipped = ($0 ~ /exit status 77$/); succeeded = skipped || ($0 ~ /exit status 0$/) }
  /^\[doctest\] test cases: / { gsub(/\|/, " "); passed += $5; failed += $7 }
  /^[0-9]+ passed, [0-9]+ failed/ { passed += $1; failed += $3 }
  /^Ok: / { close_program() }
  END {
    close_program()
    printf "%d passed, %d failed\n", all_passed, all_failed
    exit all_failed > 0 || all_passed == 0
  }' "$1"
