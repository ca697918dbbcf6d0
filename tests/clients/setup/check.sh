# shellcheck shell=bash
# What `jeton setup` writes is read by the tools themselves: they are asked to show their configuration, to work end to
# end, and to rewrite it before it is taken back.

need git git
need skopeo skopeo
need cargo cargo
for other in kubectl botocore pip; do
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

# Makes the one profile that the emulator's host belongs to. usage: profile_of_host NAME [OPTION...]
profile_of_host() {
  local name=$1
  shift
  profile "$name" --replace --tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222 \
    --client-secret-from "file:$home/secret" --authority-host "$url" --host "${url#https://}" "$@"
}

with_docker() {
  profile_of_host setup-docker
  rm -rf "$home/.docker" "$work/image" "$bin/docker-credential-jeton"
  mkdir "$home/.docker"
  printf '{\n\t"psFormat": "mine",\n\t"auths": {}\n}\n' >"$home/.docker/config.json"
  local before registry=${url#https://} said
  before=$(<"$home/.docker/config.json")
  setup docker -p setup-docker
  client SSL_CERT_FILE="$ca" skopeo --insecure-policy copy --quiet "docker://$registry/hello:latest" "dir:$work/image"
  costs "for a pull" 1
  said=$(client SSL_CERT_FILE="$ca" skopeo login --get-login "$registry")
  equal "the user" 00000000-0000-0000-0000-000000000000 "$said"
  client jeton setup docker --undo --yes
  equal "what is back" "$before" "$(<"$home/.docker/config.json")"
  [[ ! -e $bin/docker-credential-jeton ]] || fail "the link is still there"
  client jeton profile delete setup-docker --yes --silent
}
check "skopeo pulls by the helper that was set up" with_docker

# usage: in_crate COMMAND... in a project that needs the feed's package
in_crate() {
  local toolchain
  toolchain=$(dirname "$(rustup which cargo 2>/dev/null || command -v cargo)")
  rm -rf "$work/crate" "$home/.cargo/registry"
  mkdir -p "$work/crate/src"
  printf '[package]\nname = "guest"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n' >"$work/crate/Cargo.toml"
  echo 'hello-emulator = { version = "0.1", registry = "feeds" }' >>"$work/crate/Cargo.toml"
  : >"$work/crate/src/lib.rs"
  (cd "$work/crate" && client PATH="$bin:$toolchain:/usr/bin:/bin" CARGO_HTTP_CAINFO="$ca" CARGO_HTTP_MULTIPLEXING=false "$@")
}

with_cargo() {
  local index="sparse+$url/feeds/cargo/index/" before
  rm -rf "$home/.cargo"
  setup cargo -p feeds --registry feeds --index "$index"
  in_crate cargo fetch --quiet
  costs "for index and package" 1
  feed_token_is_ours bearer
  client jeton setup cargo --undo --yes
  [[ ! -e $home/.cargo/config.toml ]] || fail "the file was not there before"
  # For all registries, beside what is there.
  printf '# mine\n[registries.feeds]\nindex = "%s" # theirs\n\n[registry]\nglobal-credential-providers = ["cargo:token"]\n' \
    "$index" >"$home/.cargo/config.toml"
  before=$(<"$home/.cargo/config.toml")
  setup cargo
  in_crate cargo fetch --quiet
  client jeton setup cargo --undo --yes
  equal "what is back" "$before" "$(<"$home/.cargo/config.toml")"
}
check "cargo fetches by the provider that was set up, for one registry and for all" with_cargo

with_pip() {
  local python=$target/clients/pip/bin/python index=$url/feeds/python/simple/ before
  mkdir -p "$home/.config/pip"
  printf '# mine\n[global]\nindex-url = %s\ncert = %s\n' "$index" "$ca" >"$home/.config/pip/pip.conf"
  before=$(<"$home/.config/pip/pip.conf")
  rm -rf "$work/setup-pip" "$bin/keyring"
  setup pip
  client "$python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --target "$work/setup-pip" hello-emulator
  costs "for index and package" 1
  feed_token_is_ours basic EntraToken
  equal "what pip reads" subprocess "$(client "$python" -m pip config get global.keyring-provider)"
  # pip writes the whole file anew.
  client "$python" -m pip config --quiet --user set global.timeout 20
  client jeton setup pip --undo --yes
  equal "pip's own" 20 "$(client "$python" -m pip config get global.timeout)"
  client_fails "$python" -m pip config get global.keyring-provider
  client "$python" -m pip config --quiet --user unset global.timeout
  equal "what is back" "$(grep --invert-match '^#' <<<"$before")" "$(grep --invert-match '^#' "$home/.config/pip/pip.conf" | sed '/^$/d')"
  [[ ! -e $bin/keyring ]] || fail "the link is still there"
  rm -rf "$home/.config/pip"
}
check "pip installs by the keyring that was set up, also where it rewrote its file" with_pip
