//! Secret Service (GNOME Keyring, KWallet, KeePassXC): locked and absent are told apart before anything is read.
//!
//! A service that is locked may list none of its items, and the keyring crate would unlock the collection only while it
//! writes: an old key would be taken for lost, and replaced. So it is unlocked first, and only then asked.
//!
//! <https://specifications.freedesktop.org/secret-service/latest/>

use std::collections::HashMap;

use secret_service::blocking::SecretService;
use secret_service::{EncryptionType, Error};

use super::Trouble;
use crate::vault::os_keyring::{SERVICE, USER};

/// Sees to it that the keyring is unlocked: by a question to a person, where that is allowed. `asking` is called before.
pub(in crate::vault) fn unlock_keyring(may_prompt: bool, asking: &dyn Fn()) -> Result<(), Trouble> {
    // No secret goes over this connection.
    let service = SecretService::connect(EncryptionType::Plain).map_err(|error| unconnected(&error))?;
    // These are the attributes by which the keyring crate finds its entry.
    let found =
        service.search_items(HashMap::from([("service", SERVICE), ("username", USER)])).map_err(|e| trouble(&e))?;
    if let Some(item) = found.locked.first() {
        allowed(may_prompt, asking)?;
        return item.unlock().map_err(|error| trouble(&error));
    }
    if !found.unlocked.is_empty() {
        return Ok(());
    }
    let collection = match service.get_default_collection() {
        Ok(collection) => collection,
        Err(Error::NoResult) => {
            return Err(Trouble::Absent("the Secret Service has no default collection to keep keys in".to_owned()));
        }
        Err(error) => return Err(trouble(&error)),
    };
    if collection.is_locked().map_err(|error| trouble(&error))? {
        allowed(may_prompt, asking)?;
        collection.unlock().map_err(|error| trouble(&error))?;
    }
    Ok(())
}

/// Absent is what certainly is: no bus, or nobody on it who is or could be started as the service. One that broke off is
/// there.
fn unconnected(error: &Error) -> Trouble {
    // A service that answers with an error: its text begins with the error's name.
    const ANSWERS: &str = "org.freedesktop.DBus.Error.";
    const NOBODY: [&str; 3] = ["ServiceUnknown", "NameHasNoOwner", "Spawn."];
    let error = match error {
        Error::Unavailable => return Trouble::Absent("no Secret Service answers on the session bus".to_owned()),
        Error::Zbus(error) => error.to_string(),
        error => return trouble(error),
    };
    match error.strip_prefix(ANSWERS) {
        Some(name) if NOBODY.iter().any(|nobody| name.starts_with(nobody)) => {
            Trouble::Absent("no Secret Service answers on the session bus".to_owned())
        }
        Some(_) => Trouble::Failed(error),
        None => Trouble::Absent(format!("no session bus answers ({error})")),
    }
}

fn allowed(may_prompt: bool, asking: &dyn Fn()) -> Result<(), Trouble> {
    if !may_prompt {
        return Err(Trouble::Locked);
    }
    asking();
    Ok(())
}

fn trouble(error: &Error) -> Trouble {
    match error {
        Error::Locked => Trouble::Refused("it is locked".to_owned()),
        Error::Prompt => Trouble::Refused("the question to unlock it was dismissed".to_owned()),
        Error::PromptDisconnected => Trouble::Refused("it went away while a person was asked".to_owned()),
        error => Trouble::Failed(error.to_string()),
    }
}
