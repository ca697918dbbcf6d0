//! `jeton run`: a command with a token in its environment, and in nobody else's.

use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitCode};

use clap::Args;

use super::output;
use super::variables::VariableArgs;
use crate::error::{Error, Kind, Result};
use crate::platform;

/// What shells say of a command that is not there, and of one that can't be run (POSIX, "Exit Status for Commands").
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    variables: VariableArgs,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl RunArgs {
    pub(super) fn run(self) -> Result<ExitCode> {
        let changes = self.variables.get()?;
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| Error::usage("no command is given").hint("jeton run -- COMMAND"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        for (name, value) in changes.variables {
            match value {
                Some(value) => command.env(name, value.expose()),
                None => command.env_remove(name),
            };
        }
        Ok(platform::become_command(&mut command).unwrap_or_else(|error| not_run(&command, &error)))
    }
}

/// Says why `command` does not run, and gives the exit code that a shell would end with.
pub(super) fn not_run(command: &Command, error: &io::Error) -> ExitCode {
    let shown = command.get_program().to_string_lossy();
    let (code, text, next) = match error.kind() {
        io::ErrorKind::NotFound => (NOT_FOUND, "not found", "check its name, and PATH"),
        _ => (NOT_EXECUTABLE, "not run", "check that it is a program, and its permissions"),
    };
    output::complain(&Error::new(Kind::Failed, format!("{shown}: {text} ({error})")).hint(next));
    ExitCode::from(code)
}
