//! Tokens of Databricks, and Entra's for it.

mod auth_types;
mod azure;
mod config;
mod discovery;
mod federation;
mod hosts;
mod m2m;
mod metadata;
mod pat;
mod refusals;
mod settings;
mod u2m;

use jeton_emulator::{DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, Emulator};

use crate::expect::assert_no_secret;
use crate::support::Home;

/// The path of a workspace's token endpoint.
pub(crate) const TOKEN_PATH: &str = "/oidc/v1/token";

/// A home that trusts the emulator and knows its workspace, and nothing else.
pub(crate) fn bare(emulator: &Emulator) -> Home {
    let mut home = Home::new();
    emulator.write_ca(&home.path("ca.pem")).expect("a CA file");
    home.set("JETON_CA_FILE", home.path("ca.pem"));
    home.set("DATABRICKS_HOST", emulator.workspace());
    // Renewals beside the caller would make requests that tests count.
    home.set("JETON_BACKGROUND", "off");
    home.set("JETON_SECRET_STORE", "file");
    home
}

/// The same with the three variables of a service principal.
pub(crate) fn home(emulator: &Emulator) -> Home {
    let mut home = bare(emulator);
    home.set("DATABRICKS_CLIENT_ID", DATABRICKS_CLIENT_ID);
    home.set("DATABRICKS_CLIENT_SECRET", DATABRICKS_SECRET);
    home
}

/// The paths that were asked for, in their order.
pub(crate) fn paths(emulator: &Emulator) -> Vec<String> {
    emulator.requests().iter().map(|request| request.path.clone()).collect()
}

/// A careful server has nothing to say, and no secret of Databricks stands in `text`.
#[track_caller]
pub(crate) fn assert_careful(emulator: &Emulator, text: &str) {
    assert_eq!(emulator.violations(), [""; 0]);
    assert_no_secret(text);
    for secret in [DATABRICKS_SECRET, "dapi"] {
        assert!(!text.contains(secret), "{text}");
    }
}
