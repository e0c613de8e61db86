#!/usr/bin/env bash
# Lets one fuzzer try to break its loader for a while, from the committed corpus on.
#
#   tests/fuzz/fuzz_test.sh FUZZER CORPUS [SECONDS]     ten seconds if they are not given
#
# What it finds on the way is not kept; what breaks the loader is left as a file `crash-...` in the
# folder where this runs, and the exit status is not 0. Memory is limited to 512 MB, far above what
# any file of the fuzzer's size may take. Read before: fuzz_file.h.
set -euo pipefail
fuzzer=$1
corpus=$2
seconds=${3:-10}

grown=$(mktemp -d)
log=$grown.log
trap 'rm -rf "$grown" "$log"' EXIT
# What leaks is seen at the end: after each input, a search would take most of the time, since the
# library keeps what it freed. gzip may hold 1,032 times its size, so the memory limit bounds the
# length.
if ! TMPDIR=$grown "$fuzzer" "$grown" "$corpus" -max_total_time="$seconds" -rss_limit_mb=512 \
    -timeout=10 -max_len=65536 -detect_leaks=0 -print_final_stats=1 >"$log" 2>&1; then
  tail -n 40 "$log"
  echo "0 passed, 1 failed"
  exit 1
fi
sed -n 's/^stat::number_of_executed_units: */inputs tried: /p' "$log"
echo "1 passed, 0 failed"
