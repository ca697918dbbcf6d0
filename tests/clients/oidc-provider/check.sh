# shellcheck shell=bash
# A certified OpenID provider that no one here wrote, with Entra's paths, and Chromium, which clicks through its pages.
# The provider judges what jeton sends: assertions, PKCE, redirect addresses, and above all refresh tokens, each of which is
# good for one use; one that comes twice ends the sign-in.

need openssl openssl
need chromium chromium

cp "$here/$name"/*.js "$tools/"
place=$work/$name
ada=ada@contoso.example
bob=bob@contoso.example
api=https://api.contoso.example

# usage: certificate NAME SUBJECT [OPTION...]
certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout "$place/$1.key" -out "$place/$1.pem" -subj "/CN=$2" \
    "${@:3}" 2>"$place/openssl.log"
}

make_secrets() {
  certificate ca "An authority" -addext basicConstraints=critical,CA:TRUE
  certificate server localhost -CA "$place/ca.pem" -CAkey "$place/ca.key" \
    -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:localhost
  certificate app "An app"
  certificate other "Another app"
  cat "$place/app.key" "$place/app.pem" >"$place/app-both.pem"
  cat "$place/other.key" "$place/other.pem" >"$place/other-both.pem"
  (umask 077 && printf 'a password' >"$place/password" && openssl rand -hex 20 | tr -d '\n' >"$place/secret")
  openssl pkcs12 -export -inkey "$place/app.key" -in "$place/app.pem" -out "$place/app.pfx" \
    -passout "file:$place/password"
}

# It ends with this script, however that comes about.
start_provider() {
  echo 3600 >"$place/lifetime"
  "$(command -v node)" "$tools/provider.js" "$place" contoso.example < <(tail --pid=$$ --follow /dev/null) \
    >"$place/provider.log" 2>&1 &
  provider_pid=$!
  # shellcheck disable=SC2154
  trap 'kill "$provider_pid" 2>/dev/null || true' EXIT
  until_true test -s "$place/url"
  provider=$(<"$place/url")
}

# What jeton starts in place of a browser. It logs what it met to $desk/browser, beside one line for each start.
make_browser() {
  local server_key
  server_key=$(openssl x509 -in "$place/server.pem" -noout -pubkey | openssl pkey -pubin -outform der |
    openssl dgst -sha256 -binary | base64)
  cat >"$place/browser" <<SH
#!/bin/sh
echo started >>"\$DESK/starts"
exec env PROVIDER=$provider AS=$ada SERVER_KEY=$server_key ADDRESS="\$DESK/address" FAILURE=$tools/failure.png \\
  "$(command -v node)" "$tools/browser.js" "\$1" >"\$DESK/browser" 2>&1
SH
  chmod +x "$place/browser"
}

make_profiles() {
  local entra=(--authority-host "$provider" --tenant contoso.example --resource "$api" --client-id)
  local app=("${entra[@]}" an-app-with-a-certificate --flow certificate --certificate)
  profile app-pem "${app[@]}" "$place/app-both.pem"
  profile app-pfx "${app[@]}" "$place/app.pfx" --certificate-password-from "file:$place/password"
  profile app-other "${app[@]}" "$place/other-both.pem"
  local user=("${entra[@]}" a-native-app --flow)
  profile user-query "${user[@]}" interactive-browser --response-mode query
  profile user-form-post "${user[@]}" interactive-browser --response-mode form_post --login-hint "$bob"
  profile user-code "${user[@]}" device-code
  local web=("${entra[@]}" a-web-app --client-secret-from "file:$place/secret" --flow)
  profile web "${web[@]}" client-credentials
  profile user-web "${web[@]}" authorization-code --redirect-uri http://localhost/callback
  profile user-paste "${web[@]}" authorization-code --redirect-uri https://app.contoso.example/callback
}

# Each check has sign-ins and tokens of its own, and a provider of whom nothing was asked yet.
begin() {
  desk=$(mktemp -d "$work/desk.XXXXXX")
  : >"$place/events"
  desk_env=(
    DESK="$desk" BROWSER="$place/browser" JETON_CA_FILE="$place/ca.pem" JETON_SECRET_STORE=file
    JETON_DATA_DIR="$desk/data" JETON_CACHE_DIR="$desk/cache"
  )
}

# usage: token PROFILE [OPTION...], with variables in front as for env
token() {
  local variables=()
  while [[ $1 == *=* ]]; do
    variables+=("$1")
    shift
  done
  client "${desk_env[@]}" "${variables[@]}" jeton token --profile "$@"
}

# The same where nobody is asked: no browser, no terminal, and not a word.
silent_token() {
  local code=0 said=$desk/stderr.$BASHPID
  token BROWSER= "$@" 2>"$said" || code=$?
  # (Stdout is the token's.)
  equal "stderr" "" "$(<"$said")" >&2
  return "$code"
}

# usage: refused EXIT_CODE PART_OF_STDERR token...
refused() {
  local code=0 said
  said=$("${@:3}" 2>&1) || code=$?
  contains "the error" "$said" "$2"
  contains "the error" "$said" "next: "
  equal "the exit code" "$1" "$code"
}

# usage: claim NAME TOKEN
claim() {
  NAME=$1 node -p 'JSON.parse(Buffer.from(require("fs").readFileSync(0, "utf8").split(".")[1], "base64url"))[process.env.NAME]' \
    <<<"$2"
}

# usage: happened EVENT... - all that the provider did, in this order. Polls that came before the user do not count.
happened() {
  equal "what happened at the provider" "$(printf '%s\n' "$@")" "$(grep --invert-match authorization_pending "$place/events")"
}

# usage: met PAGE... - what the browser met. The last page is its text.
met() {
  until_true grep --quiet --extended-regexp '^(last|failed):' "$desk/browser"
  equal "the pages" "$(printf '%s\n' "$@")" "$(<"$desk/browser")"
}

signed_in_page='last: You are signed in You can close this page.'
failed_page='last: The sign-in failed The terminal in which it was started says why. You can close this page.'

# usage: ours TOKEN [USER] - it is what the provider gave to that user, Ada as a rule.
ours() {
  equal "the audience" "$api" "$(claim aud "$1")"
  equal "the user" "${2:-$ada}" "$(claim sub "$1")"
}

as_app() {
  begin
  local given
  given=$(silent_token "$1")
  equal "the audience" "$api" "$(claim aud "$given")"
  equal "the token" "$given" "$(silent_token "$1")"
  [[ $given != "$(silent_token "$1" --force-refresh)" ]] || fail "a forced refresh gives the same token"
  happened "granted client_credentials" "granted client_credentials"
}

pem() { as_app app-pem; }
pfx() { as_app app-pfx; }
secret() { as_app web; }

other_certificate() {
  begin
  refused 6 "client authentication failed" token app-other
  grep --quiet '^refused client_credentials invalid_client' "$place/events" || fail "it was not asked"
}

# usage: sign_in PROFILE MODE [USER]
sign_in() {
  begin
  local given
  given=$(token "$1" 2>"$desk/stderr")
  ours "$given" "${@:3}"
  contains "stderr" "$(<"$desk/stderr")" "$provider/contoso.example/oauth2/v2.0/authorize?"
  met sign-in consent "$signed_in_page"
  equal "the token" "$given" "$(silent_token "$1")"
  [[ $given != "$(silent_token "$1" --force-refresh)" ]] || fail "a forced refresh gives the same token"
  happened "authorized $2" "granted authorization_code" "granted refresh_token"
}

query() { sign_in user-query query; }
hinted() { sign_in user-form-post form_post "$bob"; }
web() { sign_in user-web form_post; }

# The browser ends on a page that can't be reached. Its address is pasted, here into a pipe, after one of another sign-in.
pasted() {
  begin
  mkfifo "$desk/keyboard"
  token JETON_INTERACTIVE=always user-paste <"$desk/keyboard" >"$desk/token" 2>"$desk/stderr" &
  local waiting=$! keyboard
  exec {keyboard}>"$desk/keyboard"
  until_true grep --quiet "^last: This site can’t be reached" "$desk/browser"
  echo 'https://app.contoso.example/callback?code=another&state=another' >&"$keyboard"
  until_true grep --quiet "it has the state of another sign-in" "$desk/stderr"
  echo "$(<"$desk/address")" >&"$keyboard"
  wait "$waiting"
  ours "$(<"$desk/token")"
  happened "authorized query" "granted authorization_code"
}

crowd() {
  begin
  local number processes=()
  for number in {1..10}; do
    token user-query >"$desk/token.$number" 2>"$desk/stderr.$number" &
    processes+=("$!")
  done
  for number in "${processes[@]}"; do
    wait "$number"
  done
  ours "$(<"$desk/token.1")"
  equal "tokens" 1 "$(sort --unique "$desk"/token.* | wc -l)"
  equal "browsers" 1 "$(wc -l <"$desk/starts")"
  happened "authorized query" "granted authorization_code"
}

# usage: refusal AT
refusal() {
  begin
  refused 6 "End-User aborted interaction" token "REFUSES=$1" user-query
  if [[ $1 == consent ]]; then
    met sign-in consent "$failed_page"
  else
    met sign-in "$failed_page"
  fi
  happened "not authorized access_denied"
  # Who refused is not asked again at once.
  refused 3 "not asked again" token user-query
  equal "browsers" 1 "$(wc -l <"$desk/starts")"
}

consent_refused() { refusal consent; }
sign_in_refused() { refusal sign-in; }

rotation() {
  begin
  local tokens
  tokens=$(
    token user-query 2>/dev/null
    silent_token user-query --force-refresh
    silent_token user-query --force-refresh
  )
  equal "tokens" 3 "$(sort --unique <<<"$tokens" | wc -l)"
  ours "$(tail -n 1 <<<"$tokens")"
  happened "authorized query" "granted authorization_code" "granted refresh_token" "granted refresh_token"
}

is_past() {
  (($(date +%s) > $1))
}

expired() {
  begin
  echo 3 >"$place/lifetime"
  local old number processes=()
  old=$(token user-query 2>/dev/null)
  echo 3600 >"$place/lifetime"
  until_true is_past "$(claim exp "$old")"
  for number in {1..10}; do
    silent_token user-query >"$desk/token.$number" &
    processes+=("$!")
  done
  for number in "${processes[@]}"; do
    wait "$number"
  done
  equal "tokens" 1 "$(sort --unique "$desk"/token.* | wc -l)"
  ours "$(<"$desk/token.1")"
  happened "authorized query" "granted authorization_code" "granted refresh_token"
}

# What was not as it should be at the provider, whatever else happened there.
trouble() {
  grep --extended-regexp '^(refused|revoked|broken|not authorized)' "$place/events" || true
}

shared() {
  begin
  token user-query >/dev/null 2>&1
  local one number processes=()
  for number in {1..5}; do
    for one in user-query user-code; do
      silent_token "$one" --force-refresh >"$desk/token.$one.$number" &
      processes+=("$!")
    done
  done
  for number in "${processes[@]}"; do
    wait "$number"
  done
  for one in "$desk"/token.*; do
    ours "$(<"$one")"
  done
  equal "what went wrong at the provider" "" "$(trouble)"
  equal "sign-ins" 1 "$(grep --count '^authorized' "$place/events")"
  # One for each of the two at least. A process that came late may have forced one more.
  [[ $(grep --count '^granted refresh_token' "$place/events") -ge 2 ]] || fail "nothing was renewed"
}

# As after a backup was put back, or where somebody else has the refresh token.
reused() {
  begin
  token user-query >/dev/null 2>&1
  cp --recursive "$desk/data" "$desk/backup"
  silent_token user-query --force-refresh >/dev/null
  rm -r "$desk/data"
  mv "$desk/backup" "$desk/data"
  refused 3 "jeton login" token BROWSER= user-query --force-refresh
  # It is not sent again.
  refused 3 "jeton login" token BROWSER= user-query --force-refresh
  happened "authorized query" "granted authorization_code" "granted refresh_token" revoked \
    "refused refresh_token invalid_grant refresh token already used"
}

# Shows a code, and types it into the browser. usage: code [VARIABLE=VALUE]; sets $code
code() {
  local waiting page shown
  token JETON_INTERACTIVE=always user-code >"$desk/token" 2>"$desk/stderr" &
  waiting=$!
  until_true grep --quiet '^  code: ' "$desk/stderr"
  page=$(sed -n 's/^  page: //p' "$desk/stderr")
  shown=$(sed -n 's/^  code: \([^ ]*\).*/\1/p' "$desk/stderr")
  client "${desk_env[@]}" CODE="$shown" "$@" "$place/browser" "$page"
  code=0
  wait "$waiting" || code=$?
}

device() {
  begin
  code
  equal "the exit code" 0 "$code"
  ours "$(<"$desk/token")"
  met code device sign-in consent \
    "last: Sign-in Success Your sign-in with A native app was successful, you can now close this page."
  [[ $(<"$desk/token") != "$(silent_token user-code --force-refresh)" ]] || fail "a forced refresh gives the same token"
  happened "authorized device_resume" "granted urn:ietf:params:oauth:grant-type:device_code" "granted refresh_token"
}

device_refused() {
  begin
  code REFUSES=device
  equal "the exit code" 6 "$code"
  equal "stdout" "" "$(<"$desk/token")"
  contains "stderr" "$(<"$desk/stderr")" "declined"
  contains "stderr" "$(<"$desk/stderr")" "next: "
  met code device "last: Sign-in The Sign-in request was interrupted Continue"
}

mkdir -p "$place"
make_secrets
start_provider
make_browser
make_profiles

check "an app's certificate in a PEM file is taken" pem
check "an app's certificate in a PFX file is taken" pfx
check "an app's secret is taken" secret
check "another certificate is refused" other_certificate
check "a user signs in in Chromium, the answer in the address" query
check "a user who is expected signs in, the answer in a form" hinted
check "a user signs in to an app with a secret" web
check "a user pastes the address of the page that can't be reached" pasted
check "ten processes open one browser" crowd
check "consent that is refused ends it, and the browser shows so" consent_refused
check "a sign-in that is cancelled ends it, and the browser shows so" sign_in_refused
check "refresh tokens are rotated without a word" rotation
check "ten processes with an expired token redeem one refresh token" expired
check "two flows that share a sign-in never redeem a refresh token twice, ten processes at once" shared
check "a refresh token that was used elsewhere is not sent twice" reused
check "a user signs in with a code" device
check "a code that is declined ends it" device_refused
