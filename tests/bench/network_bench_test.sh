#!/usr/bin/env bash
# tests/bench/network_bench as its user meets it: network_bench_test.sh PATH_OF_NETWORK_BENCH
#
# Rows and messages, not times. Works with peers and without. Ends with `N passed, N failed`.
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
  result "network_bench $* ends with 2" [ "$status" = 2 ]
  result "it says: $message" \
    [ "$(cat stderr)" = "$message"$'\n'"Run with --help for more information." ]
}
networks='lenet vgg resnet8 mobilenet xception unet autoencoder mlp xor'

run --list
result "--list ends with 0" [ "$status" = 0 ]
result "the default is all networks, forward and train, at batch 1, 8 and 32, on one thread" [ \
  "$(cat stdout)" = "$(for pass in forward train; do for network in $networks; do
    for batch in 1 8 32; do echo "$network $batch $pass 1"; done
  done; done)" ]
refuses "--network: alexnet not in {${networks// /,}}" --network alexnet
refuses "--pass: backward not in {forward,train}" --pass backward
refuses "--batch: Value 0 not in range 1 to 65536" --batch 0
refuses "--threads: Value 0 not in range 1 to 1024" --threads 0

quick=(--seconds 0.001 --processes 1)
run "${quick[@]}" --json --batch 2 --threads 2
result "every network is measured in both passes" [ "$status" = 0 ]
result "nothing stands on stderr" is_silent
result "a row is one line" [ "$(wc -l <stdout)" = 18 ]
rest='"layout":"nhwc","dtype":"f32","median_ms":[0-9.e-]+,"p5_ms":[0-9.e-]+,"processes":1,'
rest+='"peers":\{[^}]*\},"ratio":(null|[0-9.e-]+),"excused":(true|false)\}'
for network in $networks; do
  for pass in forward train; do
    result "$network, $pass: it says what was measured, and how" grep -qE \
      "^\{\"network\":\"$network\",\"batch\":2,\"pass\":\"$pass\",\"threads\":2,$rest\$" stdout
  done
done

run "${quick[@]}" --network xor mlp --batch 1 --pass forward
result "without --json, a row is a line of a table" \
  [ "$(grep -cE '^(xor|mlp) +1 forward +1 +[0-9.]+ +[0-9.]+' stdout)" = 2 ]
if ! grep -q ' - *$' stdout; then
  result "the mean leaves out exclusive or" \
    grep -qE '^forward, 1 thread, without xor: 1 rows, geometric mean [0-9.]+, worst' stdout
fi

run --profile --network lenet --batch 2
result "--profile ends with 0" [ "$status" = 0 ]
result "it says where the time of calls and of steps goes" \
  [ "$(grep -cE '^lenet, batch 2, (forward|train), 1 thread$' stdout)" = 2 ]
result "by op" grep -q conv2d stdout

status=0
"$program" --list >/dev/full 2>stderr || status=$?
result "a full disk ends with 1" [ "$status" = 1 ]
result "it says why" \
  [ "$(cat stderr)" = "network_bench: standard output: all of it must be written" ]

echo "$passed passed, $failed failed"
[ $failed = 0 ]
