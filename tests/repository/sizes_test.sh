#!/usr/bin/env bash
# Watches the sizes of the files: sizes_test.sh SOURCE_FOLDER
#
# Prints lines a folder, and the longest files. A file of more than 300 lines (a list of test cases:
# 500) must give its reason in its first 20 lines, in a comment that says "300 lines"; no line is
# longer than 100 columns. Ends with a line `N passed, N failed`, which counts files.
set -u
cd "$1" || exit 1
mapfile -t files <<<"$(find core layers optim examples tests -name '*.h' -o -name '*.cpp' | sort)"

echo "folder            files  lines  median"
for folder in core core/ops core/kernels core/io core/inspect layers optim examples tests; do
  lines=$(find "$folder" -maxdepth 1 \( -name '*.h' -o -name '*.cpp' \) -exec wc -l {} \; \
    2>/dev/null | sort -n | cut -d' ' -f1)
  [ -n "$lines" ] || continue
  mapfile -t counts <<<"$lines"
  total=0
  for count in "${counts[@]}"; do total=$((total + count)); done
  printf '%-16s %6d %6d %7d\n' $folder ${#counts[@]} $total "${counts[${#counts[@]} / 2]}"
done
echo "longest:"
wc -l "${files[@]}" | grep -v ' total$' | sort -rn | head -n 8

failed=0
complain() {
  echo "FAILED: $1"
  failed=$((failed + 1))
}
for file in "${files[@]}"; do
  case $file in tests/*) limit=500 ;; *) limit=300 ;; esac
  if [ "$(wc -l <"$file")" -gt $limit ] && ! head -n 20 "$file" | grep -q '300 lines'; then
    complain "$file has $(wc -l <"$file") lines, and its header gives no reason"
  elif grep -qE '^.{101}' "$file"; then
    complain "$file has a line of more than 100 columns: $(grep -nE '^.{101}' "$file" | head -n 1)"
  fi
done
echo "$((${#files[@]} - failed)) passed, $failed failed"
[ $failed = 0 ]
