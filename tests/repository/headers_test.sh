#!/usr/bin/env bash
# Every public header compiles alone and without a warning, and says in one line that it needs C++20
# where that was not asked for: headers_test.sh COMPILER... -- HEADER...
# The headers are named as a user includes them. Ends with a line `N passed, N failed`.
set -u
compiler=()
while [ "$1" != -- ]; do
  compiler+=("$1")
  shift
done
shift

compile() {  # HEADER; prints its name when it compiles
  local header=$1
  shift
  echo "#include <$header>" | "$@" -fsyntax-only -x c++ - && echo "$header"
}
refuse() {  # HEADER; prints its name when an older language gets one error, which says what to do
  local header=$1 errors
  shift
  errors=$(echo "#include <$header>" | "${@/%-std=c++20/-std=c++17}" -fsyntax-only -x c++ - 2>&1 |
    grep 'error:')
  [[ $errors == *"#error reel needs C++20; compile with -std=c++20"* && $errors != *$'\n'* ]] &&
    echo "$header" || echo "$header, with C++17: $errors" >&2
}
export -f compile refuse
passed=0
for judge in compile refuse; do
  passed=$((passed + $(printf '%s\0' "$@" |
    xargs -0 -P "$(nproc)" -I{} bash -c "$judge"' "$@"' - {} "${compiler[@]}" | wc -l)))
done
echo "$passed passed, $((2 * $# - passed)) failed"
[ "$passed" = $((2 * $#)) ] && [ $# -gt 0 ]
