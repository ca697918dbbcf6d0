//! `databricks auth token` and what else SDKs ask the Databricks CLI for.

mod failures;
mod passes_on;
mod profiles;
mod refresh;
mod switched_on;
mod token;
mod which;

use std::path::Path;

use jeton_emulator::{DATABRICKS_CLIENT_ID, DATABRICKS_SECRET, Emulator};

use super::{link, linked};
use crate::databricks::bare;
use crate::support::{Home, Run};

/// A home at the emulator with the link, and without variables of Databricks.
fn home(emulator: &Emulator) -> Home {
    let mut home = linked(bare(emulator));
    home.unset("DATABRICKS_HOST");
    home.set("DBX_SECRET", DATABRICKS_SECRET);
    home
}

/// The same with a profile `app` for the emulator's workspace.
fn with_app(emulator: &Emulator) -> Home {
    let home = home(emulator);
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"app":{}}}}}"#, app(&emulator.workspace())));
    home
}

/// The profile of a service principal of that host.
fn app(host: &str) -> String {
    format!(
        r#"{{"databricks_host":"{host}","databricks_client_id":"{DATABRICKS_CLIENT_ID}","databricks_client_secret":"env:DBX_SECRET"}}"#
    )
}

/// A run of the stand-in with the words of `line`.
fn databricks(home: &Home, line: &str) -> Run {
    home.run_as(&link(home, "databricks"), &line.split_whitespace().collect::<Vec<_>>())
}

fn databrickscfg(home: &Home, text: &str) {
    std::fs::write(home.path(".databrickscfg"), text).expect("a file");
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).expect("a file").len()
}
