#!/usr/bin/env bash
# tests/bench/convolution_bench as its user meets it: bench_test.sh PATH_OF_CONVOLUTION_BENCH
#
# Rows and messages, not times, so it measures for milliseconds. Works with peers and without. Ends
# with a line `N passed, N failed`.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../result.sh"
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$(dirname "$program")" && program=$PWD/$(basename "$program") && cd "$folder" || exit 1

# Under load a peer may come too late for a row, which is said, and no mistake.
is_silent() {
  ! grep -qvE ': (ended, since it is too slow|no turn, since the time was over)$' stderr
}
show() {
  echo "status $status"
  head -n 4 stdout stderr
}
refuses() {  # refuses "the message" ARGUMENT...
  local message=$1
  shift
  run "$@"
  result "convolution_bench $* ends with 2" [ "$status" = 2 ]
  result "it says: $message" \
    [ "$(cat stderr)" = "$message"$'\n'"Run with --help for more information." ]
  result "it prints nothing else" [ ! -s stdout ]
}
value() { sed -E "s/.*\"$1\":(\{[^}]*\}|[^,}]*).*/\1/" stdout; }  # FIELD: one a line
is_share() { awk -v x="$(value "$1")" 'BEGIN { exit !(x > 0 && x <= 1) }'; }
fields='kind shape network part pass threads layout dtype kernel median_ms p5_ms gflops peak_share
blas_share bytes processes peers ratio peers_preferred ratio_preferred excused'
are_the_fields() {  # of each line, in this order; names within peers do not count
  [ "$(sed -E 's/:\{[^}]*\}/:0/g' stdout | grep -oE '"[a-z0-9_]+":' | tr -d '":' | sort | uniq -c |
    awk '{print $1, $2}' | sort)" = \
    "$(for field in $fields; do echo "$(wc -l <stdout) $field"; done | sort)" ]
}

run --help
result "--help ends with 0" [ "$status" = 0 ]
for option in --kind --shape --draw --count --part --pass --threads --layout --dtype --seconds \
  --processes --json --list --summary; do
  result "--help knows $option" grep -q -- "$option" stdout
done

form='S1 to S12 or N,H,W,C,F[,kernel[,stride[,dilation[,multiplier]]]]'
for shape in S13 1,2,3,4 1,2,3,4,5,6,7,8,9,10 1,2,0,4,5 1,2,x,4,5 1,2,3.5,4,5 "1,2,3,4,5," \
  1,2,3,4,5,3x 1,2,3,4,5,3x0 1,2,3,4,5x5 D1 99999999999999999999,1,1,1,1; do
  refuses "--shape: of kind separable must be $form; got $shape" --shape "$shape"
done
refuses "--shape: of kind separable must be $form; got S0" --shape 'S1;S0'
form='D1 to D12 or N,H,W,C,F[,kernel[,stride[,dilation[,groups]]]], C and F in whole groups'
for shape in S1 1,2,3,4,6,3,1,1,3 1,2,3,6,4,3,1,1,3; do
  refuses "--shape: of kind dense must be $form; got $shape" --kind dense --shape "$shape"
done
form='W1 to W6 or N,H,W,C,F[,kernel[,stride[,dilation]]], F a multiple of C'
for shape in 1,2,3,4,6 1,2,3,4,8,3,1,1,2; do
  refuses "--shape: of kind depthwise must be $form; got $shape" --kind depthwise --shape "$shape"
done
refuses "--kind: tiny not in {separable,dense,depthwise}" --kind tiny
refuses "--shape excludes --draw" --draw 1 --shape S1
refuses "--count requires --draw" --count 3
refuses "--part requires --draw" --part kept
refuses "--part: some not in {tuned,kept,all}" --draw 1 --part some
refuses "--count: Value 0 not in range 1 to 100000" --draw 1 --count 0
refuses "--processes: Value 0 not in range 1 to 100" --processes 0
refuses "--pass: backward not in {forward,train}" --pass backward
refuses "--layout: nhcw not in {nhwc,nchw}" --layout nhcw
refuses "--dtype: f16 not in {f32,f64}" --dtype f16
refuses "--threads: Value 0 not in range 1 to 1024" --threads 0
refuses "--seconds: Value 0 not in range 0.001000 to 3600.000000" --seconds 0
refuses "The following argument was not expected: stray" stray

run --list --kind separable dense depthwise
result "--list ends with 0" [ "$status" = 0 ]
result "the default is all that have names, forward and train, on one thread" [ \
  "$(cat stdout)" = "$(for pass in forward train; do
    for row in separable:S:12 dense:D:12 depthwise:W:6; do
      IFS=: read -r kind letter count <<<"$row"
      for ((i = 1; i <= count; ++i)); do echo "$kind $letter$i $pass 1 nhwc f32 - -"; done
    done
  done)" ]

drawn() {  # the rows that a seed gives, one a line
  run --list --pass forward --draw "$@"
  cat stdout
}
is_mostly() { awk -v part="$1" -v all="$2" -v share="$3" 'BEGIN { exit !(part <= share * all) }'; }
for kind in separable dense depthwise; do
  drawn 7 --kind $kind --count 100 >all
  result "$kind: as many rows as asked for" [ "$(wc -l <all)" = 100 ]
  result "the same seed gives the same rows" \
    [ "$(drawn 7 --kind $kind --count 100)" = "$(cat all)" ]
  result "another seed gives others" [ "$(drawn 8 --kind $kind --count 100)" != "$(cat all)" ]
  result "fewer rows are a beginning of more" \
    [ "$(drawn 7 --kind $kind --count 30)" = "$(head -n 30 all)" ]
  result "a kind's rows do not depend on other kinds" [ "$(grep "^$kind " all)" = \
    "$(drawn 7 --kind separable dense depthwise --count 100 | grep "^$kind ")" ]
  result "every third is kept" [ "$(awk '{print $7}' all)" = \
    "$(for ((i = 1; i <= 100; ++i)); do ((i % 3)) && echo tuned || echo kept; done)" ]
  result "--part kept gives these" \
    [ "$(drawn 7 --kind $kind --count 100 --part kept)" = "$(grep ' kept ' all)" ]
  result "--part tuned gives the others" \
    [ "$(drawn 7 --kind $kind --count 100 --part tuned)" = "$(grep -v ' kept ' all)" ]
  result "both layouts are drawn" [ "$(awk '{print $5}' all | sort -u | paste -sd,)" = nchw,nhwc ]
  result "unless one is asked for" [ "$(drawn 7 --kind $kind --count 100 --layout nchw)" = \
    "$(sed 's/ nhwc / nchw /' all)" ]
  result "one in ten is dilated" [ "$(grep -cE '^[a-z]+ ([0-9]+,){7}2 ' all)" = 10 ]
  result "at most one in twenty has one channel" \
    is_mostly "$(grep -cE '^[a-z]+ ([0-9]+,){3}1,' all)" 100 0.05
  result "batches are 1, 8 and 32" \
    [ "$(sed -E 's/^[a-z]+ ([0-9]+),.*/\1/' all | sort -un | paste -sd,)" = 1,8,32 ]
  result "some images are not square" grep -qvE '^[a-z]+ [0-9]+,([0-9]+),\1,' all
  result "some sides are odd" grep -qE '^[a-z]+ [0-9]+,[0-9]*[13579],' all
done
# What this seed gives, on any machine.
result "the rows of a seed are these" [ "$(drawn 1 --kind dense --count 3)" = \
  "$(cat <<'ROWS'
dense 8,15,15,256,512,1,2 forward 1 nhwc f32 tuned ResNet-50
dense 1,28,28,512,512 forward 1 nchw f32 tuned VGG
dense 32,4,4,1024,256,1 forward 1 nchw f32 kept ResNet-50
ROWS
  )" ]

quick=(--seconds 0.001 --processes 1)
run "${quick[@]}" --json --shape 2,5,7,3,4,5,2,1,2 --pass train --threads 2 --layout nchw \
  --dtype f64
result "a shape with stride, dilation and multiplier is measured" [ "$status" = 0 ]
result "nothing stands on stderr" is_silent
result "a row is one line" [ "$(wc -l <stdout)" = 1 ]
result "it has all fields, and no other" are_the_fields
result "it says what was measured" grep -qE \
  '^\{"kind":"separable","shape":"2,5,7,3,4,5,2,1,2","network":"","part":"","pass":"train",' stdout
result "and how" grep -qF '"threads":2,"layout":"nchw","dtype":"f64","kernel":"' stdout
result "one process a contestant was asked for" [ "$(value processes)" = 1 ]
result "what takes less than 30 microseconds is excused" [ "$(value excused)" = \
  "$(awk -v ms="$(value p5_ms)" -v share="$(value blas_share)" \
    'BEGIN { print (ms < 0.03 || share >= 0.85) ? "true" : "false" }')" ]
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

mv stdout lines
run --summary lines lines
result "lines of --json are summed up later" [ "$status" = 0 ]
if [ "$(sed -n 's/.*"peers":{}.*/none/p' lines)" = none ]; then
  result "there is nothing to sum up without peers" [ ! -s stdout ]
else
  result "rows that differ in shape alone are one group" grep -qE \
    '^separable, train, 2 threads, nchw, f64: 2 rows, geometric mean [0-9.]+ \(libtorch' stdout
  result "the worst rows are named" [ "$(sed -n '/^worst:/,$p' stdout | wc -l)" = 3 ]
fi
echo '{}' >lines
run --summary lines
result "another line ends with 1" [ "$status" = 1 ]
result "it says what it must be" \
  [ "$(cat stderr)" = "convolution_bench: must be a line that --json printed; got {}" ]
run --summary missing
result "a file that is not there is named" \
  [ "$(cat stderr)" = "convolution_bench: missing: cannot be read" ]

run "${quick[@]}" --json --kind dense depthwise --shape 2,5,7,4,8,3x5,2 --pass forward
result "dense and depthwise rows are measured" [ "$status" = 0 ]
result "each has all fields" are_the_fields
# x 2*5*7*4, y 2*3*4*8, kernels 15*4*8 + 8 or 15*8 + 8.
result "their bytes are those of their kernels" [ "$(value bytes | paste -sd' ')" = \
  "$(((280 + 192 + 488) * 4)).0 $(((280 + 192 + 128) * 4)).0" ]

run "${quick[@]}" --shape '1,4,4,2,3;1,1,1,1,1'
result "several shapes are measured, forward and train" [ "$(grep -cE '^1,' stdout)" = 4 ]
result "what a pipe gets is plain text" [ -z "$(tr -d '[:print:]\n' <stdout)" ]
result "a shape without a matrix product is no error" is_silent

export REEL_ISA=avx2
run "${quick[@]}" --json --kind dense --shape 1,4,4,2,3 --pass forward
unset REEL_ISA
result "with older kernels a row is measured, too" [ "$status" = 0 ]
result "then those stay away that cannot be told" [ -z "$(grep -E 'xnnpack|onnxruntime' stdout)" ]

status=0
"$program" "${quick[@]}" --shape 1,4,4,2,3 >/dev/full 2>stderr || status=$?
result "a full disk ends with 1" [ "$status" = 1 ]
result "it says why" \
  [ "$(cat stderr)" = "convolution_bench: standard output: all of it must be written" ]

echo "$passed passed, $failed failed"
[ $failed = 0 ]
