//! `jeton prompt`: the profile in use and how long its token lives, for a shell's prompt. It reads the metadata of one
//! cached token, no token, and is silent about everything that is wrong: a prompt is no place for that.

use clap::Args;

use super::output;
use super::road;
use crate::clock;
use crate::environment;
use crate::error::{Result, clean};
use crate::flow;
use crate::profile::{Flags, Settings};
use crate::protocol::shell::Shell;
use crate::token::{Life, NEVER};

#[derive(Debug, Args)]
pub(super) struct PromptArgs {
    /// This profile, not that of JETON_PROFILE
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
    /// Red when dead, in the words of this shell's prompt: bash, zsh, fish, powershell, nushell [default: no colour]
    #[arg(long, value_name = "SHELL", value_parser = Shell::parse)]
    shell: Option<Shell>,
}

impl PromptArgs {
    pub(super) fn run(self) -> Result<()> {
        let Some(name) = self.profile.filter(|name| !name.is_empty()).or_else(environment::profile) else {
            return Ok(());
        };
        let now = clock::now();
        let (left, is_red) = match life(&name) {
            Ok(Some(life)) if life.expires_at <= now => (" dead".to_owned(), true),
            Ok(Some(Life { expires_at: NEVER, .. }) | None) => (String::new(), false),
            Ok(Some(life)) => (format!(" {}", short(life.expires_at - now)), false),
            Err(_) => (" ?".to_owned(), true),
        };
        let text = clean(&name) + &left;
        let wants_colour = environment::var("NO_COLOR").is_none() && !environment::is_dumb_terminal();
        output::print(&shown(text, self.shell, is_red && wants_colour))
    }
}

/// The times of the profile's cached token, if there is one.
fn life(name: &str) -> Result<Option<Life>> {
    let (cache, store) = road::folders()?;
    let mut settings = Settings::load(Flags::default(), Some(name), &store)?;
    road::default_audience(&mut settings)?;
    Ok(cache.life(&flow::of(&settings)?.request().key()))
}

/// `text` and a line end, red where it is to be.
fn shown(text: String, shell: Option<Shell>, is_red: bool) -> String {
    let text = match shell {
        Some(Shell::Zsh) => text.replace('%', "%%"),
        _ => text,
    };
    let (begin, end) = match shell {
        Some(Shell::Zsh) => ("%F{red}", "%f"),
        // Readline counts what stands between these two as nothing.
        Some(Shell::Bash) => ("\u{1}\u{1b}[31m\u{2}", "\u{1}\u{1b}[0m\u{2}"),
        Some(Shell::Fish | Shell::PowerShell | Shell::Nushell) => ("\u{1b}[31m", "\u{1b}[0m"),
        Some(Shell::Posix) | None => ("", ""),
    };
    if is_red { format!("{begin}{text}{end}\n") } else { format!("{text}\n") }
}

/// `2d`, `1h05m`, `42m`, `30s`.
fn short(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86400 => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_few_letters() {
        for (seconds, text) in
            [(0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3900, "1h05m"), (86399, "23h59m"), (180_000, "2d")]
        {
            assert_eq!(short(seconds), text);
        }
    }

    #[test]
    fn a_name_is_no_escape_of_the_prompt() {
        assert_eq!(shown("%n".into(), Some(Shell::Zsh), true), "%F{red}%%n%f\n");
        assert_eq!(shown("%n".into(), Some(Shell::Bash), false), "%n\n");
        assert_eq!(shown("a".into(), None, true), "a\n");
    }
}
