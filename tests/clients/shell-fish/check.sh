# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034  # Others evaluate them; checks.sh reads them.
need fish fish

shell=fish
script=$here/shells/session.fish
start=(fish --no-config)
modes=("" "--features all")

# At a terminal, as a person has it.
mkdir -p "$work/config/fish"
cat >"$work/config/fish/config.fish" <<'FISH'
jeton init fish | source
function fish_prompt
    printf '%s> ' (jtprompt)
end
FISH
terminal=(fish -i)
terminal_env=(XDG_CONFIG_HOME="$work/config" JETON_CONFIG_DIR="$home/.config/jeton")
kill_words='set -gx JETON_ENV "1 JETON_TOKEN "'
look_words='echo "le""ft:$JETON_TOKEN:"'

# shellcheck source=../shells/checks.sh
source "$here/shells/checks.sh"
