# shellcheck shell=bash
# What holds for every Databricks SDK: it gets its token from az and from databricks, and both are jeton. Its check.sh says
# how it is called:
#
#   driver       the command that takes AUTH_TYPE [KEY=VALUE...], and prints "ok WHO END TOKEN", or the class of the error;
#                after `for SECONDS` it does so again and again for as long
#   trust        the variables by which it trusts the emulator; none where it takes the system's certificates
#   bundles      further files where it looks for certificates
#   az_requests  how many tokens it wants from az [default: 2]
#   no_metadata  not empty where the SDK knows no metadata service
#   crowd_size   how many processes are started at once [default: 50]

# A home of its own: az and databricks are asked for nobody in particular, so that every profile counts.
home=$work/databricks
client_env=(HOME="$home" PATH="$bin:/usr/bin:/bin" TMPDIR="$work/tmp" LANG=C.UTF-8 JETON_CA_FILE="$ca")
links=$home/links
resource_id=$(fact databricks resource_id)
principal=$(fact databricks client_id)
app=$(fact client_id)
zones=(UTC Asia/Tokyo America/New_York)

# The profiles, once for all SDKs: one that az answers with, one for databricks, and one that only its name leads to. Those
# that fail are in another home.
failing=$work/databricks-failing
of_entra=(--tenant "$(fact tenant)" --authority-host "$url" --client-id "$app")
if [[ ! -d $home ]]; then
  mkdir -p "$links" "$failing"
  client jeton shim install az databricks --dir "$links" --silent
  (
    umask 077
    fact client_secret >"$home/entra-secret"
    echo another >"$home/wrong-secret"
    fact databricks client_secret >"$home/databricks-secret"
  )
  profile az "${of_entra[@]}" --client-secret-from "file:$home/entra-secret" \
    --subscription "$(cut -d / -f 3 <<<"$resource_id")"
  profile databricks --databricks-host "$url" --databricks-client-id "$principal" \
    --databricks-client-secret-from "file:$home/databricks-secret"
  profile named "${of_entra[@]}" --client-secret-from "file:$home/entra-secret" --databricks-host "$url"
  printf '[named]\nhost = %s\nauth_type = databricks-cli\n' "$url" >"$home/.databrickscfg"
  client_env+=(HOME="$failing")
  profile wrong "${of_entra[@]}" --client-secret-from "file:$home/wrong-secret" --databricks-host "$url"
  profile nobody "${of_entra[@]}" --flow device-code
  profile nobody-there --databricks-host "$url" --flow databricks-u2m
  client_env+=(HOME="$home")
fi

# The settings of a workspace for each way to sign in. The resource makes it one of Azure, and names a subscription.
azure=(azure-cli "host=$url" "azure_workspace_resource_id=$resource_id")
databricks=(databricks-cli "host=$url")

# usage: with [VARIABLE=VALUE...] -- AUTH_TYPE [KEY=VALUE...]
# Runs the driver with the links first on PATH.
with() {
  local before behind
  part "$@"
  client PATH="$links:/usr/bin:/bin" "${trust[@]}" "${before[@]}" "${driver[@]}" "${behind[@]}"
}

# usage: bare AUTH_TYPE [KEY=VALUE...]
# Runs the driver in /bin, with PATH and nothing else in its environment: its user's home is in the user database, and the
# system's certificates are the emulator's, as far as it alone can see.
bare() {
  local as=() mounts=() bundle
  [[ $(id -u) -eq 0 ]] || as=(--map-root-user)
  printf 'root:x:0:0::%s:/bin/sh\n' "$home" >"$work/passwd"
  for bundle in /etc/ssl/certs/ca-certificates.crt "${bundles[@]}"; do
    mounts+=("$ca" "$bundle")
  done
  # shellcheck disable=SC2016
  timeout --kill-after=5 60 unshare "${as[@]}" --mount /bin/bash -e -c '
    while [[ $1 != -- ]]; do
      mount --bind "$1" "$2"
      shift 2
    done
    cd /bin
    exec env -i "${@:2}"' - "$work/passwd" /etc/passwd "${mounts[@]}" -- "${trust[@]}" PATH="$links:/usr/bin:/bin" \
    "${driver[@]}" "$@"
}

# What the driver prints when all is well. usage: ours PROFILE WHO [ARGUMENT OF jeton token...]
ours() {
  client jeton token --profile "$1" "${@:3}" --output json | python3 -c '
import calendar, json, sys, time
token = json.load(sys.stdin)
end = calendar.timegm(time.strptime(token["expiresOn"], "%Y-%m-%dT%H:%M:%SZ"))
print("ok", sys.argv[1], end, token["accessToken"])' "$2"
}

of_az() {
  ours az "$app" --scope databricks
}

of_databricks() {
  ours databricks "$principal"
}

# usage: same WHAT THEIRS OURS: the SDK has what jeton has. (Not shown: it is a token.)
same() {
  [[ $2 == "$3" ]] || fail "$1: the SDK has another token, or another end, than jeton: ${2%% ey*}"
}

# A request carried the token that jeton gives. usage: carried LINE_OF_ours
carried() {
  # (With --quiet, grep would be gone before all are written.)
  emulator headers Authorization | grep --fixed-strings --line-regexp "Bearer ${1##* }" >/dev/null ||
    fail "no request carried the token that jeton gives"
}

reads_az() {
  local zone
  for zone in "${zones[@]}"; do
    same "in $zone" "$(with TZ="$zone" -- "${azure[@]}")" "$(of_az)"
  done
  carried "$(of_az)"
  # One is for the workspace, and one for the management of Azure: SDKs send both.
  costs "for three processes" "${az_requests:-2}"
}

# (SDKs force a refresh when they start: the token is the one that this got them.)
reads_databricks() {
  local zone
  for zone in "${zones[@]}"; do
    same "in $zone" "$(with TZ="$zone" -- "${databricks[@]}")" "$(of_databricks)"
  done
}

# From a certain release on, SDKs tell databricks the profile that they were told.
by_name() {
  same "by its name" "$(with -- databricks-cli profile=named)" "$(ours named "$app")"
}

# Before it, they tell its host.
by_host() {
  same "by its host" "$(with -- databricks-cli profile=named)" "$(of_databricks)"
}

by_path() {
  same "by its path" "$(with PATH=/usr/bin:/bin DATABRICKS_CLI_PATH="$links/databricks" -- "${databricks[@]}")" \
    "$(of_databricks)"
  carried "$(of_databricks)"
}

alone() {
  same "from az" "$(bare "${azure[@]}")" "$(of_az)"
  same "from databricks" "$(bare "${databricks[@]}")" "$(of_databricks)"
}

# Programs that fail in the words of the real ones (az 2.91.0, databricks 1.13.0).
real=$work/real
mkdir -p "$real"

# Writes a script that SDKs take for the real databricks: they skip small files. usage: padded FILE
padded() {
  cat >"$1"
  head --bytes 1048576 /dev/zero | tr '\0' '#' >>"$1"
  chmod +x "$1"
}

# usage: real NAME TEXT
real() {
  padded "$real/$1" <<SH
#!/bin/sh
echo "$1" >>"$work/real-runs"
case "\$*" in
  version) echo "Databricks CLI v1.13.0"; exit ;;
  "version --output json") echo '{"Version": "1.13.0", "Major": 1, "Minor": 13, "Patch": 0}'; exit ;;
esac
cat >&2 <<"END"
$2
END
exit 1
SH
}

class() {
  head -n 1 | cut -d ' ' -f 1
}

# The class of an error is the one that the SDK gives to the real program's. usage: as_real VARIABLE=VALUE... -- AUTH_TYPE...
as_real() {
  local expected said before behind
  part "$@"
  : >"$work/real-runs"
  expected=$(with PATH="$real:/usr/bin:/bin" -- "${behind[@]}" | class)
  [[ -s $work/real-runs ]] || fail "the SDK did not run the real program"
  [[ $expected == skipped || $expected == refused ]] || fail "the SDK says nothing of the real program's error"
  said=$(with "$@")
  equal "the class of the error ($said)" "$expected" "$(class <<<"$said")"
}

nobody() {
  real az "ERROR: Please run 'az login' to setup account."
  real databricks "Error: cache: databricks OAuth is not configured for this host. Try logging in again with \`databricks \
auth login --host $url\` before retrying. If this fails, please report this issue to the Databricks CLI maintainers at \
https://github.com/databricks/cli/issues/new"
  as_real HOME="$failing" JETON_PROFILE=nobody -- "${azure[@]}"
  as_real HOME="$failing" JETON_PROFILE=nobody-there -- "${databricks[@]}"
  costs "for nobody" 0
}

refused() {
  real az "ERROR: AADSTS7000215: Invalid client secret provided. Trace ID: 0 Correlation ID: 0"
  real databricks "Error: A new access token could not be retrieved because the refresh token is invalid. To reauthenticate, \
run the following command:
  \$ databricks auth login --profile wrong"
  as_real HOME="$failing" JETON_PROFILE=wrong -- "${azure[@]}"
  as_real HOME="$failing" JETON_PROFILE=wrong -- "${databricks[@]}"
  contains "the message" "$(with HOME="$failing" JETON_PROFILE=wrong -- "${databricks[@]}")" AADSTS7000215
}

silent() {
  real az 'ERROR: HTTPSConnectionPool: Max retries exceeded with url'
  real databricks "Error: Post \"$url/oidc/v1/token\": dial tcp: i/o timeout"
  emulator script '{"kind": "hang", "times": 1000}'
  as_real JETON_TIMEOUT=2s -- "${azure[@]}"
  as_real JETON_TIMEOUT=2s -- "${databricks[@]}"
}

# Starts as many processes in the background. A check.sh may have another.
declare -F start_crowd >/dev/null || start_crowd() {
  local i
  for ((i = 0; i < ${crowd_size:-50}; i++)); do
    with "$@" >"$work/crowd/$i" 2>"$work/crowd.errors" &
  done
}

# All processes ask databricks for a token before one of them gets to jeton.
crowd() {
  local size=${crowd_size:-50} client_limit=300 end=$((SECONDS + 250)) gate
  rm -rf "$work/crowd" "$work/gate"
  mkdir "$work/crowd" "$work/gate"
  padded "$work/gate/databricks" <<SH
#!/bin/sh
if [ "\$1" = auth ]; then
  echo >>"$work/gate/arrived"
  flock --shared "$work/gate/lock" true
fi
exec "$links/databricks" "\$@"
SH
  : >"$work/gate/arrived"
  exec {gate}>"$work/gate/lock"
  flock --exclusive "$gate"
  emulator settings '{"latency_ms": 300}'
  start_crowd PATH="$work/gate:/usr/bin:/bin" -- "${databricks[@]}"
  until [[ $(wc -l <"$work/gate/arrived") -ge $size || $SECONDS -ge $end ]]; do
    sleep 0.1
  done
  flock --unlock "$gate"
  wait
  equal "the number of answers" "$size" "$(cat "$work/crowd/"* | wc -l)"
  same "in all processes" "$(sort -u "$work/crowd/"*)" "$(of_databricks)"
  costs "for all processes" 1
}

# usage: by_run [for SECONDS] AUTH_TYPE: the driver under jeton run, past a proxy that nobody answers at
by_run() {
  client "${trust[@]}" DATABRICKS_CONFIG_PROFILE=none http_proxy=http://127.0.0.1:9 \
    jeton run --profile databricks --as databricks -- "${driver[@]}" "$@"
}

# For three times a token's life no call fails. usage: lasts COMMAND..., which prints the driver's lines
lasts() {
  emulator settings '{"databricks": {"token_lifetime": 4}}'
  "$@" >"$work/said"
  equal "what the calls were answered" "ok $principal" "$(cut -d ' ' -f 1,2 "$work/said" | sort -u)"
  [[ $(cut -d ' ' -f 4 "$work/said" | sort -u | wc -l) -ge 3 ]] || fail "there were less than three tokens"
}

live() {
  same "from jeton run" "$(by_run metadata-service)" "$(of_databricks)"
  carried "$(of_databricks)"
  costs "for jeton run and jeton token" 1
}

by_serve() {
  same "from jeton serve" "$(served --profile databricks --databricks -- "${trust[@]}" "${driver[@]}" metadata-service)" \
    "$(of_databricks)"
}

live_for_long() {
  lasts by_run for 12 metadata-service
}

linked_for_long() {
  lasts with -- for 12 "${databricks[@]}"
}

check "az gives the right token and its right end in every time zone" reads_az
check "databricks gives the right token and its right end in every time zone" reads_databricks
check "a profile of .databrickscfg is asked for by its name" by_name
check "databricks is found by DATABRICKS_CLI_PATH" by_path
check "PATH alone is enough of an environment, in any folder" alone
check "who is not signed in is classed as with the real az and databricks" nobody
check "what Entra refuses is classed as with the real ones, and told with its number" refused
check "a service that does not answer is classed as with the real ones" silent
check "${crowd_size:-50} processes cause one request" crowd
if [[ -z ${no_metadata:-} ]]; then
  check "jeton run answers it as the metadata service" live
  check "so does jeton serve" by_serve
  check "no call fails for three times a token's life by the metadata service" live_for_long
else
  check "no call fails for three times a token's life by databricks" linked_for_long
fi
