#!/usr/bin/env bash
# Measures everything and writes tests/bench/RESULTS.md, rows that reel loses included.
#
#   bash tests/bench/run.sh
#
# Builds build-bench with the peers that are installed (README.md beside this). Takes some 100
# minutes; the machine should be idle. SEED in the environment draws other shapes from the public
# networks.
# Settings of OpenBLAS that stand in the environment hold for all contestants alike.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C.UTF-8

if [ $# -gt 0 ]; then
  sed -n '2,/^set/{/^#/s/^# \?//p}' "${BASH_SOURCE[0]}"
  [ "$1" = --help ] || exit 2
  exit 0
fi

folder=build-bench
options=(--buildtype=release -Dbenchmarks=enabled -Dpeers=enabled -Dtests=disabled
         -Dexamples=disabled -Ddefault_library=shared)
[ -f $folder/build.ninja ] || meson setup $folder "${options[@]}"
ninja -C $folder
bench=$folder/tests/bench
results=tests/bench/RESULTS.md

section() {  # TITLE SENTENCE COMMAND...
  local title=$1 sentence=$2
  shift 2
  echo "$title" >&2
  printf '## %s\n\n%s\n\n```\n$ %s\n' "$title" "$sentence" "${*#"$bench"/}"
  "$@"
  printf '```\n\n'
}
peer() {  # TITLE PROGRAM ARGUMENT...: a section if the peer was built
  local title=$1 program=$bench/peers/$2
  shift 2
  [ ! -x "$program" ] || section "$title" "The same in libtorch." "$program" "$@"
}
convolutions() {  # TITLE SENTENCE ARGUMENT...
  section "$1" "$2" "$bench/convolution_bench" --seconds 0.3 "${@:3}"
}
seed=${SEED:-1}

{
  echo "# Results"
  echo
  echo "Made by \`bash tests/bench/run.sh\`; what the columns mean stands in README.md beside it."
  echo
  echo "Machine: $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), $(nproc) processors;"
  settings=$(env | grep '^OPENBLAS_' | sort | paste -sd' ' || true)
  echo "OpenBLAS settings in the environment: $settings."
  echo
  sentence="Layers of public networks, drawn by a seed; every third row was not looked at while"
  sentence+=" the library was tuned."
  for kind in separable dense depthwise; do
    for threads in 1 2; do
      convolutions "Drawn $kind convolutions, threads: $threads" "$sentence" --kind $kind \
        --draw "$seed" --threads $threads
    done
  done
  for kind in separable dense; do
    for layout in nhwc nchw; do
      convolutions "Named $kind convolutions, $layout" "The shapes that have names." --kind $kind \
        --layout $layout
    done
  done
  convolutions "Named separable convolutions, float64" \
    "Peers: libtorch only, oneDNN and XNNPACK have no float64." --dtype f64
  convolutions "Growth with the batch" "Time should grow as the work does." --pass train \
    --shape '1,28,28,32,64;3,28,28,32,64;10,28,28,32,64;32,28,28,32,64;100,28,28,32,64'
  convolutions "Growth with the image" "The same, odd sizes among them." --pass train \
    --shape '8,7,7,64,64;8,14,14,64,64;8,27,29,64,64;8,56,56,64,64;8,71,71,64,64'
  convolutions "Growth with the channels" "The same, odd numbers among them." --pass train \
    --shape '8,14,14,32,32;8,14,14,61,67;8,14,14,128,128;8,14,14,253,255;8,14,14,512,512'
  section "Whole networks" "A call and a training step; one thread, then two." \
    "$bench/network_bench" --seconds 0.3 --threads 1 2
  section "Where the time of networks goes" "Ten calls and ten steps of each at batch 32, traced." \
    "$bench/network_bench" --profile --batch 32
  section "A node of the tape" "Nanoseconds for forward, backward and the tape's end." \
    "$bench/tape_bench"
  if [ -e /usr/share/datasets/fashion-mnist ]; then
    section "Epochs of Fashion-MNIST" "A small network, two threads." "$bench/clothing_bench" 3 2
    peer "Epochs of Fashion-MNIST in libtorch" torch_clothing --small --epochs 1 --threads 2
    peer "Epochs of Fashion-MNIST in libtorch, channels last" torch_clothing --small \
      --channels-last --epochs 1 --threads 2
  fi
  for program in hello_bench peers/torch_hello; do
    [ ! -x "$bench/$program" ] || section "The smallest program: $program" "One gradient." \
      bash -c "{ time $bench/$program; } 2>&1"
  done
} >$results.new
mv $results.new $results
echo "written: $results" >&2
