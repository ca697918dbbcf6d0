# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034  # Others evaluate them; checks.sh reads them.
shell=nushell
start=("$tools/node_modules/@nushell/linux-x64/bin/nu" --no-config-file)
modes=("" "--no-std-lib" "--experimental-options=all")

# Nushell evaluates nothing while it runs: the functions stand in a file that is read before.
script=$work/session.nu
client jeton init nushell --wrap probe --as token >"$work/init.nu"
{
  echo "source $work/init.nu"
  echo "source $work/init.nu"
  cat "$here/shells/session.nu"
} >"$script"

# A hook says it on stderr, which no script of Nushell sends elsewhere.
dead_on_stderr=yes

# At a terminal, as a person has it.
cat >"$work/config.nu" <<NU
source $work/init.nu
\$env.config.show_banner = false
\$env.PROMPT_COMMAND = {|| jtprompt }
\$env.PROMPT_COMMAND_RIGHT = ""
\$env.PROMPT_INDICATOR = "> "
NU
terminal=("${start[0]}" --config "$work/config.nu" --env-config /dev/null)
kill_words='$env.JETON_ENV = "1 JETON_TOKEN "'
look_words='$"le" + $"ft:($env.JETON_TOKEN?):"'

# shellcheck source=../shells/checks.sh
source "$here/shells/checks.sh"
