# shellcheck shell=bash
# shellcheck disable=SC2034  # checks.sh reads them.
# PowerShell is in no registry that the other clients come from, so that it is PowerShell at all is seen by the grammar that
# editors use. Where there is a pwsh (7.4 or newer), the session runs in it as well.

grammatical() {
  local script=$work/jeton.ps1
  client jeton init powershell --wrap databricks,terraform --as databricks,aws >"$script"
  contains "the wrapper" "$(<"$script")" "'run', '--as', 'databricks,aws', '--', 'terraform'"
  client jeton env --profile aks --resource aks --as psql --env MINE --shell powershell >"$work/assignments.ps1"
  contains "the assignments" "$(<"$work/assignments.ps1")" "\$env:MINE = 'ey"
  client "$tools/bin/python" "$here/$name/grammar.py" "$script" "$work/assignments.ps1" "$here/shells/session.ps1"
  # It sees what is none.
  echo 'function x { if (' >"$work/no.ps1"
  client_fails "$tools/bin/python" "$here/$name/grammar.py" "$work/no.ps1"
}
check "what is printed is PowerShell, by its grammar" grammatical

if pwsh=$(command -v pwsh); then
  shell=powershell
  script=$here/shells/session.ps1
  start=("$pwsh" -NoProfile -NonInteractive -File)
  client_env+=(POWERSHELL_TELEMETRY_OPTOUT=1)
  # (What stands before the script are options of pwsh: a mode is told by a variable.)
  modes=("")
  complaints_differ=yes
  dead_on_stderr=yes
  # shellcheck source=../shells/checks.sh
  source "$here/shells/checks.sh"
  client_env+=(STRICT=yes)
  check "the same under Set-StrictMode -Version Latest" all_modes
fi
