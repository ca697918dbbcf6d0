# shellcheck shell=bash
# podman keeps images, asks the helper for each registry anew, and has a log-in and log-out of its own. It runs nothing here:
# pulling needs no container.

need podman podman
# shellcheck source=../registry.sh
source "$here/registry.sh"
client_env+=(PATH="$bin:/usr/bin:/bin:/usr/sbin" SSL_CERT_FILE="$ca")

# usage: anew [OPTION...]: the same without any image
anew() {
  rm -rf "$work/podman"
  host_of "$@"
}

podman() {
  client podman --root "$work/podman/root" --runroot "$work/podman/run" --storage-driver vfs --cgroup-manager cgroupfs "$@"
}

pull() {
  podman pull --quiet "docker://$registry/hello:latest" >/dev/null
}

pulled() {
  anew "${right[@]}"
  pull
  equal "the image" "$registry/hello:latest" "$(podman images --format '{{.Repository}}:{{.Tag}}')"
  pull
  costs "for two pulls" 1
  equal "exchanges" 1 "$(exchanges)"
  equal "the user" 00000000-0000-0000-0000-000000000000 "$(podman login --get-login "$registry")"
}
check "two pulls cost one token of Entra's and one of the registry's" pulled

logged_out() {
  anew "${right[@]}"
  pull
  podman logout --authfile "$auth" "$registry" >/dev/null
  pull
  costs "for two pulls and a logout" 1
  equal "exchanges" 2 "$(exchanges)"
}
check "after a logout the registry's token is another one" logged_out

foreign() {
  anew "${right[@]}"
  printf '{"credHelpers": {"registry.example": "jeton"}}\n' >"$auth"
  local said
  said=$(podman login --get-login registry.example 2>&1) && fail "it succeeded"
  contains "stderr" "$said" "not logged into registry.example"
  equal "requests" 0 "$(emulator count requests)"
}
check "a foreign registry is none of ours" foreign

refused() {
  host_of --client-secret-from "file:$home/wrong-secret"
  local said
  said=$(pull 2>&1) && fail "it succeeded"
  contains "stderr" "$said" AADSTS7000215
  contains "stderr" "$said" "next: "
}
check "a wrong secret fails, and the error says what to do" refused

rm -rf "$work/podman"
