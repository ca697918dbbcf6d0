# shellcheck shell=bash
# What the checks of all clients share. run.sh reads it, sets the variables that are named here, and reads each client's
# check.sh in a process of its own.
#
#   $work      a folder for this run
#   $home      the isolated home: profiles in it, nothing else
#   $bin       a folder on the clients' PATH, with jeton in it
#   $counted   jeton, with a tally of its runs
#   $url, $ca  the emulator's address and its certificate authority
#   $facts     what the emulator says of itself, as JSON
#   $name      the client that is checked
#   $tools     what was installed for it

# Says why a check fails.
fail() {
  printf '%s\n' "$*"
  return 1
}

# usage: equal WHAT EXPECTED ACTUAL
equal() {
  [[ $2 == "$3" ]] || fail "$1: expected '$2', but it is '$3'"
}

# usage: contains WHAT TEXT PART
contains() {
  [[ $2 == *"$3"* ]] || fail "$1 lacks '$3': $2"
}

# Waits for a condition. usage: until_true COMMAND...
until_true() {
  local _
  for _ in {1..100}; do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  fail "never true: $*"
}

# Parts arguments at `--` for a function that has `before` and `behind` of its own. usage: part [ARGUMENT...] -- [ARGUMENT...]
# shellcheck disable=SC2034  # Its callers read them.
part() {
  before=()
  while [[ $1 != -- ]]; do
    before+=("$1")
    shift
  done
  behind=("${@:2}")
}

# Runs a client in the isolated home, and ends it if it hangs. Variables may stand before the command, as for env.
# shellcheck disable=SC2154  # One that starts many programs sets client_limit, in seconds.
client() {
  timeout --kill-after=5 "${client_limit:-60}" env -i "${client_env[@]}" "$@"
}

# The same for one that has to fail.
client_fails() {
  if client "$@"; then
    fail "it succeeded: $*"
  fi
}

# Runs a client that knows what a jeton serve told, and ends that. usage: served OPTION_OF_SERVE... -- COMMAND...
# Variables may stand before the command, as for env.
served() {
  local before behind server code=0
  part "$@"
  : >"$work/told"
  timeout --kill-after=5 60 env -i "${client_env[@]}" jeton serve "${before[@]}" --listen 127.0.0.1:0 --log "$work/access" \
    >"$work/told" &
  server=$!
  until_true test -s "$work/told"
  # shellcheck disable=SC2016
  client bash -c 'source "$0" && exec env "$@"' "$work/told" "${behind[@]}" || code=$?
  kill "$server"
  wait "$server" || fail "jeton serve ended with $?"
  return "$code"
}

# usage: emulator COMMAND [ARGUMENT], see emulator.py
emulator() {
  python3 "$here/emulator.py" "$work/emulator" "$@"
}

# One of the facts. usage: fact KEY [KEY IN IT]
fact() {
  # shellcheck disable=SC2154  # run.sh reads it.
  python3 -c 'import functools, json, sys; print(functools.reduce(dict.get, sys.argv[1:], json.load(sys.stdin)))' \
    "$@" <<<"$facts"
}

# How often $counted was started.
runs() {
  wc -l <"$work/runs" | tr -d ' '
}

# usage: costs WHAT TOKEN_REQUESTS [RUNS_OF_JETON]
costs() {
  equal "token requests $1" "$2" "$(emulator count token_requests)"
  [[ $# -lt 3 ]] || equal "runs of jeton $1" "$3" "$(runs)"
}

# The one bearer that all requests carried is the token that jeton gives.
bearer_is_ours() {
  local bearers ours
  bearers=$(emulator headers Authorization | sort -u)
  ours=$(client jeton token --profile aks --resource aks)
  # Not shown, whatever they are.
  [[ $bearers == "Bearer $ours" ]] || fail "not every request carried the token that jeton gives"
}

# The one credential that all requests to the feeds carried is the token that jeton gives, save for a value that the
# client also tries. usage: feed_token_is_ours bearer; or: feed_token_is_ours basic USER [ALSO_TRIED]
feed_token_is_ours() {
  local ours sent
  ours=$(client jeton token --profile feeds)
  case $1 in
    bearer) ours="Bearer $ours" ;;
    basic) ours="Basic $(printf '%s:%s' "$2" "$ours" | base64 --wrap 0)" ;;
  esac
  sent=$(emulator headers Authorization | grep --invert-match --fixed-strings --line-regexp "Basic ${3:--}" | sort -u)
  # Not shown, whatever they are.
  [[ $sent == "$ours" ]] || fail "not every request carried the token that jeton gives"
}

# Prints a kubeconfig. usage: kubeconfig [version=v1] [interactive=Never] [command=jeton] [profile=aks] [config=JSON]
# `config` is what the cluster's owner tells the plugin.
kubeconfig() {
  local version=v1 interactive=Never command=jeton profile=aks config='' setting
  for setting in "$@"; do
    local "${setting?}"
  done
  cat <<YAML
apiVersion: v1
kind: Config
current-context: emulator
clusters:
  - name: emulator
    cluster:
      server: $url
      certificate-authority: $ca
      extensions:
        - name: client.authentication.k8s.io/exec
          extension: ${config:-null}
contexts:
  - name: emulator
    context: {cluster: emulator, user: jeton}
users:
  - name: jeton
    user:
      exec:
        apiVersion: client.authentication.k8s.io/$version
        command: $command
        args: [exec-credential, --profile, $profile]
        interactiveMode: $interactive
        provideClusterInfo: $([[ -n $config ]] && echo true || echo false)
YAML
}

# Writes ~/.aws/config. usage: aws_config PROFILE_OF_JETON
aws_config() {
  cat >"$home/.aws/config" <<INI
[default]
region = eu-central-1
endpoint_url = $url
credential_process = "$counted" credential-process --profile $1
INI
}

# All signed requests name the access key that jeton gives.
keys_are_ours() {
  local signed key
  signed=$(emulator headers Authorization | sed -n 's/.*Credential=\([^/]*\).*/\1/p' | sort -u)
  key=$(client jeton credential-process --profile aws | sed -n 's/.*"AccessKeyId":"\([^"]*\)".*/\1/p')
  equal "the access key" "$key" "$signed"
}

# usage: check TEXT FUNCTION
# Every check begins with an empty cache and an emulator that has seen nothing, and no check may make jeton send what a
# careful client would not.
check() {
  local text=$1 function=$2 code
  rm -rf "$home/.cache" "$home/.kube"
  : >"$work/runs"
  emulator reset
  set +e
  (
    set -e
    "$function"
    equal "what is wrong with the requests" "" "$(emulator violations)"
  ) >"$work/log" 2>&1 </dev/null
  code=$?
  set -e
  if [[ $code -eq 0 ]]; then
    report ok "$text"
    return
  fi
  report FAIL "$text"
  indented <"$work/log"
  echo "      what arrived:"
  emulator paths | indented
  echo "      jeton token --verbose, afterwards:"
  { client jeton token --verbose --profile aks --resource aks 2>&1 >/dev/null || true; } | indented
}

report() {
  printf '%-6s%s: %s\n' "$1" "$name" "$2" | tee -a "$work/results"
}

indented() {
  sed 's/^/      | /'
}
