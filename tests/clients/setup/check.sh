# shellcheck shell=bash
# What `jeton setup` writes is read by the tools themselves: they are asked to show their configuration, to work end to
# end, and to rewrite it before it is taken back.

need git git
for other in kubectl botocore; do
  (name=$other tools=$target/clients/$other install_client)
done
kubectl=$target/clients/kubectl/kubectl
python=$target/clients/botocore/bin/python
# Receipts and profiles of its own.
client_env+=(JETON_DATA_DIR="$work/setup-data")

setup() {
  client jeton setup "$@" --yes
}

# A kubeconfig as `az aks get-credentials` and kubelogin leave it, with another user beside.
kubelogin_config() {
  cat <<YAML
# mine
apiVersion: v1
clusters:
- cluster:
    certificate-authority: $ca
    server: $url
  name: emulator
contexts:
- context:
    cluster: emulator
    user: clusterUser
  name: emulator
current-context: emulator
kind: Config
preferences: {}
users:
- name: clusterUser
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
      - --client-id
      - 22222222-2222-2222-2222-222222222222
      - --tenant-id
      - contoso.example
      - --authority-host
      - $url/
      - --login
      - spn
      command: kubelogin
      env:
      - name: AAD_SERVICE_PRINCIPAL_CLIENT_SECRET
        value: emulator-secret
      provideClusterInfo: false
- name: other
  user:
    token: theirs
YAML
}

pods() {
  local shown
  shown=$(client "$kubectl" get pods --namespace default)
  contains "the list of pods" "$shown" hello
}

# What kubectl makes of the file, as JSON.
view() {
  client "$kubectl" config view --raw --output json
}

converted() {
  kubelogin_config >"$work/kubeconfig"
  local before
  before=$(view)
  setup kubectl
  pods
  costs "for the converted user" 1
  [[ $(view) != "$before" ]] || fail "nothing was converted"
  contains "the file" "$(<"$work/kubeconfig")" "# mine"
  client jeton setup kubectl --undo --yes
  equal "what is back" "$(kubelogin_config)" "$(<"$work/kubeconfig")"
}
check "a user made for kubelogin works with jeton, and comes back byte by byte" converted

rewritten() {
  kubelogin_config >"$work/kubeconfig"
  local before
  before=$(view)
  setup kubectl -p aks
  # kubectl writes the whole file anew.
  client "$kubectl" config set-credentials third --token=x
  pods
  client jeton setup kubectl --undo --yes
  client "$kubectl" config delete-user third
  equal "what is back" "$before" "$(view)"
}
check "what kubectl rewrote since is taken back all the same" rewritten

new_user() {
  kubelogin_config >"$work/kubeconfig"
  setup kubectl -p aks --user me
  client "$kubectl" config set-context --current --user=me
  pods
  contains "kubectl's users" "$(client "$kubectl" config get-users)" me
  rm "$work/kubeconfig"
  setup kubectl -p aks --user alone
  contains "kubectl's users" "$(client "$kubectl" config get-users)" alone
}
check "a new user works, and so does a new file" new_user

with_git() {
  profile setup-git --replace --tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222 \
    --client-secret-from "file:$home/secret" --authority-host "$url" --resource devops --host "${url#https://}"
  cat >"$home/.gitconfig" <<INI
# mine
[http]
	sslCAInfo = $ca ; the emulator's
[init]
	defaultBranch = main
INI
  local before
  before=$(<"$home/.gitconfig")
  rm -rf "$work/git" "$work/tree"
  client git init --quiet --bare "$work/git/repository"
  client git init --quiet "$work/tree/seed"
  client git -C "$work/tree/seed" -c user.name=Ada -c user.email=ada@contoso.example commit --quiet --allow-empty --message first
  client git -C "$work/tree/seed" push --quiet "$work/git/repository" main
  emulator settings "{\"git_root\": \"$work/git\"}"
  setup git -p setup-git
  equal "the helpers" $'\n!jeton git -p setup-git' "$(client git config --get-all "credential.$url.helper")"
  client git clone --quiet "$url/contoso/project/_git/repository" "$work/tree/one"
  costs "for a clone" 1
  # git writes into our section.
  client git config --global "credential.$url.useHttpPath" true
  client jeton setup git --undo --yes
  equal "the helpers" "" "$(client git config --get-all "credential.$url.helper" || true)"
  equal "git's own" true "$(client git config --get "credential.$url.useHttpPath")"
  contains "the file" "$(<"$home/.gitconfig")" "$before"
  client jeton profile delete setup-git --yes --silent
}
check "git clones by the helper that was set up" with_git

with_aws() {
  printf '# mine\n[default]\nregion = eu-central-1\nendpoint_url = %s\n' "$url" >"$home/.aws/config"
  local before
  before=$(<"$home/.aws/config")
  setup aws -p aws
  client "$python" "$here/botocore/identity.py" 2
  costs "for two calls" 1
  keys_are_ours
  equal "what Python reads" "jeton credential-process --profile aws" "$(client python3 -c '
import configparser, sys
config = configparser.ConfigParser()
config.read(sys.argv[1])
print(config["default"]["credential_process"])' "$home/.aws/config")"
  client jeton setup aws --undo --yes
  equal "what is back" "$before" "$(<"$home/.aws/config")"
}
check "botocore runs the process that was set up" with_aws
