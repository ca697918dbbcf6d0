# shellcheck shell=bash
# The AWS SDK for Go runs the process through a shell, with a minute's time, and leaves stderr where it is.

signed() {
  aws_config aws
  local arn=arn:aws:sts::123456789012:assumed-role/reader/jeton
  equal "the ARNs" "$arn" "$(client "$tools/aws-sdk-go" 5 | sort -u)"
  costs "for five calls" 1 1
  keys_are_ours
  client "$tools/aws-sdk-go" 5
  costs "for a second process" 1 2
  equal "role requests" 1 "$(emulator forms Action | grep -c AssumeRole)"
}
check "five signed calls cost one run, and a second process no request" signed

refused() {
  aws_config aws-denied
  local said
  said=$(client_fails "$tools/aws-sdk-go" 1 2>&1)
  contains "stderr" "$said" AccessDenied
  contains "stderr" "$said" "next: "
}
check "a role that is denied fails, and stderr says what to do" refused

aws_env=(AWS_REGION=eu-central-1 AWS_ENDPOINT_URL="$url" AWS_EC2_METADATA_DISABLED=true)
aws_env+=(AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null)

# usage: by_run PROFILE [VARIABLE=VALUE...] -- ARGUMENT: the driver under jeton run, where other credentials would come
# first, and a proxy that nobody answers at. The variables are the driver's alone.
by_run() {
  local before behind
  part "${@:2}"
  client "${aws_env[@]}" AWS_PROFILE=none AWS_ACCESS_KEY_ID=old AWS_SECRET_ACCESS_KEY=old http_proxy=http://127.0.0.1:9 \
    jeton run --profile "$1" --as aws --live -- env "${before[@]}" "$tools/aws-sdk-go" "${behind[@]}"
}

arn=arn:aws:sts::123456789012:assumed-role/reader/jeton

answered() {
  local said
  said=$(by_run aws -- 5)
  equal "the ARNs" "$arn" "$(sort -u <<<"$said")"
  keys_are_ours
  costs "for five calls" 1
  equal "role requests" 1 "$(emulator forms Action | grep -c AssumeRole)"
}
check "jeton run answers it as a container's credentials, and other credentials are out of its way" answered

by_serve() {
  equal "the ARN" "$arn" "$(served --profile aws --aws -- "${aws_env[@]}" "$tools/aws-sdk-go" 1)"
  keys_are_ours
}
check "so does jeton serve" by_serve

# Until three access keys have signed. One that has ended fails the call, and a call that fails ends the driver.
renewed() {
  emulator settings '{"sts_lifetime": 6}'
  by_run aws -- renewed >"$work/said"
  equal "the ARNs" "$arn" "$(sort -u "$work/said")"
  [[ $(emulator forms Action | grep -c AssumeRole) -ge 3 ]] || fail "the role was assumed less than three times"
}
check "it is given new keys as the old ones end, and no call fails" renewed

# usage: is_refused PROFILE [VARIABLE=VALUE...]: the driver fails, and this is what it says
is_refused() {
  if by_run "$@" -- 1 2>&1; then
    fail "it succeeded"
  fi
}

wrong_secret() {
  local said
  said=$(is_refused aws AWS_CONTAINER_AUTHORIZATION_TOKEN=another)
  contains "the error" "$said" "failed to load credentials"
  contains "the error" "$said" "AccessDenied: the header Authorization is missing or wrong"
}
check "a wrong secret is an error, with its reason" wrong_secret

started_nothing() {
  contains "stderr" "$(is_refused aws-denied)" AccessDenied
  equal "signed requests" "" "$(emulator headers Authorization)"
}
check "where the role is denied, nothing is started" started_nothing
