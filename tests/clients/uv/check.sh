# shellcheck shell=bash
# uv runs keyring for an index whose URL holds a user name. For a file it tries the user name alone first.

index=https://VssSessionToken@${url#https://}/feeds/python/simple/
mkdir -p "$work/uv"
printf '#!/bin/sh\nexec "%s" keyring "$@"\n' "$counted" >"$work/uv/keyring"
chmod +x "$work/uv/keyring"

uv() {
  client PATH="$work/uv:/usr/bin:/bin" SSL_CERT_FILE="$ca" UV_CACHE_DIR="$work/uv-cache" UV_KEYRING_PROVIDER=subprocess \
    UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never "$tools/bin/uv" "$@"
}

installed() {
  rm -rf "$work/uv-target" "$work/uv-cache"
  uv pip install --quiet --python "$tools/bin/python" --target "$work/uv-target" --default-index "$index" hello-emulator
  equal "the module's words" "hello from the feed" \
    "$(client PYTHONPATH="$work/uv-target" python3 -c 'import hello_emulator; print(hello_emulator.HELLO)')"
  costs "for index and package" 1 1
  feed_token_is_ours basic VssSessionToken "$(printf 'VssSessionToken:' | base64)"
}
check "a package of a private index is installed, for one run and one token" installed

locked() {
  rm -rf "$work/uv-project" "$work/uv-cache"
  mkdir "$work/uv-project"
  cat >"$work/uv-project/pyproject.toml" <<TOML
[project]
name = "guest"
version = "0"
requires-python = ">=3.9"
dependencies = ["hello-emulator"]
[[tool.uv.index]]
name = "feeds"
url = "$index"
default = true
TOML
  uv sync --quiet --project "$work/uv-project" --python "$tools/bin/python"
  costs "for a project" 1
  ! grep --quiet eyJ "$work/uv-project/uv.lock" || fail "the token stands in uv.lock"
}
check "a project is synchronised, and its lock file holds no token" locked
