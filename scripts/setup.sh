# SPDX-License-Identifier: GPL-3.0-or-later
# setup.sh: sourced by scripts/bench and scripts/test: packages and build directory.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

die() {
  echo "$(basename "$0"): $1" >&2
  exit "${2:-1}"
}

# Debian packages of scripts/packages.txt that are not installed, of the sections named.
# A section is a comment line "# name:".
missing_packages() {
  local section="" line
  while read -r line; do
    case $line in
      "# "*:) section=${line#\# } section=${section%:} ;;
      "#"* | "") ;;
      *)
        [[ " $* " == *" $section "* ]] || continue
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$line" 2>/dev/null) == installed ]] || echo "$line"
        ;;
    esac
  done <"$top/scripts/packages.txt"
}

# Installs what is missing of these sections: as root, or through sudo; asks first unless --yes or CI.
install_packages() {
  local missing as_root=""
  command -v dpkg-query >/dev/null ||
    die "this is not Debian: install what scripts/packages.txt names (meson, GMP, MPFR, hwloc, Jansson, GSL, libsmartcols, Check), then: meson setup build && ninja -C build" 69
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [[ -n $missing ]] || return 0
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || die "these packages are missing and neither root nor sudo is at hand; have them installed: apt-get install $missing" 69
    as_root=sudo
  fi
  if [[ -z ${yes:-} && -z ${CI:-} ]]; then
    [[ -t 0 ]] || die "these packages are missing; run with --yes to install them: $missing" 69
    read -r -p "Install these packages? $missing[y/N] " answer
    [[ $answer == [yY]* ]] || die "nothing was installed; needed: apt-get install $missing" 69
  fi
  echo "Installing: $missing" >&2
  # shellcheck disable=SC2086 # a list of words
  { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing; } >/dev/null ||
    die "the packages could not be installed: apt-get install $missing" 69
}

# Configures and builds quietly; shows the log when that fails.  A build directory that is there is
# configured again, a matter of a second: packages may have come since, those of the tests for one.
build() {
  local directory=$1 log again=()
  [[ ! -f $directory/build.ninja ]] || again=(--reconfigure)
  log=$(mktemp)
  if ! { meson setup "${again[@]}" "$directory" "$top" && ninja -C "$directory"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "the build failed"
  fi
  rm -f "$log"
}
