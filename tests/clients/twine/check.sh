# shellcheck shell=bash
# twine takes a password from its environment.

uploaded() {
  local wheel=hello_emulator-0.1.0-py3-none-any.whl token
  token=$(client jeton keyring get "$url/feeds/python/upload/" twine)
  client curl --silent --fail --cacert "$ca" --config - --output "$work/$wheel" "$url/feeds/python/files/$wheel" \
    <<<"user = \"twine:$token\""
  client TWINE_USERNAME=twine TWINE_PASSWORD="$token" TWINE_CERT="$ca" "$tools/bin/twine" upload --non-interactive \
    --disable-progress-bar --repository-url "$url/feeds/python/upload/" "$work/$wheel"
  contains "what arrived" "$(emulator paths)" "POST /feeds/python/upload/"
  costs "for an upload" 1
  feed_token_is_ours basic twine
}
check "a wheel is uploaded with the token as the password" uploaded
