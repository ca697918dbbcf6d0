# shellcheck shell=bash
# The checks of what was installed for shells and man. See run.sh.
# shellcheck disable=SC2154  # run.sh sets work, home, built and nu.

shell_checks() {
  check "Bash: commands, options, and values that only jeton knows" bash_completes
  check "Bash: strict modes are no hindrance" bash_completes_strictly
  check "zsh: commands, options, and values that only jeton knows" zsh_completes
  check "fish: commands, options, and values that only jeton knows" fish_completes
  check "Nushell: values that only jeton knows, and other grammars as they are" nu_completes
  check "man: a page of each command, without a warning" man_finds_pages
}

# A home in which jeton is installed, and has profiles; one name would be run by a careless script.
with_profiles() {
  install --archive "$archive" >/dev/null
  mkdir -p "$home/.config/jeton"
  printf '{"version": 1, "profiles": {"dev": {"flow": "device-code"}, "prod": {"tenant": "contoso.example"}, %s: {}}}' \
    "\"\$(touch $home/run)\"" >"$home/.config/jeton/profiles.json"
}

in_path() {
  bare PATH="$home/.local/bin:/usr/bin:/bin" "$@"
}

# usage: bash_offers WORD... (the last one is completed); prints what Bash offers
bash_offers() {
  # shellcheck disable=SC2016
  in_path bash "${strict[@]}" -c '
    source "$HOME/.local/share/bash-completion/completions/jeton"
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _jeton jeton "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    echo "${COMPREPLY[*]}"
  ' bash "$@"
}

bash_completes() {
  strict=()
  with_profiles
  equal "commands" "token" "$(bash_offers jeton tok)"
  equal "options" "--force-refresh" "$(bash_offers jeton token --force)"
  equal "profiles" "dev prod" "$(bash_offers jeton token -p "")"
  equal "profiles" "prod" "$(bash_offers jeton exec-credential --profile p)"
  equal "scopes" "arm" "$(bash_offers jeton token --scope ar)"
  equal "flows" "device-code" "$(bash_offers jeton token --flow dev)"
  equal "forms" "token json header env curl" "$(bash_offers jeton token --output "")"
  equal "positions" "dev" "$(bash_offers jeton profile show d)"
  [[ ! -e $home/run ]] || fail "a profile's name was run"
}

bash_completes_strictly() {
  strict=(-o noclobber -o pipefail -u)
  with_profiles
  equal "profiles" "dev prod" "$(bash_offers jeton token -p "")"
}

# usage: zsh_offers LINE; prints what zsh offers at its end
zsh_offers() {
  in_path zsh -f "$here/zsh-offers.zsh" "$1"
}

zsh_completes() {
  with_profiles
  contains "commands" "$(zsh_offers "jeton tok")" "token"
  contains "options" "$(zsh_offers "jeton token --force")" "--force-refresh"
  local offered
  offered=$(zsh_offers "jeton token -p ")
  contains "profiles" "$offered" "dev"
  contains "profiles" "$offered" "prod"
  equal "profiles" "prod" "$(zsh_offers "jeton token --profile p")"
  contains "scopes" "$(zsh_offers "jeton token --scope a")" "arm"
  equal "positions" "dev" "$(zsh_offers "jeton profile show d")"
  [[ ! -e $home/run ]] || fail "a profile's name was run"
}

fish_offers() {
  in_path fish --no-config -c "source ~/.local/share/fish/vendor_completions.d/jeton.fish; complete -C '$1'"
}

fish_completes() {
  with_profiles
  contains "commands" "$(fish_offers "jeton tok")" "token"
  contains "options" "$(fish_offers "jeton token --force")" "--force-refresh"
  equal "profiles" "dev	device-code
prod	contoso.example" "$(fish_offers "jeton token -p ")"
  equal "positions" "dev	device-code" "$(fish_offers "jeton profile show d")"
  contains "scopes" "$(fish_offers "jeton token --scope ar")" "arm	https://management.azure.com"
  # It is found by itself, too.
  contains "by itself" "$(in_path fish -c "complete -C 'jeton tok'")" "token"
  [[ ! -e $home/run ]] || fail "a profile's name was run"
}

nu_completes() {
  with_profiles
  local line script=$home/line.nu
  for line in "jeton token --profile " "jeton profile show "; do
    printf 'source %s/.local/share/nushell/vendor/autoload/jeton.nu\n%s' "$home" "$line" >"$script"
    equal "$line" '{"completions": ["dev", "prod"]}' \
      "$(in_path "$nu" --no-config-file --ide-complete "$(stat --format %s "$script")" "$script")"
  done
  contains "a foreign grammar" "$(in_path "$nu" -c 'jeton az version --output json')" "azure-cli"
}

man_finds_pages() {
  install --archive "$archive" >/dev/null
  local page text
  for page in jeton jeton-token jeton-pat-create; do
    # By the place that stands beside a folder on PATH.
    equal "$page" "$home/.local/share/man/man1/$page.1" "$(in_path man -w "$page")"
  done
  text=$(in_path MANWIDTH=100 man --pager=cat jeton)
  contains "the first page" "$text" "EXIT STATUS"
  for page in "$home"/.local/share/man/man1/*.1; do
    equal "warnings of $page" "" "$(in_path LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings --local-file "$page" 2>&1 >/dev/null)"
  done
}
