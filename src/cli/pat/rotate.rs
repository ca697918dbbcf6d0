//! `jeton pat rotate`.

use clap::Args;
use serde_json::json;

use super::{CommonArgs, Desk, FormArgs};
use crate::cli::output;
use crate::clock::{in_words, now, rfc3339};
use crate::databricks::pat::{self, Keep, Lifetime, ManagedPat, Record, Rotated, State, Wish};
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::flow;
use crate::profile::{Field, FlowName, Settings};
use crate::secret::SecretSource;
use crate::vault::SecretName;

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    /// The name that it is kept under [default: the one that the profile's databricks_token names, or its managed token]
    name: Option<SecretName>,
    /// Life of the new one [default: that of the old one]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    lifetime: Option<Lifetime>,
    /// Comment of the new one [default: that of the old one]
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// How long the old one stays good; it is revoked by the next `rotate` after that [default: 0 for not at all; a managed
    /// token's is its pat_grace]
    #[arg(long, value_name = "TIME")]
    grace: Option<String>,
    /// Only if it has no more than this left
    #[arg(long, value_name = "TIME", value_parser = environment::parse_duration)]
    within: Option<std::time::Duration>,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Whose record it is.
struct Target {
    key: SecretName,
    shown: String,
    grace: u64,
    /// What a managed token's profile says of the next one.
    wish: Option<Wish>,
}

/// Revokes those whose grace is over. What can't be revoked now may be later; what is refused stops nothing.
fn revoke_old(record: &mut Record<'_>, desk: &Desk<'_>, shown: &str) -> Result<()> {
    match pat::revoke_due(record, &desk.api) {
        Ok(0) => Ok(()),
        Ok(revoked) => {
            desk.note(&format!("revoked {revoked} that {shown} had replaced before"));
            Ok(())
        }
        Err(error) if error.kind == Kind::Network => Err(error),
        Err(error) => {
            desk.log.warn(format!("one that {shown} had replaced before is not revoked yet: {}", error.message));
            Ok(())
        }
    }
}

impl RotateArgs {
    pub(super) fn run(self) -> Result<()> {
        let grace = self.grace.as_deref().map(pat::parse_grace).transpose()?;
        let visit = self.common.visit()?;
        let target = self.target(&visit.settings)?;
        let grace = grace.unwrap_or(target.grace);
        let (what, state) = visit.work(|desk| self.rotate(desk, &target, grace))?;
        if !self.form.is_json() {
            return Ok(());
        }
        let current = state.current.as_ref();
        output::print(&output::json(&json!({
            "outcome": what,
            "name": state.name,
            "host": state.host,
            "token_id": current.map(|current| current.id.as_str()),
            "comment": current.map(|current| current.comment.as_str()),
            "expires_at": current.and_then(|current| current.expires_at).map(rfc3339),
        })))
    }

    fn target(&self, settings: &Settings) -> Result<Target> {
        let kept =
            |name: &SecretName| Ok(Target { key: Keep::key_of(name)?, shown: name.to_string(), grace: 0, wish: None });
        if let Some(name) = &self.name {
            return kept(name);
        }
        if settings.flow_name()? == FlowName::DatabricksManagedPat {
            let managed = ManagedPat::of(settings, &*flow::of(&pat::minting(settings)?)?.flow)?;
            let (wish, grace) = managed.wish();
            let shown = "the managed token".to_owned();
            return Ok(Target { key: managed.key().clone(), shown, grace, wish: Some(wish.clone()) });
        }
        match settings.source(Field::DatabricksToken)? {
            Some(SecretSource::Keyring(name)) => kept(&name.to_string().parse()?),
            _ => Err(Error::usage("it is not said which token is to be replaced").hint(
                "name it as `jeton pat list` shows it (KEPT AS), or a profile whose databricks_token is keyring:NAME",
            )),
        }
    }

    fn rotate(&self, desk: &Desk<'_>, target: &Target, grace: u64) -> Result<(&'static str, State)> {
        let shown = &target.shown;
        let mut record = desk.keep.open(&target.key, desk.api.deadline)?;
        let Some(before) = record.state.current.clone() else {
            return Err(Error::configuration(format!("no token is kept as {shown}"))
                .hint("make one that is: jeton pat create --name NAME; see what there is: jeton secret list"));
        };
        if record.state.host != desk.api.host.origin() {
            let message = format!("the token {shown} is for {}, not for {}", record.state.host, desk.api.host);
            return Err(Error::configuration(message).hint("give that host with --databricks-host"));
        }
        if !record.is_rotating() {
            revoke_old(&mut record, desk, shown)?;
        }
        let is_early = self
            .within
            .is_some_and(|within| before.expires_at.is_none_or(|at| at > now().saturating_add(within.as_secs())));
        if is_early && !record.is_rotating() {
            let end = before.expires_at.map_or_else(|| "never".to_owned(), |at| in_words(at, now()));
            desk.note(&format!("{shown} expires {end}: nothing to do"));
            return Ok(("not due", record.state.clone()));
        }
        let state = &record.state;
        let usual = target.wish.clone().unwrap_or_else(|| Wish {
            comment: state.comment.clone(),
            lifetime: state.lifetime(),
            application_id: state.application_id.clone(),
        });
        let wish = Wish {
            comment: self.comment.clone().unwrap_or(usual.comment),
            lifetime: self.lifetime.unwrap_or(usual.lifetime),
            ..usual
        };
        let rotated = pat::rotate(&mut record, &desk.api, &wish, grace, desk.by)?;
        let what = match rotated {
            Rotated::Done => "rotated",
            Rotated::Resumed => "resumed",
        };
        let state = record.state.clone();
        if let Some(current) = &state.current {
            let begun = if rotated == Rotated::Resumed { "brought the rotation of" } else { "replaced" };
            let ended = if rotated == Rotated::Resumed { " to its end" } else { "" };
            let end = current.expires_at.map_or_else(|| "never".to_owned(), |at| in_words(at, now()));
            desk.note(&format!("{begun} {shown}{ended}: the token {} expires {end}", current.id));
        }
        Ok((what, state))
    }
}
