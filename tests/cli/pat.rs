//! `jeton pat`, and the flow that manages a token by itself.

mod check;
mod create;
mod errors;
mod kills;
mod list;
mod managed;
mod permit;
mod revoke;
mod rotate;

use jeton_emulator::{DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, Emulator};

use crate::databricks::home;
use crate::support::{Home, Output};

const CREATE: &str = "/api/2.0/token/create";
const LIST: &str = "/api/2.0/token/list";
const DELETE: &str = "/api/2.0/token/delete";
const ME: &str = "/api/2.0/preview/scim/v2/Me";

/// A home of an admin of the workspace.
fn admin(emulator: &Emulator) -> Home {
    let mut home = home(emulator);
    home.set("DATABRICKS_CLIENT_ID", DATABRICKS_ADMIN_CLIENT_ID);
    home.set("DATABRICKS_CLIENT_SECRET", DATABRICKS_ADMIN_SECRET);
    home
}

/// `jeton pat` and these arguments.
fn pat(home: &Home, args: &[&str]) -> Output {
    let mut all = vec!["pat"];
    all.extend(args);
    home.jeton(&all).run()
}

/// How often a path was asked for.
fn asked(emulator: &Emulator, path: &str) -> usize {
    emulator.requests().iter().filter(|request| request.path == path).count()
}

/// The values of all tokens that are good.
fn values(emulator: &Emulator) -> Vec<String> {
    emulator.pats().into_iter().map(|pat| pat.value).collect()
}

/// What stands under a name, as a profile would read it.
#[track_caller]
fn kept(home: &Home, name: &str) -> String {
    let source = format!("keyring:{name}");
    let run = home.jeton(&["token", "--flow", "databricks-pat", "--databricks-token-from", &source]);
    run.run().ok().line().to_owned()
}
