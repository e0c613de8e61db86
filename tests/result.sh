# For the tests that are scripts, which source it: counts the sentences that hold and those that do
# not.
passed=0 failed=0

show() { :; }  # what a script shows of a sentence that does not hold; to be defined by it

result() {  # result "sentence" CONDITION...
  local sentence=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$sentence"
    show
  fi
}

run() {  # runs $program; leaves status, stdout and stderr in the present folder
  status=0
  "$program" "$@" >stdout 2>stderr </dev/null || status=$?
}
