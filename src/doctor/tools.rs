//! The settings of other tools that name jeton: whether they find it, and the profile they mean.

use std::path::{Path, PathBuf};

use super::Finding;
use super::settings::{Setup, aws_config, docker_config, git_config, kubeconfig};
use crate::platform;
use crate::process;
use crate::profile::Store;

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
        findings.extend(setups.iter().map(|setup| judge(tool, &file, setup, names.as_deref())));
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
    let aws = var("AWS_CONFIG_FILE").map(PathBuf::from).or_else(|| home(".aws/config"));
    let git: Vec<PathBuf> = match var("GIT_CONFIG_GLOBAL") {
        Some(file) => vec![file.into()],
        None => {
            let xdg = var("XDG_CONFIG_HOME").map(|dir| PathBuf::from(dir).join("git/config"));
            home(".gitconfig").into_iter().chain(xdg.or_else(|| home(".config/git/config"))).collect()
        }
    };
    let docker = var("DOCKER_CONFIG").map(|dir| PathBuf::from(dir).join("config.json"));
    let docker = docker.or_else(|| home(".docker/config.json"));
    let mut files: Vec<(&'static str, PathBuf, Reader)> = Vec::new();
    files.extend(kube.into_iter().map(|file| ("kubectl", file, kubeconfig as Reader)));
    files.extend(aws.map(|file| ("aws", file, aws_config as Reader)));
    files.extend(git.into_iter().map(|file| ("git", file, git_config as Reader)));
    files.extend(docker.map(|file| ("docker", file, docker_config as Reader)));
    files
}

fn judge(tool: &'static str, file: &Path, setup: &Setup, names: Option<&[String]>) -> Finding {
    let (shown, program) = (file.display(), &setup.program);
    if !is_there(program) {
        let next = format!("put it on PATH, or correct the entry in {shown}");
        return Finding::fail(tool, format!("{shown} names {program}, which is not there"), next);
    }
    if let (Some(profile), Some(names)) = (&setup.profile, names)
        && !names.contains(profile)
    {
        let next = format!("make it (jeton profile create {profile}), or correct the entry");
        return Finding::fail(tool, format!("{shown} names the profile {profile:?}, which there is not"), next);
    }
    Finding::ok(tool, format!("{shown} asks {program}"))
}

/// Whether a tool would find the program.
fn is_there(program: &str) -> bool {
    let path = match program.strip_prefix("~/") {
        Some(rest) => dirs::home_dir().map_or_else(|| program.into(), |home| home.join(rest)),
        None => PathBuf::from(program),
    };
    if path.components().count() > 1 {
        return std::fs::metadata(&path).is_ok_and(|meta| platform::is_program(&meta));
    }
    !process::on_path(program.strip_suffix(".exe").unwrap_or(program)).is_empty()
}
