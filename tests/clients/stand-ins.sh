# shellcheck shell=bash
# What holds for every library that asks az and azd for tokens. Its check.sh says how it is called, and where it differs:
#
#   driver      the command that takes CREDENTIAL SCOPE [TIMES], and prints a line with the token's end and the token, or the
#               class of the error
#   azd_zones   the time zones in which it reads azd's time right [default: all]

# shellcheck source=links.sh
source "$here/links.sh"

scope=2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default
zones=(UTC Asia/Tokyo America/New_York)

# usage: with PROFILE [VARIABLE=VALUE...] -- CREDENTIAL SCOPE [TIMES]
# Runs the driver with the links first on PATH, as the user of a profile.
with() {
  local before behind
  part "${@:2}"
  client PATH="$links:/usr/bin:/bin" JETON_PROFILE="$1" "${before[@]}" "${driver[@]}" "${behind[@]}"
}

# The end of the token in jeton's cache, and the token.
ours() {
  client jeton token --profile aks --scope "$scope" --output json | python3 -c '
import calendar, json, sys, time
token = json.load(sys.stdin)
print(calendar.timegm(time.strptime(token["expiresOn"], "%Y-%m-%dT%H:%M:%SZ")), token["accessToken"])'
}

# usage: right CREDENTIAL ZONE...
right() {
  local zone credential=$1
  shift
  for zone in "$@"; do
    [[ $(with aks TZ="$zone" -- "$credential" "$scope") == "$(ours)" ]] ||
      fail "in $zone, the library reads another token or another end than jeton has"
  done
}

reads_az() {
  right az "${zones[@]}"
  costs "for three processes" 1
}

reads_azd() {
  right azd "${azd_zones[@]:-${zones[@]}}"
  costs "for all processes" 1
}

chooses() {
  local credential line
  for credential in AzureCliCredential AzureDeveloperCliCredential dev; do
    line=$(with aks TZ=UTC AZURE_TOKEN_CREDENTIALS="$credential" -- default "$scope")
    [[ $line == "$(ours)" ]] || fail "with $credential, the library reads another token: ${line%% *}"
  done
}

keeps() {
  with aks -- az "$scope" 5 >/dev/null
  costs "for five tokens" 1
}

# Programs that fail in the words of the real ones (az 2.91.0, azd 1.24).
real=$work/real
mkdir -p "$real"

# usage: real NAME TEXT
real() {
  printf '#!/bin/sh\ncat >&2 <<"END"\n%s\nEND\nexit 1\n' "$2" >"$real/$1"
  chmod +x "$real/$1"
}

class() {
  head -n 1 | cut -d ' ' -f 1
}

# The class of an error is the one that the library gives to the real program's. usage: as_real CREDENTIAL PROFILE
as_real() {
  local expected
  expected=$(client PATH="$real:/usr/bin:/bin" "${driver[@]}" "$1" "$scope" | class)
  [[ $expected == unavailable || $expected == refused ]] || fail "the library says nothing of the real program's error"
  equal "the class of the error ($1)" "$expected" "$(with "$2" -- "$1" "$scope" | class)"
}

nobody() {
  real az "ERROR: Please run 'az login' to setup account."
  # shellcheck disable=SC2016
  real azd '{"error":"not logged in, run `azd auth login` to login","message":"not logged in, run `azd auth login` to login"}'
  as_real az person
  as_real azd person
  costs "for nobody" 0
}

refused() {
  local credential said text="AADSTS7000215: Invalid client secret provided. Trace ID: 0 Correlation ID: 0"
  real az "ERROR: $text"
  real azd "{\"error\":\"fetching token: $text\",\"message\":\"fetching token: $text\"}"
  for credential in az azd; do
    as_real "$credential" aks-wrong
    said=$(with aks-wrong -- "$credential" "$scope")
    contains "the message ($credential)" "$said" AADSTS7000215
  done
}

silent() {
  real az 'ERROR: HTTPSConnectionPool: Max retries exceeded with url'
  emulator settings '{"latency_ms": 30000}'
  local expected
  expected=$(client PATH="$real:/usr/bin:/bin" "${driver[@]}" az "$scope" | class)
  equal "the class of a service that does not answer" "$expected" \
    "$(with aks JETON_TIMEOUT=1s -- az "$scope" | class)"
}

check "az gives the right token and its right end in every time zone" reads_az
check "azd gives the right token and its right end" reads_azd
check "the default credential takes az, azd, or the first of both" chooses
check "tokens come from the cache" keeps
check "who is not signed in is classed as with the real az and azd" nobody
check "what Entra refuses is classed as with the real ones, and told with its number" refused
check "a service that does not answer is classed as with the real az" silent
