#!/usr/bin/env bash
# Builds reel and trains a small convolutional network on photographs of clothing.
#
#   bash examples/quickstart.sh [option of examples/fashion_mnist]...
#
# As root it installs the Debian packages that are missing; otherwise it prints the line to type and
# exits with 2. Without the photographs (package dataset-fashion-mnist) it trains on images that the
# library draws itself: the data alone never stops a run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8
. tests/packages.sh

need_packages "$build_packages"

data=dataset-fashion-mnist
if [ ! -e /usr/share/datasets/fashion-mnist ] && [[ " $* " != *" --data"* ]]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: $data"
    apt_install $data >/dev/null 2>&1 || echo "$data could not be installed: going on without it"
  else
    echo "for photographs of clothing instead of drawn shapes: sudo apt-get install $data"
  fi
fi

if [ ! -f build/build.ninja ]; then
  meson setup build --buildtype=release -Dtests=disabled
elif ! ninja -C build -t query examples/fashion_mnist >/dev/null 2>&1; then
  # Made before CLI11 came, which is looked for again now.
  meson configure --clearcache build -Dexamples=enabled
fi
ninja -C build examples/fashion_mnist
exec build/examples/fashion_mnist "$@"
