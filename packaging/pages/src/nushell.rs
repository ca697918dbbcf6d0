//! Nushell.

use std::io;

use clap::Command;
use clap_complete_nushell::Nushell;

use crate::{generated, values};

const ASK: &str = r#"  def "nu-complete jeton values" [kind: string] {
    ^jeton __complete $kind | complete | get stdout | lines | parse --regex '^(?<value>[^\t]+)\t?(?<description>.*)$'
  }

"#;

const BEGIN: &str = "module completions {\n\n";

pub(crate) fn script(grammar: &Command) -> io::Result<String> {
    let script = generated(Nushell, grammar)?;
    let script =
        values::replace(script, |mark, kind| (format!("[ \"{mark}\" ]"), format!("nu-complete jeton values {kind}")))?;
    let script = script.strip_prefix(BEGIN).ok_or_else(|| io::Error::other("clap begins in another way"))?;
    Ok(format!("{BEGIN}{ASK}{script}"))
}
