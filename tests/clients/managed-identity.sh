# shellcheck shell=bash
# What holds for every library that asks a managed identity, as jeton run --as azure is one. Its check.sh says how it is
# called, and where it differs:
#
#   driver           the command that takes CREDENTIAL SCOPE [TIMES|renewed], and prints lines as for stand-ins.sh
#   refusal_of_msi   the class that the library gives to what the endpoint refuses [default: refused]

# shellcheck source=links.sh
source "$here/links.sh"

# usage: by_run PROFILE [VARIABLE=VALUE...] -- CREDENTIAL [TIMES|renewed]
# Runs the driver under jeton run, with a proxy that nobody answers at, and another kind of managed identity that nobody
# should ask. The variables are the driver's alone.
by_run() {
  local before behind
  part "${@:2}"
  client http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 MSI_ENDPOINT=http://127.0.0.1:9 \
    jeton run --profile "$1" --as azure --live -- env "${before[@]}" \
    "${driver[@]}" "${behind[0]}" https://graph.microsoft.com/.default "${behind[@]:1}"
}

managed_identity() {
  local credential said
  for credential in managed-identity default; do
    said=$(by_run aks -- "$credential" 2)
    [[ $(cut -d ' ' -f 2 <<<"$said" | sort -u) == "$(client jeton token --profile aks --scope graph)" ]] ||
      fail "$credential: not the token that jeton gives: ${said%% ey*}"
  done
  costs "for two credentials" 1
}

by_serve() {
  local said
  said=$(served --profile aks --managed-identity -- \
    "${driver[@]}" managed-identity https://graph.microsoft.com/.default)
  [[ ${said##* } == "$(client jeton token --profile aks --scope graph)" ]] ||
    fail "not the token that jeton gives: ${said%% ey*}"
  costs "for jeton serve and jeton token" 1
}

# Until there were three tokens. What a call says that failed, and an end that has passed, are no such lines.
renewed() {
  emulator settings '{"lifetime": 4}'
  by_run aks -- managed-identity renewed >"$work/said"
  equal "lines that are no token" "" "$(grep --invert-match --extended-regexp '^[0-9]+(\.[0-9]+)? ey' "$work/said" || true)"
  equal "the number of tokens" 3 "$(cut -d ' ' -f 2 "$work/said" | sort -u | wc -l)"
}

# usage: is_refused WHAT SAID TEXT
is_refused() {
  equal "the class of $1 ($2)" "${refusal_of_msi:-refused}" "${2%% *}"
  contains "the error of $1" "$2" "$3"
}

wrong_secret() {
  is_refused "a wrong secret" "$(by_run aks IDENTITY_HEADER=another -- managed-identity)" \
    "the header X-IDENTITY-HEADER is missing or wrong"
  costs "for a wrong secret" 0
}

nobody_signed_in() {
  is_refused "who is not signed in" "$(by_run person -- managed-identity)" "run: jeton login -p person"
}

refused_by_entra() {
  is_refused "what Entra refuses" "$(by_run aks-wrong -- managed-identity)" AADSTS7000215
}

check "ManagedIdentityCredential and DefaultAzureCredential ask jeton run, past a proxy" managed_identity
check "jeton serve answers it" by_serve
check "it is given new tokens as the old ones end, and no call fails" renewed
check "a wrong secret is an error, with its reason" wrong_secret
check "where a person has to sign in, its error says how" nobody_signed_in
check "what Entra refuses is told with its number" refused_by_entra
