//! The hosts that a tool is to ask jeton about.

use super::Plan;
use crate::error::{Error, Result};
use crate::profile::{Field, HostPattern, Place, Profile};

/// One of them, as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// `https`, or `http` on this machine.
    pub(super) scheme: &'static str,
    /// `HOST[:PORT]`, perhaps with `*.` at its start.
    pub(super) name: String,
    /// Whether only a part of the host is meant.
    pub(super) has_path: bool,
}

/// Those that were given, else those of the profile.
///
/// # Errors
/// Usage: what is no host.
pub(super) fn of(given: &[String], profile: Option<&Profile>, plan: &mut Plan) -> Result<Vec<Host>> {
    let mut texts = given.to_vec();
    if let Some(profile) = profile {
        if given.is_empty() {
            texts = profile.get(Field::Hosts)?.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        }
        for text in given.iter().filter(|text| !text.contains('*')) {
            if profile.get(Field::Hosts)?.is_some() && profile.fits(&Place::parse(text)?)?.is_none() {
                plan.notes.push(format!(
                    "the profile {:?} is not for {text} yet: jeton profile edit {} --host ... (it sets the whole list)",
                    profile.name, profile.name
                ));
            }
        }
    }
    let mut hosts: Vec<Host> = Vec::new();
    for text in &texts {
        let place = Place::parse(text)?;
        text.parse::<HostPattern>()?;
        let port = place.port.map(|port| format!(":{port}")).unwrap_or_default();
        let name =
            if place.host.contains(':') { format!("[{}]{port}", place.host) } else { format!("{}{port}", place.host) };
        let scheme = if text.to_ascii_lowercase().starts_with("http://") { "http" } else { "https" };
        let has_path = !place.path.is_empty();
        match hosts.iter_mut().find(|host| host.name == name && host.scheme == scheme) {
            Some(known) => known.has_path |= has_path,
            None => hosts.push(Host { scheme, name, has_path }),
        }
    }
    Ok(hosts)
}

/// The error where there are none.
pub(super) fn missing(tool: &str, example: &str) -> Error {
    Error::usage(format!("{tool} has to be told for which hosts it is to ask jeton"))
        .hint(format!("jeton setup {tool} --host {example}, or -p with a profile that has hosts"))
}
