# shellcheck shell=bash
# The keyring of GNOME keeps the key that secrets are sealed with. Each check has a session bus and a keyring of its own;
# nothing on that bus is started by itself, so that a keyring that is gone stays away.

need gnome-keyring-daemon gnome-keyring
need dbus-daemon dbus-daemon
need dbus-send dbus-bin
need script bsdutils

secret=hunter2-never-shown

# Starts the bus. What is started here ends with the check.
bus() {
  desk=$(mktemp -d "$work/desk.XXXXXX")
  started=()
  # shellcheck disable=SC2154
  trap 'kill -KILL "${started[@]}" 2>/dev/null || true' EXIT
  mkdir -m 700 "$desk/home" "$desk/run"
  dbus-daemon --config-file="$here/gnome-keyring/bus.conf" --nofork --print-address >"$desk/address" 2>"$desk/bus.log" &
  started+=("$!")
  until_true test -s "$desk/address"
  desktop_env=(
    HOME="$desk/home" XDG_RUNTIME_DIR="$desk/run" DBUS_SESSION_BUS_ADDRESS="$(<"$desk/address")"
    PATH="$bin:/usr/bin:/bin" JETON_DATA_DIR="$desk/data" THE_SECRET="$secret"
  )
}

# Starts the keyring, unlocked.
keyring() {
  env -i "${desktop_env[@]}" gnome-keyring-daemon --unlock --components=secrets --foreground \
    < <(printf 'password') >"$desk/keyring.log" 2>&1 &
  keyring=$!
  started+=("$keyring")
  until_true collection
}

# usage: secrets MEMBER ARGUMENT...
secrets() {
  env -i "${desktop_env[@]}" dbus-send --session --print-reply --reply-timeout=5000 --dest=org.freedesktop.secrets \
    /org/freedesktop/secrets "org.freedesktop.$1" "${@:2}"
}

collection() {
  secrets Secret.Service.ReadAlias string:default | grep --quiet collection/login
}

lock() {
  secrets Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
}

# As a new session does.
unlock() {
  gone
  keyring
}

gone() {
  kill "$keyring"
  wait "$keyring" || true
}

# usage: [VARIABLE=VALUE...] after `jeton_in`, as for env
jeton_in() {
  timeout --kill-after=5 60 env -i "${desktop_env[@]}" "$@"
}

keep() {
  jeton_in jeton secret set "$1" --silent --from env:THE_SECRET
}

# The secret of that name, by way of a plain file.
kept() {
  jeton_in JETON_SECRET_STORE=file jeton secret set copy --silent --from "keyring:$1"
  tail -n +2 "$desk/data/secrets/secret-copy"
}

# usage: refused EXIT_CODE PART_OF_STDERR COMMAND...
refused() {
  local code=0 said
  said=$("${@:3}" 2>&1) || code=$?
  equal "the exit code" "$1" "$code"
  contains "the error" "$said" "$2"
  contains "the error" "$said" "next: "
  [[ $said != *"$secret"* ]] || fail "the secret is shown"
}

sealed() {
  bus
  keyring
  keep prod
  contains "the list" "$(jeton_in jeton secret list)" keyring
  ! grep --quiet --text "$secret" "$desk"/data/secrets/* || fail "the secret is in a file in clear"
  equal "the secret" "$secret" "$(kept prod)"
  contains "what the keyring has" \
    "$(secrets Secret.Service.SearchItems dict:string:string:service,jeton,username,data-key)" collection/login
}
check "a secret is sealed, and read by another process" sealed

chosen() {
  bus
  keyring
  keep prod
  jeton_in JETON_SECRET_STORE=file jeton secret set prod --silent --from keyring:prod
  gone
  equal "the secret" "$secret" "$(kept prod)"
}
check "a secret moves to another place when it is kept anew" chosen

crowd() {
  bus
  keyring
  local number processes=()
  for number in {1..20}; do
    keep "n$number" &
    processes+=("$!")
  done
  for number in "${processes[@]}"; do
    wait "$number"
  done
  equal "keys" 1 "$(sed -n '1s/.*"key":"\([^"]*\)".*/\1/p' --separate "$desk"/data/secrets/secret-n* | sort -u | wc -l)"
  for number in {1..20}; do
    equal "the secret" "$secret" "$(kept "n$number")"
  done
}
check "20 processes at once make one key" crowd

swapped() {
  bus
  keyring
  keep one
  keep two
  sed 's/"name":"one"/"name":"two"/' "$desk/data/secrets/secret-one" >"$desk/swapped"
  cat "$desk/swapped" >"$desk/data/secrets/secret-two"
  refused 4 "damaged" jeton_in jeton secret set copy --from keyring:two
  test -f "$desk/data/secrets/damaged-two"
  equal "the secret" "$secret" "$(kept one)"
}
check "a file in another one's place is not opened, and set aside" swapped

locked() {
  bus
  keyring
  keep prod
  lock
  refused 4 "the keyring is locked" jeton_in jeton secret set copy --from keyring:prod
  refused 4 "the keyring is locked" keep other
  test ! -e "$desk/data/secrets/secret-other"
  unlock
  equal "the secret" "$secret" "$(kept prod)"
}
check "a locked keyring is told at once, and nothing is kept elsewhere" locked

locked_before() {
  bus
  keyring
  lock
  refused 4 "the keyring is locked" keep prod
  unlock
  keep prod
  equal "the secret" "$secret" "$(kept prod)"
}
check "a keyring that is locked from the start is not taken for none" locked_before

dismissed() {
  bus
  keyring
  keep prod
  lock
  # On a terminal a person may be asked; here nobody can show the question.
  refused 4 "was not opened" jeton_in script --quiet --return --command \
    "jeton secret set copy --from keyring:prod" "$desk/script"
}
check "a question that is not answered is told" dismissed

absent() {
  bus
  keyring
  keep prod
  gone
  refused 4 "there is no keyring here" jeton_in JETON_SECRET_STORE=file jeton secret set copy --from keyring:prod
  refused 4 "there is no keyring here" jeton_in JETON_SECRET_STORE=keyring jeton secret set prod --from env:THE_SECRET
  # Left to jeton, it goes into a plain file, but not without a word.
  contains "the notice" "$(jeton_in jeton secret set prod --from env:THE_SECRET 2>&1)" "was sealed before"
  equal "the secret" "$secret" "$(kept prod)"
}
check "a keyring that is gone between two calls is told" absent

hanging() {
  bus
  keyring
  keep prod
  kill -STOP "$keyring"
  local begin=$SECONDS
  refused 5 "did not answer within 1s" jeton_in JETON_KEYRING_TIMEOUT=1s jeton secret set copy --from keyring:prod
  refused 5 "did not answer within 1s" jeton_in JETON_KEYRING_TIMEOUT=1s jeton secret set other --from env:THE_SECRET
  [[ $((SECONDS - begin)) -le 4 ]] || fail "it took $((SECONDS - begin)) s"
  begin=$SECONDS
  refused 5 "did not answer within 5s" keep other
  [[ $((SECONDS - begin)) -le 7 ]] || fail "it took $((SECONDS - begin)) s"
  kill -CONT "$keyring"
  equal "the secret" "$secret" "$(kept prod)"
}
check "a keyring that hangs is given up" hanging

wiped() {
  bus
  keyring
  keep prod
  local item
  item=$(secrets Secret.Service.SearchItems dict:string:string:service,jeton,username,data-key |
    sed -n 's/.*object path "\(.*\)"/\1/p')
  env -i "${desktop_env[@]}" dbus-send --session --print-reply --dest=org.freedesktop.secrets "$item" \
    org.freedesktop.Secret.Item.Delete >/dev/null
  refused 4 "no longer in the keyring" jeton_in jeton secret set copy --from keyring:prod
  keep prod
  equal "the secret" "$secret" "$(kept prod)"
}
check "a key that was deleted is told, and made anew" wiped

cached() {
  bus
  keyring
  jeton_in JETON_DATA_DIR="$home/.local/share/jeton" THE_SECRET=emulator-secret \
    jeton secret set aks --silent --from env:THE_SECRET
  local token=(
    jeton_in JETON_DATA_DIR="$home/.local/share/jeton" JETON_CACHE_DIR="$home/.cache/jeton" JETON_CA_FILE="$ca"
    jeton token --silent --resource aks --tenant contoso.example --authority-host "$url"
    --client-id 22222222-2222-2222-2222-222222222222 --client-secret-from keyring:aks
  )
  local first
  first=$("${token[@]}")
  kill -STOP "$keyring"
  [[ $first == "$("${token[@]}")" ]] || fail "another token"
  costs "for two calls" 1
}
check "a profile's secret comes from it, and a cached token does not touch it" cached
