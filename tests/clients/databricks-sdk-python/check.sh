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

by_static() {
  local said
  said=$(client REQUESTS_CA_BUNDLE="$ca" DATABRICKS_CONFIG_PROFILE=none \
    jeton run --profile databricks --as databricks --static -- "$tools/bin/python" "$here/$name/tokens.py" life run)
  lived "$principal" "$said"
  carried "$(client jeton token --profile databricks)"
}
(umask 077 && fact databricks client_secret >"$home/databricks-secret")
profile databricks --databricks-host "$url" \
  --databricks-client-id "$principal" --databricks-client-secret-from "file:$home/databricks-secret"
check "jeton run --static hands it the host and the token of a profile" by_static

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

by_entra_pat() {
  local as=(--profile aks --databricks-host "$url" --silent) pat theirs said
  pat=$(client jeton pat create "${as[@]}" --lifetime 2h --comment entra --name of-entra)
  lived "$(fact client_id)" "$(sdk "$pat" life of-entra)"
  # What the SDK makes, jeton lists and revokes.
  theirs=$(sdk "$pat" create theirs)
  contains "jeton's list" "$(client jeton pat list "${as[@]}")" theirs
  client jeton pat revoke "${as[@]}" --comment theirs
  said=$(client_fails DATABRICKS_HOST="$url" DATABRICKS_TOKEN="$theirs" DATABRICKS_CONFIG_FILE=/dev/null \
    REQUESTS_CA_BUNDLE="$ca" "$tools/bin/python" "$here/$name/tokens.py" me 2>&1)
  contains "the error" "$said" "Invalid access token"
  equal "whose the other one is" "$(fact client_id)" "$(sdk "$pat" me)"
}
check "so is one made with Entra's token, and jeton revokes what the SDK makes" by_entra_pat

# --- az and databricks in the place of the real ones, for this release and for older ones

driver=("$tools/bin/python" "$here/$name/call.py")
trust=(REQUESTS_CA_BUNDLE="$ca")
bundles=("$("$tools/bin/python" -c 'import certifi; print(certifi.where())')")

# The SDK takes a second to load: the processes are forked after that.
start_crowd() {
  local driver=("${driver[@]}" crowd 50)
  with "$@" >"$work/crowd/all" 2>"$work/crowd.errors" &
}

# shellcheck source=../databricks-sdks.sh
source "$here/databricks-sdks.sh"

# A release on each side of every change in how the SDK asks databricks:
#
#   0.79 | 0.80     it can tell of a host that is both a workspace and an account
#   0.93 | 0.94     it tells its profile, and then its host where databricks has no such option
#   0.105 | 0.106   it asks for the version first
#   0.106 | 0.107   it forces a refresh
#   0.157 | 0.158   it looks into small files before it takes them for an older databricks
older=(0.79.0 0.80.0 0.93.0 0.94.0 0.105.0 0.106.0 0.107.0 0.157.0 0.158.0)

for version in "${older[@]}"; do
  if [[ ! -d $tools/$version ]]; then
    "$tools/bin/pip" install --quiet --no-deps --only-binary :all: --target "$tools/$version" "databricks-sdk==$version"
  fi
done

# usage: of VERSION COMMAND...
of() {
  local trust=(REQUESTS_CA_BUNDLE="$ca" PYTHONPATH="$tools/$1")
  "${@:2}" || fail "(with $1)"
}

older_az() {
  local i
  for i in "${!older[@]}"; do
    same "with ${older[i]}" "$(of "${older[i]}" with TZ="${zones[i % 3]}" -- "${azure[@]}")" "$(of_az)"
  done
}

older_databricks() {
  local zone version
  for version in "${older[@]}"; do
    for zone in Asia/Tokyo America/New_York; do
      same "with $version in $zone" "$(of "$version" with TZ="$zone" -- "${databricks[@]}")" "$(of_databricks)"
    done
  done
}

older_names() {
  local version
  for version in 0.79.0 0.93.0; do
    of "$version" by_host
  done
  for version in 0.94.0 0.105.0 0.106.0 0.107.0 0.157.0 0.158.0; do
    of "$version" by_name
  done
}

unified() {
  local version unified=(
    experimental_is_unified_host=true "account_id=$(fact databricks account_id)"
    "workspace_id=$(fact databricks workspace_id)"
  )
  for version in 0.80.0 0.93.0; do
    same "with $version" "$(of "$version" with -- "${databricks[@]}" "${unified[@]}")" \
      "$(ours databricks "$principal" --databricks-account-id "$(fact databricks account_id)")"
  done
}

check "az: ${#older[@]} older releases, ${older[0]} to ${older[-1]}" older_az
check "databricks: the same, east and west of UTC" older_databricks
check "releases before 0.94 tell the host of a profile, later ones its name" older_names
check "what releases tell of hosts that are workspace and account is understood" unified
