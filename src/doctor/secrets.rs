//! Where lasting secrets are kept, and whether that place opens now.

use super::{Examination, Finding};
use crate::clock::Deadline;
use crate::environment;
use crate::error::Result;
use crate::profile::{Field, Flags, Settings, Store};
use crate::vault::{StoreKind, Vault};

pub(super) fn check(examination: &Examination<'_>, store: &Store) -> Vec<Finding> {
    const CHECK: &str = "secret store";
    let choice = match choice(examination, store) {
        Ok(choice) => choice,
        Err(error) => return vec![Finding::of(CHECK, &error)],
    };
    let vault = Vault::open(examination.data_dir.clone(), choice).within(Deadline::after(examination.limit));
    let place = match vault.place() {
        Ok((StoreKind::Keyring, _)) => Finding::ok(CHECK, "keyring, unlocked"),
        Ok((StoreKind::Kernel, _)) => Finding::ok(CHECK, "the kernel's keyring (until this machine restarts)"),
        Ok((StoreKind::File, None)) => Finding::ok(CHECK, "files that only you can read, as chosen"),
        Ok((StoreKind::File, Some(why))) => Finding::warning(
            CHECK,
            format!("there is no keyring here ({why}), so secrets are kept in files that only you can read"),
            "choose: JETON_SECRET_STORE=file (this, without a notice), keyring or kernel (docs/secrets.md)",
        ),
        Err(error) => Finding::of(CHECK, &error),
    };
    vec![place]
}

/// What was chosen: for the one profile that is meant, else by the environment.
fn choice(examination: &Examination<'_>, store: &Store) -> Result<Option<StoreKind>> {
    let chosen = match examination.profile.map(|name| Settings::load(Flags::default(), Some(name), store)) {
        // (That there is no such profile is told by another check.)
        Some(Ok(settings)) => settings.text(Field::SecretStore)?,
        _ => return environment::secret_store(),
    };
    chosen.map(|name| StoreKind::parse(&name)).transpose()
}
