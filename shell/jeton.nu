# What `jeton init nushell` prints. Keep it in a file that Nushell reads at its start. See docs/shell.md.

def _jt_check [] {
  if (which jeton | where type == external | is-empty) {
    error make --unspanned { msg: "jeton: the program jeton is not on PATH" }
  }
}

def --wrapped _jt_call [...rest] {
  _jt_check
  ^jeton ...$rest
}

def _jt_names [] {
  if (which jeton | where type == external | is-empty) { [] } else { ^jeton profile list --names --silent | lines }
}

# Switch this shell's profile of jeton: NAME, - for the one before, --unset for none; without any, show it.
def --env jt [name?: string@_jt_names, --unset(-u)] {
  let before = $env.JETON_PROFILE? | default ""
  if ($name == null) and (not $unset) {
    return (if $before != "" { _jt_call status --profile $before } else { _jt_call profile list })
  }
  let next = if $unset {
    ""
  } else if $name == "-" {
    if $env._JT_BEFORE? == null { error make --unspanned { msg: "jt: there was no profile before this one" } }
    $env._JT_BEFORE
  } else {
    let shown = _jt_call profile show --profile $name
    $name
  }
  if $next == "" { hide-env --ignore-errors JETON_PROFILE } else { $env.JETON_PROFILE = $next }
  $env._JT_BEFORE = $before
}

# Export variables with a token in them, until it is dead: of a profile, or with the options of jeton env.
def --env --wrapped jtenv [...rest] {
  let first = $rest | get 0? | default "" | into string
  if $first in ["-u" "--unset"] {
    _jt_clear
    return
  }
  let words = if $first == "" or ($first | str starts-with "-") { $rest } else { $rest | prepend "--profile" }
  let all = _jt_call env --shell nushell ...$words | from json
  let kept = $all | items {|name, value| { name: $name, value: $value } } | where value != null
  # (Here, not by _jt_clear: what is hidden after a call of a --env command stays in Nushell 0.115.)
  for name in (_jt_noted | append ($all | columns)) { hide-env --ignore-errors $name }
  load-env ($kept | reduce --fold {} {|one, all| $all | insert $one.name $one.value })
}

# The names of what jtenv set.
def _jt_noted [] {
  $env.JETON_ENV? | default "" | split row " " | where $it =~ '^[A-Za-z_][A-Za-z0-9_]*$' | append JETON_ENV
}

def --env _jt_clear [] {
  for name in (_jt_noted) { hide-env --ignore-errors $name }
}

def --env _jt_hook [] {
  let note = $env.JETON_ENV? | default "" | parse --regex '^(?<end>[0-9]+) (?<names>.*)$'
  if ($note | is-empty) { return }
  if ((date now | into int) // 1_000_000_000) >= ($note.0.end | into int) {
    print --stderr $"jeton: dead, and taken out of the environment: ($note.0.names) \(jtenv gets new ones)"
    _jt_clear
  }
}

# curl with a token, at the profile's hosts alone.
def --wrapped jcurl [...rest] { _jt_call curl ...$rest }

# For PROMPT_COMMAND: the profile of jeton and how long its token lives. Silent, whatever is wrong.
def jtprompt [] {
  if (which jeton | where type == external | is-empty) { return "" }
  ^jeton prompt --shell nushell | complete | get stdout | str trim
}

$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default []
  | where {|hook| ($hook | describe) !~ '^record' or $hook.code? != "_jt_hook" }
  | append { code: "_jt_hook" })
