#!/usr/bin/env bash
# reel as a part of a program that runs already, and at the end of any program:
#   loading_test.sh PLUGIN_LOADER PLUGIN LIBREEL EARLY_FORK
# Ends with a line `N passed, N failed`; what this machine cannot show says why and counts as
# neither.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../../result.sh"
loader=$1 plugin=$2 library=$3 early_fork=$4

result "a plugin that uses reel is loaded, trains, and goes" "$loader" "$plugin"
tls=$("$loader" "$plugin" | sed -n 's/^tls=//p')
small() { [ -n "$tls" ] && [ "$tls" -lt 256 ]; }
result "the library has less than 256 bytes of thread-local memory; it has $tls" small

tight() { GLIBC_TUNABLES=glibc.rtld.optional_static_tls=64 "$@"; }
result "it is loaded where others have taken nearly all of that" tight "$loader" "$plugin"

if command -v python3 >/dev/null; then
  train_in_python() {
    python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(sys.argv[1]).plugin_train())' "$1"
  }
  load_in_python() { python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1"; }
  result "Python loads a plugin that uses reel and trains by it" train_in_python "$plugin"
  result "Python loads the library itself" load_in_python "$library"
else
  echo "NOT CHECKED: python3 is missing, so nothing was loaded by ctypes"
fi

# Threads may work while a program ends, so nothing of the library's is destroyed then.
leaves_all() { ! nm -D --undefined-only "$library" | grep -w __cxa_atexit; }
result "the library asks for nothing to be destroyed at the end" leaves_all

# At run time a static OpenBLAS would not be found, and its threads would work beside reel's.
links_controls() { nm -D --undefined-only "$library" | grep -qw openblas_set_num_threads; }
result "the setting of OpenBLAS's threads is found when it is linked" links_controls

fork_early() { for _ in $(seq 20); do "$early_fork" 2>/dev/null || return 1; done; }
result "a child of fork computes although a thread began to use the library then" fork_early

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
