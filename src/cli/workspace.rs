//! The Databricks workspace that settings mean.

use crate::databricks::Host;
use crate::environment;
use crate::error::{Error, Result};
use crate::profile::{Field, HostPattern, Place, Settings};

/// The URL of the workspace: the one that is set, or the one host that the profile is for. A host that the profile is not
/// for does not get its token.
pub(super) fn url(settings: &Settings) -> Result<String> {
    let hosts = settings.text(Field::Hosts)?.unwrap_or_default();
    let patterns: Vec<HostPattern> = hosts.split_whitespace().map(str::parse).collect::<Result<_>>()?;
    let host = match settings.databricks_host()? {
        Some(host) => Some(host),
        // Also for a profile that says nothing of Databricks: here it is meant.
        None => environment::var("DATABRICKS_HOST").map(|host| Host::parse(&host)).transpose()?,
    };
    if let Some(host) = host {
        let place = Place::parse(host.origin())?;
        if !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.fits(&place).is_some()) {
            return Err(Error::configuration(format!("the profile is not for DATABRICKS_HOST={}", place.host))
                .hint(format!("unset DATABRICKS_HOST, or add the host to the profile (it has: {hosts})")));
        }
        return Ok(host.to_string());
    }
    let named: Vec<&str> = hosts.split_whitespace().filter(|host| !host.contains('*')).collect();
    match named[..] {
        [host] => Ok(Host::parse(host)?.to_string()),
        [] => Err(Error::configuration("nothing says which Databricks workspace is meant").hint(
            "set DATABRICKS_HOST, or put the workspace into the profile: \
             jeton profile edit NAME --databricks-host adb-1.2.azuredatabricks.net",
        )),
        _ => Err(Error::configuration(format!("the profile is for several hosts: {hosts}"))
            .hint("say which one is meant: DATABRICKS_HOST=https://...")),
    }
}
