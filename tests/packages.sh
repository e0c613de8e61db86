# Which Debian packages reel needs, and how a missing one is noticed and installed.
#
# Sourced by examples/quickstart.sh and tests/run.sh, so that the list stands in one place. A
# package counts as there when what it brings can be used, wherever it came from: so a meson from
# elsewhere serves, nothing asks apt when all is there, and all of it works offline.

# package, then what shows that it is there: a command, a pkg-config module, a
# header, or that a compiler can link for AddressSanitizer.
build_packages="
  g++                 command  ${CXX:-g++}
  meson               command  meson
  ninja-build         command  ninja
  pkg-config          command  pkg-config
  libopenblas-dev     module   openblas
  libfmt-dev          module   fmt
  libspdlog-dev       module   spdlog
  zlib1g-dev          module   zlib
  nlohmann-json3-dev  module   nlohmann_json
  libcli11-dev        header   CLI/CLI.hpp"
test_packages="
  doctest-dev         header   doctest/doctest.h"
clang_packages="
  clang               command  clang++"
clang_sanitizer_packages="
  libclang-rt-dev     asan     clang++"

is_there() {  # KIND WHAT
  local program status
  case $1 in
    command) command -v "${2%% *}" ;;
    module) pkg-config --exists "$2" ;;
    header) echo "#include <$2>" | ${CXX:-g++} -std=c++20 -fsyntax-only -x c++ - ;;
    asan)
      program=$(mktemp) && echo 'int main() {}' | "$2" -fsanitize=address -o "$program" -x c++ -
      status=$?
      rm -f "$program"
      return $status
      ;;
  esac >/dev/null 2>&1
}

# Prints the packages of a list that are not there.
missing_of() {  # LIST
  local package kind what
  while read -r package kind what; do
    [ -z "$package" ] || is_there "$kind" "$what" || printf '%s ' "$package"
  done <<<"$1"
}

apt_install() {  # PACKAGE...
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q || true  # the lists may be recent enough
  apt-get install -q -y --no-install-recommends "$@"
}

# Installs what a list names and is missing, as root; else says what to type and exits with 2.
need_packages() {  # LIST
  local missing
  missing=$(missing_of "$1")
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086  # one word a package
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: $missing"
    apt_install $missing >&2 && missing=$(missing_of "$1")
    [ -n "$missing" ] || return 0
  fi
  echo "reel needs packages that are not here. Please run:" >&2
  echo "  sudo apt-get install ${missing% }" >&2
  exit 2
}
