#!/usr/bin/env bash
# The small examples, run as their reader runs them: examples_test.sh PATH_OF_EXAMPLE...
#
# Each ends with 0, says what it is there to show, and writes its tape when it is asked to.
# Ends with a line `N passed, N failed`.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../result.sh"
output=$(mktemp)
errors=$(mktemp)
folder=$(mktemp -d)  # for what they write
trap 'rm -rf "$output" "$errors" "$folder"' EXIT
programs=()
for program; do programs+=("$(realpath "$program")"); done
cd "$folder" || exit 1

show() { tail -n 20 "$output"; }

# What an example must print.
expected_lines() {
  case $1 in
    check_a_gradient) printf '%s\n' '1e-03   12.0000010000' 'gradients agree to' \
      'with slope 0 before and 1 after' 'rule says 6, differences say 12 (ratio 0.5)' ;;
    autoencoder) echo 'mean squared error of a pixel: the mean image' ;;
    cifar10) printf '%s\n' 'learning coloured drawings' 'validation_accuracy' \
      'test accuracy: 0.9' ;;
    fine_tuning) echo 'three others, 60 examples: 0.8' ;;
    moons) printf '%s\n' 'of 200 other points 99.' 'The picture is in moons.ppm.' ;;
    regression) printf '%s\n' '1960 rows of 2000 are whole' 'The noise alone is 10' ;;
    residual) printf '%s\n' 'without   shortcuts: first gradient' 'with      shortcuts' ;;
    naive_and_fast) printf '%s\n' '1 * 1 + 10 * 2 + 100 * 4 + 1000 * 5 = 5421' \
      'naive conv2d: 5421' 'fast  conv2d: 5421' 'All agree up to rounding.' ;;
    newton) printf '%s\n' '[[1330,  480],' 'Newton: 6 steps.' ;;
    own_op) printf '%s\n' 'dy / sqrt(1 + x^2): wrong' 'dy / sqrt(1 + x^2)^3: right' \
      'squash(1) = 0.7071, its slope there 0.3536' ;;
    own_optimizer) printf '%s\n' 'one step of Lion at rate 0.25: [ 0.25, -0.25]' \
      'its slot Lion/w/mean: [  -1, 0.02]' ;;
    theatre) printf '%s\n' '2     h     mul   w, x  6' '7 + 6 = 13' \
      'Open hand.html, xor.html and separable.html in a browser.' ;;
    tape_by_hand) printf '%s\n' '5  y = mul z z' 'mul gives x 14 * 3 = 42' 'The same.' ;;
  esac
}

for program in "${programs[@]}"; do
  name=$(basename "$program")
  result "$name --help ends with 0" eval '"$program" --help >"$output" 2>&1'
  result "$name --help says what it is" grep -q "^$name: " "$output"
  "$program" --version >"$output" 2>&1
  result "$name --version says which reel it is" grep -qxE 'reel [0-9]+(\.[0-9]+){2}' "$output"
  "$program" --nonsense >"$output" 2>&1
  result "$name refuses other arguments with 2" [ $? = 2 ]
  show_tape=(--theatre tape.json)
  case $name in cifar10) show_tape=() ;; esac
  rm -f tape.json
  result "$name ends with 0" \
    eval 'timeout 120 "$program" "${show_tape[@]}" >"$output" 2>"$errors"'
  [ ${#show_tape[@]} = 0 ] || result "$name writes its tape" grep -q '"kind":"backward"' tape.json
  result "$name says nothing on stderr" [ ! -s "$errors" ]
  result "something is expected of $name" [ -n "$(expected_lines "$name")" ]
  while IFS= read -r line; do
    result "$name prints: $line" grep -qF -- "$line" "$output"
  done <<<"$(expected_lines "$name")"
  "$program" 2>"$output" >/dev/full
  result "$name ends with 1 on a full disk" [ $? = 1 ]
  result "$name says why" grep -qx \
    'standard output: all of it must be written; the disk may be full' "$output"
done

echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
