#!/usr/bin/env bash
# Runs real clients against the real jeton and the emulator of Entra, Databricks, AWS STS, Kubernetes and feeds of packages.
# Everything is on loopback;
# the clients come from their registries, pinned, and are installed below target/clients.
#
# usage: tests/clients/run.sh [--jeton FILE] [CLIENT...]
#
#   --jeton FILE  the program under test [default: a debug build]
#   CLIENT        a folder beside this script [default: all]

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}

# shellcheck source=lib.sh
source "$here/lib.sh"

main() {
  local jeton='' name
  if [[ ${1:-} == --jeton ]]; then
    jeton=$(realpath "${2:?a file is missing after --jeton}")
    shift 2
  fi
  local names=("$@")
  if [[ $# -eq 0 ]]; then
    for name in "$here"/*/check.sh; do
      names+=("$(basename "$(dirname "$name")")")
    done
  fi
  for name in "${names[@]}"; do
    [[ -f $here/$name/check.sh ]] || die "there is no client $name"
  done

  need curl curl
  need python3 python3
  if [[ -z $jeton ]]; then
    cargo build --quiet --manifest-path "$root/Cargo.toml"
    jeton=$target/debug/jeton
  fi
  cargo build --quiet --manifest-path "$root/Cargo.toml" --package jeton-emulator --bin jeton-emulator
  work=$(mktemp -d)
  trap clean_up EXIT
  start_emulator
  make_home "$jeton"

  local code
  for name in "${names[@]}"; do
    # Not part of a condition: `set -e` would then hold for nothing that is done inside.
    set +e
    (
      set -e
      run_client
    )
    code=$?
    set -e
    [[ $code -eq 0 ]] || report FAIL "it can't be installed, or its check.sh ended with an error ($code)"
  done

  local passed failed
  passed=$(grep -c '^ok' "$work/results" || true)
  failed=$(grep -c '^FAIL' "$work/results" || true)
  echo "$passed passed, $failed failed"
  [[ $failed -eq 0 && $passed -gt 0 ]]
}

die() {
  echo "run.sh: $*" >&2
  exit 1
}

# usage: need COMMAND DEBIAN_PACKAGE
need() {
  if command -v "$1" >/dev/null; then
    return
  fi
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    die "$1 is missing"
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$2"
}

run_client() {
  tools=$target/clients/$name
  install_client
  # shellcheck source=/dev/null
  source "$here/$name/check.sh"
}

# What a client's folder holds says how the client is installed: main.go, Cargo.toml, pom.xml, requirements.txt or
# package-lock.json. An
# installation is kept until that file changes.
install_client() {
  local folder=$here/$name begin=$SECONDS
  if [[ -f $folder/main.go ]]; then
    need go golang
    # A module of its own, where it needs other versions than the rest.
    (
      cd "$folder"
      build_go "$tools/"
    )
  elif [[ -f $folder/Cargo.toml ]]; then
    CARGO_TARGET_DIR=$tools/target timeout 1200 cargo build --quiet --locked --manifest-path "$folder/Cargo.toml"
    cp "$tools/target/debug/$name" "$tools/"
  elif [[ -f $folder/pom.xml ]]; then
    need mvn maven
    if ! diff --recursive --brief "$folder" "$tools/source" >/dev/null 2>&1; then
      rm -rf "$tools"
      mkdir -p "$tools"
      timeout 1200 mvn --quiet --batch-mode --file "$folder/pom.xml" -DbuildDirectory="$tools/build" \
        -DoutputDirectory="$tools" package
      cp -r "$folder" "$tools/source"
    fi
  elif [[ -f $folder/requirements.txt ]]; then
    if ! cmp --silent "$folder/requirements.txt" "$tools/installed"; then
      rm -rf "$tools"
      python3 -m venv "$tools"
      timeout 600 "$tools/bin/pip" install --quiet --only-binary :all: --requirement "$folder/requirements.txt"
      cp "$folder/requirements.txt" "$tools/installed"
    fi
  elif [[ -f $folder/package-lock.json ]]; then
    need npm npm
    if ! cmp --silent "$folder/package-lock.json" "$tools/installed"; then
      rm -rf "$tools"
      mkdir -p "$tools"
      cp "$folder"/package*.json "$tools"
      timeout 600 npm ci --prefix "$tools" --loglevel error --ignore-scripts --no-audit --no-fund
      cp "$folder/package-lock.json" "$tools/installed"
    fi
  else
    return 0
  fi
  echo "      $name: installed in $((SECONDS - begin)) s"
}

# Builds the program in this folder. usage: build_go PLACE [ARGUMENT OF go build...]
build_go() {
  timeout 1200 go build -mod=readonly -trimpath -buildvcs=false -ldflags='-s -w' -o "$@"
}

clean_up() {
  if [[ -n ${EMULATOR_PID:-} ]]; then
    kill "$EMULATOR_PID" 2>/dev/null || true
  fi
  rm -rf "$work"
}

# It ends by itself when this script does, however that comes about.
start_emulator() {
  coproc EMULATOR { exec "$target/debug/jeton-emulator" --dir "$work/emulator" --until-stdin-closes; }
  read -r -t 30 -u "${EMULATOR[0]}" facts || die "the emulator does not start"
  url=$(<"$work/emulator/url")
  ca=$work/emulator/ca.pem
}

# The home of a user who has profiles, and a PATH with jeton in it.
make_home() {
  home=$work/home
  bin=$work/bin
  counted=$work/counted/jeton
  mkdir -p "$home/.aws" "$bin" "$work/counted" "$work/tmp"
  cp "$1" "$bin/jeton"
  printf '#!/bin/sh\necho run >>"%s"\nexec "%s" "$@"\n' "$work/runs" "$bin/jeton" >"$counted"
  chmod +x "$counted"
  client_env=(
    HOME="$home" PATH="$bin:/usr/bin:/bin" TMPDIR="$work/tmp" LANG=C.UTF-8
    JETON_CA_FILE="$ca" KUBECONFIG="$work/kubeconfig" AWS_CA_BUNDLE="$ca"
  )

  (umask 077 && printf 'emulator-secret' >"$home/secret" && printf 'another-secret' >"$home/wrong-secret")
  local entra=(--tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222 --authority-host "$url")
  local right=(--client-secret-from "file:$home/secret") wrong=(--client-secret-from "file:$home/wrong-secret")
  local aws=(--endpoint v1 --resource api://aws --aws-endpoint "$url" --aws-role-arn)
  profile aks "${entra[@]}" "${right[@]}"
  profile aks-wrong "${entra[@]}" "${wrong[@]}"
  profile aws "${entra[@]}" "${right[@]}" "${aws[@]}" arn:aws:iam::123456789012:role/reader
  profile aws-denied "${entra[@]}" "${right[@]}" "${aws[@]}" arn:aws:iam::123456789012:role/denied
  profile feeds "${entra[@]}" "${right[@]}" --scope devops --host "${url#https://}/feeds"
  profile feeds-wrong "${entra[@]}" "${wrong[@]}" --scope devops --host "${url#https://}/feeds/wrong"
}

profile() {
  client jeton profile create --silent "$@"
}

main "$@"
