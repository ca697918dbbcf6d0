# shellcheck shell=bash
# botocore runs the process again for every request once the keys have less than 15 minutes, and it caches nothing beyond
# its own process.

identity() {
  client "$tools/bin/python" "$here/$name/identity.py" "$@"
}

signed() {
  aws_config aws
  local said arn=arn:aws:sts::123456789012:assumed-role/reader/jeton
  said=$(identity 5)
  equal "the ARNs" "$arn" "$(sed '$d' <<<"$said" | sort -u)"
  [[ $(tail -n 1 <<<"$said") -ge 16 ]] || fail "the keys live for $(tail -n 1 <<<"$said") minutes only"
  costs "for five calls" 1 1
  equal "role requests" 1 "$(emulator forms Action | grep -c AssumeRole)"
  keys_are_ours
  identity 5
  costs "for a second process" 1 2
  equal "role requests" 1 "$(emulator forms Action | grep -c AssumeRole)"
}
check "five signed calls cost one run, and a second process no request" signed

parallel() {
  aws_config aws
  emulator settings '{"latency_ms": 300}'
  local process processes=()
  for process in {1..5}; do
    identity 1 &
    processes+=($!)
  done
  for process in "${processes[@]}"; do
    wait "$process"
  done
  costs "for five at once" 1 5
  equal "role requests" 1 "$(emulator forms Action | grep -c AssumeRole)"
}
check "five at once, with a cold cache, cost one role" parallel

refused() {
  aws_config aws-denied
  local said
  said=$(client_fails "$tools/bin/python" "$here/$name/identity.py" 1 2>&1)
  contains "the error" "$said" AccessDenied
  contains "the error" "$said" "next: "
}
check "a role that is denied fails, and the error says what to do" refused

arn=arn:aws:sts::123456789012:assumed-role/reader/jeton
aws_env=(AWS_DEFAULT_REGION=eu-central-1 AWS_ENDPOINT_URL="$url" AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null)

# usage: by_run [--static]
by_run() {
  local said
  said=$(client env "${aws_env[@]}" AWS_PROFILE=none AWS_ACCESS_KEY_ID=old AWS_SECRET_ACCESS_KEY=old \
    jeton run --profile aws --as aws "$@" -- "$tools/bin/python" "$here/$name/identity.py" 2)
  equal "the ARNs" "$arn" "$(sed '$d' <<<"$said" | sort -u)"
  [[ $(tail -n 1 <<<"$said") -ge 20 ]] || fail "the keys live for $(tail -n 1 <<<"$said") minutes only"
  keys_are_ours
}
# Until three access keys have signed. (botocore does not try again what is refused.)
renewed() {
  emulator settings '{"sts_lifetime": 6}'
  client env "${aws_env[@]}" jeton run --profile aws --as aws -- \
    "$tools/bin/python" "$here/$name/identity.py" renewed >"$work/said"
  equal "the ARNs" "$arn" "$(sed '$d' "$work/said" | sort -u)"
  [[ $(emulator forms Action | grep -c AssumeRole) -ge 3 ]] || fail "the role was assumed less than three times"
}
by_static() { by_run --static; }
check "jeton run answers it, and other credentials are out of its way" by_run
check "it is given new keys as the old ones end, and no call fails" renewed
check "jeton run --static hands it keys" by_static

by_run_denied() {
  local said
  said=$(client_fails env "${aws_env[@]}" jeton run --profile aws-denied --as aws -- \
    "$tools/bin/python" "$here/$name/identity.py" 1 2>&1)
  contains "the error" "$said" AccessDenied
}
check "where the role is denied, nothing is started" by_run_denied

by_file() {
  client jeton write "$home/credentials" --profile aws --format aws-credentials
  local said
  said=$(client env "${aws_env[@]}" AWS_SHARED_CREDENTIALS_FILE="$home/credentials" \
    "$tools/bin/python" "$here/$name/identity.py" 1)
  equal "the ARN" "$arn" "$(sed '$d' <<<"$said")"
  keys_are_ours
}
check "a file of jeton write has keys for it" by_file

by_web_identity() {
  client jeton write "$home/web-identity" --profile aws
  local said
  said=$(client env "${aws_env[@]}" AWS_WEB_IDENTITY_TOKEN_FILE="$home/web-identity" \
    AWS_ROLE_ARN=arn:aws:iam::123456789012:role/reader AWS_ROLE_SESSION_NAME=jeton \
    "$tools/bin/python" "$here/$name/identity.py" 1)
  equal "the ARN" "$arn" "$(sed '$d' <<<"$said")"
}
check "a file of jeton write is a web identity that it exchanges itself" by_web_identity
