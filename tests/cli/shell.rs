//! What shells are given: assignments (`jeton env`), functions (`jeton init`), and a prompt's segment (`jeton prompt`).
//! Every function runs in its real shell in tests/clients/shell-*; Bash is on every machine.

use std::path::Path;
use std::process::Command;

use jeton::protocol::shell::Shell;
use jeton::secret::Secret;
use jeton_emulator::{CLIENT_ID, CLIENT_SECRET, Emulator, TENANT};
use proptest::prelude::*;

use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, Output, SCOPE, age_token, rewrite_token};

/// Runs `script` in a real Bash, which finds jeton on its PATH.
fn bash(home: &Home, options: &[&str], script: &str) -> Output {
    let mut run = home.run_as(Path::new("/bin/bash"), &[options, &["-c", script]].concat());
    let folder = Path::new(env!("CARGO_BIN_EXE_jeton")).parent().expect("a folder");
    run.command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    run.run()
}

/// Seconds since 1970.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs()
}

/// A home with the profiles `work` and `home`, whose tokens are for Databricks.
fn with_profiles(emulator: &Emulator) -> Home {
    let mut home = Home::at(emulator);
    for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST"] {
        home.unset(name);
    }
    home.set("TEST_SECRET", CLIENT_SECRET);
    let profile = format!(
        r#"{{"tenant":"{TENANT}","client_id":"{CLIENT_ID}","client_secret":"env:TEST_SECRET",
            "authority_host":"{}","scopes":["{SCOPE}"]}}"#,
        emulator.url()
    );
    home.profiles(&format!(
        r#"{{"version":1,"profiles":{{"work":{profile},"home":{profile},"bad":{{"flow":"no"}}}}}}"#
    ));
    home
}

#[test]
fn a_shell_gets_variables_and_a_note_of_their_end() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let script = "DATABRICKS_CLIENT_ID=old; eval \"$(jeton env -s databricks --as token --env MINE=type)\"; \
                  echo \"$JETON_TOKEN|$JETON_ENV|$MINE\"; declare -p JETON_TOKEN";
    let printed = bash(&home, &["-eu"], script).quiet().stdout;
    let parts: Vec<_> = printed.split('\n').next().expect("a line").split('|').collect();
    assert!(emulator.is_valid(parts[0]));
    let (end, names) = parts[1].split_once(' ').expect("the end and names");
    assert!((now() + 3400..now() + 3700).contains(&end.parse().expect("seconds")), "{end}");
    assert_eq!(names, "JETON_TOKEN JETON_TOKEN_TYPE JETON_TOKEN_EXPIRES_ON MINE");
    assert_eq!(parts[2], "Bearer");
    assert!(printed.contains("declare -x JETON_TOKEN="));
}

#[test]
fn what_contradicts_is_taken_out() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("DATABRICKS_HOST", "https://adb-1.2.azuredatabricks.net");
    home.set("DATABRICKS_CONFIG_PROFILE", "old");
    let lines = home.jeton(&["env", "-s", SCOPE, "--as", "databricks", "--shell", "fish"]).run().quiet().stdout;
    assert_says(&lines, &["set -e DATABRICKS_CONFIG_PROFILE\n", "set -gx DATABRICKS_TOKEN 'eyJ"]);
    let json = home.jeton(&["env", "-s", SCOPE, "--as", "databricks", "--shell", "nu"]).run().quiet().json();
    assert!(json["DATABRICKS_CONFIG_PROFILE"].is_null() && json["DATABRICKS_AUTH_TYPE"] == "pat");
}

impl Output {
    /// Asserts a failure of which the shell takes notice, too, that evaluates what is printed.
    #[track_caller]
    fn fails_evaluation(self, code: i32, printed: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (code, printed), "{}", self.stderr);
        assert!(!self.stderr.is_empty());
        assert_no_secret(&self.stderr);
    }
}

#[test]
fn a_failure_is_seen_by_the_shell_that_evaluates() {
    let home = Home::new();
    for (args, code, printed) in [
        (&["env", "-p", "nobody"][..], 4, "(exit 4)\n"),
        (&["env", "-p", "nobody", "--shell", "zsh"], 4, "(exit 4)\n"),
        (&["env", "-p", "nobody", "--shell", "fish"], 4, "false\n"),
        (&["env", "-p", "nobody", "--shell", "pwsh"], 4, "throw 'jeton ended with exit code 4'\n"),
        (&["env", "-p", "nobody", "--shell", "nu"], 4, ""),
        (&["env", "--no-such-option"], 2, "(exit 2)\n"),
        (&["env", "--no-such-option", "--shell=fish"], 2, "false\n"),
        (&["env", "--shell", "csh"], 2, "(exit 2)\n"),
        (&["token", "-p", "nobody", "--output", "env"], 4, "(exit 4)\n"),
    ] {
        home.jeton(args).run().fails_evaluation(code, printed);
    }
    let script = "eval \"$(jeton env -p nobody)\"; echo \"not seen\"";
    assert_eq!(bash(&home, &["-e"], script).code, 4);
    // Help is no assignment.
    assert_says(&home.jeton(&["env", "--help"]).run().ok().stdout, &["--shell"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_posix_shell_reads_what_was_quoted(values in proptest::collection::vec("[^\0]{0,20}", 20), hostile in "[-'\"\\\\$`(){};&|<>*?#!~ \t\r\n]{0,60}") {
        let mut script = String::new();
        for value in values.iter().chain([&hostile]) {
            script += &Shell::Bash.assignments(&[("N".to_owned(), Some(Secret::from(value.as_str())))]);
            script += "printf '%s\\0' \"$N\"\n";
        }
        for shell in ["/bin/sh", "/bin/bash"] {
            let output = Command::new(shell).args(["-c", &script]).output().expect("a shell");
            prop_assert!(output.stderr.is_empty());
            let printed = String::from_utf8(output.stdout).expect("UTF-8");
            let read: Vec<&str> = printed.split_terminator('\0').collect();
            prop_assert_eq!(read, values.iter().chain([&hostile]).map(String::as_str).collect::<Vec<_>>());
        }
    }
}

#[test]
fn functions_are_printed_for_each_shell_with_tools_on_request() {
    let home = Home::new();
    for (shell, wrapper) in [
        ("bash", "function dbt { _jt_call run --as databricks -- dbt \"$@\"; }\n"),
        ("zsh", "function dbt { _jt_call run --as databricks -- dbt \"$@\"; }\n"),
        ("fish", "function dbt --wraps dbt; _jt_call run --as databricks -- dbt $argv; end\n"),
        ("powershell", "function global:dbt {"),
        ("nushell", "def --wrapped dbt [...rest] { _jt_call run --as databricks -- dbt ...$rest }\n"),
    ] {
        let plain = home.jeton(&["init", shell]).run().quiet().stdout;
        for name in ["jt", "jtenv", "jcurl", "jtprompt"] {
            assert!(plain.contains(&format!(" {name}")) || plain.contains(&format!(":{name} ")), "{shell} {name}");
        }
        let wrapped = home.jeton(&["init", shell, "--wrap", "dbt"]).run().quiet().stdout;
        let added = wrapped.strip_prefix(&plain).expect("the same functions");
        assert!(added.starts_with(wrapper), "{added}");
    }
    let wrapped = home.jeton(&["init", "bash", "--wrap", "terraform,psql", "--as", "arm,aws"]).run().quiet().stdout;
    assert_says(&wrapped, &["--as arm,aws -- terraform", "--as arm,aws -- psql"]);
    for (args, part) in [
        (&["init", "sh"][..], "jeton env --shell sh"),
        (&["init", "bash", "--wrap", "terraform"], "--as"),
        (&["init", "bash", "--wrap", "a;b", "--as", "arm"], "can't be wrapped"),
        (&["init", "bash", "--wrap", "jeton", "--as", "arm"], "can't be wrapped"),
        (&["init", "bash", "--wrap", "az", "--as", "azure"], "jeton write"),
    ] {
        assert_says(&home.jeton(args).run().refusal(2), &[part]);
    }
}

/// Strict modes and all shells: tests/clients/shell-*.
#[test]
fn a_bash_session() {
    let emulator = Emulator::start();
    let home = with_profiles(&emulator);
    let script = r#"
        eval "$(jeton init bash --wrap printenv --as token)"
        eval "$(jeton init bash)"
        jt work; echo "1 $JETON_PROFILE"
        jt home; jt -; echo "2 $JETON_PROFILE"
        jt nobody || echo "3 $? $JETON_PROFILE"
        jtprompt
        jtenv --as token; test -n "$JETON_TOKEN" && echo "4 $(printenv JETON_TOKEN_TYPE)"
        JETON_ENV="1 ${JETON_ENV#* }"; (exit 5) || _jt_hook || echo "5 $? ${JETON_TOKEN-none} ${JETON_ENV-none}"
        printenv JETON_TOKEN_TYPE
        _jt_names jt w; echo "6 ${COMPREPLY[*]}"
        echo "7 $PROMPT_COMMAND"
        jt -u; echo "8 ${JETON_PROFILE-none}"; jtprompt
    "#;
    let output = bash(&home, &["-u", "-C"], script).ok();
    assert_eq!(
        output.stdout,
        "1 work\n2 work\n3 4 work\nwork\n4 Bearer\n5 5 none none\nBearer\n6 work\n7 _jt_hook\n8 none\n"
    );
    let lines: Vec<_> = output.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_says(lines[0], &["nobody"]);
    assert_says(lines[2], &["dead", "JETON_TOKEN JETON_TOKEN_TYPE", "jtenv"]);
}

#[test]
fn what_was_exported_before_means_nothing_to_jeton_itself() {
    let emulator = Emulator::start();
    let home = with_profiles(&emulator);
    let text = std::fs::read_to_string(home.config_dir().join("profiles.json")).expect("profiles");
    let hosts = ["one.azuredatabricks.net", "two.azuredatabricks.net"].map(|host| format!("\"hosts\":[\"{host}\"],"));
    let text = text.replacen("\"tenant\"", &format!("{}\"tenant\"", hosts[0]), 1);
    let (first, second) = text.split_at(text.find("\"home\":").expect("a profile"));
    home.profiles(&(first.to_owned() + &second.replacen("\"tenant\"", &format!("{}\"tenant\"", hosts[1]), 1)));
    let script = r#"
        eval "$(jeton init bash)"
        jtenv work --as databricks; echo "$DATABRICKS_HOST"
        jtenv home --as databricks; echo "$DATABRICKS_HOST"; [[ $(jeton token -p home) == "$DATABRICKS_TOKEN" ]]
        jtenv work --as psql; echo "$PGSSLMODE ${DATABRICKS_HOST-none}"
        jtenv work --as psql; echo "$PGSSLMODE"
        jtenv -u
        export PGSSLMODE=verify-full; jtenv work --as psql; echo "$PGSSLMODE"
        jtenv -u; echo "$PGSSLMODE ${PGPASSWORD-none}"
    "#;
    assert_eq!(
        bash(&home, &["-eu"], script).quiet().stdout,
        "https://one.azuredatabricks.net\nhttps://two.azuredatabricks.net\nrequire none\nrequire\nverify-full\nverify-full none\n"
    );
}

#[test]
fn a_prompt_tells_profile_and_time_and_says_nothing_else() {
    let emulator = Emulator::start();
    let home = with_profiles(&emulator);
    let prompt = |args: &[&str]| home.jeton(&[&["prompt"], args].concat()).run().quiet().stdout;
    assert_eq!(prompt(&[]), "");
    assert_eq!(prompt(&["-p", "work"]), "work\n");
    home.jeton(&["token", "-p", "work"]).run().ok();
    // Ten days and a half from now, whenever it is looked at.
    rewrite_token(&home.token_file(), |header| header["expires_at"] = (now() + 907_200).into());
    assert_eq!(prompt(&["-p", "work"]), "work 10d\n");
    assert_eq!(home.jeton(&["prompt"]).env("JETON_PROFILE", "work").run().quiet().stdout, "work 10d\n");
    // The same token is that of the other profile.
    assert_eq!(prompt(&["-p", "home", "--shell", "bash"]), "home 10d\n");
    // It is no token that is read: one that is damaged is as good here.
    let text = std::fs::read_to_string(home.token_file()).expect("an entry");
    let header = text.lines().next().expect("a header").to_owned();
    std::fs::write(home.token_file(), format!("{header}\n")).expect("a file");
    assert_eq!(prompt(&["-p", "work"]), "work 10d\n");
    std::fs::write(home.token_file(), text).expect("a file");
    age_token(&home.token_file(), 907_200);
    assert_eq!(prompt(&["-p", "work"]), "work dead\n");
    assert_eq!(prompt(&["-p", "work", "--shell", "zsh"]), "%F{red}work dead%f\n");
    assert_eq!(prompt(&["-p", "work", "--shell", "fish"]), "\u{1b}[31mwork dead\u{1b}[0m\n");
    assert_eq!(prompt(&["-p", "work", "--shell", "bash"]), "\u{1}\u{1b}[31m\u{2}work dead\u{1}\u{1b}[0m\u{2}\n");
    let plain = home.jeton(&["prompt", "-p", "work", "--shell", "fish"]).env("NO_COLOR", "1").run().quiet();
    assert_eq!(plain.stdout, "work dead\n");
    rewrite_token(&home.token_file(), |header| header["expires_at"] = u64::MAX.into());
    assert_eq!(prompt(&["-p", "work"]), "work\n");
    assert_eq!(prompt(&["-p", "nobody"]), "nobody ?\n");
    assert_eq!(prompt(&["-p", "bad"]), "bad ?\n");
    assert_eq!(emulator.count(), 1);
}

#[test]
fn names_are_listed_alone() {
    let emulator = Emulator::start();
    let home = with_profiles(&emulator);
    assert_eq!(home.jeton(&["profile", "list", "--names"]).run().quiet().stdout, "work\nhome\nbad\n");
    assert_eq!(Home::new().jeton(&["profile", "list", "--names", "--silent"]).run().quiet().stdout, "");
}
