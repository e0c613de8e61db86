#!/usr/bin/env bash
# Pages of real traces: pages_test.sh schema|browser PATH_OF_THEATRE PATH_OF_FASHION_MNIST
#
# schema: the traces of the example's pages, and of a training step of the main example, obey their
# schema, and the pages have the sizes that were promised. browser: the pages in a browser; skipped,
# with the reason, where there is none. Ends with a line `N passed, N failed`, or with 77.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../../../result.sh"
mode=$1
theatre=$(realpath "$2")
training=$(realpath "$3")
output=$(mktemp)
folder=$(mktemp -d)
trap 'rm -rf "$output" "$folder"' EXIT
show() { tail -n 30 "$output"; }
cd "$folder" || exit 1

result "theatre writes its pages" eval '"$theatre" >"$output" 2>&1'
if [ "$mode" = browser ]; then
  python3 "$here/corner_pages.py" hand.html corners.html || exit
  python3 "$here/groups_page.py" hand.html groups.html || exit
  python3 "$here/theatre_test.py" hand.html separable.html corners.html groups.html | tee "$output"
  exit "${PIPESTATUS[0]}"
fi
result "fashion_mnist writes a page of its second step" eval \
  '"$training" --limit 200 --epochs 1 --batch 8 --validation 0 --theatre cnn.html \
    --theatre-step 2 >"$output" 2>&1'
result "any program writes the step that REEL_TRACE asks for" eval \
  'REEL_TRACE=any.json REEL_TRACE_STEP=2 "$theatre" >"$output" 2>&1 && grep -q xor/dense any.json'
result "a REEL_TRACE of another kind is a warning" eval \
  'REEL_TRACE=any.png "$theatre" 2>&1 >/dev/null | tee "$output" | grep -q "must end with .html"'
result "a step that never came is a warning" eval \
  'REEL_TRACE=no.json REEL_TRACE_STEP=9 "$theatre" 2>&1 >/dev/null | tee "$output" |
    grep -q "there were 3 training steps, and number 9 was asked for" && [ ! -e no.json ]'
for page in hand.html xor.html separable.html cnn.html any.json; do
  result "$page obeys the schema" eval 'python3 "$here/schema_test.py" $page >"$output"'
done
smaller_than() { [ "$(stat -c %s "$1")" -lt "$2" ]; }
result "the hand example's page is below 100 kB" smaller_than hand.html 100000
result "the toy CNN's page is below 2 MB" smaller_than cnn.html 2000000
sed 's/"now":[0-9]*/"now":0/' hand.html >changed.html
result "a changed number is found" eval '! python3 "$here/schema_test.py" changed.html >"$output"'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
