#!/usr/bin/env bash
# A kernel library defines no symbol that another object may define too, outside the namespace of
# its instruction set: isa_symbols_test.sh LIBRARY... (core/runtime/isa.h says why).
# Ends with a line `N passed, N failed`.
set -u
passed=0
failed=0
for library in "$@"; do
  name=$(basename "$library" .a)
  isa=${name##*_}
  # V, W and u: weak and unique symbols, of which the linker keeps one. DW.ref: a compiler's pointer
  # to what unwinds its frames, which is no code and the same everywhere; sanitizers need it.
  shared=$(nm -C --defined-only "$library" | grep -E '^[0-9a-f]* [VWu] ' |
    grep -v -e "kernels::$isa::" -e ' V DW\.ref\.')
  if [ -z "$shared" ] && nm -C --defined-only "$library" | grep -q "kernels::$isa::"; then
    passed=$((passed + 1))
  else
    echo "$library: symbols outside reel::kernels::$isa:"
    echo "$shared"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
