//! `jeton doctor`: each fault is found, told with what mends it, and nothing secret is shown.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, Fault, TENANT};
use serde_json::Value;

use crate::certificate::{of_time, openssl};
use crate::expect::{HUNTER, assert_no_secret, assert_says};
use crate::support::Home;

/// An emulator, and a home with the profile `work` for it, whose secret is in a private file. No variable overrides it.
fn both() -> (Emulator, Home) {
    let emulator = Emulator::start();
    let mut home = Home::new();
    let ca = home.path("ca.pem");
    emulator.write_ca(&ca).expect("a CA file");
    home.set("JETON_CA_FILE", ca);
    home.set("JETON_SECRET_STORE", "file");
    let secret = home.path("secret");
    std::fs::write(&secret, CLIENT_SECRET).expect("a secret");
    mode(&secret, 0o600);
    home.profiles(&profile(&emulator, &format!(r#""client_secret":"file:{}""#, secret.display())));
    let bin = home.path("bin");
    std::fs::create_dir(&bin).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jeton"), bin.join("jeton")).expect("a link");
    home.set("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    (emulator, home)
}

fn profile(emulator: &Emulator, more: &str) -> String {
    format!(
        r#"{{"version":1,"profiles":{{"work":{{"tenant":"{TENANT}","client_id":"{CLIENT_ID}",
            "authority_host":"{}","scopes":["databricks"],{more}}}}}}}"#,
        emulator.url()
    )
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// What doctor found: exit code, and (state, check, text, next) of each.
#[track_caller]
fn examine(home: &Home, args: &[&str], env: &[(&str, &str)]) -> (i32, Vec<[String; 4]>) {
    let mut run = home.jeton(&[&["doctor", "--json"], args].concat());
    for (name, value) in env {
        run = run.env(name, value);
    }
    let output = run.run();
    assert_eq!(output.stderr, "");
    assert_no_secret(&output.stdout);
    let document: Value = output.json();
    assert_eq!(document["ok"], output.code == 0);
    let findings = document["findings"].as_array().expect("an array").iter();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let found: Vec<_> = findings.map(|one| ["state", "check", "text", "next"].map(|name| text(one, name))).collect();
    assert!(found.iter().all(|[state, _, _, next]| (state == "ok") == next.is_empty()), "{found:?}");
    (output.code, found)
}

/// Asserts that there is one finding that is not ok: this state and check, with these words; and the exit code it makes.
#[track_caller]
fn assert_only(home: &Home, args: &[&str], env: &[(&str, &str)], state: &str, check: &str, says: &[&str]) {
    let (code, found) = examine(home, args, env);
    let wrong: Vec<_> = found.iter().filter(|[state, ..]| state != "ok").collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    let [found_state, found_check, text, next] = wrong[0];
    assert_eq!((found_state.as_str(), found_check.as_str()), (state, check), "{text}");
    assert_says(&format!("{text} -> {next}"), says);
    assert_eq!(code, i32::from(state == "fail"));
}

#[test]
fn where_all_is_well_each_line_says_so_and_nothing_is_changed() {
    let (emulator, home) = both();
    let output = home.jeton(&["doctor"]).run().quiet();
    assert!(output.stdout.lines().all(|line| line.starts_with("ok       ")), "{}", output.stdout);
    for check in ["config folder", "cache folder", "data folder", "profiles", "credential", "secret store", "proxy"]
        .into_iter()
        .chain(["CA files", "authority", "clock", "tenant", "PATH"])
    {
        assert_says(&output.stdout, &[&format!("ok       {check}: ")]);
    }
    assert_no_secret(&output.stdout);
    // It asked the authority one thing, and for no token.
    assert_eq!((emulator.requests().len(), emulator.token_requests().len()), (1, 0));
    assert!(!home.cache_dir().exists() && !home.data_dir().exists());
    assert_eq!(std::fs::read_dir(home.config_dir()).expect("a folder").count(), 1);
}

#[test]
fn with_a_profile_a_token_is_got_end_to_end() {
    let (emulator, home) = both();
    home.jeton(&["token", "-p", "work"]).run().quiet();
    let (code, found) = examine(&home, &["-p", "work"], &[]);
    assert_eq!(code, 0, "{found:?}");
    let [state, check, text, _] = found.last().expect("a finding");
    assert_eq!((state.as_str(), check.as_str()), ("ok", "token"));
    assert_says(text, &["got one for 2ff814a6", "in 5"]);
    // A new one: that there is one in the cache says nothing of today.
    assert_eq!(emulator.token_requests().len(), 2);
    emulator.script(Fault::error(401, "invalid_client", 7_000_222));
    assert_only(&home, &["-p", "work"], &[], "fail", "token", &["secret", "expired"]);
    assert_only(&home, &["-p", "nobody"], &[("AZURE_AUTHORITY_HOST", emulator.url())], "fail", "profiles", &["work"]);
}

#[test]
fn loose_modes_are_told_with_the_command_that_mends_them() {
    let (_emulator, home) = both();
    home.jeton(&["token", "-p", "work"]).run().quiet();
    std::fs::create_dir_all(home.data_dir().join("secrets")).expect("a folder");
    mode(&home.data_dir(), 0o700);
    assert_eq!(examine(&home, &[], &[]).0, 0);
    let token = home.token_file();
    for (path, loose, check, state, next) in [
        (home.cache_dir(), 0o755, "cache folder", "fail", "chmod 700"),
        (home.data_dir(), 0o750, "data folder", "fail", "chmod 700"),
        (token, 0o644, "cache folder", "fail", "chmod 600"),
        (home.config_dir(), 0o777, "config folder", "fail", "chmod go-w"),
        (home.config_dir().join("profiles.json"), 0o664, "profiles", "fail", "chmod go-w"),
        (home.path("secret"), 0o644, "credential", "warning", "chmod 600"),
    ] {
        let before = std::fs::metadata(&path).expect("it is there").permissions().mode();
        mode(&path, loose);
        assert_only(&home, &[], &[], state, check, &[&format!("{loose:o}"), next, &path.display().to_string()]);
        mode(&path, before);
    }
    // The trial of writing and locking left nothing behind.
    let names = std::fs::read_dir(home.cache_dir()).expect("a folder").flatten().map(|entry| entry.file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().contains("doctor")));
}

#[test]
fn a_folder_that_is_none_is_told() {
    let (_emulator, home) = both();
    std::fs::write(home.cache_dir(), "").expect("a file");
    assert_only(&home, &[], &[], "fail", "cache folder", &["not a folder", "JETON_CACHE_DIR"]);
}

#[test]
fn profiles_are_read_and_each_field_checked() {
    let (emulator, home) = both();
    home.profiles("{\"version\": 1,\n \"profiles\": {\"p\": {\"tenant\": \"t\",}}}");
    let env = [("AZURE_AUTHORITY_HOST", emulator.url())];
    assert_only(&home, &[], &env, "fail", "profiles", &["profiles.json", "line 2 column"]);
    home.profiles(&profile(&emulator, r#""client_secret":"hunter2""#));
    let (code, found) = examine(&home, &[], &[]);
    assert_eq!(code, 1);
    assert!(!format!("{found:?}").contains(HUNTER));
    assert_says(&format!("{found:?}"), &["client_secret", "not a place to read a secret from"]);
    home.profiles(&profile(&emulator, r#""flow":"azure-cli","tenent":"x""#));
    assert_only(&home, &[], &[], "warning", "profiles", &["\"tenent\"", "spelling"]);
    home.profiles(&profile(&emulator, r#""flow":"azure-cli","cloud":"moon""#));
    let (code, found) = examine(&home, &[], &[]);
    assert_eq!(code, 1);
    assert_says(&format!("{found:?}"), &["cloud", "moon", "public"]);
    home.profiles(&profile(&emulator, r#""flow":"azure-cli""#));
    assert_only(&home, &[], &[("JETON_PROFILE", "gone")], "fail", "profiles", &["\"gone\"", "work"]);
}

#[test]
fn variables_that_override_a_profile_are_named() {
    let (_emulator, home) = both();
    let says = ["AZURE_CLIENT_ID overrides client_id", "\"work\"", "--ignore-env"];
    assert_only(&home, &[], &[("AZURE_CLIENT_ID", "x")], "warning", "environment", &says);
    let says = ["JETON_SCOPE overrides scopes", "unset JETON_SCOPE"];
    assert_only(&home, &[], &[("JETON_SCOPE", "arm")], "warning", "environment", &says);
}

#[test]
fn a_clock_that_is_off_is_told_and_how_far() {
    let (emulator, home) = both();
    emulator.set_clock_offset(120);
    assert_only(&home, &[], &[], "warning", "clock", &["behind the authority's"]);
    emulator.set_clock_offset(-3600);
    assert_only(&home, &[], &[], "fail", "clock", &["ahead of the authority's", " s "]);
    emulator.set_clock_offset(-20);
    assert_eq!(examine(&home, &[], &[]).0, 0);
}

#[test]
fn an_authority_that_is_not_there_not_trusted_or_does_not_know_the_tenant_is_told() {
    let (emulator, home) = both();
    let unknown = "99999999-9999-9999-9999-999999999999";
    let text = profile(&emulator, r#""flow":"device-code""#);
    home.profiles(&text.replace(TENANT, unknown));
    assert_only(&home, &[], &[], "fail", "tenant", &[unknown, "--tenant"]);
    home.profiles(&text);
    let env = [("JETON_CA_FILE", "")];
    assert_only(&home, &[], &env, "fail", "authority", &["no trusted connection", "JETON_CA_FILE"]);
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
    home.profiles(&text.replace(emulator.url(), &format!("https://{free}")));
    assert_only(&home, &["--timeout", "2s"], &[], "fail", "authority", &["no connection to 127.0.0.1"]);
}

#[test]
fn a_wrong_proxy_is_told_without_its_password() {
    let (_emulator, home) = both();
    let bad = [("HTTPS_PROXY", "socks5://me:hunter2@proxy:1080")];
    assert_only(&home, &[], &bad, "fail", "proxy", &["HTTPS_PROXY is not", "SOCKS"]);
    let (code, found) = examine(&home, &[], &[("HTTPS_PROXY", "http://me:hunter2@proxy.corp:3128")]);
    assert!(code == 0 && !format!("{found:?}").contains(HUNTER));
    assert_says(&format!("{found:?}"), &["http://proxy.corp:3128 (HTTPS_PROXY)", "on this machine"]);
    let two = [("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")];
    assert_only(&home, &[], &two, "warning", "proxy", &["differ", "unset HTTPS_PROXY"]);
    assert_only(&home, &[], &[("HTTP_PROXY", "http://a:1")], "warning", "proxy", &["plain http", "HTTPS_PROXY"]);
}

#[test]
fn a_ca_file_that_is_missing_or_none_is_told() {
    let (_emulator, home) = both();
    let missing = home.path("missing.pem");
    let missing = missing.to_str().expect("UTF-8");
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        assert_only(&home, &[], &[(name, missing)], "warning", "CA files", &[name, missing]);
    }
    let (code, found) = examine(&home, &[], &[("JETON_CA_FILE", missing)]);
    assert_eq!(code, 1);
    let [state, _, text, next] = found.iter().find(|[_, check, ..]| check == "CA files").expect("a finding");
    assert_eq!(state, "fail");
    assert_says(&format!("{text} {next}"), &["JETON_CA_FILE=", missing, "PEM"]);
}

#[test]
fn what_a_profile_proves_itself_with_is_looked_for() {
    let (emulator, home) = both();
    for (source, says) in [
        ("file:/nonexistent/secret", "/nonexistent/secret"),
        ("env:NOT_SET", "NOT_SET"),
        ("keyring:not-kept", "jeton secret set not-kept"),
    ] {
        home.profiles(&profile(&emulator, &format!(r#""client_secret":"{source}""#)));
        assert_only(&home, &[], &[], "fail", "credential", &["\"work\"", says]);
    }
    home.jeton(&["secret", "set", "not-kept"]).stdin("s3cret-value\n").run().ok();
    home.profiles(&profile(&emulator, r#""client_secret":"keyring:not-kept""#));
    assert_eq!(examine(&home, &[], &[]).0, 0);
    // A command is not run for a look.
    let mark = home.path("mark");
    home.profiles(&profile(&emulator, &format!(r#""client_secret":"command:touch '{}'""#, mark.display())));
    assert_eq!(examine(&home, &[], &[]).0, 0);
    assert!(!mark.exists());
}

#[test]
fn a_certificate_that_ends_or_has_ended_is_told() {
    let (emulator, home) = both();
    let file = home.path("app.pem");
    home.profiles(&profile(&emulator, &format!(r#""certificate":"{}""#, file.display())));
    openssl(&home, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem");
    let put = || {
        let read = |name: &str| std::fs::read_to_string(home.path(name)).expect("PEM");
        std::fs::write(&file, read("cert.pem") + &read("key.pem")).expect("a file");
        mode(&file, 0o600);
    };
    openssl(&home, "req -x509 -key key.pem -out cert.pem -subj /CN=app -days 365");
    put();
    assert_eq!(examine(&home, &[], &[]).0, 0);
    openssl(&home, "req -x509 -key key.pem -out cert.pem -subj /CN=app -days 7");
    put();
    assert_only(&home, &[], &[], "warning", "credential", &["app.pem", "expires in", "new certificate"]);
    of_time(&home, "2019", "2020", "cert.pem");
    put();
    assert_only(&home, &[], &[], "fail", "credential", &["app.pem", "expired on 2020-01-01", "new certificate"]);
    std::fs::remove_file(&file).expect("removed");
    assert_only(&home, &[], &[], "fail", "credential", &["app.pem", "can't be read"]);
}

#[test]
fn a_keyring_that_is_not_there_is_told_by_who_wants_it() {
    let (_emulator, home) = both();
    let says = ["no keyring here", "JETON_SECRET_STORE=file"];
    assert_only(&home, &[], &[("JETON_SECRET_STORE", "")], "warning", "secret store", &says);
    assert_only(&home, &[], &[("JETON_SECRET_STORE", "keyring")], "fail", "secret store", &["no keyring here"]);
    assert_only(&home, &[], &[("JETON_SECRET_STORE", "moon")], "fail", "secret store", &["keyring, file, kernel"]);
}

#[test]
fn another_jeton_on_path_is_told() {
    let (_emulator, home) = both();
    let other = home.path("other");
    std::fs::create_dir(&other).expect("a folder");
    std::fs::copy("/bin/true", other.join("jeton")).expect("a program");
    let (bin, other) = (home.path("bin").display().to_string(), other.display().to_string());
    assert_only(&home, &[], &[("PATH", &format!("{other}:{bin}"))], "warning", "PATH", &["comes first", &other]);
    assert_only(&home, &[], &[("PATH", &format!("{bin}:{other}"))], "warning", "PATH", &["behind this one", &other]);
    assert_only(&home, &[], &[("PATH", "/nonexistent")], "warning", "PATH", &["no jeton is on PATH"]);
}

#[test]
fn tools_that_ask_jeton_in_vain_are_told() {
    let (_emulator, home) = both();
    let write = |name: &str, text: &str| {
        let path = home.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("a file");
    };
    for (name, good, bad, check, says) in [
        (".kube/config", "    command: jeton\n", "    command: /gone/jeton\n", "kubectl", "/gone/jeton"),
        (
            ".aws/config",
            "credential_process = jeton credential-process -p work\n",
            "credential_process = jeton credential-process -p gone\n",
            "aws",
            "\"gone\"",
        ),
        (
            ".gitconfig",
            "[credential]\n helper = !jeton git\n",
            "[credential]\n helper = jeton\n",
            "git",
            "git-credential-jeton",
        ),
        (
            ".docker/config.json",
            "{}",
            r#"{"credHelpers":{"a.azurecr.io":"jeton"}}"#,
            "docker",
            "docker-credential-jeton",
        ),
        (
            ".cargo/config.toml",
            "[credential-alias]\njeton-cargo = [\"jeton\", \"cargo\", \"-p\", \"work\"]\n",
            "[registries.a]\ncredential-provider = [\"jeton\", \"cargo\", \"-p\", \"gone\"]\n",
            "cargo",
            "\"gone\"",
        ),
        (
            ".bazelrc",
            "common --credential_helper=*.contoso.example=jeton\n",
            "common --credential_helper=*.contoso.example=bazel-credential-jeton\n",
            "bazel",
            "bazel-credential-jeton",
        ),
        (
            ".terraformrc",
            "",
            "credentials_helper \"jeton\" {\n  args = []\n}\n",
            "terraform",
            "terraform-credentials-jeton",
        ),
    ] {
        write(name, good);
        assert_eq!(examine(&home, &[], &[]).0, 0, "{name}");
        write(name, bad);
        assert_only(&home, &[], &[], "fail", check, &[says, &home.path(name).display().to_string()]);
        write(name, good);
    }
    // Where the tool's own variable says that it is.
    write("elsewhere", "command: /gone/jeton\n");
    let elsewhere = home.path("elsewhere").display().to_string();
    assert_only(&home, &[], &[("KUBECONFIG", &elsewhere)], "fail", "kubectl", &[&elsewhere]);
}

/// Makes a link to jeton at this path below the home.
fn link(home: &Home, name: &str) -> std::path::PathBuf {
    let link = home.path(name);
    std::fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jeton"), &link).expect("a link");
    link
}

/// Makes a program of somebody else.
fn foreign(home: &Home, name: &str) -> std::path::PathBuf {
    let path = home.path(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, "#!/bin/sh\n").expect("a program");
    mode(&path, 0o755);
    path
}

/// The text of the check where it is ok.
#[track_caller]
fn says_ok(home: &Home, check: &str, env: &[(&str, &str)]) -> String {
    let (code, found) = examine(home, &[], env);
    assert_eq!(code, 0, "{found:?}");
    let finding = found.iter().find(|[state, name, ..]| state == "ok" && name == check);
    finding.map(|[_, _, text, _]| text.clone()).unwrap_or_else(|| panic!("{found:?}"))
}

#[test]
fn terraforms_helper_is_looked_for_where_terraform_does() {
    let (_emulator, home) = both();
    std::fs::write(home.path(".terraformrc"), "credentials_helper \"jeton\" {\n  args = [\"-p\", \"work\"]\n}\n")
        .unwrap();
    // (A link on PATH does not help.)
    link(&home, "bin/terraform-credentials-jeton");
    let folder = home.path(".terraform.d/plugins").display().to_string();
    assert_only(&home, &[], &[], "fail", "terraform", &["no plugin folder", "ln -s", &folder]);
    link(&home, ".terraform.d/plugins/terraform-credentials-jeton");
    assert_says(&says_ok(&home, "terraform", &[]), &[".terraformrc asks terraform-credentials-jeton"]);
}

#[test]
fn pips_keyring_has_to_be_jeton_first_of_all() {
    let (_emulator, home) = both();
    let pip = home.path("pip.conf");
    std::fs::write(&pip, "[global]\nkeyring-provider = subprocess\n").unwrap();
    let config = pip.display().to_string();
    let with = |folders: &[&str]| {
        let folders: Vec<String> = folders.iter().map(|name| home.path(name).display().to_string()).collect();
        folders.join(":") + ":/usr/bin:/bin"
    };
    let only = |path: &str, says: &[&str]| {
        assert_only(&home, &[], &[("PIP_CONFIG_FILE", &config), ("PATH", path)], "warning", "pip", says);
    };
    only(&with(&["bin"]), &["keyring, which is not on PATH", "jeton setup pip"]);
    foreign(&home, "other/keyring");
    // Another program's keyring alone is none of jeton's.
    let path = with(&["bin", "other"]);
    let (code, found) = examine(&home, &[], &[("PIP_CONFIG_FILE", &config), ("PATH", &path)]);
    assert!(code == 0 && !found.iter().any(|[_, check, ..]| check == "pip"), "{found:?}");
    let link = link(&home, "links/keyring").display().to_string();
    only(&with(&["bin", "other", "links"]), &["comes first on PATH", &link, "other/keyring"]);
    let path = with(&["bin", "links", "other"]);
    assert_says(&says_ok(&home, "pip", &[("PIP_CONFIG_FILE", &config), ("PATH", &path)]), &[&link]);
}

#[test]
fn stand_ins_are_told_with_what_comes_before_them() {
    let (_emulator, home) = both();
    let path = |folders: &[&str]| {
        let folders: Vec<String> = folders.iter().map(|name| home.path(name).display().to_string()).collect();
        folders.join(":") + ":/usr/bin:/bin"
    };
    let az = link(&home, "shims/az");
    let shown = az.display().to_string();
    assert_says(&says_ok(&home, "shim", &[("PATH", &path(&["bin", "shims"]))]), &[&shown, "is jeton"]);
    let real = foreign(&home, "real/az").display().to_string();
    let behind = path(&["bin", "real", "shims"]);
    assert_only(&home, &[], &[("PATH", &behind)], "warning", "shim", &[&real, "comes first", &shown]);
    // What is of somebody else alone is passed over.
    let (code, found) = examine(&home, &[], &[("PATH", &path(&["bin", "real"]))]);
    assert!(code == 0 && !found.iter().any(|[_, check, ..]| check == "shim"), "{found:?}");
    std::fs::remove_file(&az).unwrap();
    std::os::unix::fs::symlink(home.path("gone/jeton"), &az).unwrap();
    let gone = path(&["bin", "shims"]);
    assert_only(&home, &[], &[("PATH", &gone)], "fail", "shim", &[&shown, "not there", "jeton shim install az --dir"]);
}
