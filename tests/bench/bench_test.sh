#!/usr/bin/env bash
# tests/bench/separable_bench as its user meets it: bench_test.sh PATH_OF_SEPARABLE_BENCH
#
# Rows and messages, not times, so it measures for milliseconds. Works with peers and without. Ends
# with a line `N passed, N failed`.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../result.sh"
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$(dirname "$program")" && program=$PWD/$(basename "$program") && cd "$folder" || exit 1

show() {
  echo "status $status"
  head -n 4 stdout stderr
}
refuses() {  # refuses "the message" ARGUMENT...
  local message=$1
  shift
  run "$@"
  result "separable_bench $* ends with 2" [ "$status" = 2 ]
  result "it says: $message" \
    [ "$(cat stderr)" = "$message"$'\n'"Run with --help for more information." ]
  result "it prints nothing else" [ ! -s stdout ]
}
value() { sed -E "s/.*\"$1\":(\{[^}]*\}|[^,}]*).*/\1/" stdout; }  # FIELD: one a line
is_share() { awk -v x="$(value "$1")" 'BEGIN { exit !(x > 0 && x <= 1) }'; }
fields='shape pass threads layout dtype median_ms p5_ms gflops peak_share blas_share bytes peers
ratio peers_preferred ratio_preferred'
are_the_fields() {  # of each line, in this order; names within peers do not count
  [ "$(sed -E 's/:\{[^}]*\}/:0/g' stdout | grep -oE '"[a-z0-9_]+":' | tr -d '":' | sort | uniq -c |
    awk '{print $1, $2}' | sort)" = \
    "$(for field in $fields; do echo "$(wc -l <stdout) $field"; done | sort)" ]
}

run --help
result "--help ends with 0" [ "$status" = 0 ]
for option in --shape --pass --threads --layout --dtype --seconds --json; do
  result "--help knows $option" grep -q -- "$option" stdout
done

form='--shape: must be S1 to S12 or N,H,W,C,F[,kernel[,stride[,dilation[,multiplier]]]]; got'
for shape in S13 1,2,3,4 1,2,3,4,5,6,7,8,9,10 1,2,0,4,5 1,2,x,4,5 1,2,3.5,4,5 \
  99999999999999999999,1,1,1,1; do
  refuses "$form $shape" --shape "$shape"
done
refuses "$form S0" --shape 'S1;S0'
refuses "--pass: backward not in {forward,train}" --pass backward
refuses "--layout: nhcw not in {nhwc,nchw}" --layout nhcw
refuses "--dtype: f16 not in {f32,f64}" --dtype f16
refuses "--threads: Value 0 not in range 1 to 1024" --threads 0
refuses "--seconds: Value 0 not in range 0.001000 to 3600.000000" --seconds 0
refuses "The following argument was not expected: stray" stray

quick=(--seconds 0.001)
run "${quick[@]}" --json --shape 2,5,7,3,4,5,2,1,2 --pass train --threads 2 --layout nchw \
  --dtype f64
result "a shape with stride, dilation and multiplier is measured" [ "$status" = 0 ]
result "nothing stands on stderr, except what a peer cannot do" \
  [ -z "$(grep -v 'oneDNN has no float64 convolution$' stderr)" ]
result "a row is one line" [ "$(wc -l <stdout)" = 1 ]
result "it has all fields, and no other" are_the_fields
result "it says what was measured" grep -qE \
  '^\{"shape":"2,5,7,3,4,5,2,1,2","pass":"train","threads":2,"layout":"nchw","dtype":"f64",' stdout
# x 2*5*7*3, y 2*3*4*4, kernels 5*5*6 + 6*4 + 4; twice, as float64.
result "the bytes are those of input, output and kernels, and of their gradients" \
  [ "$(value bytes)" = $(((210 + 96 + 178) * 2 * 8)).0 ]
for share in peak_share blas_share; do
  result "$share is above 0 and at most 1" is_share $share
done
result "the 5th percentile is at most the median" \
  awk -v a="$(value p5_ms)" -v b="$(value median_ms)" 'BEGIN { exit !(0 < a && a <= b) }'
if [ "$(value peers)" = '{}' ]; then
  result "without peers the ratios are null" \
    [ "$(value ratio) $(value ratio_preferred)" = "null null" ]
else
  result "the ratio is a number" awk -v x="$(value ratio)" 'BEGIN { exit !(x > 0) }'
fi

run "${quick[@]}" --shape '1,4,4,2,3;1,1,1,1,1'
result "several shapes are measured, forward and train" [ "$(grep -cE '^1,' stdout)" = 4 ]
result "what a pipe gets is plain text" [ -z "$(tr -d '[:print:]\n' <stdout)" ]
result "a shape without a matrix product is no error" [ ! -s stderr ]

run "${quick[@]}" --json
rest='"threads":([0-9]+),"layout":"nhwc","dtype":"f32"'
result "the default is S1 to S12, forward and train, on one thread" [ \
  "$(sed -E "s/.*\"shape\":\"([^\"]*)\",\"pass\":\"([^\"]*)\",$rest.*/\1 \2 \3/" stdout)" = \
  "$(for pass in forward train; do for i in {1..12}; do echo "S$i $pass 1"; done; done)" ]
result "each has all fields" are_the_fields

status=0
"$program" "${quick[@]}" --shape 1,4,4,2,3 >/dev/full 2>stderr || status=$?
result "a full disk ends with 1" [ "$status" = 1 ]
result "it says why" \
  [ "$(cat stderr)" = "separable_bench: standard output: all of it must be written" ]

echo "$passed passed, $failed failed"
[ $failed = 0 ]
