# shellcheck shell=bash
# skopeo reads Docker's config.json and calls the helper as Docker and podman do: by its name, with the registry on
# standard input. The registry wants its own tokens, which are given for Entra's.

need skopeo skopeo
# shellcheck source=../registry.sh
source "$here/registry.sh"

pull() {
  rm -rf "$work/image"
  client SSL_CERT_FILE="$ca" skopeo --insecure-policy copy --quiet "docker://$registry/hello:latest" "dir:$work/image"
}

pulled() {
  host_of "${right[@]}"
  pull
  grep --quiet --recursive --text "hello from the registry" "$work/image" || fail "the image is another one"
  pull
  costs "for two pulls" 1
  equal "exchanges" 1 "$(exchanges)"
  contains "what is asked for" "$(emulator forms scope)" "https://containerregistry.azure.net/.default"
}
check "two pulls cost one token of Entra's and one of the registry's" pulled

logged_out() {
  host_of "${right[@]}"
  pull
  client skopeo logout --authfile "$home/.docker/config.json" "$registry"
  pull
  costs "for two pulls and a logout" 1
  equal "exchanges" 2 "$(exchanges)"
}
check "after a logout the registry's token is another one" logged_out

login() {
  host_of "${right[@]}"
  local name
  name=$(client SSL_CERT_FILE="$ca" skopeo login --get-login "$registry")
  equal "the user" 00000000-0000-0000-0000-000000000000 "$name"
}
check "the registry's user is told" login

foreign() {
  host_of "${right[@]}"
  printf '{"credHelpers": {"registry.example": "jeton"}}\n' >"$home/.docker/config.json"
  local said
  said=$(client_fails skopeo login --get-login registry.example 2>&1)
  contains "stderr" "$said" "not logged into registry.example"
  equal "requests" 0 "$(emulator count requests)"
}
check "a foreign registry is none of ours" foreign

refused() {
  host_of --client-secret-from "file:$home/wrong-secret"
  local said
  said=$(client_fails SSL_CERT_FILE="$ca" skopeo inspect "docker://$registry/hello:latest" 2>&1)
  contains "stderr" "$said" AADSTS7000215
  contains "stderr" "$said" "next: "
}
check "a wrong secret fails, and the error says what to do" refused
