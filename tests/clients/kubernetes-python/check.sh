# shellcheck shell=bash
# The Python client takes a token for dead five minutes before the time that it was told: it then runs the plugin for
# every request.

list_pods() {
  client "$tools/bin/python" "$here/$name/list_pods.py" "$@"
}

kept() {
  kubeconfig command="$counted" >"$work/kubeconfig"
  equal "the pods" hello "$(list_pods 5 | sort -u)"
  costs "for five lists" 1 1
  bearer_is_ours
}
check "five lists cost one run" kept

eight_minutes() {
  kubeconfig command="$counted" version=v1beta1 >"$work/kubeconfig"
  emulator settings '{"lifetime": 480}'
  equal "the pods" hello "$(list_pods 5 | sort -u)"
  costs "for five lists" 1 1
}
check "five lists cost one run, even when a token has only eight minutes" eight_minutes

refused() {
  kubeconfig profile=aks-wrong >"$work/kubeconfig"
  local said
  said=$(client_fails "$tools/bin/python" "$here/$name/list_pods.py" 1 2>&1)
  contains "stderr" "$said" AADSTS7000215
  contains "stderr" "$said" "next: "
}
check "a wrong secret fails, and the message says what to do" refused
