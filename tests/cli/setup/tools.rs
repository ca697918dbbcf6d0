//! Each tool's file: new, with comments and others' entries in it, twice, and back.

use super::{home, read, setup, there_and_back, write};
use crate::support::Home;

fn unix_path(home: &Home, name: &str) -> String {
    home.path(name).display().to_string()
}

#[test]
fn git_s_file_gets_a_helper_for_each_host() {
    let home = home();
    let section = |host: &str| format!("[credential \"https://{host}\"]\n\thelper =\n\thelper = !jeton git");
    there_and_back(&home, "git", ".gitconfig", None, &format!("{}\n", section("dev.azure.com")));
    let before = "# mine\n[user]\n\tname = Ada ; here\n[credential]\n\thelper = store\n";
    let after = format!(
        "{before}\n{} -p dev\n\tuseHttpPath = true\n\n{} -p dev\n",
        section("dev.azure.com"),
        section("git.example")
    );
    there_and_back(&home, "git -p dev", ".gitconfig", Some(before), &after);
    // What another helper had there comes back.
    let before = "[credential \"https://dev.azure.com\"]\n\tuseHttpPath = true\n\thelper = manager # theirs\n[x]\n";
    let after = before.replace("\thelper = manager # theirs", "\thelper =\n\thelper = !jeton git");
    there_and_back(&home, "git", ".gitconfig", Some(before), &after);
}

#[test]
fn git_reads_what_was_written() {
    let mut home = home();
    setup(&home, "git --yes -p dev").run().ok();
    home.unset("GIT_CONFIG_GLOBAL");
    let listed = std::process::Command::new("git")
        .args(["config", "--global", "--list"])
        .env_clear()
        .env("HOME", home.path(""))
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("git");
    assert_eq!(
        String::from_utf8(listed.stdout).unwrap(),
        "credential.https://dev.azure.com.helper=\ncredential.https://dev.azure.com.helper=!jeton git -p dev\n\
         credential.https://dev.azure.com.usehttppath=true\ncredential.https://git.example.helper=\n\
         credential.https://git.example.helper=!jeton git -p dev\n"
    );
}

#[test]
fn docker_s_file_keeps_its_members_and_their_style() {
    let home = home();
    let new = "{\n\t\"credHelpers\": {\n\t\t\"contoso.azurecr.io\": \"jeton\"\n\t}\n}\n";
    there_and_back(&home, "docker --host contoso.azurecr.io", ".docker/config.json", None, new);
    let before = "{\n  \"auths\": { \"x\": {\"auth\": \"c2VjcmV0\"} },\n  \"credHelpers\": {\n    \"a.example\": \"other\"\n  }\n}";
    let after = before.replace("\"other\"\n", "\"other\",\n    \"contoso.azurecr.io\": \"jeton\"\n");
    there_and_back(&home, "docker -p registry", ".docker/config.json", Some(before), &after);
    write(&home, ".docker/config.json", before);
    let said = setup(&home, "docker -p registry --dry-run").run().ok();
    assert!(!said.stdout.contains("c2VjcmV0"), "{}", said.stdout);
    assert!(said.stderr.contains("*.example.azurecr.io"), "{}", said.stderr);
    assert!(setup(&home, "docker --yes").run().fails(2).stderr.contains("--host"));
}

#[cfg(unix)]
#[test]
fn the_helper_s_link_is_made_and_taken_back() {
    let home = home();
    let link = home.path("bin/docker-credential-jeton");
    setup(&home, "docker -p registry --yes").run().ok();
    assert_eq!(std::fs::read_link(&link).unwrap(), home.path("bin/jeton"));
    let version = home.run_as(&link, &["version"]).run().ok();
    assert!(version.stdout.starts_with("jeton "));
    setup(&home, "docker --undo --yes").run().ok();
    assert!(link.symlink_metadata().is_err());
    // Another program of the name is not replaced.
    std::fs::write(home.path("bin/keyring"), "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(home.path("bin/keyring"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let said = setup(&home, "pip --yes").run().ok();
    assert!(said.stderr.contains("is another program"), "{}", said.stderr);
    assert_eq!(read(&home, "bin/keyring"), "#!/bin/sh\n");
}

#[test]
fn aws_s_file_gets_a_process() {
    let home = home();
    let line = "credential_process = jeton credential-process --profile aws";
    there_and_back(&home, "aws -p aws", ".aws/config", None, &format!("[default]\n{line}\n"));
    let before = "# mine\n[default]\nregion = eu-central-1\ns3 =\n  max_concurrent_requests = 20\n\n[profile dev]\nregion=us-east-1";
    let after = format!("{}\n{line}\n", before);
    there_and_back(&home, "aws -p aws --aws-profile dev", ".aws/config", Some(before), &after);
    let before = "[profile dev]\ncredential_process = old --process\n; after\nrole_arn = x\n";
    there_and_back(
        &home,
        "aws -p aws --aws-profile dev",
        ".aws/config",
        Some(before),
        &before.replace("credential_process = old --process", line),
    );
    write(&home, ".aws/config", before);
    write(&home, ".aws/credentials", "[dev]\naws_access_key_id = AKIA\n");
    let said = setup(&home, "aws -p dev --aws-profile dev --dry-run").run().ok();
    for part in ["role_arn", "names no role", "come before the process"] {
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
    }
    setup(&home, "aws --aws-profile a]b --yes").run().fails(2);
}

#[test]
fn databricks_file_gets_a_profile() {
    let home = home();
    let keys = format!(
        "host = https://adb-1.2.azuredatabricks.net\nauth_type = databricks-cli\ndatabricks_cli_path = {}\n",
        unix_path(&home, "data/bin/databricks")
    );
    there_and_back(&home, "databricks -p dbx", ".databrickscfg", None, &format!("[dbx]\n{keys}"));
    let before =
        "; mine\n[DEFAULT]\nhost = https://old\ntoken = dapi123\n\n[__settings__]\ndefault_profile = DEFAULT\n";
    let after = format!("{before}\n[dbx]\n{keys}");
    there_and_back(&home, "databricks -p dbx", ".databrickscfg", Some(before), &after);
    write(&home, ".databrickscfg", before);
    let said = setup(&home, "databricks -p dbx --section DEFAULT --dry-run").run().ok();
    assert!(!said.stdout.contains("dapi123") && said.stderr.contains("another way to sign in"), "{said:?}");
    assert!(setup(&home, "databricks -p dev --yes").run().fails(2).stderr.contains("one workspace"));
}

#[test]
fn cargo_s_file_gets_a_provider() {
    let home = home();
    let provider = "credential-provider = [\"jeton\", \"cargo\", \"-p\", \"dev\"]";
    let index = "index = \"sparse+https://pkgs.dev.azure.com/c/_packaging/f/Cargo/index/\"";
    let url = index.split('"').nth(1).unwrap();
    let line = format!("cargo -p dev --registry contoso --index {url}");
    there_and_back(&home, &line, ".cargo/config.toml", None, &format!("[registries.contoso]\n{index}\n{provider}\n"));
    let before = format!("# mine\n[build]\njobs = [\n  1, # one\n]\n[registries.contoso]\n{index} # why\n\n[net]\n");
    let after = before.replace("# why\n", &format!("# why\n{provider}\n"));
    there_and_back(&home, "cargo -p dev --registry contoso", ".cargo/config.toml", Some(&before), &after);
    let all = "[registry]\nglobal-credential-providers = [\"cargo:token\", \"jeton-cargo\"]\n\n[credential-alias]\njeton-cargo = [\"jeton\", \"cargo\"]\n";
    std::fs::remove_file(home.path(".cargo/config.toml")).unwrap();
    there_and_back(&home, "cargo", ".cargo/config.toml", None, all);
    write(&home, ".cargo/config.toml", "registries.contoso.index = \"x\"\n");
    let said = setup(&home, "cargo --registry contoso --yes").run().fails(4);
    assert!(said.stderr.contains("table of its own"), "{}", said.stderr);
    assert!(setup(&home, "cargo --registry other --yes").run().fails(2).stderr.contains("--index"));
}

#[test]
fn pip_s_file_names_the_provider() {
    let home = home();
    let line = "keyring-provider = subprocess";
    there_and_back(&home, "pip", ".config/pip/pip.conf", None, &format!("[global]\n{line}\n"));
    let before = "[global]\n# mine\nindex-url = https://x\n    https://y\n[install]\nno-cache-dir = true\n";
    let after = before.replace("https://y\n", &format!("https://y\n{line}\n"));
    there_and_back(&home, "pip", ".config/pip/pip.conf", Some(before), &after);
}

#[test]
fn bazel_s_file_gets_a_line_for_each_host() {
    let home = home();
    let line = |host: &str| format!("common --credential_helper={host}=bazel-credential-jeton\n");
    there_and_back(&home, "bazel --host *.cache.example", ".bazelrc", None, &line("*.cache.example"));
    let before = "# mine\nbuild --jobs=4\n";
    let after = format!("{before}{}{}", line("dev.azure.com"), line("git.example"));
    there_and_back(&home, "bazel -p dev", ".bazelrc", Some(before), &after);
    write(&home, ".bazelrc", "build --x --credential_helper=a.example=other\n");
    setup(&home, "bazel --host a.example --yes").run().fails(4);
}

#[test]
fn terraform_is_told_what_to_write() {
    let home = home();
    let said = setup(&home, "terraform -p dev").run().ok();
    assert_eq!(
        said.stdout,
        "# The token is data.external.token.result.access_token; it ends up in the state.\n\
         data \"external\" \"token\" {\n  program = [\"jeton\", \"terraform\", \"-p\", \"dev\"]\n}\n"
    );
    assert_eq!(said.stderr, "");
}

#[test]
fn where_path_does_not_lead_to_jeton_its_full_path_is_written() {
    let home = home();
    let said = home.jeton(&["setup", "aws", "--dry-run"]).env("PATH", "/usr/bin:/bin").run().ok();
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_jeton")).canonicalize().unwrap();
    assert!(said.stdout.contains(path.to_str().unwrap()), "{}", said.stdout);
    let said =
        home.jeton(&["setup", "docker", "--host", "a.example", "--dry-run"]).env("PATH", "/usr/bin:/bin").run().ok();
    assert!(said.stderr.contains("ln -s"), "{}", said.stderr);
}

#[test]
fn a_profile_that_is_not_there_is_told() {
    let home = home();
    setup(&home, "aws -p nobody --yes").run().fails(4);
    assert!(!home.path(".aws").exists());
}
