# shellcheck shell=bash
# What the README tells somebody new is typed as it stands there, in an empty home, until kubectl, git and Databricks work.
# Only the names of places are others: the tenant and the hosts are the emulator's.

need git git
(name=kubectl tools=$target/clients/kubectl install_client)
kubectl=$target/clients/kubectl/kubectl
new=$work/newcomer

# The first block of shell below a heading of the README.
block() {
  awk -v heading="## $1" '
    $0 == heading { inside = 1 }
    inside && /^```$/ && shell { exit }
    shell { print }
    inside && /^```sh$/ { shell = 1 }
  ' "$root/README.md"
}

# What is typed there is typed here, at the emulator.
typed() {
  local host=${url#https://}
  sed -E \
    -e "s/contoso\.onmicrosoft\.com/contoso.example/" \
    -e "s/--flow interactive-browser/--flow device-code --client-id $(fact public_client_id)/" \
    -e "s/adb-1234567890123456\.7\.azuredatabricks\.net/$host/" \
    -e "s/^(jeton setup [a-z]+ -p me)/\1 --yes/" \
    -e "s/^(jeton setup git .*--yes)/jeton profile edit me --resource devops --host $host\n\1 --host $host/" \
    -e "s#https://dev\.azure\.com/#$url/#"
}

# The person: approves each code, and the browser goes where it is led.
person() {
  while sleep 0.1; do
    curl --silent --cacert "$ca" --output /dev/null --data '{}' "$url/_emulator/device/approve" || true
  done
}

# A home with nothing in it but what these tools' users have: a cluster that was set up for kubelogin, and a job.
set_up() {
  rm -rf "$new"
  mkdir -p "$new/.local/bin" "$new/.kube" "$new/git"
  cp "$bin/jeton" "$kubectl" "$new/.local/bin"
  # shellcheck disable=SC2016  # It is the script that takes an argument.
  printf '#!/bin/sh\nexec curl --silent --location --cacert "%s" --output /dev/null "$1"\n' "$ca" >"$new/.local/bin/open-page"
  chmod +x "$new/.local/bin/open-page"
  cat >"$new/.kube/config" <<YAML
apiVersion: v1
kind: Config
current-context: emulator
clusters:
- name: emulator
  cluster:
    server: $url
    certificate-authority: $ca
contexts:
- name: emulator
  context:
    cluster: emulator
    user: clusterUser
users:
- name: clusterUser
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: kubelogin
      args:
      - get-token
      - --login
      - devicecode
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
YAML
  cat >"$new/job.py" <<'PYTHON'
import json, os, ssl, urllib.request
host = os.environ["DATABRICKS_HOST"]
# As Databricks' SDKs ask for it.
ask = urllib.request.Request(os.environ["DATABRICKS_METADATA_SERVICE_URL"])
ask.add_header("X-Databricks-Metadata-Version", "1")
ask.add_header("X-Databricks-Host", host)
with urllib.request.urlopen(ask) as answer:
    token = json.load(answer)["access_token"]
request = urllib.request.Request(host + "/api/2.0/clusters/list", headers={"Authorization": "Bearer " + token})
with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=os.environ["JETON_CA_FILE"])) as answer:
    print(answer.read().decode())
PYTHON
  newcomer git -c init.defaultBranch=main init --quiet --bare "$new/git/repository"
  newcomer git init --quiet "$new/seed"
  newcomer git -C "$new/seed" -c user.name=Ada -c user.email=ada@contoso.example commit --quiet --allow-empty --message first
  newcomer git -C "$new/seed" push --quiet "$new/git/repository" HEAD:main
  emulator settings "{\"git_root\": \"$new/git\", \"auto_sign_in\": true}"
}

newcomer() {
  client HOME="$new" KUBECONFIG="$new/.kube/config" PATH="$new/.local/bin:/usr/bin:/bin" AZURE_AUTHORITY_HOST="$url" \
    JETON_INTERACTIVE=always JETON_SECRET_STORE=file BROWSER=open-page GIT_SSL_CAINFO="$ca" "$@"
}

by_the_readme() {
  set_up
  local script output watch
  script=$(block "A first token, kubectl, git and Databricks" | sed 's/  *#.*//; s/python job/python3 job/' | typed)
  contains "the block" "$script" "kubectl get pods"
  person &
  watch=$!
  output=$(cd "$new" && newcomer bash -euo pipefail -c "$script" 2>"$new/said") || {
    kill "$watch"
    fail "$(<"$new/said")"
  }
  kill "$watch"
  contains "what kubectl shows" "$output" "hello"
  contains "what the job shows" "$output" "octo-cluster"
  equal "what git has" first "$(newcomer git -C "$new/repository" log --format=%s -1)"
  newcomer jeton logout --all --silent
}
check "the README alone leads to a token, kubectl, git and Databricks" by_the_readme
