//! What this process can see of the place where it runs: terminal, display, CI.

use std::io::IsTerminal as _;

use crate::environment;
use crate::platform;

/// Where this process runs, as far as it matters for asking a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// What is written to stderr is seen on a terminal.
    pub shown: bool,
    /// Somebody can type into standard input.
    pub typed: bool,
    /// A browser can be started: in a graphical session, in Windows' around WSL, or by `BROWSER` wherever that opens it.
    pub display: bool,
    /// The session came by ssh.
    pub ssh: bool,
    /// The Windows Subsystem for Linux.
    pub wsl: bool,
    /// A job of a CI system.
    pub ci: bool,
}

impl Surroundings {
    /// Looks around.
    #[must_use]
    pub fn look() -> Self {
        let ssh = environment::is_ssh();
        let wsl = platform::is_wsl();
        Self {
            shown: std::io::stderr().is_terminal(),
            typed: std::io::stdin().is_terminal(),
            display: platform::has_display(ssh) || wsl || environment::browser().is_some(),
            ssh,
            wsl,
            ci: environment::is_ci(),
        }
    }
}
