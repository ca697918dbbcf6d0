# shellcheck shell=bash
# Google's library runs a program for another issuer's token, joins its stderr with its stdout, and exchanges the token.

configuration=$work/google.json
answer=$work/google-answer.json

# usage: exchange PROFILE TIMES [OUTPUT_FILE]
exchange() {
  cat >"$configuration" <<JSON
{
  "type": "external_account",
  "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/entra",
  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
  "token_url": "$url/google/sts",
  "credential_source": {"executable": {
    "command": "$counted google --profile $1 --scope api://google",
    "output_file": ${3:-null},
    "timeout_millis": 20000
  }}
}
JSON
  client GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 REQUESTS_CA_BUNDLE="$ca" NO_GCE_CHECK=true \
    "$tools/bin/python" "$here/$name/exchange.py" "$configuration" "$2"
}

exchanged() {
  local tokens
  tokens=$(exchange aks 2)
  equal "tokens" 2 "$(grep --count '^google-' <<<"$tokens")"
  costs "for two exchanges" 1 2
  equal "exchanges" 2 "$(emulator paths | grep -c 'POST /google/sts')"
  equal "subject tokens" "$(client jeton token --profile aks --scope api://google)" \
    "$(emulator forms subject_token | sort -u)"
}
check "a token of Entra is exchanged for one of Google's" exchanged

kept() {
  rm -f "$answer"
  local tokens
  tokens=$(exchange aks 3 "\"$answer\"")
  equal "tokens" 3 "$(grep --count '^google-' <<<"$tokens")"
  costs "for three exchanges" 1 1
  equal "the file's mode" 600 "$(stat --format %a "$answer")"
}
check "the answer is taken from output_file while it lives" kept

refused() {
  local said
  said=$(exchange aks-wrong 1 2>&1) && fail "it succeeded"
  contains "the error" "$said" AADSTS7000215
  contains "the error" "$said" "next: "
  contains "the error" "$said" "code: REFUSED"
}
check "a wrong secret fails, and the error says what to do" refused
