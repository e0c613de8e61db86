#!/usr/bin/env bash
# Another project builds against reel: consumer_test.sh SOURCE_FOLDER BUILD_FOLDER [long]
#
# reel is installed into a temporary folder; a program is built against that by pkg-config, against
# the shared and the static library, and by Meson; then in a project that has reel as a subproject.
# There only the program itself is compiled; with `long` all of reel is, and the program is run.
# Ends with a line `N passed, N failed`.
set -u
source_folder=$1 build_folder=$2 long=${3:-}
compiler=${CXX:-g++}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

check() {  # check "sentence" COMMAND...
  local sentence=$1
  shift
  if "$@" >"$folder/log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$sentence"
    tail -n 40 "$folder/log"
  fi
}

cp "$source_folder"/tests/consumer/* "$folder"
check "reel installs" \
  meson install -C "$build_folder" --no-rebuild --quiet --destdir "$folder/installed"
pc=$(find "$folder/installed" -name reel.pc)
export PKG_CONFIG_PATH=${pc%/*}
lib=${pc%/pkgconfig/*}
cd "$folder" || exit 1

# shellcheck disable=SC2046  # words are what pkg-config prints
build_shared() { $compiler -std=c++20 consumer.cpp $(pkg-config --cflags --libs reel) -o shared; }
build_static() {
  local libraries
  libraries=$(pkg-config --static --libs reel)
  libraries=${libraries//-lgfortran/}  # OpenBLAS is linked shared and brings its own
  $compiler -std=c++20 consumer.cpp $(pkg-config --cflags reel) "$lib/libreel.a" \
    ${libraries/-lreel/} -o static
}
check "a program builds against the shared library by pkg-config" build_shared
check "that program runs" env LD_LIBRARY_PATH="$lib" ./shared
check "a program builds against the static library by pkg-config" build_static
check "that program runs without the shared library" ./static

check "a Meson project finds the installed reel" meson setup with-meson .
check "it compiles" ninja -C with-meson
check "it runs" env LD_LIBRARY_PATH="$lib" with-meson/consumer

unset PKG_CONFIG_PATH
mkdir subprojects
ln -s "$(realpath "$source_folder")" subprojects/reel
check "a Meson project takes reel as a subproject" \
  meson setup as-subproject . --force-fallback-for=reel
check "its program compiles with the headers of the subproject" \
  ninja -C as-subproject consumer.p/consumer.cpp.o
if [ -n "$long" ]; then
  check "the subproject compiles" ninja -C as-subproject
  check "its program runs" as-subproject/consumer
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
