//! The settings of other tools that name jeton: whether they find it, and the profile they mean.

use std::path::{Path, PathBuf};

use super::Finding;
use super::settings::{
    KEYRING, Setup, TERRAFORM_HELPER, aws_config, bazelrc, cargo_config, docker_config, git_config, kubeconfig,
    pip_config, terraform_config,
};
use super::shims;
use crate::platform;
use crate::process;
use crate::profile::Store;
use crate::program::Own;
use crate::setup::place;

/// A settings file longer than this is not looked into, in bytes.
const LONGEST: u64 = 4 << 20;

type Reader = fn(&str) -> Vec<Setup>;

pub(super) fn check(store: &Store) -> Vec<Finding> {
    let names: Option<Vec<String>> =
        store.load().ok().map(|document| document.profiles().map(|profile| profile.name).collect());
    let mut findings = Vec::new();
    for (tool, file, read) in files() {
        if std::fs::metadata(&file).map_or(true, |meta| !meta.is_file() || meta.len() > LONGEST) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&file) else {
            let text = format!("{} can't be read", file.display());
            findings.push(Finding::warning(tool, text, "check its permissions, and that it is text"));
            continue;
        };
        let mut setups = read(&text);
        setups.dedup();
        findings.extend(setups.iter().filter_map(|setup| judge(tool, &file, setup, names.as_deref())));
    }
    findings
}

/// Where the tools keep their settings, by their own variables.
fn files() -> Vec<(&'static str, PathBuf, Reader)> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = |name: &str| dirs::home_dir().map(|home| home.join(name));
    let kube: Vec<PathBuf> = match var("KUBECONFIG") {
        Some(list) => std::env::split_paths(&list).collect(),
        None => home(".kube/config").into_iter().collect(),
    };
    let git: Vec<PathBuf> = match var("GIT_CONFIG_GLOBAL") {
        Some(file) => vec![file.into()],
        None => {
            let xdg = var("XDG_CONFIG_HOME").map(|dir| PathBuf::from(dir).join("git/config"));
            home(".gitconfig").into_iter().chain(xdg.or_else(|| home(".config/git/config"))).collect()
        }
    };
    let terraform = match var("TF_CLI_CONFIG_FILE") {
        Some(file) => vec![PathBuf::from(file)],
        None => [home(platform::TERRAFORM_CONFIG), home(".tofurc")].into_iter().flatten().collect(),
    };
    let mut files: Vec<(&'static str, PathBuf, Reader)> = Vec::new();
    files.extend(kube.into_iter().map(|file| ("kubectl", file, kubeconfig as Reader)));
    files.extend(place::aws().ok().map(|file| ("aws", file, aws_config as Reader)));
    files.extend(git.into_iter().map(|file| ("git", file, git_config as Reader)));
    let others = [
        ("docker", place::docker(), docker_config as Reader),
        ("cargo", place::cargo(), cargo_config),
        ("pip", place::pip(), pip_config),
        ("bazel", place::bazel(), bazelrc),
    ];
    files.extend(others.into_iter().filter_map(|(tool, file, read)| Some((tool, file.ok()?, read))));
    files.extend(terraform.into_iter().map(|file| ("terraform", file, terraform_config as Reader)));
    files
}

/// `None`: it is not about jeton.
fn judge(tool: &'static str, file: &Path, setup: &Setup, names: Option<&[String]>) -> Option<Finding> {
    let (shown, program) = (file.display(), &setup.program);
    if program == KEYRING {
        return keyring(tool, file);
    }
    if program == TERRAFORM_HELPER && !plugin_folders().iter().any(|folder| is_there(&folder.join(program))) {
        let folder = plugin_folders().pop().unwrap_or_default();
        let next = format!("link it to jeton: ln -s \"$(command -v jeton)\" '{}'", folder.join(program).display());
        return Some(Finding::fail(tool, format!("{shown} asks {program}, which is in no plugin folder"), next));
    }
    if program != TERRAFORM_HELPER && !is_found(program) {
        let next = format!("put it on PATH, or correct the entry in {shown}");
        return Some(Finding::fail(tool, format!("{shown} names {program}, which is not there"), next));
    }
    if let (Some(profile), Some(names)) = (&setup.profile, names)
        && !names.contains(profile)
    {
        let next = format!("make it (jeton profile create {profile}), or correct the entry");
        return Some(Finding::fail(tool, format!("{shown} names the profile {profile:?}, which there is not"), next));
    }
    Some(Finding::ok(tool, format!("{shown} asks {program}")))
}

/// The first program of that name on PATH, which need not be jeton.
fn keyring(tool: &'static str, file: &Path) -> Option<Finding> {
    let (found, own) = (process::on_path(KEYRING), Own::find()?);
    let shown = file.display();
    let Some(first) = found.first() else {
        let text = format!("{shown} has {tool} run {KEYRING}, which is not on PATH");
        return Some(Finding::warning(tool, text, "jeton setup pip makes a link of that name to jeton"));
    };
    let link = found.iter().find(|path| shims::is_jeton(path, &own))?;
    if link == first {
        return Some(Finding::ok(tool, format!("{shown} asks {KEYRING}, which is {}", first.display())));
    }
    let text = format!("{} comes first on PATH, before jeton's {}", first.display(), link.display());
    Some(Finding::warning(tool, text, format!("put the folder of {} first on PATH", link.display())))
}

/// Where Terraform looks for credentials helpers (Terraform internals, "Credentials Helpers").
fn plugin_folders() -> Vec<PathBuf> {
    dirs::home_dir().map(|home| home.join(platform::TERRAFORM_FOLDER).join("plugins")).into_iter().collect()
}

fn is_there(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| platform::is_program(&meta))
}

/// Whether a tool would find the program.
fn is_found(program: &str) -> bool {
    let path = match program.strip_prefix("~/") {
        Some(rest) => dirs::home_dir().map_or_else(|| program.into(), |home| home.join(rest)),
        None => PathBuf::from(program),
    };
    if path.components().count() > 1 {
        return is_there(&path);
    }
    !process::on_path(program.strip_suffix(".exe").unwrap_or(program)).is_empty()
}
