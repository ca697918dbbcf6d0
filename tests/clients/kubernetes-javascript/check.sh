# shellcheck shell=bash
# The JavaScript client sets no KUBERNETES_EXEC_INFO, and leaves the plugin's standard input open without ever writing.

cp "$here/$name/list-pods.js" "$tools/"

list_pods() {
  client "$(command -v node)" "$tools/list-pods.js" "$@"
}

kept() {
  kubeconfig command="$counted" >"$work/kubeconfig"
  equal "the pods" hello "$(list_pods 5 | sort -u)"
  costs "for five lists" 1 1
  bearer_is_ours
}
check "five lists cost one run, without KUBERNETES_EXEC_INFO" kept

refused() {
  kubeconfig profile=aks-wrong >"$work/kubeconfig"
  local said
  said=$(client_fails "$(command -v node)" "$tools/list-pods.js" 1 2>&1)
  contains "the error" "$said" AADSTS7000215
  contains "the error" "$said" "next: "
}
check "a wrong secret fails, and the error says what to do" refused
