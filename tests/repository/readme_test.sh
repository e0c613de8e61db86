#!/usr/bin/env bash
# The README's code is from compiled files: readme_test.sh SOURCE_FOLDER
# Ends with a line `N passed, N failed`.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../result.sh"
cd "$1" || exit 1

# The n-th block of code.
code() {
  awk -v n="$1" '/^```cpp$/ { ++i; inside = 1; next }
    /^```$/ { inside = 0 }
    inside && i == n' README.md
}
same_code() { [ "$(code 1)" = "$(sed -n '/^#include/,$p' examples/readme.cpp)" ]; }
result "the first code in README.md is examples/readme.cpp" same_code
same_loop() { [ -n "$(code 2)" ] && [[ $(cat optim/run/fit.cpp) == *"$(code 2)"* ]]; }
result "the second is the loop of optim/run/fit.cpp" same_loop
same_op() { [ -n "$(code 3)" ] && [[ $(cat examples/3_own_op.cpp) == *"$(code 3)"* ]]; }
result "the third is a part of examples/3_own_op.cpp" same_op
same_trace() { [ -n "$(code 4)" ] && [[ $(cat examples/14_theatre.cpp) == *"$(code 4)"* ]]; }
result "the fourth is a part of examples/14_theatre.cpp" same_trace
same_check() {
  [ -n "$(code 5)" ] && [[ $(cat tests/consumer/with_doctest.cpp) == *"$(code 5)" ]] &&
    [[ $(cat tests/consumer/with_catch2.cpp) == *"$(code 5)" ]] &&
    [[ $(cat tests/consumer/with_googletest.cpp) == *"EXPECT_TRUE(report) << report;"* ]]
}
result "the fifth is the test of tests/consumer/, in doctest and in Catch2" same_check
same_tuning() {
  [ -n "$(code 6)" ] && [[ $(cat tests/examples/fine_tuning_test.cpp) == *"$(code 6)"* ]]
}
result "the sixth is a part of tests/examples/fine_tuning_test.cpp" same_tuning
no_more_code() { [ -z "$(code 7)" ]; }
result "there is no code that is not compiled" no_more_code

# A path in backquotes that has a slash names a file or folder of the project.
paths_exist() {
  local path missing=0
  for path in $(grep -oE '`[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]*`' README.md | tr -d '`' | sort -u); do
    case $path in build*/*) continue ;; esac
    [ -e "$path" ] || { echo "README.md names $path"; missing=1; }
  done
  return $missing
}
result "every path that README.md names is there" paths_exist

echo "$passed passed, $failed failed"
[ $failed = 0 ]
