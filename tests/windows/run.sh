#!/usr/bin/env bash
# Builds jeton for Windows with mingw, and runs it and its unit tests under wine: from Debian's packages, on Linux. What
# wine is not (Credential Manager, a console, Windows' certificates) is for the Windows job of .github/workflows/ci.yml.
#
# usage: tests/windows/run.sh

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
windows=x86_64-pc-windows-gnu
wine=/usr/lib/wine/wine64

# shellcheck source=tests/clients/lib.sh
source "$here/../clients/lib.sh"

main() {
  need_packages
  work=$(mktemp -d)
  trap clean_up EXIT
  cd "$root"
  cargo build --quiet --locked --package jeton-emulator --bin jeton-emulator
  cargo build --quiet --locked --package jeton --bin jeton --target "$windows"
  local tests
  tests=$(cargo test --quiet --locked --package jeton --lib --no-run --target "$windows" --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
  jeton=$target/$windows/debug/jeton.exe

  export WINEPREFIX=$work/wine WINEDEBUG=-all
  "$wine" wineboot >/dev/null 2>&1
  x86_64-w64-mingw32-gcc -shared -O2 -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    "$here/bcryptprimitives.c" -ladvapi32

  version
  tokens
  # The certificates of these tests are made by a shell and openssl, which wine does not have.
  "$wine" "$tests" --skip certificate::tests
}

need_packages() {
  [[ ! -x $wine || ! -x /usr/bin/x86_64-w64-mingw32-gcc ]] || return 0
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends wine64 gcc-mingw-w64-x86-64 >/dev/null
}

clean_up() {
  [[ -z ${EMULATOR_PID:-} ]] || kill "$EMULATOR_PID" 2>/dev/null || true
  # (It ends by itself when nothing is left that runs in this folder.)
  [[ ! -d $work/wine ]] || WINEPREFIX=$work/wine /usr/lib/wine/wineserver64 --wait || true
  rm -rf "$work"
}

# A program of Windows, without the carriage returns of its lines.
windows() {
  "$wine" "$jeton" "$@" | tr -d '\r'
}

version() {
  equal "the version" "jeton $(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)" "$(windows --version)"
  echo "ok    it runs"
}

tokens() {
  coproc EMULATOR { exec "$target/debug/jeton-emulator" --dir "$work/emulator" --until-stdin-closes; }
  read -r -t 30 -u "${EMULATOR[0]}" facts
  export JETON_CA_FILE="Z:$work/emulator/ca.pem" JETON_CONFIG_DIR="Z:$work/config" JETON_CACHE_DIR="Z:$work/cache" \
    JETON_DATA_DIR="Z:$work/data"
  windows profile create --silent dev --tenant contoso.example --client-id "$(fact client_id)" \
    --authority-host "$(<"$work/emulator/url")" --client-secret-from "file:Z:$work/secret" --scope databricks
  (umask 077 && fact client_secret >"$work/secret")
  local first
  first=$(windows token --profile dev)
  [[ $first == eyJ*.*.* ]] || fail "this is no token"
  equal "the cached token" "$first" "$(windows token --profile dev)"
  equal "token requests" 1 "$(python3 "$here/../clients/emulator.py" "$work/emulator" count token_requests)"
  equal "what is offered for a profile" dev "$(windows __complete profiles | cut -f 1)"
  echo "ok    a token from the emulator, then from the cache"
}

main "$@"
