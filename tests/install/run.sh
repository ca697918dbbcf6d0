#!/usr/bin/env bash
# Runs install.sh from a release archive as somebody would who has nothing: an empty home, no cargo on PATH. Then asks the
# shells and man for what was installed.
#
# usage: tests/install/run.sh PREFIX
#
#   PREFIX  where install.sh installed what is to be packed, such as target/installed

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
built=$(realpath "${1:?usage: tests/install/run.sh PREFIX}")
passed=0
failed=0

# shellcheck source=tests/clients/lib.sh
source "$here/../clients/lib.sh"
# shellcheck source=tests/install/archive.sh
source "$here/archive.sh"
# shellcheck source=tests/install/shells.sh
source "$here/shells.sh"

main() {
  need python3 zsh fish dash man curl openssl
  need_nu
  work=$(mktemp -d)
  server=''
  trap clean_up EXIT
  release=$work/release
  "$root/packaging/archive.sh" "$built" jeton-test "$release"
  list_sums
  mkdir "$work/script"
  cp "$root/install.sh" "$work/script/"

  archive_checks
  shell_checks
  echo "$passed passed, $failed failed"
  [[ $failed -eq 0 && $passed -gt 0 ]]
}

need() {
  local command missing=()
  for command in "$@"; do
    case $command in
      man) [[ -x /usr/bin/man ]] || missing+=(man-db groff) ;;
      *) command -v "$command" >/dev/null || missing+=("$command") ;;
    esac
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Nushell is no package of Debian's; npm has its program.
need_nu() {
  local folder=${CARGO_TARGET_DIR:-$root/target}/nushell
  mkdir -p "$folder"
  nu=$(find "$folder" -path '*/bin/nu' -type f)
  [[ -z $nu ]] || return 0
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" nushell@0.108.0
  nu=$(find "$folder" -path '*/bin/nu' -type f)
  [[ -x $nu ]] || fail "npm's nushell has no program"
}

clean_up() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}

list_sums() {
  (cd "$release" && sha256sum ./*.tar.gz | sed 's|\./||' >SHA256SUMS)
}

# usage: check TEXT FUNCTION
# Every check begins with an empty home.
check() {
  local code
  home=$work/home
  rm -rf "$home"
  mkdir "$home"
  set +e
  (
    set -e
    "$2"
  ) >"$work/log" 2>&1 </dev/null
  code=$?
  set -e
  if [[ $code -eq 0 ]]; then
    passed=$((passed + 1))
    echo "ok    $1"
  else
    failed=$((failed + 1))
    echo "FAIL  $1"
    sed 's/^/      | /' "$work/log"
  fi
}

# A command of somebody who has an empty home and what every system has. Variables may stand before it, as for env.
bare() {
  env -i HOME="$home" PATH=/usr/bin:/bin "$@"
}

# install.sh, under the shell that $shell names. What it said is in $said.
install() {
  local code=0
  said=$(bare "${shell:-sh}" "$work/script/install.sh" "$@" 2>&1) || code=$?
  printf '%s\n' "$said"
  return "$code"
}

install_fails() {
  if install "$@"; then
    fail "it succeeded"
  fi
}

# All that is below the home, with hashes.
tree() {
  (cd "$home" && find . -type f -exec sha256sum {} + && find . -type d) | sort
}

main "$@"
