# shellcheck shell=bash
# What holds for every client of container registries: it reads Docker's config.json, where jeton is the helper of the
# emulator's registry.

registry=${url#https://}
# Profiles of its own: which one a registry belongs to is a matter of all of them.
client_env+=(JETON_CONFIG_DIR="$work/registry-profiles")
ln -sf jeton "$bin/docker-credential-jeton"
# shellcheck disable=SC2034  # The checks that source this read both.
auth=$home/.docker/config.json right=(--client-secret-from "file:$home/secret")

# usage: host_of [OPTION...]: makes the profile that the registry belongs to, and names the helper in config.json
host_of() {
  rm -rf "$work/registry-profiles"
  profile registry --tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222 --authority-host "$url" \
    --host "$registry" "$@"
  mkdir -p "$home/.docker"
  printf '{"credHelpers": {"%s": "jeton"}}\n' "$registry" >"$auth"
}

# How often the registry was asked to exchange a token.
exchanges() {
  emulator paths | grep -c '^POST /oauth2/exchange$' || true
}
