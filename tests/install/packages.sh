#!/usr/bin/env bash
# Makes the packages for Debian and Fedora of what install.sh installed below target/package, and looks into them. It
# needs cargo-deb and cargo-generate-rpm (cargo install), which take longer to build than jeton, so CI does not run it.
#
# usage: tests/install/packages.sh

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=x86_64-unknown-linux-musl
cd "$root"

# shellcheck source=tests/clients/lib.sh
source tests/clients/lib.sh

main() {
  local command
  for command in cargo-deb cargo-generate-rpm dpkg-deb rpm rpm2cpio cpio; do
    command -v "$command" >/dev/null || fail "$command is missing"
  done
  [[ -x target/package/bin/jeton ]] || fail "first: ./install.sh --prefix target/package"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  debian
  fedora
  echo "both packages are well"
}

debian() {
  cargo deb --quiet --no-build --no-strip --target "$target" --output "$work/jeton.deb" >/dev/null
  dpkg-deb --extract "$work/jeton.deb" "$work/deb"
  there "$work/deb" usr/share/zsh/vendor-completions/_jeton usr/share/man/man1/jeton-token.1.gz usr/share/doc/jeton/copyright
  equal "Architecture" amd64 "$(dpkg-deb --field "$work/jeton.deb" Architecture)"
  equal "Depends" "" "$(dpkg-deb --field "$work/jeton.deb" Depends)"
  # A system of its own, in a folder: what dpkg installs, it removes.
  mkdir -p "$work/system/var/lib/dpkg/updates" "$work/system/var/lib/dpkg/info"
  touch "$work/system/var/lib/dpkg/status"
  dpkg --root="$work/system" --install "$work/jeton.deb" >/dev/null
  "$work/system/usr/bin/jeton" --version >/dev/null
  dpkg --root="$work/system" --remove jeton >/dev/null
  [[ ! -e $work/system/usr/bin/jeton ]] || fail "it is still there"
}

fedora() {
  cargo generate-rpm --target "$target" --output "$work/jeton.rpm"
  mkdir "$work/rpm"
  rpm --checksig --nosignature "$work/jeton.rpm" >/dev/null
  # (rpm2cpio of rpm 4.18 ends with 1 after it has written all.)
  (cd "$work/rpm" && { rpm2cpio "$work/jeton.rpm" || true; } | cpio --extract --make-directories --quiet)
  there "$work/rpm" usr/share/zsh/site-functions/_jeton usr/share/man/man1/jeton-token.1 \
    usr/share/licenses/jeton/LICENSE-MIT
  equal "libraries" "" "$(rpm --query --package --requires "$work/jeton.rpm" | grep -v -e '^rpmlib(' -e '^/bin/sh$' || true)"
}

# usage: there FOLDER FILE...
there() {
  local folder=$1 file
  shift
  for file in usr/bin/jeton usr/share/bash-completion/completions/jeton usr/share/fish/vendor_completions.d/jeton.fish \
    usr/share/nushell/vendor/autoload/jeton.nu usr/share/powershell/jeton.ps1 usr/share/doc/jeton/README.md "$@"; do
    [[ -s $folder/$file ]] || fail "there is no $file"
  done
  equal "mode of the program" 755 "$(stat --format %a "$folder/usr/bin/jeton")"
  "$folder/usr/bin/jeton" --version >/dev/null
}

main
