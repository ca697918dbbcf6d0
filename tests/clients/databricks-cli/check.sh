# shellcheck shell=bash
# The real Databricks CLI: beside jeton's stand-in, behind it, and with the tokens that jeton gives it.

release=$(awk '$1 == "github.com/databricks/cli" { print substr($2, 2) }' "$here/$name/go.mod")
begin=$SECONDS
need go golang
# (Its own main.go, which go.mod pins. It says its release by this variable alone.)
(cd "$here/$name" && build_go "$tools/databricks" \
  -ldflags="-s -w -X github.com/databricks/cli/internal/build.buildVersion=$release" github.com/databricks/cli)
echo "      $name: built in $((SECONDS - begin)) s"

home=$work/databricks-cli
person=$home/person
nobody=$home/nobody
links=$home/links
mkdir -p "$links" "$person" "$nobody"
# It trusts the system's certificates, asks nobody for a newer release, and keeps its sign-in in a file.
client_env=(
  HOME="$home" PATH="$tools:$bin:/usr/bin:/bin" TMPDIR="$work/tmp" LANG=C.UTF-8 TZ=America/New_York
  JETON_CA_FILE="$ca" JETON_SECRET_STORE=file SSL_CERT_FILE="$ca"
  DATABRICKS_CLI_DISABLE_UPDATE_CHECK=1 DATABRICKS_CLI_DISABLE_TELEMETRY=1 DATABRICKS_AUTH_STORAGE=plaintext
)
principal=$(fact databricks client_id)
m2m=(DATABRICKS_HOST="$url" DATABRICKS_CLIENT_ID="$principal" DATABRICKS_CLIENT_SECRET="$(fact databricks client_secret)")
(umask 077 && fact databricks client_secret >"$home/secret")
profile principal --databricks-host "$url" --databricks-client-id "$principal" \
  --databricks-client-secret-from "file:$home/secret"
client jeton shim install databricks --dir "$links" --silent
printf '[work]\nhost = %s\nauth_type = databricks-cli\n\n[__settings__]\ndefault_profile = work\n' "$url" \
  | tee "$person/.databrickscfg" >"$nobody/.databrickscfg"
# shellcheck disable=SC2016  # It is the script that takes an argument.
printf '#!/bin/sh\nexec curl --silent --location --cacert "%s" --output /dev/null "$1"\n' "$ca" >"$home/open-page"
chmod +x "$home/open-page"

# --- beside it

same() {
  local empty=$home/empty said
  mkdir -p "$empty"
  emulator settings '{"auto_sign_in": true}'
  client HOME="$person" JETON_INTERACTIVE=always BROWSER="$home/open-page" jeton login --databricks-host "$url" --silent
  said=$(client HOME="$person" PATH="$links:/usr/bin:/bin" python3 "$here/$name/compare.py" "$tools/databricks" \
    "$links/databricks" "$person" "$empty" "$url") || fail "$said"
}
check "$release and jeton print the same for every call, and jeton no more than it has" same

# --- behind it

# The CLI behind the link, with a tally of its runs.
behind=$home/behind
mkdir -p "$behind"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho run >>"%s"\nexec "%s" "$@"\n' "$home/real-runs" "$tools/databricks" >"$behind/databricks"
chmod +x "$behind/databricks"

# usage: ends PROGRAM ARGUMENT...: what it prints and how it ends, with the links first on PATH
ends() {
  local code=0 said
  said=$(client PATH="$links:$behind:/usr/bin:/bin" "${m2m[@]}" "$@" 2>&1) || code=$?
  printf '%s\n[%s]' "$said" "$code"
}

handed_on() {
  local line words expected
  for line in "current-user me" "current-user me -o json" "tokens list" "tokens delete nope" "auth login --help" \
    "auth token --help" "auth nope" "nope" "version stray" "--help" "-x"; do
    read -ra words <<<"$line"
    expected=$(ends "$tools/databricks" "${words[@]}")
    : >"$home/real-runs"
    equal "databricks $line" "$expected" "$(ends databricks "${words[@]}")"
    equal "runs of the real one for databricks $line" 1 "$(wc -l <"$home/real-runs" | tr -d ' ')"
  done
  contains "who is there" "$(ends databricks current-user me)" "\"userName\": \"$principal\""
  # Not a wrapper: the program itself, which takes its own name for the one to ask (DATABRICKS_CLI_PATH).
  contains "who is there" "$(client PATH="$links:$tools:/usr/bin:/bin" "${m2m[@]}" databricks current-user me)" "$principal"
}
check "what jeton does not answer is the real one's, to the word, and goes round in no circle" handed_on

# Who signed in with the real one is not signed out by the link.
still_signed_in() {
  local theirs command
  theirs=$(date --utc --date "1 hour" +%Y-%m-%dT%H:%M:%SZ)
  mkdir -p "$nobody/.databricks"
  printf '{"version":1,"tokens":{"work":{"access_token":"theirs","token_type":"Bearer","expiry":"%s"}}}' "$theirs" \
    >"$nobody/.databricks/token-cache.json"
  for command in "auth token -p work" "auth profiles --skip-validate"; do
    read -ra words <<<"$command"
    equal "databricks $command" "$(client HOME="$nobody" "$tools/databricks" "${words[@]}")" \
      "$(client HOME="$nobody" PATH="$links:$behind:/usr/bin:/bin" databricks "${words[@]}")"
  done
  contains "the token" "$(client HOME="$nobody" PATH="$links:$behind:/usr/bin:/bin" databricks auth token -p work)" \
    '"access_token": "theirs"'
}
check "who signed in with the real one stays signed in behind jeton" still_signed_in

# --- with what jeton gives it

# usage: lives COMMAND...: the CLI, run by COMMAND, says who is there, makes a token, lists and deletes it
lives() {
  local made id
  contains "who is there" "$("$@" databricks current-user me)" "\"userName\": \"$principal\""
  made=$("$@" databricks tokens create --comment by-the-cli --lifetime-seconds 3600)
  contains "what is made" "$made" '"token_value": "dapi'
  id=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["token_info"]["token_id"])' <<<"$made")
  contains "the list" "$("$@" databricks tokens list)" "$id"
  "$@" databricks tokens delete "$id"
  [[ $("$@" databricks tokens list) != *"$id"* ]] || fail "it is still there"
}

# Each request to the workspace's API had jeton's token for its bearer.
carried() {
  # Not shown, whatever they are.
  [[ $(emulator headers Authorization | grep '^Bearer ' | sort -u) == "Bearer $(client jeton token -p principal)" ]] ||
    fail "not every request carried the token that jeton gives"
}

run_as() { client jeton run --profile principal --as databricks "$@"; }

# usage: signs_in_by TYPE COMMAND...
signs_in_by() {
  contains "auth describe" "$("${@:2}" databricks auth describe)" "Authenticated with: $1"
}

by_static() {
  signs_in_by pat run_as --static --
  lives run_as --static --
  carried
  costs "for all calls" 1
}
check "jeton run --static: it makes, lists and deletes a token with DATABRICKS_HOST and DATABRICKS_TOKEN" by_static

by_live() {
  signs_in_by metadata-service run_as --live --
  signs_in_by metadata-service run_as --
  lives run_as --live --
  carried
  costs "for all calls" 1
}
check "jeton run --live: the same with the metadata service, which is the default" by_live

by_pat() {
  local pat id said
  pat=$(client "${m2m[@]}" jeton pat create --name cli --lifetime 1h --comment made --silent)
  local with=(client DATABRICKS_HOST="$url" DATABRICKS_TOKEN="$pat")
  signs_in_by pat "${with[@]}"
  lives "${with[@]}"
  # What jeton made, the CLI finds and deletes, and then it is of no use.
  id=$("${with[@]}" databricks tokens list -o json |
    python3 -c 'import json, sys; print(*(t["token_id"] for t in json.load(sys.stdin) if t["comment"].startswith("made")))')
  "${with[@]}" databricks tokens delete "$id"
  said=$(client_fails DATABRICKS_HOST="$url" DATABRICKS_TOKEN="$pat" databricks current-user me 2>&1)
  contains "the error" "$said" "Invalid access token"
  [[ $said != *"$pat"* ]] || fail "the token is shown"
}
check "a personal access token of jeton pat is as good, until the CLI deletes it" by_pat

# Calls until as many seconds have passed; the first that fails ends it. (One line for each.)
# shellcheck disable=SC2016
for_seconds='end=$((SECONDS + $1)); while [[ $SECONDS -lt $end ]]; do databricks current-user me | grep userName; done'

outlived() {
  emulator settings '{"databricks": {"token_lifetime": 4}}'
  run_as --live -- bash -euo pipefail -c "$for_seconds" - 14 >"$work/said"
  equal "who it was" "  \"userName\": \"$principal\"" "$(sort -u "$work/said")"
  [[ $(wc -l <"$work/said") -ge 20 ]] || fail "there were no more calls than $(wc -l <"$work/said")"
  [[ $(emulator count token_requests) -ge 3 ]] || fail "it was never renewed"
}
check "a script that runs for three times a token's life: no call fails" outlived

# usage: at FILE [ADDED]: the CLI with the lines that jeton serve printed; ADDED stands behind the address
at() {
  # shellcheck disable=SC2016
  client_limit=20 client bash -euc 'source "$1"; DATABRICKS_METADATA_SERVICE_URL+=$2; exec databricks "${@:3}"' - \
    "$1" "$2" current-user me
}

served() {
  local server said shown=$work/shown
  client_limit=120 client jeton serve --profile principal --databricks --listen 127.0.0.1:0 >"$shown" 2>"$work/access" &
  server=$!
  # shellcheck disable=SC2064  # Its number is known now.
  trap "kill $server 2>/dev/null || true" EXIT
  until_true grep DATABRICKS_AUTH_TYPE "$shown"
  contains "who is there" "$(at "$shown" "")" "\"userName\": \"$principal\""
  carried
  if said=$(at "$shown" x 2>&1); then
    fail "it succeeded with a wrong secret"
  fi
  contains "the CLI's error" "$said" "Error: metadata-service auth: "
  contains "the CLI's error" "$said" "there is nothing at this path, or its secret is wrong"
  if grep --quiet --fixed-strings "$(client jeton token -p principal)" "$work/access" "$shown"; then
    fail "a token is in the log"
  fi
  kill "$server"
  wait "$server" || true
}
check "jeton serve answers it, and a wrong secret is the CLI's own error" served
