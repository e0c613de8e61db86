#!/usr/bin/env bash
# Builds reel and runs its tests; the last line says how many passed and failed.
#
#   bash tests/run.sh [--sanitize] [--clang] [--long] [--werror]
#
#   --sanitize  AddressSanitizer and UndefinedBehaviorSanitizer, without the long trainings; with
#               --long also whether every pointer is aligned and none is null
#   --clang     clang++ instead of g++
#   --long      also what takes minutes: full trainings, a subproject built from nothing, sweeps
#               over ten times as many configurations (REEL_LONG=1), the benchmark's rows and
#               messages, kernels and containers under valgrind where that is installed, the tests
#               of threads under ThreadSanitizer, ten seconds of each fuzzer where there is clang
#   --werror    compiler warnings are errors
#
# Each flavour has a build folder of its own (build, build-clang, build-sanitize, build-thread,
# build-clang-sanitize, build-clang-thread, build-fuzz). Exit status: 0 all passed, 1 something
# failed, 2 usage or missing packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8
. tests/packages.sh

folder=build
setup=plain
packages="$build_packages$test_packages"
options=(-Dtests=enabled -Dexamples=enabled)
werror=false
sanitize=no
clang=no
for flag; do
  case $flag in
    --sanitize) sanitize=yes ;;
    --clang) clang=yes ;;
    --long) setup=long ;;
    --werror) werror=true ;;
    --help) sed -n '2,/^set/{/^#/s/^# \?//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) echo "tests/run.sh: unknown flag $flag; --help lists them" >&2; exit 2 ;;
  esac
done
options+=(-Dwerror=$werror)  # each time: a build folder remembers its options
if [ $clang = yes ]; then
  export CXX=clang++
  folder+=-clang
  packages+=$clang_packages
fi
if [ $sanitize = yes ]; then
  folder+=-sanitize
  options+=(-Db_sanitize=address,undefined -Db_lundef=false -Db_ndebug=false)
  options+=(-Doptimization=1 -Ddefault_library=shared)
  compiler_args=-g1  # lines for the reports; everything else would double the time of the build
  # Whether each access is through a pointer that is null or lies badly is asked in kernels, whose
  # flags bring it back, and in long runs: it takes two fifths of the compiler's time, and
  # AddressSanitizer ends a program that uses a null pointer, too.
  [ $setup = long ] || compiler_args+=" -fno-sanitize=null,alignment"
  setup=sanitize
  if [ $clang = yes ]; then
    packages+=$clang_sanitizer_packages
  else
    # GCC warns of values that are set when its own checks stand between; the plain build looks.
    compiler_args+=" -Wno-maybe-uninitialized"
  fi
  options+=(-Ddebug=false "-Dcpp_args=$compiler_args")
else
  options+=(--buildtype=release)
  [ $setup != long ] || options+=(-Dbenchmarks=enabled)
fi
need_packages "$packages"

if [ -f "$folder/build.ninja" ]; then
  # What was looked for in vain before a package came must be looked for again.
  meson configure --clearcache "$folder" "${options[@]}"
else
  meson setup "$folder" "${options[@]}"
fi
ninja -C "$folder"

timeouts=1
if [ $sanitize = yes ]; then
  export REEL_SKIP_TRAINING=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  timeouts=4
  # LeakSanitizer stops the world by ptrace, which some containers forbid.
  probe=$(mktemp)
  echo 'int main() {}' | ${CXX:-g++} -fsanitize=address -o "$probe" -x c++ -
  if ! "$probe" 2>/dev/null; then
    echo "this machine does not let LeakSanitizer run: leaks are not looked for"
    export ASAN_OPTIONS=detect_leaks=0
  fi
  rm -f "$probe"
fi

log=$folder/meson-logs/testlog-$setup.txt
status=0
meson test -C "$folder" --no-rebuild --setup $setup --timeout-multiplier $timeouts \
  --print-errorlogs || status=$?
logs=("$log")

# The tests of threads once more, with every access to memory watched.
if [ $setup = long ] && [ $sanitize = no ]; then
  folder+=-thread
  thread_options=("${options[@]}" -Dexamples=disabled -Dbenchmarks=disabled -Db_sanitize=thread
    -Db_lundef=false -Ddebug=false -Dcpp_args=-g1 -Doptimization=1 -Ddefault_library=shared)
  if [ -f "$folder/build.ninja" ]; then
    meson configure "$folder" "${thread_options[@]}"
  else
    meson setup "$folder" "${thread_options[@]}"
  fi
  ninja -C "$folder" tests/thread_tests
  # On some kernels the sanitizer's own memory collides with randomised addresses.
  fixed_addresses=(setarch --addr-no-randomize)
  "${fixed_addresses[@]}" true 2>/dev/null || fixed_addresses=()
  "${fixed_addresses[@]}" meson test -C "$folder" --no-rebuild --setup threads --suite threads \
    --print-errorlogs || status=$?
  logs+=("$folder/meson-logs/testlog-threads.txt")
fi

# Readers of files, with a clang build of their own.
if [ $setup = long ] && [ $sanitize = no ] && command -v clang++ >/dev/null; then
  fuzz_options=("${options[@]}" -Dexamples=disabled -Dbenchmarks=disabled -Dfuzzers=true
    -Ddebug=false -Doptimization=1 -Ddefault_library=shared)
  if [ -f build-fuzz/build.ninja ]; then
    meson configure build-fuzz "${fuzz_options[@]}"
  else
    CXX=clang++ meson setup build-fuzz "${fuzz_options[@]}"
  fi
  ninja -C build-fuzz fuzzers
  meson test -C build-fuzz --no-rebuild --setup fuzz --suite fuzz --print-errorlogs || status=$?
  logs+=(build-fuzz/meson-logs/testlog-fuzz.txt)
fi

cat "${logs[@]}" >"$folder/testlogs.txt"
bash tests/count.sh "$folder/testlogs.txt" || status=1
exit $((status != 0))
