# shellcheck shell=bash
# A long-lived program: client-go keeps the token for as long as it was told, to the second.

kept() {
  kubeconfig command="$counted" >"$work/kubeconfig"
  local shown
  shown=$(client "$tools/client-go" 5 0s)
  equal "the pods" "hello hello hello hello hello" "$(tr '\n' ' ' <<<"$shown" | sed 's/ $//')"
  costs "for five lists" 1 1
  bearer_is_ours
}
check "five lists cost one run" kept

renewed() {
  kubeconfig command="$counted" >"$work/kubeconfig"
  emulator settings '{"lifetime": 6}'
  local shown
  shown=$(client "$tools/client-go" 48 250ms)
  equal "the answers" hello "$(sort -u <<<"$shown")"
  [[ $(runs) -ge 2 ]] || fail "jeton ran $(runs) times"
}
check "no request carries a dead token, in two lives of it" renewed

unauthorized() {
  kubeconfig command="$counted" >"$work/kubeconfig"
  emulator script '{"kind": "respond", "status": 401, "body": "{}", "path": "/api/"}'
  local shown
  shown=$(client "$tools/client-go" 3 0s)
  contains "the first answer" "$(sed -n 1p <<<"$shown")" "error: "
  equal "the others" hello "$(sed 1d <<<"$shown" | sort -u)"
  costs "after a 401" 1 2
}
check "after a 401 the plugin runs again, and the next request is well" unauthorized
