//! `jeton pat revoke`.

use clap::{ArgGroup, Args};
use serde_json::json;

use super::{CommonArgs, Desk, FormArgs};
use crate::cli::output;
use crate::clock::now;
use crate::databricks::pat::{self, Info, Keep};
use crate::error::{Error, Kind, Result, clean};
use crate::vault::SecretName;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["id", "comment", "expired"]).required(true))]
pub(super) struct RevokeArgs {
    /// Its id, as `list` shows it, or the name that it is kept under here
    id: Option<String>,
    /// Those with this comment, with or without the mark that jeton added
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Those that are expired
    #[arg(long)]
    expired: bool,
    /// All of them where several have that comment
    #[arg(long, requires = "comment")]
    every: bool,
    /// No error where there is none
    #[arg(long)]
    if_exists: bool,
    /// Those of anybody in the workspace, as an admin
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl RevokeArgs {
    pub(super) fn run(self) -> Result<()> {
        let visit = self.common.visit()?;
        let revoked = visit.work(|desk| {
            let mut revoked = Vec::new();
            for id in self.meant(desk)? {
                let there_was = pat::delete(&desk.api, &id, self.all)?;
                // Gone is gone: what is kept of it is of no more use.
                forget(desk, &id)?;
                if there_was {
                    desk.note(&format!("revoked the token {id}"));
                    revoked.push(id);
                } else if !self.if_exists && !self.expired {
                    return Err(self.missing(desk, &format!("there is no token {id:?}")));
                }
            }
            if revoked.is_empty() {
                desk.note("there was nothing to revoke");
            }
            Ok(revoked)
        })?;
        if self.form.is_json() { output::print(&output::json(&json!({"revoked": revoked}))) } else { Ok(()) }
    }

    /// The ids of those that are meant.
    fn meant(&self, desk: &Desk<'_>) -> Result<Vec<String>> {
        if let Some(id) = &self.id {
            return Ok(vec![id_of(desk, id)?]);
        }
        let now = now();
        let is_meant = |info: &Info| match &self.comment {
            Some(comment) => info.has_comment(comment),
            None => info.is_expired(now),
        };
        let ids: Vec<String> =
            pat::list(&desk.api, self.all)?.into_iter().filter(is_meant).map(|info| info.id).collect();
        match (&self.comment, ids.len()) {
            (Some(comment), 0) if !self.if_exists => {
                Err(self.missing(desk, &format!("there is no token with the comment {:?}", clean(comment))))
            }
            (Some(_), 2..) if !self.every => {
                Err(Error::new(Kind::Failed, format!("{} tokens have that comment", ids.len()))
                    .hint("revoke all of them with --every, or one by its id (jeton pat list)"))
            }
            _ => Ok(ids),
        }
    }

    fn missing(&self, desk: &Desk<'_>, what: &str) -> Error {
        let whose = if self.all { "" } else { " of yours" };
        let hint = if self.all {
            "see what there is: jeton pat list --all; --if-exists makes this no error"
        } else {
            "tokens of others are an admin's to revoke (--all); see yours: jeton pat list; --if-exists makes this no error"
        };
        Error::new(Kind::Failed, format!("{what}{whose} in {}", desk.api.host)).hint(hint)
    }
}

/// The id that a text means: a name under which a token is kept here, or the id itself.
fn id_of(desk: &Desk<'_>, text: &str) -> Result<String> {
    if let Ok(name) = text.parse::<SecretName>()
        && let Some(state) = desk.keep.look(&Keep::key_of(&name)?)?
        && let Some(current) = state.current
    {
        if state.host != desk.api.host.origin() {
            return Err(Error::configuration(format!(
                "the token {name} is for {}, not for {}",
                state.host, desk.api.host
            ))
            .hint("give that host with --databricks-host"));
        }
        return Ok(current.id);
    }
    Ok(text.to_owned())
}

fn forget(desk: &Desk<'_>, id: &str) -> Result<()> {
    let is_it = |current: &pat::Piece| current.id == id;
    for (key, _) in
        desk.keep.states(desk.api.host.origin()).iter().filter(|(_, state)| state.current.as_ref().is_some_and(is_it))
    {
        let mut record = desk.keep.open(key, desk.api.deadline)?;
        // (Another process may have put a new one in its place.)
        if record.state.current.as_ref().is_some_and(is_it) {
            // Nobody would know of its predecessors and of a successor that was never in use.
            pat::give_up(&mut record, &desk.api, desk.by)?;
            record.forget()?;
        }
    }
    Ok(())
}
