# shellcheck shell=bash
# OpenTofu with the provider of Databricks, both built from their modules: no registry is asked for a provider.

need go golang

# usage: build FOLDER PACKAGE
build() {
  local begin=$SECONDS
  (
    cd "$here/$name/$1" || exit
    CGO_ENABLED=0 build_go "$tools/" "$2"
  )
  echo "      $name: $1 built in $((SECONDS - begin)) s"
}
build provider github.com/databricks/terraform-provider-databricks
build opentofu github.com/opentofu/opentofu/cmd/tofu

# A home of its own: the provider, or the stand-in that it runs, is told nothing but the workspace.
home=$work/terraform
links=$home/links
plans=$home/plans
principal=$(fact databricks client_id)
client_env=(
  HOME="$home" PATH="$bin:/usr/bin:/bin" TMPDIR="$work/tmp" LANG=C.UTF-8 JETON_CA_FILE="$ca" SSL_CERT_FILE="$ca"
  TF_CLI_CONFIG_FILE="$home/tofu.rc" TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
)
mkdir -p "$links" "$plans" "$home/.terraform.d/plugins"
client jeton shim install databricks --dir "$links" --silent
ln -s "$bin/jeton" "$home/.terraform.d/plugins/terraform-credentials-jeton"
(
  umask 077
  fact databricks client_secret >"$home/databricks-secret"
  fact client_secret >"$home/entra-secret"
  echo another >"$home/wrong-secret"
)
of_databricks=(--databricks-host "$url" --databricks-client-id "$principal")
of_entra=(--tenant "$(fact tenant)" --authority-host "$url" --client-id "$(fact client_id)" --scope devops)
profile work "${of_databricks[@]}" --databricks-client-secret-from "file:$home/databricks-secret"
profile wrong "${of_databricks[@]}" --databricks-client-secret-from "file:$home/wrong-secret"
profile modules "${of_entra[@]}" --client-secret-from "file:$home/entra-secret" --host "${url#https://}"
cat >"$home/tofu.rc" <<HCL
provider_installation {
  dev_overrides {
    "databricks/databricks" = "$tools"
  }
  direct {
    exclude = ["*/*"]
  }
}
credentials_helper "jeton" {
  args = []
}
HCL

# Begins a configuration, which is read from standard input, and goes there. usage: configuration
configuration() {
  rm -rf "$plans"
  mkdir "$plans"
  cat >"$plans/main.tf"
}

# The block of the provider says nothing, and asks who is there.
who() {
  configuration <<'HCL'
terraform {
  required_providers {
    databricks = { source = "databricks/databricks" }
  }
}
provider "databricks" {}
data "databricks_current_user" "me" {}
output "me" { value = data.databricks_current_user.me.user_name }
HCL
}

# Runs OpenTofu there, behind the variables and words in `before`. usage: tofu WORD...
tofu() {
  client_limit=120 client "${before[@]}" "$tools/tofu" "-chdir=$plans" "$@" -no-color
}

tofu_fails() {
  if tofu "$@"; then
    fail "it succeeded: $*"
  fi
}

apply() {
  tofu apply -auto-approve -input=false
}

# Every request to the API carried the token that jeton gives.
carried() {
  local ours
  ours=$(client jeton token --profile work)
  # Not shown, whatever they are.
  [[ $(emulator headers Authorization | grep '^Bearer ' | sort -u) == "Bearer $ours" ]] ||
    fail "not every request carried the token that jeton gives"
}

as_service=(jeton run --profile work --as databricks --live --)

by_run() {
  local before=("${as_service[@]}")
  who
  contains "the plan" "$(tofu plan -input=false)" "$principal"
  contains "what was applied" "$(apply)" "me = \"$principal\""
  costs "for a plan and an apply" 1
  carried
}
check "jeton run answers the provider as the metadata service" by_run

# The token that the provider begins with is dead when the second resource is made.
outlived() {
  local before=("${as_service[@]}") lifetime=6
  emulator settings "{\"databricks\": {\"token_lifetime\": $lifetime}}"
  who
  cat >>"$plans/main.tf" <<HCL
resource "databricks_token" "first" {
  comment          = data.databricks_current_user.me.user_name
  lifetime_seconds = 3600
}
resource "terraform_data" "age" {
  input = databricks_token.first.id
  provisioner "local-exec" { command = "sleep $((2 * lifetime))" }
}
resource "databricks_token" "second" {
  comment          = "after \${terraform_data.age.id}"
  lifetime_seconds = 3600
}
HCL
  contains "what was applied" "$(apply)" "3 added"
  [[ $(emulator headers Authorization | grep '^Bearer ' | sort -u | wc -l) -ge 2 ]] || fail "it was never renewed"
  equal "the tokens made" 2 "$(emulator paths | grep --count 'POST /api/2.0/token/create')"
  contains "what was destroyed" "$(tofu destroy -auto-approve -input=false)" "3 destroyed"
}
check "an apply that takes longer than a token lives makes what it should, and destroys it again" outlived

# jeton run starts nothing without a token: the secret changes, and the cache goes, while it runs.
refused_later() {
  local said before
  cp "$home/databricks-secret" "$home/turned-secret"
  profile turned "${of_databricks[@]}" --databricks-client-secret-from "file:$home/turned-secret"
  before=(jeton run --profile turned --as databricks --live -- sh -c
    "cp '$home/wrong-secret' '$home/turned-secret' && rm -r '$home/.cache' && exec \"\$@\"" -)
  who
  said=$(tofu_fails plan -input=false 2>&1)
  contains "the error" "$said" "default auth: token request: "
  contains "the error" "$said" "invalid_client"
  equal "requests to the API with a token" 0 "$(emulator headers Authorization | grep --count '^Bearer ' || true)"
}
check "what a workspace refuses is the provider's error" refused_later

refused_at_once() {
  local said before=(jeton run --profile wrong --as databricks --live --)
  who
  said=$(tofu_fails plan -input=false 2>&1)
  contains "stderr" "$said" "next: "
  equal "whether anything was planned" "" "$(grep 'OpenTofu' <<<"$said" || true)"
}
check "with a wrong secret nothing is started" refused_at_once

by_stand_in() {
  local before=(PATH="$links:/usr/bin:/bin" DATABRICKS_HOST="$url" DATABRICKS_AUTH_TYPE=databricks-cli JETON_PROFILE=work)
  who
  contains "the plan" "$(tofu plan -input=false)" "$principal"
  costs "for a plan" 1
  carried
  before[-1]=JETON_PROFILE=wrong
  local said
  said=$(tofu_fails plan -input=false 2>&1)
  contains "the error" "$said" "default auth: cannot get access token: "
  contains "the error" "$said" "invalid_client"
}
check "databricks in the place of the real one gives the provider its token, and its error" by_stand_in

# A module of the registry. (The name of a registry's host has a dot.)
registry=127.0.0.1:${url##*:}
private_module() {
  configuration <<HCL
module "hello" {
  source  = "$registry/contoso/hello/emulator"
  version = "0.1.0"
}
output "hello" { value = module.hello.hello }
HCL
}

from_registry() {
  local before=()
  client jeton profile edit modules --silent --host "$registry"
  private_module
  contains "what is installed" "$(tofu init -input=false)" "hello"
  contains "what was applied" "$(apply)" 'hello = "hello from the feed"'
  costs "for a module" 1
  local ours
  ours=$(client jeton token --profile modules)
  [[ $(emulator headers Authorization | grep '^Bearer ' | sort -u) == "Bearer $ours" ]] ||
    fail "another token arrived at the registry than jeton gives"
}
check "a module of a private registry is installed by the link terraform-credentials-jeton" from_registry

# The profile's host is another name of the same registry.
foreign() {
  local said before=()
  client jeton profile edit modules --silent --host "${url#https://}"
  private_module
  said=$(tofu_fails init -input=false 2>&1)
  contains "the error" "$said" "Error accessing remote module registry"
  contains "what arrived" "$(emulator paths)" /feeds/terraform/modules/
  equal "tokens that arrived" "" "$(emulator headers Authorization)"
  costs "for a foreign host" 0
}
check "a registry that no profile names gets no token" foreign
