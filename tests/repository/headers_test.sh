#!/usr/bin/env bash
# Every public header compiles alone and without a warning: headers_test.sh COMPILER... -- HEADER...
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
export -f compile
passed=$(printf '%s\0' "$@" |
  xargs -0 -P "$(nproc)" -I{} bash -c 'compile "$@"' - {} "${compiler[@]}" | wc -l)
echo "$passed passed, $(($# - passed)) failed"
[ "$passed" = $# ] && [ $# -gt 0 ]
