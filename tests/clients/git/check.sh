# shellcheck shell=bash
# git asks its helper after a 401, tells it by `erase` that a credential was refused, and ignores its exit code. From 2.46
# on it takes bearer tokens. GIT names another git than that of the system.

need git git
git=${GIT:-git}
remote=$url/contoso/project/_git/repository
# Profiles of its own: which one a host belongs to is a matter of all of them.
client_env+=(JETON_CONFIG_DIR="$work/git-profiles")
author=(-c user.name=Ada -c user.email=ada@contoso.example)

# usage: version_is VERSION: whether git is of that version or newer
version_is() {
  local version
  version=$("$git" --version | sed 's/^git version //')
  [[ $(printf '%s\n' "$1" "$version" | sort --version-sort | head -n 1) == "$1" ]]
}

# usage: set_up [HELPER [PROFILE]]: git's configuration, jeton's profile for the emulator, and a repository with a commit
set_up() {
  cat >"$home/.gitconfig" <<INI
[credential]
	helper = "${1:-!jeton git}"
[http]
	sslCAInfo = $ca
[init]
	defaultBranch = main
INI
  rm -rf "$work/git" "$work/tree"
  client "$git" init --quiet --bare "$work/git/repository"
  client "$git" init --quiet "$work/tree/seed"
  client "$git" -C "$work/tree/seed" "${author[@]}" commit --quiet --allow-empty --message first
  client "$git" -C "$work/tree/seed" push --quiet "$work/git/repository" main
  emulator settings "{\"git_root\": \"$work/git\"}"
}

# usage: host_of PROFILE [OPTION...]: makes the profile that the emulator's host belongs to
host_of() {
  rm -rf "$work/git-profiles"
  profile "$1" --client-id 22222222-2222-2222-2222-222222222222 --authority-host "$url" --resource devops \
    --host "${url#https://}" "${@:2}"
}
right=(--tenant contoso.example --client-secret-from "file:$home/secret")

# The credential that all authorized requests carried is, in the form of $1, the token that jeton gives.
carried() {
  local seen token
  token=$(client jeton token --profile git)
  seen=$(emulator headers Authorization | sort -u)
  case $1 in
  bearer) [[ $seen == "Bearer $token" ]] || fail "not every request carried the token as a bearer's" ;;
  password) [[ $seen == "Basic $(printf 'jeton:%s' "$token" | base64 -w 0)" ]] || fail "it was not the password" ;;
  esac
}

clone_fetch_push() {
  client "$git" clone --quiet "$remote" "$work/tree/one"
  client "$git" clone --quiet "$remote" "$work/tree/two"
  # More than git sends in one piece without knowing its length.
  head -c 3000000 /dev/urandom >"$work/tree/one/large"
  client "$git" -C "$work/tree/one" add large
  client "$git" -C "$work/tree/one" "${author[@]}" commit --quiet --message second
  client "$git" -C "$work/tree/one" push --quiet
  client "$git" -C "$work/tree/two" fetch --quiet
  equal "what was pushed and fetched" "$(client "$git" -C "$work/tree/one" rev-parse HEAD)" \
    "$(client "$git" -C "$work/tree/two" rev-parse origin/main)"
  costs "for two clones, a push and a fetch" 1
}

newest() {
  host_of git "${right[@]}"
  set_up
  clone_fetch_push
  if version_is 2.46; then carried bearer; else carried password; fi
}
check "clone, fetch and push cost one token" newest

old() {
  host_of git "${right[@]}"
  # A git of before 2.46 says nothing of what it can.
  set_up "!f() { sed '/^capability/d' | jeton git \\\"\$1\\\"; }; f"
  clone_fetch_push
  carried password
}
check "a git without authtype uses the token as a password" old

by_hand() {
  host_of git "${right[@]}"
  set_up
  local said
  said=$(printf 'capability[]=authtype\nprotocol=https\nhost=%s\n' "${url#https://}" | client jeton git get)
  contains "the answer" "$said" "authtype=Bearer"
  (umask 077 && printf '[http]\n\textraHeader = Authorization: Bearer %s\n' \
    "$(sed -n 's/^credential=//p' <<<"$said")" >"$home/header")
  client GIT_CONFIG_GLOBAL="$home/header" GIT_SSL_CAINFO="$ca" "$git" clone --quiet "$remote" "$work/tree/one"
  carried bearer
}
check "what a git with authtype is given opens the repository" by_hand

named() {
  host_of git "${right[@]}"
  ln -sf jeton "$bin/git-credential-jeton"
  set_up jeton
  client "$git" clone --quiet "$remote" "$work/tree/one"
  costs "for one clone" 1
}
check "the helper goes by the name jeton" named

rejected() {
  host_of git "${right[@]}"
  set_up
  client "$git" clone --quiet "$remote" "$work/tree/one"
  # By the server's clock the token has expired.
  emulator settings '{"clock_offset": 7200}'
  client_fails GIT_TERMINAL_PROMPT=0 "$git" -C "$work/tree/one" fetch --quiet
  costs "up to the rejection" 1
  client "$git" -C "$work/tree/one" fetch --quiet
  costs "after it" 2
}
check "a token that was refused is replaced by the next call" rejected

foreign() {
  host_of git "${right[@]}"
  set_up
  local said
  said=$(printf 'protocol=https\nhost=github.example\n\n' |
    client_fails GIT_TERMINAL_PROMPT=0 "$git" credential fill 2>&1)
  contains "stderr" "$said" "terminal prompts disabled"
  [[ $said != *jeton* ]] || fail "jeton has something to say about a host that is not its own: $said"
  equal "requests" 0 "$(emulator count requests)"
}
check "a foreign host is left to others" foreign

refused() {
  host_of git --tenant contoso.example --client-secret-from "file:$home/wrong-secret"
  set_up
  local said
  said=$(client_fails GIT_TERMINAL_PROMPT=0 "$git" clone --quiet "$remote" "$work/tree/one" 2>&1)
  contains "stderr" "$said" AADSTS7000215
  contains "stderr" "$said" "next: "
}
check "a wrong secret fails, and stderr says what to do" refused

challenged() {
  host_of git --client-secret-from "file:$home/secret"
  set_up
  if version_is 2.41; then
    client "$git" clone --quiet "$remote" "$work/tree/one"
    contains "the paths" "$(emulator paths)" "POST /11111111-1111-1111-1111-111111111111/oauth2/v2.0/token"
  else
    # It does not tell its helper what the server said.
    client_fails GIT_TERMINAL_PROMPT=0 "$git" clone --quiet "$remote" "$work/tree/one"
    equal "token requests" 0 "$(emulator count token_requests)"
  fi
}
check "the server's challenge names the tenant, where git passes it on" challenged
