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
