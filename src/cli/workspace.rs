//! The Databricks workspace that settings mean.

use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, HostPattern, Place, Settings};

/// The URL of the workspace: `DATABRICKS_HOST`, or the one host that the profile is for. A host that the profile is not
/// for does not get its token.
pub(super) fn url(settings: &Settings) -> Result<String> {
    let hosts = settings.text(Field::Hosts)?.unwrap_or_default();
    let patterns: Vec<HostPattern> = hosts.split_whitespace().map(str::parse).collect::<Result<_>>()?;
    if let Some(host) = environment::var("DATABRICKS_HOST") {
        let place = Place::parse(&host)?;
        if !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.fits(&place).is_some()) {
            return Err(Error::configuration(format!("the profile is not for DATABRICKS_HOST={}", place.host))
                .hint(format!("unset DATABRICKS_HOST, or add the host to the profile (it has: {hosts})")));
        }
        return Ok(written(&place, &host));
    }
    let named: Vec<&str> = hosts.split_whitespace().filter(|host| !host.contains('*')).collect();
    match named[..] {
        [host] => Ok(written(&Place::parse(host)?, host)),
        [] => Err(Error::configuration("nothing says which Databricks workspace is meant").hint(
            "set DATABRICKS_HOST, or put the workspace into the profile: jeton profile edit NAME --host adb-1.2.azuredatabricks.net",
        )),
        _ => Err(Error::configuration(format!("the profile is for several hosts: {hosts}"))
            .hint("say which one is meant: DATABRICKS_HOST=https://...")),
    }
}

/// `https://HOST[:PORT]`, or with http where that was said (which reaches this machine alone).
fn written(place: &Place, given: &str) -> String {
    let scheme = if given.to_ascii_lowercase().starts_with("http://") { "http" } else { "https" };
    let host = if place.host.contains(':') { format!("[{}]", place.host) } else { place.host.clone() };
    match place.port {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}
