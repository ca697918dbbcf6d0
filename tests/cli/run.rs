//! `jeton run`: the command's environment, and that it is the command's process from then on.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use jeton_emulator::Emulator;
use rustix::process::{Pid, Signal, kill_process};

use crate::expect::{assert_no_secret, assert_says};
use crate::support::{Home, SCOPE, age_token, wait_until};

const HOST: &str = "adb-1.2.azuredatabricks.net";

/// Runs `jeton run ARGS -- sh -c SCRIPT` and gives what the script printed.
#[track_caller]
fn shell(home: &Home, args: &[&str], script: &str) -> String {
    home.jeton(&[&["run"], args, &["--", "sh", "-c", script]].concat()).run().quiet().stdout
}

#[test]
fn the_token_is_in_the_commands_environment_and_in_no_argument() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let script = "printf '%s %s %s\\n' \"$JETON_TOKEN\" \"$JETON_TOKEN_TYPE\" \"$JETON_TOKEN_EXPIRES_ON\"; \
                  tr '\\0' ' ' < /proc/$$/cmdline";
    let printed = shell(&home, &["-s", SCOPE], script);
    let (line, arguments) = printed.split_once('\n').expect("two lines");
    let parts: Vec<_> = line.split(' ').collect();
    assert!(emulator.is_valid(parts[0]));
    assert_eq!(parts[1], "Bearer");
    assert!(parts[2].ends_with('Z') && parts[2].len() == 20, "{}", parts[2]);
    assert_no_secret(arguments);
    // The same token as for everybody, from the cache.
    assert_eq!(home.token(&[]).run().quiet().line(), parts[0]);
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_variable_of_ones_own_gets_the_token_or_a_part() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let args = ["-s", SCOPE, "--env", "MINE", "--env", "HEADER=header", "--env", "TENANT=tenant"];
    let printed = shell(&home, &args, "echo \"$MINE|$HEADER|$TENANT|$JETON_TOKEN\"");
    let parts: Vec<_> = printed.trim_end().split('|').collect();
    assert!(emulator.is_valid(parts[0]));
    assert_eq!(parts[1], format!("Bearer {}", parts[0]));
    assert_eq!((parts[2], parts[3]), (jeton_emulator::TENANT, ""));
    for bad in ["1X", "A-B", "X=secret"] {
        let stderr = home.jeton(&["run", "--env", bad, "--", "true"]).run().fails(2).stderr;
        assert_says(&stderr, &["--env"]);
    }
}

#[test]
fn databricks_tools_get_host_and_token_and_nothing_that_contradicts() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    for name in ["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_CONFIG_PROFILE", "UNTOUCHED"] {
        home.set(name, "old");
    }
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"dbx":{{"hosts":["{HOST}"]}},"none":{{}}}}}}"#));
    let printed = shell(&home, &["-p", "dbx", "--as", "databricks", "--static"], "env");
    let of = |name: &str| printed.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).map(str::to_owned);
    assert_eq!(of("DATABRICKS_HOST"), Some(format!("https://{HOST}")));
    assert!(emulator.is_valid(&of("DATABRICKS_TOKEN").expect("a token")));
    assert_eq!(of("DATABRICKS_AUTH_TYPE").as_deref(), Some("pat"));
    assert_eq!(of("UNTOUCHED").as_deref(), Some("old"));
    for name in ["DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_CONFIG_PROFILE", "JETON_TOKEN"] {
        assert_eq!(of(name), None, "{name}");
    }
    assert_eq!(emulator.requests()[0].field("scope"), Some("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"));
    // A workspace that the profile is not for gets none of its tokens.
    let run = home.jeton(&["run", "-p", "dbx", "--as", "databricks", "--", "true"]);
    assert_says(&run.env("DATABRICKS_HOST", "https://evil.example").run().refusal(4), &["evil.example", HOST]);
    let run = home.jeton(&["run", "-p", "none", "--as", "databricks", "--", "true"]);
    assert_says(&run.run().refusal(4), &["workspace", "DATABRICKS_HOST"]);
    let run = home.jeton(&["run", "-p", "none", "--as", "databricks", "--", "sh", "-c", "echo $DATABRICKS_HOST"]);
    assert_eq!(
        run.env("DATABRICKS_HOST", "x.azuredatabricks.net/").run().quiet().line(),
        "https://x.azuredatabricks.net"
    );
}

#[test]
fn aws_tools_get_keys_and_several_families_go_together() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Reader");
    home.set("AWS_ENDPOINT_URL_STS", format!("{}/sts", emulator.url()));
    home.set("AWS_PROFILE", "old");
    let script = "echo \"$AWS_ACCESS_KEY_ID|$AWS_SECRET_ACCESS_KEY|$AWS_SESSION_TOKEN|$AWS_CREDENTIAL_EXPIRATION|\
                  $AWS_PROFILE$AWS_ROLE_ARN|$JETON_TOKEN\"";
    let printed = shell(&home, &["-s", "api://aws", "--as", "aws,token", "--static"], script);
    let parts: Vec<_> = printed.trim_end().split('|').collect();
    assert!(parts[0].starts_with("ASIA") && parts[1].len() >= 40 && parts[2].len() > 20 && parts[3].ends_with('Z'));
    assert_eq!(parts[4], "");
    assert!(emulator.is_valid(parts[5]));
    // The emulator's STS saw one exchange, of the one token.
    assert_eq!(emulator.requests().len(), 2);
    home.unset("AWS_ROLE_ARN");
    let stderr = home.jeton(&["run", "-s", "api://aws", "--as", "aws", "--", "true"]).run().refusal(4);
    assert_says(&stderr, &["no AWS role", "--aws-role-arn"]);
}

#[test]
fn postgres_gets_a_password_and_never_in_clear() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    let mode = "echo \"$PGSSLMODE\"; test -n \"$PGPASSWORD\"";
    assert_eq!(shell(&home, &["--as", "psql"], mode), "require\n");
    assert_eq!(emulator.requests()[0].field("scope"), Some("https://ossrdbms-aad.database.windows.net/.default"));
    home.set("PGSSLMODE", "verify-full");
    assert_eq!(shell(&home, &["--as", "psql"], mode), "verify-full\n");
    let printed =
        shell(&home, &["-s", "api://sf", "--as", "snowflake"], "echo \"$SNOWFLAKE_AUTHENTICATOR $SNOWFLAKE_TOKEN\"");
    assert!(printed.starts_with("OAUTH eyJ"));
}

#[test]
fn what_takes_no_token_is_told_before_one_is_got() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let stderr = home.jeton(&["run", "--as", "azure", "--static", "--", "true"]).run().refusal(2);
    assert_says(&stderr, &["no variable", "AZURE_FEDERATED_TOKEN_FILE"]);
    let stderr = home.jeton(&["run", "-s", "arm", "--as", "arm", "--", "true"]).run().refusal(4);
    assert_says(&stderr, &["no access token", "AzureADTokenExchange"]);
    let stderr = home.jeton(&["run", "--as", "databricks,psql", "--static", "--", "true"]).run().refusal(2);
    assert_says(&stderr, &["different resources", "jeton run --as ... -- jeton run"]);
    let stderr = home.jeton(&["run", "--as", "psql", "--live", "--", "true"]).run().refusal(2);
    assert_says(&stderr, &["read a variable once", "--as databricks, aws or azure"]);
    home.jeton(&["run", "--as", "aws", "--live", "--static", "--", "true"]).run().fails(2);
    let stderr = home.jeton(&["run", "--as", "moon", "--", "true"]).run().fails(2).stderr;
    assert_says(&stderr, &["moon", "databricks"]);
    home.jeton(&["run", "-s", SCOPE]).run().fails(2);
    assert_eq!(emulator.count(), 0);
    let script = "echo $ARM_USE_OIDC $ARM_USE_CLI $ARM_TENANT_ID$ARM_CLIENT_SECRET; test -n \"$ARM_OIDC_TOKEN\"";
    let printed = shell(&home, &["--as", "arm"], script);
    assert_eq!(printed.trim_end(), format!("true false {}", jeton_emulator::TENANT));
    assert_eq!(emulator.requests()[0].field("scope"), Some("api://AzureADTokenExchange/.default"));
}

#[test]
fn families_for_different_resources_are_nested() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("DATABRICKS_HOST", HOST);
    let jeton = env!("CARGO_BIN_EXE_jeton");
    let args = ["run", "--as", "psql", "--", jeton, "run", "--as", "databricks", "--static", "--", "sh", "-c"];
    let script =
        "test -n \"$PGPASSWORD\" && test -n \"$DATABRICKS_TOKEN\" && test \"$PGPASSWORD\" != \"$DATABRICKS_TOKEN\"";
    home.jeton(&[&args[..], &[script]].concat()).run().quiet();
    assert_eq!(emulator.count(), 2);
}

#[test]
fn the_exit_code_and_the_streams_are_the_commands_own() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for code in [0, 1, 7, 255] {
        let script = format!("cat; echo err >&2; exit {code}");
        let output = home.jeton(&["run", "-s", SCOPE, "--", "sh", "-c", &script]).stdin("in\n").run();
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (code, "in\n", "err\n"));
    }
    let printed = home.jeton(&["run", "-s", SCOPE, "--", "printf", "%s|", "-v", "a b", "--", "*"]).run().quiet();
    assert_eq!(printed.stdout, "-v|a b|--|*|");
}

#[test]
fn a_command_that_is_not_there_is_127_and_one_that_cannot_run_126() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let run = |command: &str| home.jeton(&["run", "-s", SCOPE, "--", command]).run();
    assert_says(&run("no-such-command").refusal(127), &["no-such-command: not found", "PATH"]);
    let file = home.path("plain");
    std::fs::write(&file, "text").expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    assert_says(&run(file.to_str().expect("UTF-8")).refusal(126), &["plain: not run", "permissions"]);
    // Trouble of jeton's own keeps its own codes.
    home.jeton(&["run", "-s", SCOPE, "-p", "nobody", "--", "true"]).run().refusal(4);
}

#[test]
fn signals_reach_the_command_and_nobody_else_is_there() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    // One that handles the signal, by its own code.
    let script = "trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    for (signal, script, code, by) in [
        (Signal::TERM, script, Some(9), None),
        (Signal::INT, "echo ready; exec sleep 100", None, Some(2)),
        (Signal::HUP, "echo ready; exec sleep 100", None, Some(1)),
        (Signal::QUIT, "ulimit -c 0; echo ready; exec sleep 100", None, Some(3)),
    ] {
        let out = home.path("out");
        let mut run = home.jeton(&["run", "-s", SCOPE, "--", "sh", "-c", script]);
        run.command.stdin(Stdio::null()).stdout(std::fs::File::create(&out).expect("a file")).stderr(Stdio::null());
        let mut child = run.command.spawn().expect("jeton starts");
        wait_until("the command runs", || std::fs::read_to_string(&out).expect("a file").contains("ready"));
        // It is the very process, so nothing has to be passed on.
        let pid = Pid::from_raw(child.id().try_into().expect("a process id")).expect("a process id");
        kill_process(pid, signal).expect("a signal");
        let status = child.wait().expect("an end");
        assert_eq!((status.code(), status.signal()), (code, by), "{signal:?}");
    }
    // Seen from a shell it is 128 and the signal's number, as ever.
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{} run -s {SCOPE} -- sh -c 'kill -15 $$'; echo $?", env!("CARGO_BIN_EXE_jeton")));
    let with_home = home.jeton(&["token"]).command;
    shell.env_clear().envs(with_home.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "143");
}

#[test]
fn a_command_gets_a_token_that_lasts_and_no_child_that_it_does_not_know() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let old = home.token(&[]).run().quiet().line().to_owned();
    // Past half its life: elsewhere a process would be started now that renews it.
    age_token(&home.token_file(), 2000);
    assert_eq!(shell(&home, &["-s", SCOPE], "echo \"$JETON_TOKEN\""), format!("{old}\n"));
    assert_eq!((home.cached(".renewal"), emulator.count()), (Vec::new(), 1));
    // 15 minutes left: enough for a call, too little for a command that gets no other one.
    age_token(&home.token_file(), 700);
    let new = shell(&home, &["-s", SCOPE], "echo \"$JETON_TOKEN\"");
    assert!(new.trim_end() != old && emulator.is_valid(new.trim_end()));
    assert_eq!(emulator.count(), 2);
}
