//! `jeton setup`: has a tool ask jeton, by its own configuration.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::output;
use super::profile::{confirm, is_interactive};
use super::serve::ServedArgs;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::profile::{Profile, Store};
use crate::setup::{self, Plan, Program, Undoing, kubectl};

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct SetupArgs {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, Subcommand)]
enum Tool {
    /// Users of kubeconfigs; those made for kubelogin or az are converted
    Kubectl(KubectlArgs),
    /// A credential helper for hosts, in git's configuration
    Git(HostArgs),
    /// A credential helper for registries, in Docker's config.json; also for podman and its kin
    Docker(HostArgs),
    /// A profile of a workspace in .databrickscfg
    Databricks(DatabricksArgs),
    /// The process of a profile in ~/.aws/config
    Aws(AwsArgs),
    /// A credential provider for a registry, or for all
    Cargo(CargoArgs),
    /// The keyring of pip and uv
    Pip(PipArgs),
    /// A credential helper for hosts, in ~/.bazelrc
    Bazel(HostArgs),
    /// Print what belongs into a .tf file
    Terraform(TerraformArgs),
    /// jeton serve as a service: units of systemd, or an agent of launchd
    Serve(ServeSetupArgs),
}

/// For whom, where and how it is done.
#[derive(Debug, Args)]
struct CommonArgs {
    /// Profile that the tool is to use
    #[arg(short, long, value_name = "NAME", conflicts_with = "undo")]
    profile: Option<String>,
    /// File to change [default: where the tool looks]
    #[arg(long, value_name = "FILE", conflicts_with = "undo")]
    file: Option<PathBuf>,
    #[command(flatten)]
    how: HowArgs,
}

#[derive(Debug, Args)]
struct HowArgs {
    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Take back what setup wrote for this tool
    #[arg(long)]
    undo: bool,
    /// Nothing on stderr on success
    #[arg(long)]
    silent: bool,
}

#[derive(Debug, Args)]
struct KubectlArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// The same as --file, as kubectl calls it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "undo"])]
    kubeconfig: Option<PathBuf>,
    /// The user that is to ask jeton; it is made where there is none [default: all that kubelogin or az signs in]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The same for the user of this context
    #[arg(long, value_name = "NAME", conflicts_with = "user")]
    context: Option<String>,
}

#[derive(Debug, Args)]
struct HostArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Host that jeton is to be asked about (repeatable) [default: those of the profile]
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
}

#[derive(Debug, Args)]
struct DatabricksArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Workspace [default: the profile's host]
    #[arg(long, value_name = "URL")]
    host: Option<String>,
    /// Name of the profile in .databrickscfg [default: that of jeton's, else DEFAULT]
    #[arg(long, value_name = "NAME")]
    section: Option<String>,
}

#[derive(Debug, Args)]
struct AwsArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Profile of AWS's that is to run jeton
    #[arg(long, value_name = "NAME", default_value = "default")]
    aws_profile: String,
}

#[derive(Debug, Args)]
struct CargoArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// Registry that is to ask jeton [default: all]
    #[arg(long, value_name = "NAME")]
    registry: Option<String>,
    /// The registry's index, where cargo does not know it yet
    #[arg(long, value_name = "URL", requires = "registry")]
    index: Option<String>,
}

#[derive(Debug, Args)]
struct PipArgs {
    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Debug, Args)]
struct TerraformArgs {
    /// Profile that the token is of
    #[arg(short, long, value_name = "NAME")]
    profile: Option<String>,
}

#[derive(Debug, Args)]
struct ServeSetupArgs {
    #[command(flatten)]
    served: ServedArgs,
    #[command(flatten)]
    how: HowArgs,
}

impl SetupArgs {
    pub(super) fn run(self) -> Result<()> {
        match self.tool {
            Tool::Kubectl(args) => args.run(),
            Tool::Git(args) => {
                args.common.run("git", |program, profile, file| setup::git::plan(program, profile, &args.hosts, file))
            }
            Tool::Docker(args) => args
                .common
                .run("docker", |program, profile, file| setup::docker::plan(program, profile, &args.hosts, file)),
            Tool::Databricks(args) => args.common.run("databricks", |program, profile, file| {
                setup::databricks::plan(program, profile, args.section.as_deref(), args.host.as_slice(), file)
            }),
            Tool::Aws(args) => args
                .common
                .run("aws", |program, profile, file| setup::aws::plan(program, profile, &args.aws_profile, file)),
            Tool::Cargo(args) => args.common.run("cargo", |program, profile, file| {
                setup::cargo::plan(program, profile, args.registry.as_deref(), args.index.as_deref(), file)
            }),
            Tool::Pip(args) => args.common.run("pip", |program, _, file| setup::pip::plan(program, file)),
            Tool::Bazel(args) => args
                .common
                .run("bazel", |program, profile, file| setup::bazel::plan(program, profile, &args.hosts, file)),
            Tool::Terraform(args) => {
                let profile = find(args.profile.as_deref())?;
                output::print(&setup::terraform::snippet(&Program::find()?, profile.as_ref()))
            }
            Tool::Serve(args) => args.how.run("serve", |program| {
                // What would not start is told now.
                args.served.routes(false)?;
                setup::serve::plan(program, &args.served.arguments()?, &args.served.address()?)
            }),
        }
    }
}

impl KubectlArgs {
    fn run(&self) -> Result<()> {
        let whose = match (&self.user, &self.context) {
            (Some(user), _) => kubectl::Whose::User(user),
            (None, Some(context)) => kubectl::Whose::Context(context),
            (None, None) => kubectl::Whose::Converted,
        };
        let done = self.common.run("kubectl", |program, profile, file| {
            kubectl::plan(program, profile, whose, self.kubeconfig.as_deref().or(file))
        });
        let program = Program::find()?;
        match done {
            Ok(()) if self.common.how.undo || self.common.how.dry_run => Ok(()),
            Ok(()) => {
                self.common
                    .how
                    .say(&format!("a kuberc with an allow-list of plugins needs\n{}", kubectl::allow_list(&program)));
                Ok(())
            }
            // The file could not be changed, so its owner has to.
            Err(error) if error.kind == Kind::Configuration && !self.common.how.undo => {
                let profile = find(self.common.profile.as_deref())?;
                self.common.how.say(&format!(
                    "what a user needs, to put it in by hand:\n{}",
                    kubectl::snippet(&program, profile.as_ref())?
                ));
                Err(error)
            }
            Err(error) => Err(error),
        }
    }
}

impl CommonArgs {
    fn run(
        &self,
        tool: &str,
        plan: impl FnOnce(&Program, Option<&Profile>, Option<&Path>) -> Result<Plan>,
    ) -> Result<()> {
        self.how.run(tool, |program| {
            let profile = find(self.profile.as_deref())?;
            plan(program, profile.as_ref(), self.file.as_deref())
        })
    }
}

impl HowArgs {
    /// Shows what is to change, asks, and does it.
    fn run(&self, tool: &str, plan: impl FnOnce(&Program) -> Result<Plan>) -> Result<()> {
        if self.undo {
            return self.undo(tool);
        }
        let plan = plan(&Program::find()?)?;
        let files = plan.files();
        if self.show(tool, &plan.diff(), &plan.notes, &files)? {
            plan.apply(tool)?;
            self.say(&format!("changed {}; to take it back: jeton setup {tool} --undo", files.join(", ")));
        }
        Ok(())
    }

    fn undo(&self, tool: &str) -> Result<()> {
        let undoing = Undoing::of(tool)?;
        let files = undoing.files();
        if files.is_empty() && !self.dry_run {
            self.notes(undoing.notes());
            self.say("nothing of it stands any more");
            return undoing.apply(tool);
        }
        if self.show(tool, &undoing.diff(), undoing.notes(), &files)? {
            undoing.apply(tool)?;
            self.say(&format!("took back what was set up in {}", files.join(", ")));
        }
        Ok(())
    }

    /// Whether to go on.
    fn show(&self, tool: &str, diff: &str, notes: &[String], files: &[String]) -> Result<bool> {
        self.notes(notes);
        if self.dry_run {
            output::print(diff)?;
            return Ok(false);
        }
        if files.is_empty() {
            self.say(&format!("{tool} is set up already; nothing was changed"));
            return Ok(false);
        }
        if !self.silent || !self.yes {
            let _ = output::questions().write_all(diff.as_bytes());
        }
        if self.yes {
            return Ok(true);
        }
        let again = if self.undo {
            format!("jeton setup {tool} --undo --yes")
        } else {
            format!("jeton setup {tool} ... --yes")
        };
        if !is_interactive() {
            return Err(Error::usage(format!("{} is not changed unasked", files.join(", ")))
                .hint(format!("{again}, or look first with --dry-run")));
        }
        if confirm(&format!("Change {}?", files.join(", ")), &mut std::io::stdin().lock(), &mut output::questions())? {
            return Ok(true);
        }
        Err(Error::new(Kind::Failed, "nothing was changed").hint(again))
    }

    fn notes(&self, notes: &[String]) {
        for note in notes {
            self.say(note);
        }
    }

    fn say(&self, text: &str) {
        if !self.silent {
            output::block(text);
        }
    }
}

/// The profile of that name.
fn find(name: Option<&str>) -> Result<Option<Profile>> {
    let store = Store::new(&environment::config_dir()?, &environment::cache_dir()?);
    name.map(|name| store.find(name)).transpose()
}
