# shellcheck shell=bash
# The checks of all shells. A shell's check.sh says how it is started, and what differs there:
#
#   shell           its name
#   start           the command that runs a script
#   script          the session
#   modes           options for it, several in one text
#   terminal        the command that gives a person a shell, whose prompt is $(jtprompt) and >
#   terminal_env    variables for it
#   kill_words      what makes the exported token a dead one
#   look_words      what shows "left:", the token and ":"
#   complaints_differ  set where they are not told apart from the shell's own
#   dead_on_stderr  set where what the hook says is among the complaints

# shellcheck disable=SC2154  # run.sh and check.sh set them.
session_url=$url/api/v1/namespaces/default

profile shell --replace --tenant contoso.example --client-id 22222222-2222-2222-2222-222222222222 \
  --authority-host "$url" --client-secret-from "file:$home/secret" --resource aks --host "${url#https://}"

# A tool that says what it was given.
cat >"$bin/probe" <<'SH'
#!/bin/sh
echo "probe: ${JETON_TOKEN:+a token}"
SH
chmod +x "$bin/probe"

# What the hook says.
dead="jeton: dead, and taken out of the environment: JETON_TOKEN JETON_TOKEN_TYPE JETON_TOKEN_EXPIRES_ON"
dead+=$' (jtenv gets new ones)\n'
if [[ -n ${dead_on_stderr:=} ]]; then
  dead_on_stderr=$dead dead_on_stdout=''
else
  dead_on_stdout=$dead
fi

# What a session prints, in whatever shell and mode.
transcript() {
  cat <<TEXT
profile: shell
profile: aks
profile: shell
jt nobody: refused
profile: shell
1
profile: none
1
profile: shell
shell
token: yes
probe: a token
jtenv aks-wrong --resource aks: refused
token: yes
token: yes
${dead_on_stdout}token: no
mine: yes
mine: no
"kind":"Namespace"
200
jcurl -fsS https://localhost:1/: refused
jcurl -fsS --cacert $ca $session_url https://localhost:1/: refused
shell MINUTES
jt aks: refused
jtenv: refused
jcurl $session_url: refused
profile: shell
TEXT
}

# What it complains of: what is to fail, and nothing else.
complaints() {
  cat <<TEXT
jeton: there is no profile "nobody"
jeton: the client secret is wrong
${dead_on_stderr}jeton: the client secret is wrong
error: unexpected argument '--no-such-option' found
jeton: no token is set up for localhost
jeton: no token is set up for localhost
jeton: the program jeton is not on PATH
jeton: the program jeton is not on PATH
jeton: the program jeton is not on PATH
TEXT
}

# The first lines of complaints, as far as they are in `complaints`. A shell whose own errors look otherwise has its own.
first_lines() {
  sed -E '/^(  .*|Usage: .*|For more .*)?$/d; s/ in .*profiles.json$//; s/ \(AADSTS.*//; s/; often .*//'
}

# usage: session MODE
session() {
  rm -rf "$home/.cache"
  # shellcheck disable=SC2086  # A mode is several words.
  client SHELL_NAME="$shell" URL="$session_url" CA="$ca" \
    "${start[@]}" $1 "$script" >"$work/transcript" 2>"$work/complaints" ||
    fail "it ended with $?: $(<"$work/complaints")"
  diff <(transcript) "$work/transcript" || fail "the session went another way"
  [[ -n ${complaints_differ:-} ]] || diff <(complaints) <(first_lines <"$work/complaints") || fail "other complaints"
}

all_modes() {
  local mode
  for mode in "${modes[@]}"; do
    echo "mode: $mode"
    session "$mode"
  done
}
check "each function does its work, in ${#modes[@]} modes, read twice" all_modes

# The profile stands in the prompt, a name is completed, and what is dead goes at the next prompt.
at_a_terminal() {
  client TERM=xterm "${terminal_env[@]}" python3 "$here/shells/terminal.py" "${terminal[@]}" -- \
    '> ' "jt aks" 'aks> ' $'jt she\t' 'shell> ' "jtenv" 'shell [0-9]+m> ' "$kill_words" \
    'jeton: dead, and taken out of the environment: JETON_TOKEN (.|\n)*shell [0-9]+m> ' "$look_words" 'left::'
}
[[ -z ${terminal:-} ]] || check "at a terminal, names are completed, and dead variables go at the prompt" at_a_terminal

# What is hostile in a token stays text.
hostile() {
  local mode
  for mode in "${modes[@]}"; do
    echo "mode: $mode"
    rm -rf "$home/.cache"
    # shellcheck disable=SC2086  # A mode is several words.
    client python3 "$here/shells/hostile.py" "$shell" "$home/.cache/jeton" "${start[@]}" $mode
  done
}
check "assignments are read as they were meant, whatever stands in a token" hostile
