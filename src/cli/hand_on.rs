//! What a stand-in does not answer is the real program's: it is run in place of this one, with the same arguments.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::environment::{self, HANDED_ON_MARK};
use crate::{platform, program};

/// A command may be handed on again by what it was handed on to: by another version of this program, or by a script that
/// calls `az`. More often than this it goes round in circles.
const MOST: usize = 8;

/// Runs the real `name` with `arguments`: the next one on PATH that is not this program, nor one that handed the same
/// command on before. `None` where there is none, or where it can't be run.
pub(super) fn hand_on(name: &str, arguments: &[OsString]) -> Option<ExitCode> {
    if environment::is_renewal() {
        return None;
    }
    let mut before = environment::handed_on_by();
    let real = program::others_behind(name).find(|path| {
        let path = path.canonicalize();
        !before.iter().any(|known| path.as_ref().is_ok_and(|path| path == known))
    })?;
    if before.len() >= MOST {
        return None;
    }
    before.extend(program::Own::find().map(|own| own.path().to_owned()));
    let mut command = Command::new(real);
    // As this program was called: the Databricks CLI names that to its children as the one to ask, and this one it is to be.
    let called =
        std::env::args_os().next().filter(|called| Path::new(called).file_stem().is_some_and(|stem| stem == name));
    platform::call_it(&mut command, &called.unwrap_or_else(|| name.into()));
    command.args(arguments);
    command.env(HANDED_ON_MARK, std::env::join_paths(&before).ok()?);
    platform::become_command(&mut command).ok()
}
