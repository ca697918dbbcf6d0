//! Zsh.

use std::io;

use clap::Command;
use clap_complete::Shell;

use crate::{generated, insert_before, values};

const ASK: &str = r#"_jeton_values() {
    local line
    local -a found shown
    for line in ${(f)"$(_call_program jeton-$1 jeton __complete $1 2>/dev/null)"}; do
        found+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done
    compadd -l -d shown -a found
}

"#;

pub(crate) fn script(grammar: &Command) -> io::Result<String> {
    let script = generated(Shell::Zsh, grammar)?;
    // (With a blank before it, a command is called as it stands.)
    let script = values::replace(script, |mark, kind| (format!("({mark})"), format!(" _jeton_values {kind}")))?;
    insert_before(&script, "if [ \"$funcstack[1]\"", ASK)
}
