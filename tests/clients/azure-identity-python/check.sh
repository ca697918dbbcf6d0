# shellcheck shell=bash
# azure-identity for Python runs az and azd without a shell, in another folder, with nothing on standard input, and reads
# their errors.

driver=("$tools/bin/python" "$here/$name/get_token.py")

# It takes azd's time in UTC for local time.
azd_zones=(UTC)

# shellcheck source=../stand-ins.sh
source "$here/stand-ins.sh"

# usage: by_run PROFILE CREDENTIAL [TIMES]: under jeton run, with a proxy that nobody answers at
by_run() {
  client http_proxy=http://127.0.0.1:9 MSI_ENDPOINT=http://127.0.0.1:9 jeton run --profile "$1" --as azure -- \
    "${driver[@]}" "$2" https://graph.microsoft.com/.default "${@:3}"
}

managed_identity() {
  local credential said
  for credential in managed-identity default; do
    said=$(by_run aks "$credential" 2)
    [[ $(cut -d ' ' -f 2 <<<"$said" | sort -u) == "$(client jeton token --profile aks --scope graph)" ]] ||
      fail "$credential: not the token that jeton gives"
  done
  costs "for two credentials" 1
}
check "ManagedIdentityCredential and DefaultAzureCredential ask jeton run, past a proxy" managed_identity

renewed() {
  emulator settings '{"lifetime": 3}'
  local said
  said=$(by_run aks managed-identity 400)
  [[ $said != *refused* && $said != *unavailable* ]] || fail "a call failed: $(grep -v eyJ <<<"$said")"
  [[ $(sort -u <<<"$said" | wc -l) -ge 2 ]] || fail "it was never renewed"
}
check "it is given new tokens as the old ones end" renewed

nobody_signed_in() {
  profile me --tenant contoso.example --client-id "$(fact public_client_id)" --authority-host "$url" --flow device-code
  local said
  said=$(by_run me managed-identity)
  contains "the error" "$said" "unavailable "
  contains "the error" "$said" "run: jeton login -p me"
  client jeton profile delete me --yes
}
check "where a person has to sign in, its error says how" nobody_signed_in
