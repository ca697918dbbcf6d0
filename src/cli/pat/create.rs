//! `jeton pat create`: on disk first, then on stdout.

use clap::Args;
use serde_json::json;

use super::{CommonArgs, Desk, FormArgs, application_id};
use crate::cli::output;
use crate::clock::{in_words, now, rfc3339};
use crate::databricks::pat::{self, Keep, Lifetime, Piece, State, Wish};
use crate::databricks::{Cloud, Host};
use crate::error::{Error, Kind, Result};
use crate::profile::{Field, Settings};
use crate::vault::SecretName;

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// How long it lives, such as 30d, 12h or 1w2d, at most 730d [default: the profile's pat_lifetime, else 90d]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    lifetime: Option<String>,
    /// Leave the lifetime to the workspace, which is as long as it allows: two years, as a rule
    #[arg(long)]
    no_expiry: bool,
    /// Comment; a short mark is added to it [default: the profile's pat_comment, else "jeton"]
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Name to keep it under, for "keyring:NAME" in a profile and for `rotate` [default: a new one]
    #[arg(long, value_name = "NAME")]
    name: Option<SecretName>,
    /// Make it on behalf of this service principal, as an admin (AWS and Google Cloud)
    #[arg(long = "for", value_name = "APPLICATION_ID")]
    application_id: Option<String>,
    /// Ask for it on behalf of another on Azure, too
    #[arg(long = "try", requires = "application_id")]
    try_it: bool,
    /// Print the name that it is kept under in place of the token
    #[arg(long)]
    no_value: bool,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl CreateArgs {
    pub(super) fn run(self) -> Result<()> {
        let given = self.given_lifetime()?;
        let application_id = self.application_id.as_deref().map(application_id).transpose()?;
        let visit = self.common.visit()?;
        let wish = Wish {
            comment: self.comment.clone().map_or_else(|| usual_comment(&visit.settings), Ok)?,
            lifetime: given.map_or_else(|| visit.settings.text(Field::PatLifetime)?.unwrap_or_default().parse(), Ok)?,
            application_id: application_id.map(str::to_owned),
        };
        wish.check()?;
        if let Some(id) = application_id
            && !self.try_it
        {
            refuse_on_azure(&visit.host, id)?;
        }
        let (state, name) = visit.work(|desk| self.make(desk, &wish))?;
        let Some(piece) = &state.current else {
            return Err(Error::new(Kind::Failed, "there is no token after one was made").hint("try again with -v"));
        };
        output::print(&zeroize::Zeroizing::new(self.shown(&state, piece, &name)))
    }

    /// What was said of the lifetime, if anything was.
    fn given_lifetime(&self) -> Result<Option<Lifetime>> {
        match (&self.lifetime, self.no_expiry) {
            (None, false) => Ok(None),
            (None, true) => Ok(Some(Lifetime::NoExpiry)),
            (Some(text), true) if ["0", "-1", "forever", "never"].contains(&text.as_str()) => {
                Ok(Some(Lifetime::NoExpiry))
            }
            (Some(_), true) => {
                Err(Error::usage("--lifetime and --no-expiry contradict each other").hint("leave one of them out"))
            }
            (Some(text), false) => text.parse().map(Some),
        }
    }

    fn make(&self, desk: &Desk<'_>, wish: &Wish) -> Result<(State, SecretName)> {
        pat::sweep(desk.keep, &desk.api, desk.by);
        let name = match &self.name {
            Some(name) => name.clone(),
            None => new_name()?,
        };
        let mut record = desk.keep.open(&Keep::key_of(&name)?, desk.api.deadline)?;
        // (What is unfinished may be a rotation: that is for `rotate` to end.)
        if record.state.current.is_some() && (record.is_rotating() || !record.state.is_unfinished()) {
            return Err(Error::configuration(format!("a token is kept under the name {name} already"))
                .hint(format!("replace it: jeton pat rotate {name}; or choose another --name")));
        }
        if record.state.current.is_none() && desk.keep.vault.contains(&name) {
            return Err(Error::configuration(format!("there is a secret of the name {name} already"))
                .hint("choose another --name, or remove it: jeton secret remove NAME"));
        }
        if wish.lifetime.is_long() {
            desk.log.warn(
                "a token that lives for more than 90 days is long in danger; Databricks revokes those that are \
                           not used for 90 days",
            );
        }
        record.state.name = Some(name.to_string());
        if record.state.current.is_none() {
            pat::make(&mut record, &desk.api, wish, desk.by).map_err(|error| explain(error, wish))?;
        }
        pat::project(&mut record)?;
        let state = record.state.clone();
        if let Some(piece) = &state.current {
            let end = piece.expires_at.map_or_else(
                || "without an end".to_owned(),
                |at| format!("expires {} ({})", in_words(at, now()), rfc3339(at)),
            );
            desk.note(&format!("made the token {}, which {end}; a profile names it keyring:{name}", piece.id));
        }
        Ok((state, name))
    }

    fn shown(&self, state: &State, piece: &Piece, name: &SecretName) -> String {
        if self.form.is_json() {
            let mut value = json!({
                "token_id": piece.id,
                "comment": piece.comment,
                "created_at": piece.created_at.map(rfc3339),
                "expires_at": piece.expires_at.map(rfc3339),
                "host": state.host,
                "name": name.as_str(),
                "application_id": state.application_id,
            });
            if !self.no_value {
                value["token"] = piece.value.expose().into();
            }
            return output::json(&value);
        }
        format!("{}\n", if self.no_value { name.as_str() } else { piece.value.expose() })
    }
}

fn new_name() -> Result<SecretName> {
    let id = crate::http::uuid_v4()?;
    SecretName::new(&format!("pat-{}", id.get(..8).unwrap_or_default()))
}

fn usual_comment(settings: &Settings) -> Result<String> {
    Ok(settings.text(Field::PatComment)?.unwrap_or_else(|| match settings.profile() {
        Some(profile) => format!("jeton, profile {}", profile.name),
        None => "jeton".to_owned(),
    }))
}

/// Databricks' reference names AWS and Google Cloud for it ("Token management", `createobotoken`).
fn refuse_on_azure(host: &Host, application_id: &str) -> Result<()> {
    match host.cloud() {
        Some(Cloud::Azure(_)) => Err(Error::configuration(format!(
            "{host} is on Azure, where no tokens are made on behalf of service principals"
        ))
        .hint(own(application_id))),
        _ => Ok(()),
    }
}

fn own(application_id: &str) -> String {
    format!(
        "let it make its own: jeton pat permit {application_id} as an admin, then jeton pat create as the service \
         principal (client id and secret of Entra, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET); --try asks anyway"
    )
}

fn explain(error: Error, wish: &Wish) -> Error {
    match &wish.application_id {
        Some(id) if error.message.contains("not enabled for this workspace") => error.hint(own(id)),
        Some(id) if error.message.contains("may not use tokens") => {
            error.hint(format!("permit it first: jeton pat permit {id}"))
        }
        _ => error,
    }
}
