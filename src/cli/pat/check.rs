//! `jeton pat check`.

use clap::Args;
use serde_json::json;

use super::{CommonArgs, FormArgs, application_id};
use crate::cli::output;
use crate::databricks::pat::{self, Check};
use crate::error::{Error, Kind, Result};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Application id of the service principal that is meant, as an admin [default: who asks]
    application_id: Option<String>,
    #[command(flatten)]
    form: FormArgs,
    #[command(flatten)]
    common: CommonArgs,
}

impl CheckArgs {
    pub(super) fn run(self) -> Result<()> {
        let id = self.application_id.as_deref().map(application_id).transpose()?;
        let checks = self.common.visit()?.work(|desk| pat::ready(&desk.api, id))?;
        output::print(&if self.form.is_json() { document(&checks) } else { lines(&checks) })?;
        match checks.into_iter().find(|check| check.is_so == Some(false)) {
            None => Ok(()),
            Some(check) => Err(Error::new(Kind::Refused, format!("no token can be made yet: {}", check.text))
                .hint(check.next.unwrap_or_default())),
        }
    }
}

fn state(check: &Check) -> &'static str {
    match check.is_so {
        Some(true) => "ok",
        Some(false) => "missing",
        None => "unknown",
    }
}

fn lines(checks: &[Check]) -> String {
    checks
        .iter()
        .fold(String::new(), |text, check| text + &format!("{:<8} {}: {}\n", state(check), check.what, check.text))
}

fn document(checks: &[Check]) -> String {
    output::json(
        &checks
            .iter()
            .map(|check| json!({"check": check.what, "state": state(check), "text": check.text, "next": check.next}))
            .collect(),
    )
}
