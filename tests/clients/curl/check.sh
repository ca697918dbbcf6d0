# shellcheck shell=bash
# curl takes the token from its standard input: it stands in no argument list and in no environment.

pods=$url/api/v1/namespaces/default/pods

piped() {
  local shown
  shown=$(
    client jeton token --profile aks --resource aks --output curl |
      client curl --silent --fail --cacert "$ca" --config - "$pods"
  )
  contains "the list of pods" "$shown" '"name":"hello"'
  costs "for one call" 1
  bearer_is_ours
}
check "a token is taken by curl --config -" piped

hidden() {
  local token process processes
  token=$(client jeton token --profile aks --resource aks)
  emulator settings '{"latency_ms": 3000}'
  client jeton token --profile aks --resource aks --output curl |
    client curl --silent --fail --cacert "$ca" --config - "$pods" >/dev/null &
  for _ in {1..50}; do
    [[ $(emulator paths) != *pods* ]] || break
    sleep 0.1
  done
  processes=$(pgrep --full "$pods")
  for process in $processes; do
    if cat "/proc/$process/cmdline" "/proc/$process/environ" | grep --quiet --fixed-strings --text "$token"; then
      fail "the token is in sight of others"
    fi
  done
  wait "$!"
}
check "the token is in no argument list and no environment" hidden

header() {
  client jeton token --profile aks --resource aks --output header >"$work/header"
  contains "the list of pods" \
    "$(client curl --silent --fail --cacert "$ca" --header "@$work/header" "$pods")" '"name":"hello"'
}
check "a token is taken by curl --header @file" header

unseen() {
  emulator settings '{"latency_ms": 3000}'
  client JETON_PROFILE=here jeton curl --silent --fail --cacert "$ca" "$pods" >"$work/pods" &
  until_true some_pods
  local process processes token
  processes=$(pgrep --full "$pods")
  token=$(emulator headers Authorization | sed -n 's/^Bearer //p')
  for process in $processes; do
    if cat "/proc/$process/cmdline" "/proc/$process/environ" | grep --quiet --fixed-strings --text "$token"; then
      fail "the token is in sight of others"
    fi
  done
  wait "$!"
  contains "the list of pods" "$(<"$work/pods")" '"name":"hello"'
}
some_pods() {
  [[ $(emulator paths) == *pods* ]]
}
profile here --tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222 --authority-host "$url" \
  --client-secret-from "file:$home/secret" --resource aks --host "${url#https://}"
check "jeton curl sends the token to a host of the profile, and shows it to nobody" unseen
# (Other checks have profiles of their own for that host.)
client jeton profile delete here --yes --silent
