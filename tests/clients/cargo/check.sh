# shellcheck shell=bash
# cargo and a sparse registry that wants a token for everything. It tries the last provider of a list first.

need cargo cargo
# (Without rustup's detour, which looks for toolchains in the user's home.)
toolchain=$(dirname "$(rustup which cargo 2>/dev/null || command -v cargo)")
project=$work/cargo-project

in_project() {
  (cd "$project" && client PATH="$bin:$toolchain:/usr/bin:/bin" CARGO_HTTP_CAINFO="$ca" CARGO_HTTP_MULTIPLEXING=false "$@")
}

# Makes a project that needs the feed's package. usage: make_project CREDENTIAL_PROVIDER (a TOML array) [PATH_OF_INDEX]
make_project() {
  rm -rf "$project" "$home/.cargo"
  mkdir -p "$project/src" "$project/.cargo"
  cat >"$project/.cargo/config.toml" <<TOML
[registries.feeds]
index = "sparse+$url/feeds/${2:-cargo}/index/"
credential-provider = $1
TOML
  cat >"$project/Cargo.toml" <<'TOML'
[package]
name = "guest"
version = "0.0.0"
edition = "2021"

[dependencies]
hello-emulator = { version = "0.1", registry = "feeds" }
TOML
  echo 'fn main() { println!("{}", hello_emulator::HELLO); }' >"$project/src/main.rs"
}

built() {
  make_project "[\"$counted\", \"cargo\", \"-p\", \"feeds\"]"
  contains "the program's words" "$(in_project cargo run --quiet)" "hello from the feed"
  costs "for index and package" 1 1
  emulator paths | grep 'GET /feeds/cargo/dl/' >/dev/null || fail "the package was not downloaded"
  # The first request of all goes without.
  feed_token_is_ours bearer
}
check "a crate of a private registry is built, for one run and one token" built

by_host() {
  make_project "[\"$bin/jeton\", \"cargo\"]"
  in_project cargo fetch --quiet
  costs "for index and package" 1
}
check "the profile is found by the registry's host" by_host

yanked() {
  make_project "[\"$bin/jeton\", \"cargo\"]"
  contains "what cargo says" "$(in_project cargo yank --registry feeds --version 0.1.0 hello-emulator 2>&1)" "Yank"
  contains "what arrived" "$(emulator paths)" "DELETE /feeds/cargo/api/v1/crates/hello-emulator/0.1.0/yank"
  feed_token_is_ours bearer
}
check "the token is good for changes too" yanked

from_stdout() {
  make_project "[\"cargo:token-from-stdout\", \"$counted\", \"cargo\", \"-p\", \"feeds\"]"
  contains "the program's words" "$(in_project cargo run --quiet)" "hello from the feed"
  costs "for index and package" 1 1
  feed_token_is_ours bearer
}
check "cargo:token-from-stdout takes the one line" from_stdout

next_provider() {
  local token
  token=$(client jeton token --profile feeds)
  make_project '"feeds"'
  # aks has no hosts, so jeton passes; then the token in the environment counts.
  cat >>"$project/.cargo/config.toml" <<TOML
[registry]
global-credential-providers = ["cargo:token", "aks"]
[credential-alias]
aks = ["$counted", "cargo", "-p", "aks"]
TOML
  sed -i '/^credential-provider = "feeds"$/d' "$project/.cargo/config.toml"
  in_project CARGO_REGISTRIES_FEEDS_TOKEN="Bearer $token" cargo fetch --quiet
  costs "for what was not jeton's" 1 1
}
check "a registry that is not jeton's is left to the next provider" next_provider

refused() {
  make_project "[\"$bin/jeton\", \"cargo\", \"-p\", \"feeds-wrong\"]" wrong
  local said
  said=$(in_project cargo fetch 2>&1) && fail "it succeeded"
  contains "stderr" "$said" AADSTS7000215
  contains "stderr" "$said" "next: "
}
check "a wrong secret fails, and cargo shows what to do" refused

login() {
  make_project "[\"$bin/jeton\", \"cargo\"]"
  local said
  said=$(in_project cargo login --registry feeds 2>&1 <<<"hunter2") && fail "it succeeded"
  contains "stderr" "$said" "not supported"
}
check "cargo login is told that there is nothing to log in to" login
