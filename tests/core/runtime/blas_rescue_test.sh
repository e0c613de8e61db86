#!/usr/bin/env bash
# The kernel rescue, seen from outside: blas_rescue_test.sh PATH_OF_BLAS_PROBE
# Ends with a line `N passed, N failed`; status 1 if one failed. A check that this machine cannot
# make says why and counts as neither.
set -u
probe=$1
passed=0 failed=0

check() {  # check "sentence" EXPECTED_LINE OUTPUT
  if grep -qx -- "$2" <<<"$3"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n  wanted the line: %s\n  got:\n%s\n' "$1" "$2" "$3"
  fi
}
field() { sed -n "s/^$1=//p" <<<"$2"; }

unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE REEL_BLAS_RESCUE
plain=$("$probe")
library=$(field library "$plain")
case $library in
  "OpenBLAS 0.3.2"[1-4]*) affected=yes ;;
  *) affected=no ;;
esac
if [ $affected = no ]; then
  echo "the rescue does not concern this library: $library"
elif ! grep -qw avx2 /proc/cpuinfo; then
  echo "the rescue needs a processor with AVX2"
else
  best=Haswell
  if grep -qw avx512dq /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo; then best=SkylakeX; fi
  rescued=$("$probe" Prescott)
  check "a library that chose Prescott by itself gets the right kernels" "core=$best" "$rescued"
  check "the rescue says what it replaced" "rescued_from=Prescott" "$rescued"
  check "the rescue leaves the environment as it was" "environment=unset" "$rescued"
  off=$(REEL_BLAS_RESCUE=0 "$probe" Prescott)
  check "REEL_BLAS_RESCUE=0 switches the rescue off" "core=Prescott" "$off"
  kept=$("$probe" Prescott --keep)
  check "a user's own OPENBLAS_CORETYPE is respected" "core=Prescott" "$kept"
  check "a user's own OPENBLAS_CORETYPE stays set" "environment=set" "$kept"
  foreign=$("$probe" Prescott --foreign 2>&1)
  check "nothing is exchanged while a thread may be inside a product" "core=Prescott" "$foreign"
  said="BLAS: $library uses the kernels of Prescott, several times slower than those of $best"
  said+=", and reel does not exchange them while other threads may be inside a product"
  said+="; set OPENBLAS_CORETYPE=$best, or start these threads after the first product"
  check "a warning then says what to set" "reel: warning: $said" "$foreign"
  pool=$("$probe" Prescott --pool)
  check "reel's own threads are no hindrance" "core=$best" "$pool"
  single=$(OPENBLAS_NUM_THREADS=1 "$probe" Prescott)
  check "a library without threads of its own is rescued" "core=$best" "$single"
  alone=$(OPENBLAS_NUM_THREADS=1 "$probe" Prescott --foreign 2>&1)
  check "a foreign thread is not taken for one of the library's" "core=Prescott" "$alone"
  haswell=$("$probe" Haswell)
  check "kernels that are not Prescott's are left alone" "core=Haswell" "$haswell"
  log=$(REEL_LOG=info "$probe" Prescott 2>&1 >/dev/null)
  chosen="kernels $best instead of Prescott (REEL_BLAS_RESCUE=0 leaves them alone)"
  check "the log says what was chosen" "reel: info: BLAS: $library, $chosen" "$log"
  before=$(field gflops "$off") after=$(field gflops "$rescued")
  echo "sgemm 384, one thread: $before GFLOP/s before the rescue, $after after"
  openmp=/usr/lib/x86_64-linux-gnu/openblas-openmp
  if [ -e $openmp/libopenblas.so.0 ]; then
    omp=$(LD_LIBRARY_PATH=$openmp${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$probe" Prescott)
    check "OpenBLAS over OpenMP is recognised" "library=${library% over OpenMP} over OpenMP" "$omp"
    check "the rescue works with OpenBLAS over OpenMP" "core=$best" "$omp"
  else
    echo "not checked: OpenBLAS over OpenMP is not installed (apt-get install libopenblas0-openmp)"
  fi
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
