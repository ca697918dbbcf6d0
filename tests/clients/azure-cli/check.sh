# shellcheck shell=bash
# The real Azure CLI beside jeton's stand-in, at the emulator with the same app: the same bytes on stdout, the same exit
# codes, the same first lines of errors.

# shellcheck source=../links.sh
source "$here/links.sh"

profile Work --tenant 11111111-1111-1111-1111-111111111111 --client-id 22222222-2222-2222-2222-222222222222 \
  --authority-host "$url" --client-secret-from "file:$home/secret" --subscription aaaaaaaa-0000-0000-0000-000000000002

same() {
  local said
  said=$(timeout 600 env -i "${client_env[@]}" REQUESTS_CA_BUNDLE="$ca" \
    "$tools/bin/python" "$here/$name/compare.py" "$tools/bin/az" "$links/az" "$work/azure" "$url" emulator-secret \
    2>"$work/times") || fail "$said"
}
check "az and jeton print the same for every call" same
sed 's/^/      azure-cli: /' "$work/times"
