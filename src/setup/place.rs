//! Where tools keep their configuration.

use std::path::PathBuf;

use crate::environment::var;
use crate::error::{Error, Result};
use crate::platform;

pub(super) fn home() -> Result<PathBuf> {
    dirs::home_dir().ok_or_else(|| {
        Error::configuration("there is no home folder to look for the tool's configuration in")
            .hint("set HOME, or name the file with --file")
    })
}

/// A path from a variable, a `~` at its start meaning the home folder.
fn named(variable: &str) -> Result<Option<PathBuf>> {
    let Some(text) = var(variable) else { return Ok(None) };
    Ok(Some(match text.strip_prefix("~/") {
        Some(rest) => home()?.join(rest),
        None => PathBuf::from(text),
    }))
}

/// `GIT_CONFIG_GLOBAL`; else `~/.gitconfig`, unless only `$XDG_CONFIG_HOME/git/config` is there (git-config(1), FILES).
pub(super) fn git() -> Result<PathBuf> {
    if let Some(path) = named("GIT_CONFIG_GLOBAL")? {
        return Ok(path);
    }
    let usual = home()?.join(".gitconfig");
    let other = xdg_config()?.join("git").join("config");
    Ok(if !usual.exists() && other.exists() { other } else { usual })
}

fn xdg_config() -> Result<PathBuf> {
    match named("XDG_CONFIG_HOME")? {
        Some(path) => Ok(path),
        None => Ok(home()?.join(".config")),
    }
}

/// `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json` (docker/cli, `cli/config`).
pub(crate) fn docker() -> Result<PathBuf> {
    let dir = match named("DOCKER_CONFIG")? {
        Some(dir) => dir,
        None => home()?.join(".docker"),
    };
    Ok(dir.join("config.json"))
}

/// `AWS_CONFIG_FILE`, else `~/.aws/config`.
pub(crate) fn aws() -> Result<PathBuf> {
    match named("AWS_CONFIG_FILE")? {
        Some(path) => Ok(path),
        None => Ok(home()?.join(".aws").join("config")),
    }
}

/// `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
pub(super) fn aws_credentials() -> Result<PathBuf> {
    match named("AWS_SHARED_CREDENTIALS_FILE")? {
        Some(path) => Ok(path),
        None => Ok(home()?.join(".aws").join("credentials")),
    }
}

/// `DATABRICKS_CONFIG_FILE`, else `~/.databrickscfg`.
pub(super) fn databricks() -> Result<PathBuf> {
    match named("DATABRICKS_CONFIG_FILE")? {
        Some(path) => Ok(path),
        None => Ok(home()?.join(".databrickscfg")),
    }
}

/// `config.toml` in `CARGO_HOME`, else in `~/.cargo`; its old name `config` counts first where it is there (The Cargo Book,
/// Configuration).
pub(crate) fn cargo() -> Result<PathBuf> {
    let dir = match named("CARGO_HOME")? {
        Some(dir) => dir,
        None => home()?.join(".cargo"),
    };
    let old = dir.join("config");
    Ok(if old.is_file() { old } else { dir.join("config.toml") })
}

/// `PIP_CONFIG_FILE`, else the user's file (pip documentation, Configuration), which in `~/.pip` only where it is there.
pub(crate) fn pip() -> Result<PathBuf> {
    if let Some(path) = named("PIP_CONFIG_FILE")? {
        return Ok(path);
    }
    let (folder, name) = ("pip", platform::PIP_CONFIG);
    let legacy = home()?.join(platform::PIP_FOLDER).join(name);
    // On a Mac that is the Library, and pip takes ~/.config where it has no folder there.
    let system = dirs::config_dir().map(|dir| dir.join(folder)).filter(|dir| dir.is_dir());
    let usual = match system {
        Some(dir) => dir.join(name),
        None => xdg_config()?.join(folder).join(name),
    };
    Ok(if legacy.exists() && !usual.exists() { legacy } else { usual })
}

/// `~/.bazelrc`, the user's own.
pub(crate) fn bazel() -> Result<PathBuf> {
    Ok(home()?.join(".bazelrc"))
}

/// `$XDG_CONFIG_HOME/systemd/user`, else `~/.config/systemd/user` (systemd.unit(5), User Unit Search Path).
pub(super) fn systemd() -> Result<PathBuf> {
    Ok(xdg_config()?.join("systemd").join("user"))
}

/// The files of `KUBECONFIG`, else `~/.kube/config` (client-go, `clientcmd.NewDefaultClientConfigLoadingRules`).
pub(super) fn kubeconfigs() -> Result<Vec<PathBuf>> {
    let listed: Vec<PathBuf> = match std::env::var_os("KUBECONFIG") {
        Some(list) => std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => Vec::new(),
    };
    if listed.is_empty() { Ok(vec![home()?.join(".kube").join("config")]) } else { Ok(listed) }
}
