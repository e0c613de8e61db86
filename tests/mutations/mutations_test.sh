#!/usr/bin/env bash
# Checks the check: plants mistakes in the rules of real ops, one at a time, and looks at what
# check_gradients says.
#
#   mutations_test.sh SOURCE_FOLDER PROBE LIST NAMED -- COMPILER [FLAGS...]
#
# Each mistake of the LIST (its header tells the format) is applied to a copy of its source file,
# which is compiled into a small library of its own and put in front of libreel when the PROBE
# runs. Prints a line for each and the confusion table. Fails when a text does not occur exactly
# once, when a mistake is not caught, or when fewer than NAMED of them are called by the name that
# they deserve. Ends with a line `N passed, N failed`, which counts mistakes caught.
# Where PROBE is - nothing is compiled: what is counted are the texts that occur exactly once.
set -euo pipefail
top=$1 probe=$2 list=$3 wanted=$4
shift 5
compile=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes the mutated copy of $file to $2; fails when the text is not there exactly once.
plant() {
  local source rest
  source=$(cat "$top/$1"; echo .)
  source=${source%.}
  rest=${source#*"$old"}
  if [ "$rest" = "$source" ] || [ "${rest#*"$old"}" != "$rest" ]; then
    echo "$id: this must occur exactly once in $1: $old" >&2
    return 1
  fi
  printf '%s' "${source%%"$old"*}$new$rest" >"$2"
}

caught=0 missed=0 named=0
declare -A confusion=()
try() {
  local mutant=$work/$id.cpp found message
  if [ "$probe" = - ]; then
    if plant "$file" "$mutant"; then caught=$((caught + 1)); else missed=$((missed + 1)); fi
    return
  fi
  plant "$file" "$mutant"
  "${compile[@]}" -I"$top/$(dirname "$file")" -w -O0 -fPIC -shared "$mutant" -o "$work/$id.so"
  found=$(LD_PRELOAD=$work/$id.so "$probe" "$row" | head -n 1)
  message=${found#*$'\t'}
  found=${found%%$'\t'*}
  if [ -z "$found" ]; then
    missed=$((missed + 1)) found=none
  else
    caught=$((caught + 1))
  fi
  [ "$found" = "$name" ] && named=$((named + 1))
  printf '%-32s %-13s %-13s %s\n' "$id" "$name" "$found" "$message"
  confusion[$name/$found]=$((${confusion[$name/$found]:-0} + 1))
  rm -f "$mutant" "$work/$id.so"
}

[ "$probe" = - ] || printf '%-32s %-13s %-13s %s\n' mistake deserved found message
id=
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    '= '*)
      [ -n "$id" ] && try
      IFS='|' read -r id file row name <<<"${line#= }"
      id=${id// /} file=${file// /} row=${row// /} name=${name// /} old='' new=''
      ;;
    '- '*) old+=${old:+$'\n'}${line#- } ;;
    '+ '*) new+=${new:+$'\n'}${line#+ } ;;
  esac
done <"$list"
[ -n "$id" ] && try

if [ "$probe" = - ]; then
  echo "$caught passed, $missed failed"
  exit $((missed > 0))
fi

echo
echo "deserved -> found (how often)"
for key in "${!confusion[@]}"; do
  printf '  %-13s -> %-13s %3d\n' "${key%/*}" "${key#*/}" "${confusion[$key]}"
done | sort
total=$((caught + missed))
echo "$total planted: $caught caught, $named called by the name that they deserve"
[ "$named" -ge "$wanted" ] || echo "FAILED: at least $wanted must be called by their name"
echo "$caught passed, $missed failed"
[ $missed = 0 ] && [ "$named" -ge "$wanted" ]
