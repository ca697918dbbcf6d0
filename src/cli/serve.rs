//! `jeton serve`: the token endpoint on loopback, as a service.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::args::CallArgs;
use super::live::Roads;
use super::output;
use crate::atomic::{self, Durability};
use crate::clock::Deadline;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::log::Log;
use crate::platform;
use crate::profile::Flags;
use crate::protocol::variables::{Live, Values};
use crate::secret::{Secret, SecretSource};
use crate::serve::{AccessLog, Address, Listener, Protocol, Route, Server, Want};

/// What is served, and where: `jeton setup serve` takes the same.
#[derive(Debug, Args)]
pub(super) struct ServedArgs {
    /// Profile that is served (repeatable) [default: JETON_PROFILE, or the environment alone]
    #[arg(id = "profile", short, long = "profile", value_name = "NAME")]
    pub(super) profiles: Vec<String>,
    /// Serve Databricks' metadata service (CLI, Terraform, SDKs for Go, Python, JavaScript)
    #[arg(long)]
    pub(super) databricks: bool,
    /// Serve a managed identity (Azure SDKs)
    #[arg(long)]
    pub(super) managed_identity: bool,
    /// Serve container credentials (AWS SDKs and CLI)
    #[arg(long)]
    pub(super) aws: bool,
    /// Where to listen: ADDRESS:PORT, or unix:PATH [default: 127.0.0.1:8790, or what systemd hands over]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<Address>,
    /// Where the secret comes from that clients name [default: one that is kept in the data folder]
    #[arg(long, value_name = "SOURCE")]
    pub(super) secret_from: Option<SecretSource>,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    served: ServedArgs,
    /// Print what clients are told, and end
    #[arg(long)]
    show: bool,
    /// Write the access log into this file, or - for stderr [default: stderr]
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Print nothing, and log nothing unless --log says where
    #[arg(long, conflicts_with = "verbose")]
    silent: bool,
    /// Show each step on stderr; never a secret
    #[arg(short, long)]
    verbose: bool,
}

impl ServedArgs {
    /// What to serve by.
    pub(super) fn protocols(&self) -> Result<Vec<Protocol>> {
        let given = [
            (self.databricks, Protocol::Databricks),
            (self.managed_identity, Protocol::ManagedIdentity),
            (self.aws, Protocol::Aws),
        ];
        let protocols: Vec<Protocol> = given.into_iter().filter(|(given, _)| *given).map(|(_, which)| which).collect();
        if protocols.is_empty() {
            return Err(Error::usage("nothing says what is to be served")
                .hint("give one or more of --databricks, --managed-identity and --aws"));
        }
        Ok(protocols)
    }

    /// The paths, checked as far as they can be before somebody asks.
    pub(super) fn routes(&self, verbose: bool) -> Result<Vec<Route>> {
        let mut names: Vec<Option<String>> = self.profiles.iter().cloned().map(Some).collect();
        if names.is_empty() {
            names.push(environment::profile());
        }
        let call = CallArgs { verbose, ..CallArgs::default() };
        let mut routes = Vec::new();
        for protocol in self.protocols()? {
            for name in &names {
                let roads = Arc::new(Roads::new(&call, name.as_deref(), Flags::default()));
                routes.push(route(protocol, name.as_deref(), roads)?);
            }
        }
        Ok(routes)
    }

    /// Where it is said to listen.
    pub(super) fn address(&self) -> Result<Address> {
        self.listen.clone().map_or_else(|| Address::USUAL.parse().map_err(Error::usage), Ok)
    }

    /// The same as a command line.
    pub(super) fn arguments(&self) -> Result<Vec<String>> {
        let mut words = vec!["serve".to_owned()];
        let options = self.profiles.iter().map(|name| ("--profile", name.clone()));
        let options = options.chain(self.listen.iter().map(|address| ("--listen", address.to_string())));
        let options = options.chain(self.secret_from.iter().map(|source| ("--secret-from", source.to_string())));
        for (option, value) in options {
            words.extend([option.to_owned(), value]);
        }
        words.extend(self.protocols()?.into_iter().map(|protocol| {
            match protocol {
                Protocol::Databricks => "--databricks",
                Protocol::ManagedIdentity => "--managed-identity",
                Protocol::Aws => "--aws",
            }
            .to_owned()
        }));
        Ok(words)
    }

    fn secret(&self) -> Result<Secret> {
        let Some(source) = &self.secret_from else { return kept() };
        let secret = source.read(Deadline::after(Duration::from_secs(30)))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        if secret.expose().len() < SHORTEST || !secret.expose().bytes().all(plain) {
            return Err(Error::configuration(format!(
                "the secret from {source} is shorter than {SHORTEST} characters, or has others than letters, digits and -_.~"
            ))
            .hint("make one: openssl rand -hex 32"));
        }
        Ok(secret)
    }
}

/// In characters: 128 bits in hexadecimal digits.
const SHORTEST: usize = 32;

/// A path for `protocol`, if the settings are good for that.
pub(super) fn route(protocol: Protocol, name: Option<&str>, roads: Arc<Roads>) -> Result<Route> {
    let workspace = match protocol {
        Protocol::Databricks => Some(roads.workspace()?),
        _ => None,
    };
    roads.check(&match (&workspace, protocol) {
        (Some(url), _) => Want::Databricks(url.clone()),
        (None, Protocol::Aws) => Want::Keys,
        (None, _) => Want::Resource("https://management.azure.com/".to_owned(), None),
    })?;
    Route::new(protocol, name, workspace, roads)
}

impl ServeArgs {
    pub(super) fn run(self) -> Result<()> {
        let routes = self.served.routes(self.verbose)?;
        let secret = self.served.secret()?;
        if self.show {
            return output::print(&shown(&routes, &[self.served.address()?], &secret)?);
        }
        let log = match self.log {
            Some(path) if path.as_os_str() == "-" => AccessLog::Stderr,
            Some(path) => AccessLog::file(path)?,
            None if self.silent => AccessLog::Off,
            None => AccessLog::Stderr,
        };
        let mut listeners = Listener::inherited()?;
        if listeners.is_empty() {
            listeners.push(Listener::bind(&self.served.address()?)?);
        }
        let addresses = listeners.iter().map(Listener::address).collect::<Result<Vec<_>>>()?;
        for address in addresses.iter().filter(|address| !address.is_local()) {
            Log::new(true, false).warn(format!(
                "{address} can be reached from other machines, and tokens go there in clear: listen on 127.0.0.1 unless \
                 that network is this machine's own"
            ));
        }
        let ending = platform::Ending::new().map_err(|error| {
            Error::new(Kind::Failed, format!("signals can't be waited for: {error}")).hint("try again")
        })?;
        let text = shown(&routes, &addresses, &secret)?;
        let server = Server::start(listeners, routes, &secret, log)?;
        // It listens by now: who reads this may ask.
        if !self.silent {
            output::print(&text)?;
        }
        ending.wait();
        server.end();
        Ok(())
    }
}

/// What clients are told, as lines for a shell; one block for each path.
fn shown(routes: &[Route], addresses: &[Address], secret: &Secret) -> Result<String> {
    let mut text = String::new();
    for address in addresses {
        let origin = match address {
            // Whatever leads there in the end: the clients' SDKs know addresses only.
            Address::Unix(_) => format!("http://{}", Address::USUAL),
            Address::Tcp(address) => format!("http://{address}"),
        };
        for route in routes {
            text += &format!("# {} by {address}\n", route.title());
            let client = route.client(&origin, secret);
            let values = Values { host: route.workspace_url(), client: Some(&client), ..Values::default() };
            for (name, value) in Live::of(route.protocol()).changes(&values)? {
                if let Some(value) = value {
                    text += &format!("export {name}={}\n", platform::quote(value.expose()));
                }
            }
        }
    }
    Ok(text)
}

/// The secret that is kept for this user's servers: clients are told once, and a server that starts anew knows it.
fn kept() -> Result<Secret> {
    let path = environment::data_dir()?.join("serve-secret");
    let failed = |error: std::io::Error| {
        Error::configuration(format!("the clients' secret can't be kept in {}: {error}", path.display()))
            .hint("check that the folder is yours, or name another place with --secret-from")
    };
    if let Ok(meta) = path.symlink_metadata() {
        if let Some(distrust) = platform::distrust(&path, &meta) {
            return Err(Error::configuration(distrust.what).hint(format!("run: {}", distrust.mend)));
        }
        return SecretSource::File(path).read(Deadline::after(Duration::from_secs(1)));
    }
    let secret = Secret::random()?;
    path.parent().map_or(Ok(()), platform::create_private_dir).map_err(failed)?;
    atomic::write_private(&path, &[secret.expose().as_bytes(), b"\n"], Durability::Synced).map_err(failed)?;
    Ok(secret)
}
