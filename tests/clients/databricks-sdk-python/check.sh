# shellcheck shell=bash
# The Databricks SDK for Python takes a host and a token from its environment, whatever kind the token is of.

principal=$(fact databricks client_id)
# A service principal's three variables, and nothing else that says how to sign in.
m2m=(DATABRICKS_HOST="$url" DATABRICKS_CLIENT_ID="$principal" DATABRICKS_CLIENT_SECRET="$(fact databricks client_secret)")

# usage: sdk TOKEN [ARGUMENT...]: the driver, with that token
sdk() {
  client DATABRICKS_HOST="$url" DATABRICKS_TOKEN="$1" DATABRICKS_CONFIG_FILE=/dev/null REQUESTS_CA_BUNDLE="$ca" \
    "$tools/bin/python" "$here/$name/tokens.py" "${@:2}"
}

# usage: lived PRINCIPAL SAID: a personal access token of that principal was made, listed and deleted
lived() {
  equal "what the SDK did" "me $1 seconds 3600 listed True left 0" "$(tr '\n' ' ' <<<"$2" | sed 's/ $//')"
}

# usage: carried TOKEN: each request to the workspace's API had it for its bearer
carried() {
  # Not shown, whatever they are.
  [[ $(emulator headers Authorization | grep '^Bearer ' | sort -u) == "Bearer $1" ]] ||
    fail "not every request carried the token that jeton gives"
}

by_m2m() {
  local token
  token=$(client "${m2m[@]}" jeton token)
  lived "$principal" "$(sdk "$token" life m2m)"
  equal "the token from the cache" "$token" "$(client "${m2m[@]}" jeton token)"
  costs "for two calls of jeton" 1
  equal "the grant" client_credentials "$(emulator forms grant_type)"
  carried "$token"
}
check "a service principal's three variables are enough to make, list and delete a token" by_m2m

by_entra() {
  local token
  token=$(client jeton token --profile aks --scope databricks)
  lived "$(fact client_id)" "$(sdk "$token" life entra)"
  equal "the scope" "$(fact databricks resource)/.default" "$(emulator forms scope)"
  costs "for one call of jeton" 1
  carried "$token"
}
check "a token of Entra's makes, lists and deletes one" by_entra

# usage: by_run [--static]
by_run() {
  local said
  said=$(client REQUESTS_CA_BUNDLE="$ca" DATABRICKS_CONFIG_PROFILE=none \
    jeton run --profile databricks --as databricks "$@" -- "$tools/bin/python" "$here/$name/tokens.py" life run)
  lived "$principal" "$said"
  carried "$(client jeton token --profile databricks)"
}
(umask 077 && fact databricks client_secret >"$home/databricks-secret")
profile databricks --databricks-host "$url" \
  --databricks-client-id "$principal" --databricks-client-secret-from "file:$home/databricks-secret"
by_static() { by_run --static; }
check "jeton run answers it as the metadata service" by_run
check "jeton run --static hands it the host and the token of a profile" by_static

outlived() {
  emulator settings '{"databricks": {"token_lifetime": 4}}'
  client REQUESTS_CA_BUNDLE="$ca" jeton run --profile databricks --as databricks -- \
    "$tools/bin/python" "$here/$name/tokens.py" watch 12 >"$work/said"
  equal "who it was" "$principal" "$(sort -u "$work/said")"
  [[ $(emulator count token_requests) -ge 3 ]] || fail "it was never renewed"
}
check "calls for three times a token's life, and none fails" outlived

by_pat() {
  local oauth pat
  oauth=$(client "${m2m[@]}" jeton token)
  (umask 077 && sdk "$oauth" create mine >"$home/pat")
  pat=$(client DATABRICKS_HOST="$url" jeton token --databricks-token-from "file:$home/pat")
  [[ $pat == dapi* ]] || fail "it is no personal access token"
  lived "$principal" "$(sdk "$pat" life pat)"
  costs "for the token that made it" 1
  sdk "$oauth" delete mine
  local said
  said=$(client_fails DATABRICKS_HOST="$url" DATABRICKS_TOKEN="$pat" DATABRICKS_CONFIG_FILE=/dev/null \
    REQUESTS_CA_BUNDLE="$ca" "$tools/bin/python" "$here/$name/tokens.py" me 2>&1)
  [[ $said != *"$pat"* ]] || fail "the token is shown"
  contains "the error" "$said" "Invalid access token"
}
check "a personal access token that jeton hands out makes others, and none once it is deleted" by_pat

# usage: kept_comment NAME: the comment of the token that jeton keeps under that name, if there is one
kept_comment() {
  client "${m2m[@]}" jeton pat list --json |
    python3 -c 'import json, sys; print(*(t["comment"] for t in json.load(sys.stdin) if t["kept_as"] == sys.argv[1]))' "$1"
}

by_made_pat() {
  local old new comment said
  old=$(client "${m2m[@]}" jeton pat create --name sdk --lifetime 1h --comment made --silent)
  lived "$principal" "$(sdk "$old" life of-made)"
  client "${m2m[@]}" jeton pat rotate sdk --silent
  new=$(client DATABRICKS_HOST="$url" jeton token --databricks-token-from keyring:sdk)
  equal "who the new one is" "$principal" "$(sdk "$new" me)"
  said=$(client_fails DATABRICKS_HOST="$url" DATABRICKS_TOKEN="$old" DATABRICKS_CONFIG_FILE=/dev/null \
    REQUESTS_CA_BUNDLE="$ca" "$tools/bin/python" "$here/$name/tokens.py" me 2>&1)
  contains "the error" "$said" "Invalid access token"
  # What jeton made, the SDK finds by its whole comment and deletes.
  comment=$(kept_comment sdk)
  [[ $comment == "made [jeton "* ]] || fail "its comment is $comment"
  sdk "$(client "${m2m[@]}" jeton token)" delete "$comment"
  equal "what is left" "" "$(kept_comment sdk)"
}
check "a personal access token that jeton makes and replaces is as good, and the SDK deletes it" by_made_pat

refused() {
  local said
  said=$(client_fails "${m2m[@]}" DATABRICKS_CLIENT_SECRET=another jeton token 2>&1)
  contains "stderr" "$said" "next: "
  equal "requests to the API" 0 "$(emulator paths | grep -c ' /api/' || true)"
}
check "a wrong secret fails before the SDK has anything to send" refused
