//! Bash.

use std::io;

use clap::Command;
use clap_complete::Shell;

use crate::{generated, values};

/// Bash expands the words that it is given once more: `jeton __complete` says none in which there is anything to expand.
const ASK: &str = r#"_jeton_values() {
    jeton __complete "$1" 2>/dev/null | cut -f 1
}

"#;

pub(crate) fn script(grammar: &Command) -> io::Result<String> {
    let script = generated(Shell::Bash, grammar)?;
    // It stands between double quotes everywhere.
    let script = values::replace(script, |mark, kind| (mark.to_owned(), format!("$(_jeton_values {kind})")))?;
    Ok(format!("{ASK}{script}"))
}
