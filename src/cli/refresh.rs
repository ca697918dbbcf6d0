//! `jeton refresh`: a new token now, without asking anybody.

use clap::Args;

use super::args::{SettingArgs, SignInCallArgs};
use super::login::{Account, until};
use super::output;
use super::road::{Asking, Road};
use super::token::MARGIN;
use crate::error::Result;
use crate::interact::Interactive;
use crate::profile::Field;

#[derive(Debug, Args)]
pub(super) struct RefreshArgs {
    #[command(flatten)]
    call: SignInCallArgs,
    /// Print whose token it is and when it expires as a JSON object; the token is not in it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: SettingArgs,
}

impl RefreshArgs {
    pub(super) fn run(self) -> Result<()> {
        let call = self.call.fresh();
        let mut road = Road::open(&call, self.settings.flags(), false)?;
        let interactive = Interactive::parse(&road.settings.text(Field::Interactive)?.unwrap_or_default())?;
        // Whoever says `always` means it; `auto` is for commands that have to come to a token.
        let asking = if interactive == Interactive::Always { Asking::AsSet } else { Asking::Never };
        road = road.asking(asking);
        road.default_audience()?;
        let account = Account::of(&road)?;
        let request = road.wanted(MARGIN)?;
        let mut told = String::new();
        road.travel(
            &request,
            |token| {
                told = format!("renewed: the token for {} expires {}", token.scopes.join(" "), until(token));
                if self.json { account.json(token) } else { Ok(String::new()) }
            },
            output::print,
        )?;
        if !self.call.silent {
            output::note(&told);
        }
        Ok(())
    }
}
