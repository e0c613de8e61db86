#!/usr/bin/env bash
# The README's code is a compiled file: readme_test.sh SOURCE_FOLDER
# Ends with a line `N passed, N failed`.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../result.sh"
cd "$1" || exit 1

code() { sed -n '/^```cpp$/,/^```$/{/^```/d;p}' README.md; }
same_code() { [ "$(code)" = "$(sed -n '/^#include/,$p' examples/readme.cpp)" ]; }
result "the code in README.md is examples/readme.cpp" same_code

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
