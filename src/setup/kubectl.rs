//! kubectl: users of kubeconfigs that run jeton, made anew or of those that ran kubelogin or az's old provider.

use std::path::{Path, PathBuf};

use super::file::read;
use super::format::{Format, Kubeconfig, Node, yaml_scalar};
use super::kubelogin::{self, Converted};
use super::program::NAMES;
use super::{Draft, Plan, Program, place};
use crate::error::{Error, Result};
use crate::profile::Profile;

/// Which user is meant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// All that kubelogin or az's provider signs in.
    Converted,
    /// This one, new or not.
    User(&'a str),
    /// That of this context.
    Context(&'a str),
}

/// A kubeconfig that is looked at.
struct File {
    path: PathBuf,
    config: Kubeconfig,
}

/// What a user is, as far as it matters here.
enum Found {
    /// kubelogin's, with what it was told.
    Kubelogin(Converted),
    /// az's old provider.
    AuthProvider(Converted),
    Jeton,
    /// Something else, in words.
    Foreign(String),
}

/// What is to change in `file`, or in all of `KUBECONFIG`.
pub(crate) fn plan(
    program: &Program,
    profile: Option<&Profile>,
    whose: Whose<'_>,
    file: Option<&Path>,
) -> Result<Plan> {
    let paths = match file {
        Some(path) => vec![path.to_owned()],
        None => place::kubeconfigs()?,
    };
    let files = open(&paths)?;
    let mut plan = Plan::default();
    match whose {
        Whose::Converted => convert_all(program, profile, &files, &mut plan)?,
        Whose::Context(context) => {
            let user = files.iter().find_map(|file| file.config.user_of(context));
            let user = user.ok_or_else(|| no_context(context, &files))?.to_owned();
            point(program, profile, &user, &paths, &files, &mut plan)?;
        }
        Whose::User(user) => point(program, profile, user, &paths, &files, &mut plan)?,
    }
    Ok(plan)
}

/// Those that are there. One that can't be read is told.
fn open(paths: &[PathBuf]) -> Result<Vec<File>> {
    let mut files: Vec<File> = Vec::new();
    for path in paths {
        if files.iter().any(|known| known.path == *path) {
            continue;
        }
        // (A draft tells errors with the file's name, and knows Windows' line ends.)
        Draft::open(path, Format::Kubeconfig)?;
        if let Some(text) = read(path)? {
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            files.push(File { path: path.clone(), config: Kubeconfig::parse(&text)? });
        }
    }
    Ok(files)
}

fn no_context(context: &str, files: &[File]) -> Error {
    let names: Vec<&str> = files.iter().flat_map(|file| file.config.contexts()).take(20).collect();
    let error = Error::configuration(format!("there is no context {context:?} with a user"));
    if names.is_empty() {
        error.hint("name a user: --user NAME")
    } else {
        error.hint(format!("there are: {}", names.join(", ")))
    }
}

/// Every user that can be converted, in the file that counts for it: the first (client-go's rule for lists by name).
fn convert_all(program: &Program, profile: Option<&Profile>, files: &[File], plan: &mut Plan) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    let mut any = false;
    for file in files {
        let mut draft = Draft::open(&file.path, Format::Kubeconfig)?;
        for user in file.config.users() {
            if seen.contains(&user) {
                continue;
            }
            seen.push(user);
            match look(&file.config, user) {
                Found::Kubelogin(converted) | Found::AuthProvider(converted) => {
                    convert(program, profile, user, file, converted, &mut draft, plan)?;
                    any = true;
                }
                Found::Jeton => {
                    plan.notes.push(format!("user {user:?} asks jeton already"));
                    any = true;
                }
                Found::Foreign(why) => plan.notes.push(format!("user {user:?} is left as it is: {why}")),
            }
        }
        plan.drafts.push(draft);
    }
    if any {
        return Ok(());
    }
    let path = files.first().map(|file| file.path.display().to_string()).unwrap_or_else(|| "the kubeconfig".to_owned());
    let mut error = Error::configuration(format!("no user in {path} was made for kubelogin or az"))
        .hint("name the user that is to ask jeton: --user NAME, or --context NAME");
    for note in &plan.notes {
        error =
            error.detail(note.split(':').next().unwrap_or_default(), note.split_once(": ").map_or("", |(_, why)| why));
    }
    Err(error)
}

/// One user, by name: converted where it can be, else made to ask jeton.
fn point(
    program: &Program,
    profile: Option<&Profile>,
    user: &str,
    paths: &[PathBuf],
    files: &[File],
    plan: &mut Plan,
) -> Result<()> {
    if user.is_empty() || user.chars().any(char::is_control) {
        return Err(Error::usage("this can't be the name of a user").hint("give one with --user"));
    }
    let fresh = exec_block(&[], &program.command, &arguments(profile, None), &[])?;
    let Some(file) = files.iter().find(|file| file.config.users().contains(&user)) else {
        // (client-go: the first that is there, else the last of the list.)
        let path = files.first().map(|file| &file.path).or(paths.last());
        let path = path.ok_or_else(|| Error::usage("no kubeconfig is named").hint("give one with --kubeconfig"))?;
        let mut draft = Draft::open(path, Format::Kubeconfig)?;
        draft.ensure(&["users"], "users:")?;
        let body: Vec<String> = fresh.lines().map(|line| format!("    {line}")).collect();
        draft.set(&["users", user], Some(&format!("- name: {}\n  user:\n{}", yaml_scalar(user), body.join("\n"))))?;
        plan.notes.push(format!("have a context use it: kubectl config set-context --current --user={user}"));
        plan.drafts.push(draft);
        return Ok(());
    };
    let mut draft = Draft::open(&file.path, Format::Kubeconfig)?;
    match look(&file.config, user) {
        Found::Kubelogin(converted) | Found::AuthProvider(converted) => {
            convert(program, profile, user, file, converted, &mut draft, plan)?;
        }
        Found::Jeton | Found::Foreign(_) => {
            refuse_others(&file.config, user)?;
            let block = match look(&file.config, user) {
                // What its owner added stays; a profile is put in the place of the old one.
                Found::Jeton if profile.is_none() => file.config.parts(user, "exec").map(|_| None)?,
                Found::Jeton => {
                    let parts = file.config.parts(user, "exec")?;
                    Some(exec_block(&parts, &program.command, &again(&file.config, user, profile), &[])?)
                }
                _ => Some(fresh),
            };
            match block {
                Some(block) => draft.set(&["users", user, "exec"], Some(&block))?,
                None => plan.notes.push(format!("user {user:?} asks jeton already")),
            }
        }
    }
    plan.drafts.push(draft);
    Ok(())
}

/// The arguments of a user that asks jeton already, with another profile.
fn again(config: &Kubeconfig, user: &str, profile: Option<&Profile>) -> Vec<String> {
    let exec = config.user(user).and_then(|node| node.get("exec"));
    let old: Vec<String> = texts(exec.and_then(|exec| exec.get("args")));
    let mut kept = Vec::new();
    let mut words = old.into_iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-p" | "--profile" => drop(words.next()),
            word if word.starts_with("--profile=") => {}
            _ => kept.push(word),
        }
    }
    let mut args = arguments(profile, None);
    args.extend(kept);
    args
}

/// A user with two ways to sign in is refused by client-go, or the other one counts (clientcmd `validateAuthInfo`).
fn refuse_others(config: &Kubeconfig, user: &str) -> Result<()> {
    const OTHERS: &[&str] = &[
        "token",
        "tokenFile",
        "username",
        "password",
        "client-certificate",
        "client-certificate-data",
        "auth-provider",
    ];
    let has = |key: &&&str| config.user(user).is_some_and(|node| node.get(key).is_some_and(|node| !node.is_empty()));
    match OTHERS.iter().find(has) {
        None => Ok(()),
        Some(key) => Err(Error::configuration(format!("user {user:?} signs in by its {key} already"))
            .hint("take that out of the file first, or give a new user's name: --user NAME")),
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let items = node.map(Node::items).unwrap_or_default();
    items.iter().map(|item| item.node.text().unwrap_or_default().to_owned()).collect()
}

fn look(config: &Kubeconfig, user: &str) -> Found {
    let Some(node) = config.user(user) else { return Found::Foreign("it has no way to sign in".to_owned()) };
    if let Some(provider) = node.get("auth-provider").filter(|provider| !provider.is_empty()) {
        let name = provider.get("name").and_then(Node::text).unwrap_or_default();
        if name != "azure" {
            return Found::Foreign(format!("its auth-provider is {name:?}"));
        }
        let config = provider.get("config").map(Node::entries).unwrap_or_default();
        let pairs: Vec<_> =
            config.iter().filter_map(|entry| Some((entry.key.clone(), entry.node.text()?.to_owned()))).collect();
        return Found::AuthProvider(kubelogin::auth_provider(&pairs));
    }
    let Some(exec) = node.get("exec").filter(|exec| !exec.is_empty()) else {
        return Found::Foreign("it does not run a program".to_owned());
    };
    let command = exec.get("command").and_then(Node::text).unwrap_or_default();
    let file = command.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let args = texts(exec.get("args"));
    match file.strip_suffix(".exe").unwrap_or(&file) {
        name if NAMES.contains(&name) && args.first().is_some_and(|arg| arg == "exec-credential") => Found::Jeton,
        "kubelogin" if args.iter().any(|arg| arg.starts_with("--oidc-")) => {
            Found::Foreign("it runs the other kubelogin, for OpenID Connect (int128/kubelogin)".to_owned())
        }
        "kubelogin" => {
            let variables = exec.get("env").map(Node::items).unwrap_or_default();
            let pair =
                |node: &Node| Some((node.get("name")?.text()?.to_owned(), node.get("value")?.text()?.to_owned()));
            let env: Vec<_> = variables.iter().filter_map(|item| pair(&item.node)).collect();
            match kubelogin::exec(&args, &env) {
                Ok(converted) => Found::Kubelogin(converted),
                Err(why) => Found::Foreign(why),
            }
        }
        _ => Found::Foreign(format!("it runs {command:?}")),
    }
}

/// `exec-credential` and what stands behind it.
fn arguments(profile: Option<&Profile>, converted: Option<&Converted>) -> Vec<String> {
    let mut args = vec!["exec-credential".to_owned()];
    match (profile, converted) {
        // The profile says who; what the token is for is the cluster's.
        (Some(profile), converted) => {
            args.extend(["--profile".to_owned(), profile.name.clone()]);
            if let Some(server) = converted.and_then(|converted| converted.server_id.as_ref()) {
                args.extend(["--server-id".to_owned(), server.clone()]);
            }
        }
        (None, Some(converted)) => args.extend(converted.args.iter().cloned()),
        (None, None) => {}
    }
    args
}

fn convert(
    program: &Program,
    profile: Option<&Profile>,
    user: &str,
    file: &File,
    converted: Converted,
    draft: &mut Draft,
    plan: &mut Plan,
) -> Result<()> {
    let parts = file.config.parts(user, "exec")?;
    // A secret that the profile stands in for is not needed any more.
    let env: &[(String, String)] = if profile.is_some() { &[] } else { &converted.env };
    let block = exec_block(&parts, &program.command, &arguments(profile, Some(&converted)), env)?;
    plan.secrets.extend(converted.env.iter().map(|(_, value)| value.clone()));
    if let Some(provider) = file.config.user(user).and_then(|node| node.get("auth-provider")) {
        let config = provider.get("config").map(Node::entries).unwrap_or_default();
        let tokens = config.iter().filter(|entry| entry.key.ends_with("token")).filter_map(|entry| entry.node.text());
        plan.secrets.extend(tokens.map(str::to_owned));
        draft.set(&["users", user, "auth-provider"], None)?;
    }
    draft.set(&["users", user, "exec"], Some(&block))?;
    if profile.is_none() {
        plan.notes.extend(converted.notes.iter().map(|note| format!("user {user:?}: {note}")));
    }
    Ok(())
}

/// The `exec` of a user: `parts` of the one before stay, but for what says which program runs.
fn exec_block(parts: &[(String, String)], command: &str, args: &[String], env: &[(String, String)]) -> Result<String> {
    let list: String = args.iter().map(|arg| format!("\n- {}", yaml_scalar(arg))).collect();
    let own = [
        ("apiVersion", "apiVersion: client.authentication.k8s.io/v1".to_owned()),
        ("command", format!("command: {}", yaml_scalar(command))),
        ("args", format!("args:{list}")),
        ("env", variables(parts, env)?),
        ("interactiveMode", "interactiveMode: IfAvailable".to_owned()),
        ("provideClusterInfo", "provideClusterInfo: false".to_owned()),
    ];
    let is_known = |key: &str| parts.iter().any(|(known, _)| known == key);
    let mut lines: Vec<String> = Vec::new();
    for (key, raw) in parts {
        let text = match key.as_str() {
            "command" => &own[1].1,
            "args" => &own[2].1,
            "env" => &own[3].1,
            // (v1alpha1 is gone since Kubernetes 1.24.)
            "apiVersion" if raw.contains("v1alpha1") => &own[0].1,
            // It says how to get kubelogin.
            "installHint" if raw.to_ascii_lowercase().contains("kubelogin") => continue,
            _ => raw,
        };
        lines.push(text.clone());
        if key == "command" && !is_known("args") {
            lines.push(own[2].1.clone());
        }
    }
    let needed = |key: &str| match key {
        "env" => !own[3].1.is_empty(),
        // What was made for v1beta1 need not say it.
        "interactiveMode" => {
            parts.is_empty() || !parts.iter().any(|(key, raw)| key == "apiVersion" && raw.contains("v1beta1"))
        }
        "provideClusterInfo" => parts.is_empty(),
        "args" => !is_known("command"),
        _ => true,
    };
    lines.extend(own.iter().filter(|(key, _)| !is_known(key) && needed(key)).map(|(_, text)| text.clone()));
    let body: Vec<String> = lines.iter().flat_map(|text| text.split('\n')).map(|line| format!("  {line}")).collect();
    Ok(format!("exec:\n{}", body.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")))
}

/// The variables of the `exec` before, and `more`.
fn variables(parts: &[(String, String)], more: &[(String, String)]) -> Result<String> {
    let raw = parts.iter().find(|(key, _)| key == "env").map(|(_, raw)| raw.as_str());
    if more.is_empty() {
        return Ok(raw.unwrap_or_default().to_owned());
    }
    let mut text = match raw {
        Some(raw) if raw.lines().skip(1).any(|line| line.trim_start().starts_with('-')) => raw.to_owned(),
        Some(raw) if matches!(raw.trim_start_matches("env:").trim(), "" | "[]" | "null" | "~") => "env:".to_owned(),
        None => "env:".to_owned(),
        Some(_) => {
            return Err(Error::configuration("a user's env is written in brackets, and a secret has to go there")
                .hint("write env in lines, and run the same command again"));
        }
    };
    let indent = text
        .lines()
        .skip(1)
        .find(|line| line.trim_start().starts_with('-'))
        .map_or(0, |line| line.len() - line.trim_start().len());
    for (name, value) in more {
        text +=
            &format!("\n{:indent$}- name: {}\n{:indent$}  value: {}", "", yaml_scalar(name), "", yaml_scalar(value));
    }
    Ok(text)
}

/// What a kuberc with an allow-list has to have (KEP-3104, Kubernetes 1.35 and newer).
pub(crate) fn allow_list(program: &Program) -> String {
    format!("credentialPluginAllowlist:\n- command: {}", yaml_scalar(&program.command))
}

/// What is to be put in by hand where a file is not understood.
pub(crate) fn snippet(program: &Program, profile: Option<&Profile>) -> Result<String> {
    exec_block(&[], &program.command, &arguments(profile, None), &[])
}
