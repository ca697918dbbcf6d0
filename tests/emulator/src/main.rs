//! The emulator as a program: see the crate's documentation for what it answers.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use jeton_emulator::{
    ADME_CLIENT_ID, ADME_PARTITION, ADME_RESOURCE_ID, ADME_SECRET, CLIENT_ID, CLIENT_SECRET, DATABRICKS_ACCOUNT_ID,
    DATABRICKS_ADMIN_CLIENT_ID, DATABRICKS_ADMIN_SECRET, DATABRICKS_CLIENT_ID, DATABRICKS_RESOURCE, DATABRICKS_SECRET,
    Emulator, GITHUB_REQUEST_TOKEN, IDENTITY_HEADER, MSI_SECRET, OTHER_USER, OTHER_USER_PASSWORD, OTHER_WORKSPACE_ID,
    PUBLIC_CLIENT_ID, SERVICE_CONNECTION_ID, SYSTEM_ACCESS_TOKEN, TENANT, USER, USER_PASSWORD, WEB_CLIENT_ID,
    WEB_SECRET, WORKSPACE_ID, WORKSPACE_RESOURCE_ID,
};
use lexopt::prelude::*;

const HELP: &str = "\
Microsoft Entra, Databricks, AWS STS and a little Kubernetes on loopback.

Usage: jeton-emulator [OPTIONS]

  --listen ADDRESS      a loopback address and port [default: 127.0.0.1:0, any free port]
  --dir DIR             writes DIR/ca.pem and DIR/url [default: the current folder]
  --lifetime SECONDS    how long tokens live [default: 3599]
  --latency MS          time before every answer [default: 0]
  --extra-name NAME     one more name for the certificate; may be repeated
  --http                plain HTTP in place of HTTPS
  --until-stdin-closes  ends when standard input does
  --help
";

struct Options {
    listen: SocketAddr,
    dir: PathBuf,
    lifetime: Option<u64>,
    latency_ms: u64,
    names: Vec<String>,
    http: bool,
    until_stdin_closes: bool,
}

fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(None) => finish(io::stdout().write_all(HELP.as_bytes()), 1),
        Ok(Some(options)) => finish(run(&options), 1),
        Err(error) => finish(Err(io::Error::other(error)), 2),
    }
}

fn finish(result: io::Result<()>, code: u8) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a closed stderr.
            let _ = writeln!(io::stderr(), "jeton-emulator: {error}");
            ExitCode::from(code)
        }
    }
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        dir: PathBuf::from("."),
        lifetime: None,
        latency_ms: 0,
        names: Vec::new(),
        http: false,
        until_stdin_closes: false,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => options.listen = parser.value()?.parse()?,
            Long("dir") => options.dir = parser.value()?.into(),
            Long("lifetime") => options.lifetime = Some(parser.value()?.parse()?),
            Long("latency") => options.latency_ms = parser.value()?.parse()?,
            Long("extra-name") => options.names.push(parser.value()?.string()?),
            Long("http") => options.http = true,
            Long("until-stdin-closes") => options.until_stdin_closes = true,
            Long("help") | Short('h') => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(options))
}

fn run(options: &Options) -> io::Result<()> {
    let mut builder = Emulator::builder().listen(options.listen);
    if options.http {
        builder = builder.http();
    }
    for name in &options.names {
        builder = builder.extra_name(name);
    }
    let emulator = builder.start()?;
    emulator.change_settings(|settings| {
        settings.latency_ms = options.latency_ms;
        settings.lifetime = options.lifetime.unwrap_or(settings.lifetime);
    });

    std::fs::create_dir_all(&options.dir)?;
    let dir = std::path::absolute(&options.dir)?;
    let ca = dir.join("ca.pem");
    emulator.write_ca(&ca)?;
    std::fs::write(dir.join("url"), emulator.url())?;
    let service_fabric = emulator.service_fabric();
    let line = serde_json::json!({
        "url": emulator.url(), "ca": ca, "tenant": TENANT, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        "public_client_id": PUBLIC_CLIENT_ID, "web_client_id": WEB_CLIENT_ID, "web_secret": WEB_SECRET,
        "user": USER, "password": USER_PASSWORD, "other_user": OTHER_USER, "other_password": OTHER_USER_PASSWORD,
        "managed_identity": {
            "imds": emulator.imds_url(), "app_service": emulator.app_service_url(),
            "azure_ml": emulator.azure_ml_url(), "arc": emulator.arc_url(), "cloud_shell": emulator.cloud_shell_url(),
            "service_fabric": service_fabric.url, "service_fabric_thumbprint": service_fabric.thumbprint,
            "identity_header": IDENTITY_HEADER, "msi_secret": MSI_SECRET,
        },
        "oidc": {
            "github": emulator.github_request_url(), "github_token": GITHUB_REQUEST_TOKEN,
            "azure_pipelines": emulator.azure_pipelines_request_url(), "azure_pipelines_token": SYSTEM_ACCESS_TOKEN,
            "service_connection": SERVICE_CONNECTION_ID,
        },
        "databricks": {
            "workspace": emulator.workspace(), "other_workspace": emulator.other_workspace(),
            "account": emulator.account(), "account_id": DATABRICKS_ACCOUNT_ID, "workspace_id": WORKSPACE_ID.to_string(),
            "other_workspace_id": OTHER_WORKSPACE_ID.to_string(), "resource": DATABRICKS_RESOURCE,
            "resource_id": WORKSPACE_RESOURCE_ID, "client_id": DATABRICKS_CLIENT_ID, "client_secret": DATABRICKS_SECRET,
            "admin_client_id": DATABRICKS_ADMIN_CLIENT_ID, "admin_secret": DATABRICKS_ADMIN_SECRET,
        },
        "adme": {
            "client_id": ADME_CLIENT_ID, "client_secret": ADME_SECRET, "partition": ADME_PARTITION,
            "resource_id": ADME_RESOURCE_ID,
        },
    });
    let mut stdout = io::stdout();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;

    if options.until_stdin_closes {
        let mut ignored = [0; 256];
        while io::stdin().read(&mut ignored)? > 0 {}
    } else {
        loop {
            std::thread::park();
        }
    }
    Ok(())
}
