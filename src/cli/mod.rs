//! The command line: its grammar, and from a command to its file.
//!
//! Building the parser of every command costs more than answering from the cache. So the commands that tools call at
//! every turn have a parser of their own, made of the same argument structs: one grammar, fewer parts of it built.

mod adme;
mod args;
mod az;
mod azd;
mod bazel;
mod beside;
mod cargo;
mod complete;
mod credential_process;
mod curl;
mod databricks;
mod discover;
mod docker;
mod doctor;
mod entratool;
mod env;
mod exec_credential;
mod fields;
mod git;
mod goauth;
mod google;
mod hand_on;
mod init;
mod input;
mod inspect;
mod keyring;
mod live;
mod login;
mod logout;
mod output;
mod pat;
mod personality;
mod pnpm;
mod profile;
mod prompt;
mod refresh;
mod road;
mod run;
mod secret;
mod serve;
mod setup;
mod shim;
mod stand_in;
mod status;
mod terraform;
mod token;
mod token_file;
mod token_input;
mod variables;
mod workspace;
mod write;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::error::Result;
use crate::platform;

/// One credential helper for Microsoft Entra and Databricks.
#[derive(Debug, Parser)]
#[command(
    name = "jeton",
    version,
    about,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print an access token: from the cache, or fresh
    #[command(visible_alias = "get-token")]
    Token(token::TokenArgs),
    /// Sign in, also where there is a sign-in already; of an app, prove the credential
    Login(login::LoginArgs),
    /// Remove what was kept of a sign-in or an app: refresh token, cached tokens
    Logout(logout::LogoutArgs),
    /// Get a new token now, without asking anybody
    Refresh(refresh::RefreshArgs),
    /// Show profiles and cached tokens: whose, what for, until when
    Status(status::StatusArgs),
    /// Answer kubectl and other Kubernetes clients (client.authentication.k8s.io)
    ExecCredential(exec_credential::ExecCredentialArgs),
    /// Answer AWS SDKs (credential_process in ~/.aws/config)
    CredentialProcess(credential_process::CredentialProcessArgs),
    /// Answer git (credential.helper)
    Git(git::GitArgs),
    /// Answer Docker, podman, skopeo and their kin (credHelpers)
    Docker(docker::DockerArgs),
    /// Answer cargo (credential-provider in its configuration)
    Cargo(cargo::CargoArgs),
    /// Answer Bazel and others (--credential_helper)
    Bazel(bazel::BazelArgs),
    /// Answer pip and uv, as the program keyring would
    Keyring(keyring::KeyringArgs),
    /// Answer Terraform and OpenTofu (data source external; credentials helper)
    Terraform(terraform::TerraformArgs),
    /// Answer pnpm (tokenHelper in .npmrc)
    Pnpm(pnpm::PnpmArgs),
    /// Answer go (GOAUTH)
    Goauth(goauth::GoauthArgs),
    /// Answer gcloud and Google's libraries (executable source of an external account)
    Google(google::GoogleArgs),
    /// Run a command with a token in its environment
    Run(run::RunArgs),
    /// Answer tools that ask over HTTP: Databricks CLI and Terraform, Azure and AWS SDKs
    Serve(serve::ServeArgs),
    /// Print the same variables as assignments, for a shell to evaluate
    Env(env::EnvArgs),
    /// Run curl with a token, at the profile's hosts alone
    Curl(curl::CurlArgs),
    /// Print functions for a shell: jt, jtenv, jcurl, jtprompt
    Init(init::InitArgs),
    /// Print the profile and how long its token lives, for a prompt
    Prompt(prompt::PromptArgs),
    /// Write a token into a file, and keep it fresh with --watch
    Write(write::WriteArgs),
    /// Answer Azure SDKs as az, the Azure CLI, would
    #[command(disable_help_flag = true)]
    Az(az::AzArgs),
    /// Answer Azure SDKs as azd, the Azure Developer CLI, would
    #[command(disable_help_flag = true)]
    Azd(azd::AzdArgs),
    /// Answer Databricks SDKs as databricks, Databricks' CLI, would
    #[command(disable_help_flag = true)]
    Databricks(databricks::DatabricksArgs),
    /// Put links on PATH under which jeton stands in for az, azd and databricks
    Shim(shim::ShimArgs),
    /// Make, show and change profiles
    #[command(visible_alias = "config")]
    Profile(profile::ProfileArgs),
    /// Show what a token says of itself; its signature is not verified
    Inspect(inspect::InspectArgs),
    /// Say by the exit code whether a token is in its time
    Discover(discover::DiscoverArgs),
    /// Create, list, revoke, rotate and permit personal access tokens of Databricks
    Pat(pat::PatArgs),
    /// Check and show instances of Azure Data Manager for Energy
    Adme(adme::AdmeArgs),
    /// Keep secrets for profiles, list and remove them
    Secret(secret::SecretArgs),
    /// Check folders, profiles, credentials, network and tools, and say what mends them
    Doctor(doctor::DoctorArgs),
    /// Have kubectl, git, Docker and others ask jeton: changes their configuration, after showing how
    Setup(setup::SetupArgs),
    /// Values for the shells' completions: no part of the grammar, since no person types it.
    #[command(skip)]
    Complete(complete::Kind),
}

impl Command {
    fn run(self) -> Result<ExitCode> {
        match self {
            Self::Token(args) => args.run(),
            Self::Login(args) => args.run(),
            Self::Logout(args) => args.run(),
            Self::Refresh(args) => args.run(),
            Self::Status(args) => args.run(),
            Self::ExecCredential(args) => args.run(),
            Self::CredentialProcess(args) => args.run(),
            Self::Git(args) => args.run(),
            Self::Docker(args) => return args.run(),
            Self::Cargo(args) => args.run(),
            Self::Bazel(args) => args.run(),
            Self::Keyring(args) => return args.run(),
            Self::Terraform(args) => args.run(),
            Self::Pnpm(args) => args.run(),
            Self::Goauth(args) => args.run(),
            Self::Google(args) => args.run(),
            Self::Run(args) => return args.run(),
            Self::Serve(args) => args.run(),
            Self::Env(args) => args.run(),
            Self::Curl(args) => return args.run(),
            Self::Init(args) => args.run(),
            Self::Prompt(args) => args.run(),
            Self::Write(args) => args.run(),
            Self::Az(args) => return Ok(args.run()),
            Self::Azd(args) => return Ok(args.run()),
            Self::Databricks(args) => return Ok(args.run()),
            Self::Shim(args) => args.run(),
            Self::Profile(args) => args.run(),
            Self::Inspect(args) => args.run(),
            Self::Discover(args) => return args.run(),
            Self::Pat(args) => args.run(),
            Self::Adme(args) => args.run(),
            Self::Secret(args) => args.run(),
            Self::Doctor(args) => return args.run(),
            Self::Setup(args) => args.run(),
            Self::Complete(kind) => kind.run(),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

/// One command alone, as its own little program.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct Alone<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

/// Reads the command line, runs the command, and turns a failure into text and an exit code.
#[must_use]
pub fn main() -> ExitCode {
    platform::forbid_core_dumps();
    match parse(&personality::command_line()).run() {
        Ok(code) => code,
        Err(error) => {
            output::complain(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// The whole grammar, for what is made of it (completions and manual pages: packaging/pages) or held against it (the pages of
/// the documentation).
#[must_use]
pub fn grammar() -> clap::Command {
    Cli::command()
}

/// clap prints help and errors itself and exits with 0 or 2.
fn parse(argv: &[OsString]) -> Command {
    match argv.get(1).and_then(|name| name.to_str()) {
        Some(name @ ("token" | "get-token")) => Command::Token(alone(name, argv)),
        Some(name @ "exec-credential") => Command::ExecCredential(alone(name, argv)),
        Some(name @ "credential-process") => Command::CredentialProcess(alone(name, argv)),
        Some(name @ "git") => Command::Git(alone(name, argv)),
        Some(name @ "docker") => Command::Docker(alone(name, argv)),
        // They have grammars of their own.
        Some("az") => Command::Az(az::AzArgs::of(&argv[2..])),
        Some("azd") => Command::Azd(azd::AzdArgs::of(&argv[2..])),
        Some("databricks") => Command::Databricks(databricks::DatabricksArgs::of(&argv[2..])),
        Some(name @ "cargo") => Command::Cargo(alone(name, argv)),
        // cargo calls a provider so, whatever command stands behind it in the configuration.
        Some("--cargo-plugin") => {
            let argv: Vec<_> = [argv[0].clone(), "cargo".into()].into_iter().chain(argv[1..].iter().cloned()).collect();
            Command::Cargo(alone("cargo", &argv))
        }
        Some(name @ "bazel") => Command::Bazel(alone(name, argv)),
        Some(name @ "keyring") => Command::Keyring(alone(name, argv)),
        Some(name @ "terraform") => Command::Terraform(alone(name, argv)),
        Some(name @ "pnpm") => Command::Pnpm(alone(name, argv)),
        Some(name @ "goauth") => Command::Goauth(alone(name, argv)),
        Some(name @ "prompt") => Command::Prompt(alone(name, argv)),
        Some(name @ "env") => Command::Env(alone_from(&argv[2..]).unwrap_or_else(|_| {
            env::refuse(&argv[2..]);
            alone(name, argv)
        })),
        Some(name @ "google") => Command::Google(alone(name, argv)),
        Some("__complete") => Command::Complete(complete::Kind::of(&argv[2..])),
        _ => Cli::parse_from(argv).command,
    }
}

/// Parses with the parser of one command. Where that fails or help is asked for, the whole one says so, so that there
/// is one text for it.
fn alone<A: clap::Args>(name: &str, argv: &[OsString]) -> A {
    alone_from(&argv[2..]).unwrap_or_else(|_| {
        let _ = Cli::parse_from(argv);
        // The same grammar: what one parser refuses, the other refuses too. A test compares them.
        unreachable!("the whole parser takes what the parser of {name} refuses")
    })
}

/// Parses the arguments of one command.
fn alone_from<A: clap::Args>(arguments: &[OsString]) -> std::result::Result<A, clap::Error> {
    let mut command = fields::narrowed(arguments, || {
        Alone::<A>::command().disable_help_flag(true).disable_version_flag(true).no_binary_name(true)
    });
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    let alone = Alone::<A>::from_arg_matches_mut(&mut matches)?;
    // The process is about to answer and end: taking the parser apart piece by piece helps nobody.
    std::mem::forget((command, matches));
    Ok(alone.args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
        Alone::<token::TokenArgs>::command().debug_assert();
        Alone::<exec_credential::ExecCredentialArgs>::command().debug_assert();
        Alone::<credential_process::CredentialProcessArgs>::command().debug_assert();
        Alone::<git::GitArgs>::command().debug_assert();
        Alone::<docker::DockerArgs>::command().debug_assert();
        Alone::<cargo::CargoArgs>::command().debug_assert();
        Alone::<bazel::BazelArgs>::command().debug_assert();
        Alone::<keyring::KeyringArgs>::command().debug_assert();
        Alone::<terraform::TerraformArgs>::command().debug_assert();
        Alone::<pnpm::PnpmArgs>::command().debug_assert();
        Alone::<goauth::GoauthArgs>::command().debug_assert();
        Alone::<google::GoogleArgs>::command().debug_assert();
        Alone::<env::EnvArgs>::command().debug_assert();
        Alone::<prompt::PromptArgs>::command().debug_assert();
    }
}
