# shellcheck shell=bash
# kubectl starts anew for every command, so all caching is the plugin's; it starts the plugin from several requests at
# once and up to five times when it fails.

pods() {
  local shown
  shown=$(client "$@" "$tools/kubectl" get pods --namespace default)
  contains "the list of pods" "$shown" hello
}

cached() {
  kubeconfig command="$counted" >"$work/kubeconfig"
  pods
  costs "for an empty cache" 1
  pods
  costs "for a full cache" 1
  bearer_is_ours
}
check "a cold cache costs one token request, a full one none" cached

beta() {
  kubeconfig version=v1beta1 interactive=IfAvailable >"$work/kubeconfig"
  pods
  costs "for v1beta1" 1
}
check "v1beta1 is answered in its own version" beta

terminal() {
  kubeconfig interactive=IfAvailable >"$work/kubeconfig"
  local shown
  # On a terminal, kubectl hands its standard input to the plugin.
  shown=$(client TERM=dumb script --quiet --return --command "$tools/kubectl get pods --namespace default" /dev/null)
  contains "the list of pods" "$shown" hello
  costs "on a terminal" 1
}
check "a plugin that is given a terminal does not wait on it" terminal

cluster_info() {
  kubeconfig config='{audience: "api://6dae42f8-4368-4678-94ff-3960e28e3630", tenant: fabrikam.example}' \
    >"$work/kubeconfig"
  pods
  equal "the scope" api://6dae42f8-4368-4678-94ff-3960e28e3630/.default "$(emulator forms scope)"
  contains "the paths" "$(emulator paths)" "POST /fabrikam.example/oauth2/v2.0/token"
}
check "the cluster's extension names audience and tenant" cluster_info

parallel() {
  kubeconfig >"$work/kubeconfig"
  emulator settings '{"latency_ms": 400}'
  local process processes=()
  for process in {1..10}; do
    pods &
    processes+=($!)
  done
  for process in "${processes[@]}"; do
    wait "$process"
  done
  costs "for ten at once" 1
}
check "ten at once, with a cold cache, cost one token request" parallel

short_lived() {
  kubeconfig >"$work/kubeconfig"
  emulator settings '{"lifetime": 30}'
  pods
  pods
  costs "while the token lives" 1
  emulator settings '{"lifetime": 3}'
  rm -rf "$home/.cache"
  for _ in {1..4}; do
    pods
    sleep 1
  done
}
check "tokens of seconds are used, and replaced in time" short_lived

refused() {
  kubeconfig profile=aks-wrong >"$work/kubeconfig"
  local said
  said=$(client_fails "$tools/kubectl" get pods --namespace default 2>&1)
  contains "stderr" "$said" AADSTS7000215
  contains "stderr" "$said" "next: "
  [[ $said != *"$(<"$home/wrong-secret")"* ]] || fail "the secret is shown"
}
check "a wrong secret fails, and stderr says what to do" refused

allow_list() {
  kubeconfig >"$work/kubeconfig"
  kuberc jeton
  pods KUBERC="$work/kuberc"
  kuberc "$bin/jeton"
  pods KUBERC="$work/kuberc"
  kuberc another
  local said
  said=$(client_fails KUBERC="$work/kuberc" "$tools/kubectl" get pods --namespace default 2>&1)
  contains "stderr" "$said" "allowlist"
}
kuberc() {
  cat >"$work/kuberc" <<YAML
apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
credentialPluginPolicy: Allowlist
credentialPluginAllowlist:
  - command: $1
YAML
}
check "an allow-list of plugins can name jeton" allow_list

# As krew installs it: kubectl-jeton is a link to a program whose folder changes with every version.
plugin() {
  mkdir -p "$work/krew"
  ln -sf "$bin/jeton" "$work/krew/kubectl-jeton"
  local path=$work/krew:/usr/bin:/bin
  equal "its version" "$(client jeton --version)" "$(client PATH="$path" "$tools/kubectl" jeton --version)"
  kubeconfig command=kubectl-jeton >"$work/kubeconfig"
  pods PATH="$path"
  bearer_is_ours
}
check "as a plugin it is kubectl jeton, and kubectl-jeton in a kubeconfig" plugin
