#!/usr/bin/env bash
# The example as its user meets it: cli_test.sh PATH_OF_FASHION_MNIST [all|few]
#
# Trains for moments on a data set of 300 images that it makes itself; checks messages, exit
# statuses and files. Ends with a line `N passed, N failed`.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../result.sh"
program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

show() {
  echo "status $status"
  tail -n 4 stdout stderr
}
last_line() { tail -n 1 "$1" | grep -qE "$2"; }  # FILE PATTERN
ends() { [ "$status" = "$1" ] && [ "$(cat stderr)" = "$2" ]; }  # STATUS "whole message"
says_at_end() { [ "$status" = "$1" ] && grep -qF -- "$2" stderr; }  # STATUS "part of the message"
says() { [ "$status" = "$1" ] && grep -qF -- "$2" stderr && ! [ -s stdout ]; }
# refuses STATUS "part of the message" ARGUMENT...
refuses() {
  local wanted=$1 message=$2
  shift 2
  run "$@"
  result "fashion_mnist $* ends with $wanted and says: $message" says "$wanted" "$message"
  result "fashion_mnist $* leaves nothing behind" [ "$(ls)" = "$files_before" ]
}

# --- a data set ------------------------------------------------------------------------------
# Class c is a picture of bytes 25 c with one bright row, under the names of Fashion-MNIST.

bytes() { printf "$(printf '\\x%02x' "$@")"; }
make_set() {  # make_set NAME HUNDREDS_OF_BYTES...
  local name=$1 count=$2 i
  { bytes 0 0 8 3 0 0 $((count / 256)) $((count % 256)) 0 0 0 28 0 0 0 28
    for ((i = 0; i < count; ++i)); do cat "class-$((i % 10))"; done
  } >"data/$name-images-idx3-ubyte"
  { bytes 0 0 8 1 0 0 $((count / 256)) $((count % 256))
    for ((i = 0; i < count; ++i)); do bytes $((i % 10)); done; } >"data/$name-labels-idx1-ubyte"
}
mkdir data
for c in 0 1 2 3 4 5 6 7 8 9; do
  { head -c $((28 * (c + 5))) /dev/zero; head -c 28 /dev/zero | tr '\0' '\377'
    head -c $((28 * (22 - c))) /dev/zero | tr '\0' "\\$(printf '%03o' $((5 * c)))"; } >"class-$c"
done
make_set train 300
make_set t10k 100
{ printf 'P5\n28 28\n255\n'; cat class-3; } >three.pgm
echo 'P2 2 1 255 3 4' >small.pgm
touch stdout stderr
files_before=$(ls)

# --- usage -----------------------------------------------------------------------------------

run --help
result "--help ends with 0" [ "$status" = 0 ]
for option in --data --epochs --batch --learning-rate --momentum --seed --threads --limit \
  --metrics --save --predict --resume --optimizer --schedule --schedule-epochs --augment \
  --validation --checkpoint-every --micro-batches; do
  result "--help knows $option" grep -q -- "$option" stdout
done
run --version
result "--version says which reel it is" \
  last_line stdout '^fashion_mnist of reel [0-9]+\.[0-9]+\.[0-9]+$'
refuses 2 "--batch: must be a whole number from 1 to 1048576; got 0" --batch 0
refuses 2 "--batch: must be a whole number from 1 to 1048576; got 0" --batch-size 0
refuses 2 "--learning-rate: must be a number above 0; got 0" --lr 0
refuses 2 "--epochs: must be a whole number from 1 to 100000; got 0" --epochs 0
refuses 2 "--threads: must be a whole number from 1 to 1024; got 0" --threads 0
refuses 2 "--limit: must be a whole number from 1 to 2147483647; got 0" --limit 0
refuses 2 "--batch: must be a whole number from 1 to 1048576; got 8.5" --batch 8.5
refuses 2 "--epochs: must be a whole number from 1 to 100000; got -1" --epochs -1
refuses 2 "--seed: must be a whole number from 0 to 18446744073709551615; got x" --seed x
refuses 2 "--learning-rate: must be a number above 0; got nan" --learning-rate nan
refuses 2 "--momentum: must be a number from 0 up to but not including 1; got 1" --momentum 1
refuses 2 "--save and --metrics: must differ" --save here --metrics ./here
refuses 2 "--resume and --metrics: must differ" --resume here --metrics here
refuses 2 "--optimizer: must be one of adadelta, adagrad, adam, adamax, adamw, ftrl, nadam, \
rmsprop, sgd; got lion" --optimizer lion
refuses 2 "--schedule: must be one of constant, cosine, cosine_restarts, exponential, \
inverse_time, one_cycle, piecewise, polynomial, warm_up; got steps" --schedule steps
refuses 2 "--schedule: nadam needs a constant rate; got cosine" --optimizer nadam \
  --schedule cosine
refuses 2 "--momentum: is for sgd; got --optimizer adam" --optimizer adam --momentum 0.5
refuses 2 "--checkpoint-every: needs --save, the file to write" --checkpoint-every 5
refuses 2 "--validation: must be a whole number from 0 to 2147483647; got -1" --validation -1
refuses 2 "--micro-batches: must be a whole number from 1 to 1048576; got 0" --micro-batches 0
refuses 2 "--save: 1 required FILE.safetensors missing" --save
refuses 2 "not expected: --epoch" --epoch
refuses 2 "not expected: stray" stray

# --- files -----------------------------------------------------------------------------------

refuses 1 "--data: " --data no-such-folder
refuses 1 "--save: no/w: the folder must exist" --data data --save no/w
refuses 1 "--save: data: the target must be a file" --data data --save data
refuses 1 "--metrics: no/m: the file must be writable; No such file" --data data --metrics no/m
refuses 1 "--validation: must leave images to train on; got 300 of 300" --data data \
  --validation 300
refuses 1 "--resume: no.file: a file must be there to be read" --data data --resume no.file
refuses 1 "--predict: no.pgm: a file must be there" --data data --predict no.pgm
refuses 1 "--predict: class-1: the file must be a picture" --data data --predict class-1
refuses 1 "--predict: small.pgm: the picture must have 28 x 28 pixels; got 2 x 1" \
  --data data --predict small.pgm
lie() {  # lie "part of the message" FILE COMMAND: spoils a copy of FILE by COMMAND and tries it
  cp -r data lying
  "${@:3}" <"data/$2" >"lying/$2"
  run --data lying --save w --metrics m
  result "spoilt $2: $1" says 1 "$1"
  rm -r lying
  result "spoilt $2 leaves nothing behind" [ "$(ls)" = "$files_before" ]
}
lie "lying/train-images-idx3-ubyte" train-images-idx3-ubyte head -c 1000
lie "lying/train-images-idx3-ubyte" train-images-idx3-ubyte head -c 3
lie "lying/t10k-images-idx3-ubyte" t10k-images-idx3-ubyte tail -c +2
lie "lying/train-labels-idx1-ubyte" train-labels-idx1-ubyte \
  cat "$folder/data/t10k-labels-idx1-ubyte"
lie "labels must be in [0, 10); got 99" t10k-labels-idx1-ubyte tr '\5' 'c'

mkdir partial
cp data/t10k-* data/train-labels-* partial
files_before=$(ls)
missing="missing: train-images-idx3-ubyte[.gz]; run \`apt-get install dataset-fashion-mnist\` or \
set FashionMnistOptions::directory"
refuses 1 "--data: fashion_mnist: four files must lie in partial; $missing" --data partial
debian=/usr/share/datasets/fashion-mnist
if [ -d $debian ] && unshare -rm true 2>/dev/null; then
  status=0
  unshare -rm sh -c "mount --bind partial $debian && exec '$program'" >stdout 2>stderr || status=$?
  result "three files of four where Debian puts them are no reason to learn drawn shapes" \
    ends 1 "fashion_mnist: --data: fashion_mnist: four files must lie in $debian; $missing"
  rm -r partial/*
  status=0
  unshare -rm sh -c "mount --bind partial $debian && exec '$program' --limit 20 --epochs 1" \
    >stdout 2>stderr || status=$?
  result "without any of the four it learns drawn shapes, and says so" \
    grep -q '^no photographs' stdout
fi
rm -r partial
ln -s loop loop
files_before=$(ls)
loop="Too many levels of symbolic links"
refuses 1 "--save: loop: a file must be there to be read; $loop" --save loop --predict three.pgm
refuses 1 "--save: loop: the target must be a file; $loop" --data data --save loop
refuses 1 "--metrics: loop: the file must be writable; $loop" --data data --metrics loop
refuses 1 "--predict: loop: a file must be there to be read" --data data --predict loop
refuses 1 "--data: fashion_mnist: four files must lie in loop; missing: " --data loop
rm loop
files_before=$(ls)

# --- training --------------------------------------------------------------------------------

train() { run --data data --batch 20 "$@"; }
train --epochs 3 --save w1 --threads 1
result "a training ends with 0" [ "$status" = 0 ]
result "it says nothing on stderr" [ ! -s stderr ]
result "its last line is the test accuracy" \
  last_line stdout '^test accuracy: [01]\.[0-9]{4}$'
result "it learns to tell simple pictures apart" \
  [ "$(tail -n 1 stdout | tr -dc 0-9)" -ge 9000 ]
result "it shows the network before" grep -q separable_conv2d stdout
result "it shows the classes after" grep -q 'mostly taken for' stdout
result "a pipe gets no control characters" [ -z "$(tr -d '[:print:]\n' <stdout)" ]
train --epochs 3 --metrics m1
result "a line of metrics stands for each epoch" [ "$(grep -cE '^\{"epoch":[123],.*\}$' m1)" = 3 ]
keys='"epoch" "loss" "accuracy" "validation_loss" "validation_accuracy" "learning_rate" "seconds" '
result "it has these keys" \
  [ "$(grep '^{"epoch":2' m1 | grep -oE '"[a-z_]+":' | tr ':\n' ' ' | tr -s ' ')" = "$keys" ]
result "the first line says with what it began" \
  grep -qE '^\{"event":"start","seed":1,"options":\{"optimizer":"sgd",.*\},"versions":\{' m1
result "the last line says that it has ended" last_line m1 '^\{"event":"end","epoch":3,"step":14\}$'
train --epochs 3 --save w2 --threads 3
result "the same seed gives the same weights, whatever the number of threads" cmp -s w1 w2
train --epochs 3 --save w2 --seed 2
result "another seed gives other weights" [ "$(cmp -s w1 w2; echo $?)" = 1 ]
train --epochs 1 --learning-rate 1e30 --save w3
result "a training that diverges fails" [ "$status" = 1 ]
# Batch normalization may be the first to meet numbers that are too large.
result "it says what to do" \
  grep -qE 'lower (the )?learning rate' stderr
result "it saves nothing" [ ! -e w3 ]

# --- predictions -----------------------------------------------------------------------------

run --save w1 --predict three.pgm
result "saved weights classify a picture without training" \
  last_line stdout '^three.pgm: Dress \(0\.[0-9]+\)'
train --epochs 3 --save w4 --predict three.pgm
result "without such a file it trains, saves and classifies" grep -q '^three.pgm: Dress' stdout
result "the weights are those of a plain training" cmp -s w1 w4

# --- going on ---------------------------------------------------------------------------------

without_seconds() { grep '^{"epoch"' "$1" | sed 's/,"seconds".*//'; }
same_lines() {
  [ -n "$(without_seconds "$1")" ] && [ "$(without_seconds "$1")" = "$(without_seconds "$2")" ]
}
for optimizer in sgd adam; do
  train --epochs 4 --optimizer $optimizer --save whole --augment
  train --epochs 2 --optimizer $optimizer --save half --augment --schedule-epochs 4 --threads 1
  run --data data --resume half --save half --epochs 4 --threads 2
  result "2 epochs of $optimizer and 2 more are 4, byte for byte" cmp -s whole half
done
train --epochs 4 --metrics m-whole --save whole
train --epochs 2 --metrics m-half --save half --schedule-epochs 4
echo '{"epoch":3,"loss":"a line that is written again"}' >>m-half
run --data data --resume half --metrics m-half --epochs 4
result "metrics go on where the checkpoint was written" same_lines m-whole m-half
result "and say that they do" grep -q '^{"event":"resumed","epoch":2,"step":14}$' m-half
run --resume half --data data --optimizer adam
result "another optimizer is refused" \
  ends 1 "fashion_mnist: --resume: --optimizer must be sgd, as in the checkpoint; got adam"
run --resume half --data data --batch 10
result "and another batch" \
  ends 1 "fashion_mnist: --resume: --batch must be 20, as in the checkpoint; got 10"
echo other >m-other
run --resume half --data data --metrics m-other --epochs 3
result "metrics of something else are refused" says_at_end 1 "m-other: the log must begin with the"
result "and keep their lines" [ "$(cat m-other)" = other ]
train --epochs 1 --save w6 --micro-batches 3
result "batches in pieces train" [ $status = 0 ]
optimizers="adamw rmsprop adagrad adadelta adamax nadam ftrl"
schedules="constant cosine_restarts exponential inverse_time one_cycle piecewise polynomial warm_up"
[ "${2:-all}" = all ] || optimizers=nadam schedules=warm_up
for optimizer in $optimizers; do
  train --epochs 1 --limit 60 --optimizer $optimizer
  result "--optimizer $optimizer trains" [ $status = 0 ]
done
for schedule in $schedules; do
  train --epochs 1 --limit 60 --schedule $schedule
  result "--schedule $schedule trains" [ $status = 0 ]
done
rm -f whole half m-whole m-half m-other w6

# --- a full disk ------------------------------------------------------------------------------

no_space="No space left on device"
run --save /dev/full --data data
result "a device is no place for weights" \
  ends 1 "fashion_mnist: --save: /dev/full: the target must be a file; something else has this name"
train --epochs 1 --metrics /dev/full
result "metrics that cannot be written end the run" \
  ends 1 "fashion_mnist: /dev/full: a line must be written whole; $no_space"
status=0
(trap '' XFSZ; ulimit -f 8; exec "$program" --data data --epochs 1 --save full) >stdout 2>stderr ||
  status=$?
result "weights that do not fit on the disk end the run" \
  ends 1 "fashion_mnist: full: all bytes must be written; File too large"
result "of weights that do not fit nothing stays" [ -z "$(ls full* 2>/dev/null)" ]
for arguments in --help "--data data --epochs 1 --limit 20"; do
  status=0
  # shellcheck disable=SC2086 # several words
  "$program" $arguments >/dev/full 2>stderr || status=$?
  result "fashion_mnist $arguments >/dev/full ends with 1 and says why" \
    ends 1 "standard output: all of it must be written; the disk may be full"
done

head -c 1000 w1 >short
files_before=$(ls)
refuses 1 "--save: short: " --save short --predict three.pgm
rm short

# --- Ctrl-C ----------------------------------------------------------------------------------

interrupted() {  # interrupted SIGNAL: a training that would last hours gets it in its second epoch
  status=0
  rm -f w5 m5
  "$program" --data data --batch 1 --epochs 100000 --save w5 --metrics m5 >stdout 2>stderr &
  local child=$! i
  for ((i = 0; i < 600; ++i)); do
    grep -q '^{"epoch":1' m5 2>/dev/null && break
    sleep 0.1
  done
  kill -"$1" $child
  wait $child || status=$?
}
interrupted INT
result "Ctrl-C ends with 130" [ "$status" = 130 ]
result "it says where it stopped" \
  grep -qE '^stopped by Ctrl-C after step [0-9]+ of 270 in epoch [0-9]+ of 100000' stdout
result "it leaves metrics" [ -s m5 ]
result "it leaves whole lines of metrics" [ -z "$(grep -vE '^\{.*\}$' m5)" ]
result "the last of them says that it was interrupted" \
  last_line m5 '"event":"interrupted"'
run --save w5 --predict three.pgm
result "it leaves weights that load" [ "$status" = 0 ]
interrupted TERM
result "SIGTERM ends with 143" [ "$status" = 143 ]

# --- a terminal ------------------------------------------------------------------------------

if script -qec true /dev/null >/dev/null 2>&1; then  # a bare chroot has no terminals
  TERM=xterm script -qec "'$program' --data data --epochs 2" /dev/null >stdout 2>stderr </dev/null
  result "a terminal sees a bar that is drawn over" grep -q $'\r.*\[=*>* *\] ' stdout
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
