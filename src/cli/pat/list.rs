//! `jeton pat list`.

use clap::Args;
use serde_json::{Value, json};

use super::{CommonArgs, FormArgs};
use crate::cli::output;
use crate::cli::profile::table;
use crate::clock::{in_words, now, rfc3339};
use crate::databricks::pat::{self, Info, Listed, State};
use crate::error::Result;
use crate::vault::SecretName;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// The tokens of everybody in the workspace, as an admin
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl ListArgs {
    pub(super) fn run(self) -> Result<()> {
        let visit = self.common.visit()?;
        let text = visit.work(|desk| {
            let mut infos = pat::list(&desk.api, self.all)?;
            // What ends first, stands first.
            infos.sort_by_key(|info| info.expires_at.unwrap_or(u64::MAX));
            let kept = desk.keep.states(desk.api.host.origin());
            pat::remember(&infos.iter().map(|info| listed(info, &kept)).collect::<Vec<_>>());
            if self.form.is_json() {
                return Ok(output::json(&infos.iter().map(|info| object(info, &kept)).collect()));
            }
            if infos.is_empty() {
                let whose = if self.all { "there are no tokens in" } else { "you have no tokens in" };
                desk.note(&format!("{whose} {}", desk.api.host));
                return Ok(String::new());
            }
            let mut header = vec!["ID", "COMMENT", "CREATED", "EXPIRES", "KEPT AS"];
            if self.all {
                header.extend(["MADE BY", "LAST USED"]);
            }
            let header = header.into_iter().map(str::to_owned).collect();
            let rows: Vec<_> = std::iter::once(header).chain(infos.iter().map(|info| self.row(info, &kept))).collect();
            Ok(table(&rows))
        })?;
        output::print(&text)
    }

    fn row(&self, info: &Info, kept: &[(SecretName, State)]) -> Vec<String> {
        let now = now();
        let dash = || "-".to_owned();
        let day = |at: u64| rfc3339(at).split('T').next().unwrap_or_default().to_owned();
        let mut row = vec![
            info.id.clone(),
            if info.comment.is_empty() { dash() } else { info.comment.clone() },
            info.created_at.map_or_else(dash, |at| in_words(at, now)),
            match info.expires_at {
                Some(at) if at <= now => format!("expired {}", in_words(at, now)),
                Some(at) => in_words(at, now),
                None => "never".to_owned(),
            },
            kept_as(info, kept).unwrap_or_else(dash),
        ];
        if self.all {
            row.push(info.created_by.clone().unwrap_or_else(dash));
            row.push(info.last_used.map_or_else(dash, day));
        }
        row
    }
}

/// What is kept of the token here, if it is.
fn state<'a>(info: &Info, kept: &'a [(SecretName, State)]) -> Option<&'a State> {
    let is_it = |state: &State| state.current.as_ref().is_some_and(|current| current.id == info.id);
    kept.iter().map(|(_, state)| state).find(|state| is_it(state))
}

/// Under which name that is.
fn kept_as(info: &Info, kept: &[(SecretName, State)]) -> Option<String> {
    state(info, kept).map(|state| state.name.clone().unwrap_or_else(|| "(managed)".to_owned()))
}

fn listed(info: &Info, kept: &[(SecretName, State)]) -> Listed {
    let name = state(info, kept).and_then(|state| state.name.clone());
    Listed { id: info.id.clone(), name, comment: info.comment.clone() }
}

fn object(info: &Info, kept: &[(SecretName, State)]) -> Value {
    let now = now();
    json!({
        "token_id": info.id,
        "comment": info.comment,
        "created_at": info.created_at.map(rfc3339),
        "expires_at": info.expires_at.map(rfc3339),
        "seconds_left": info.expires_at.map(|at| at.saturating_sub(now)),
        "expired": info.is_expired(now),
        "kept_as": kept_as(info, kept),
        "created_by": info.created_by,
        "owner_id": info.owner_id,
        "last_used": info.last_used.map(rfc3339),
    })
}
