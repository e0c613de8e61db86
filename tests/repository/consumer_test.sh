#!/usr/bin/env bash
# Another project builds against reel: consumer_test.sh SOURCE_FOLDER BUILD_FOLDER [long]
#
# reel is installed into a temporary folder; programs are built against that by pkg-config, against
# the shared and the static library, where nothing but reel and fmt can be found; by CMake, and
# again after the folder has moved; and by Meson; then in a project that has reel as a subproject.
# There only the program itself is compiled; with `long` all of reel is, and the program is run, as
# are tests of gradients in doctest, Catch2 and GoogleTest. Ends with a line `N passed, N failed`.
# shellcheck disable=SC2046  # words are what pkg-config prints
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
fails() { ! "$@"; }

cp "$source_folder"/tests/consumer/* "$folder"
check "reel installs" \
  meson install -C "$build_folder" --no-rebuild --quiet --destdir "$folder/installed"
pc=$(find "$folder/installed" -name reel.pc)
lib=${pc%/pkgconfig/*}
cd "$folder" || exit 1

# --- pkg-config ------------------------------------------------------------------------------

# Of all that is installed here, a user may have fmt and no more.
mkdir only_fmt
ln -s "$(pkg-config --variable=pcfiledir fmt)/fmt.pc" only_fmt
with_fmt() { PKG_CONFIG_LIBDIR=${pc%/*}:$folder/only_fmt "$@"; }
flags() { with_fmt pkg-config --cflags --libs reel; }
defines_nothing() { flags && [[ $(flags) != *-D* ]]; }
check "pkg-config asks for fmt and nothing else, and defines nothing" defines_nothing

build() { $compiler -std=c++20 "$1.cpp" $(flags) "${@:2}" -o "$1"; }  # PROGRAM [LIBRARY]...
build_static() {
  $compiler -std=c++20 consumer.cpp "$lib/libreel.a" \
    $(with_fmt pkg-config --static --cflags --libs reel | sed 's/-lreel//') -o static
}
run() { LD_LIBRARY_PATH=$lib "$@"; }
needs() { readelf -d "$1" | grep -F "Shared library: [$2]"; }
check "a program builds against the shared library by pkg-config" build consumer
check "that program runs" run ./consumer
check "it asks for a library of this series, not for any" needs consumer libreel.so.0.1
if [ -e "$lib/libreel.a" ]; then
  check "a program builds against the static library by pkg-config" build_static
  check "that program runs without the shared library" ./static
else
  echo "skipped: the static library, which this build has not"
fi

# --- CMake and Meson -------------------------------------------------------------------------

with_cmake() {  # FOLDER OF THE INSTALLED TREE; C++20 is nowhere asked for
  local prefix=${lib#"$folder/installed"}
  rm -rf with-cmake
  CXX=$compiler cmake -S . -B with-cmake -DCMAKE_PREFIX_PATH="$folder/$1${prefix%%/lib*}" &&
    cmake --build with-cmake && with-cmake/consumer
}
another_version() { sed -i 's/reel 0.1/reel 0.2/' CMakeLists.txt && with_cmake moved; }
if command -v cmake >/dev/null; then
  check "a CMake project finds the installed reel, compiles and runs" with_cmake installed
  cp -r installed moved
  mv installed elsewhere
  check "it does where the tree has moved to" with_cmake moved
  mv elsewhere installed
  check "it does not take this series for another" fails another_version
else
  echo "skipped: CMake, which is not here"
fi

check "a Meson project finds the installed reel" \
  env PKG_CONFIG_PATH="${pc%/*}" meson setup with-meson .
check "it compiles" ninja -C with-meson
check "it runs" run with-meson/consumer

mkdir subprojects
ln -s "$(realpath "$source_folder")" subprojects/reel
check "a Meson project takes reel as a subproject" \
  meson setup as-subproject . --force-fallback-for=reel
check "its program compiles with the headers of the subproject" \
  ninja -C as-subproject consumer.p/consumer.cpp.o

# --- what takes long -------------------------------------------------------------------------

framework() {  # NAME HEADER [LIBRARY]...
  if ! echo "#include <$2>" | $compiler -std=c++20 -E -x c++ - >/dev/null 2>&1; then
    echo "skipped: $1, which is not here"
    return
  fi
  check "a gradient is tested with $1" build "with_${1,,}" "${@:3}"
  check "that test passes" run "./with_${1,,}"
  sed -i 's/x \* x/x * reel::Tensor(x.to_vector(), x.shape())/' "with_${1,,}.cpp"
  check "a wrong gradient is tested with $1" build "with_${1,,}" "${@:3}"
  says_what() { run "./with_${1,,}" | grep 'ratio 0.5'; }
  check "that test fails and says what is wrong" says_what "$1"
}
if [ -n "$long" ]; then
  check "the subproject compiles" ninja -C as-subproject
  check "its program runs" as-subproject/consumer
  framework doctest doctest/doctest.h
  if pkg-config --exists catch2-with-main; then  # the third version is a library
    framework Catch2 catch2/catch_test_macros.hpp $(pkg-config --cflags --libs catch2-with-main)
  else
    framework Catch2 catch2/catch.hpp
  fi
  framework GoogleTest gtest/gtest.h -lgtest_main -lgtest
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
