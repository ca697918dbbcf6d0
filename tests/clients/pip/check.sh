# shellcheck shell=bash
# pip runs the first program on PATH that is called keyring, outside of its own folder.

index=$url/feeds/python/simple/
mkdir -p "$work/pip"
ln -sf "$bin/jeton" "$work/pip/keyring"

install() {
  rm -rf "$work/pip-target"
  client PATH="$work/pip:/usr/bin:/bin" PIP_CERT="$ca" PIP_CACHE_DIR="$work/pip-cache" "$tools/bin/python" -m pip install \
    --quiet --disable-pip-version-check --no-cache-dir --keyring-provider subprocess --target "$work/pip-target" "$@" \
    hello-emulator
}

says_hello() {
  equal "the module's words" "hello from the feed" \
    "$(client PYTHONPATH="$work/pip-target" python3 -c 'import hello_emulator; print(hello_emulator.HELLO)')"
}

installed() {
  install --index-url "$index"
  says_hello
  costs "for index and package" 1
  feed_token_is_ours basic EntraToken
}
check "a package of a private index is installed by a link named keyring" installed

named() {
  install --no-input --index-url "https://VssSessionToken@${index#https://}"
  says_hello
  costs "for index and package" 1
  emulator headers Authorization | tail -n 1 | sed 's/^Basic //' | base64 --decode | grep --quiet '^VssSessionToken:eyJ' ||
    fail "the user name of the URL was not kept"
}
check "a user name in the index's URL is kept" named

refused() {
  local said
  said=$(install --no-input --retries 0 --index-url "$url/feeds/wrong/simple/" 2>&1) && fail "it succeeded"
  contains "stderr" "$said" hello-emulator
  contains "what arrived" "$(emulator paths)" /feeds/wrong/
}
check "where there is no token pip goes on without one, and says so" refused
