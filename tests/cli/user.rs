//! Homes in which people sign in, and what they do at the emulator.

use std::process::Child;
use std::time::Duration;

use jeton_emulator::{Emulator, PUBLIC_CLIENT_ID, USER};

use crate::support::{Home, Output, finish};

/// What a process may need to come as far as asking a person, on a machine that is busy with much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A home for users of the public app: flow `device-code`, and somebody may always be asked.
pub(crate) fn home(emulator: &Emulator) -> Home {
    let mut home = Home::at(emulator);
    home.unset("AZURE_CLIENT_SECRET");
    home.set("AZURE_CLIENT_ID", PUBLIC_CLIENT_ID);
    home.set("JETON_FLOW", "device-code");
    home.set("JETON_INTERACTIVE", "always");
    // Chosen, so that nothing is said of it.
    home.set("JETON_SECRET_STORE", "file");
    // Renewals beside the caller would make requests that tests count.
    home.set("JETON_BACKGROUND", "off");
    home
}

/// Signs in with the code that `child` shows, and waits for its end.
#[track_caller]
pub(crate) fn approve(emulator: &Emulator, child: Child) -> Output {
    emulator.wait_for_device_code(PATIENCE).expect("a device code");
    assert!(emulator.approve_device_code(USER));
    finish(child)
}

/// Signs in once in `home`: what remains is a cached token for databricks, and a refresh token.
#[track_caller]
pub(crate) fn sign_in(emulator: &Emulator, home: &Home) -> String {
    approve(emulator, home.token(&[]).spawn()).ok().line().to_owned()
}

/// How many device codes were asked for.
pub(crate) fn device_codes(emulator: &Emulator) -> usize {
    emulator.requests().iter().filter(|request| request.is_device_code_request()).count()
}
