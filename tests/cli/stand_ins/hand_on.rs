//! What is not answered here is handed on to the real program, if there is one.

use std::time::{Duration, Instant};

use jeton_emulator::Emulator;

use super::{PROGRAM, az, azd, home, link, linked, script};
use crate::developer_tools::az_prints;
use crate::expect::assert_says;
use crate::support::Home;

/// A home with real programs further down PATH: they say what they were called with, and end with 7.
fn with_real(mut home: Home) -> Home {
    for name in ["az", "azd"] {
        let body = format!("echo \"real {name}\"; for word; do echo \"[$word]\"; done; exit 7");
        script(&home.path("real").join(name), &body);
    }
    home.set("PATH", format!("{}:{}:/usr/bin:/bin", home.path("links").display(), home.path("real").display()));
    home
}

#[test]
fn other_commands_are_the_real_programs_with_the_same_words() {
    let home = with_real(linked(Home::new()));
    for (words, said) in [
        (&["vm", "list", "-o", "a b", ""][..], "real az\n[vm]\n[list]\n[-o]\n[a b]\n[]\n"),
        (&["login"], "real az\n[login]\n"),
        (&[], "real az\n"),
        (&["account", "get-access-token", "--later", "x"], "real az\n[account]\n[get-access-token]\n[--later]\n[x]\n"),
        (
            &["account", "get-access-token", "--query", "length(@)"],
            "real az\n[account]\n[get-access-token]\n[--query]\n[length(@)]\n",
        ),
        (&["account", "show", "-h"], "real az\n[account]\n[show]\n[-h]\n"),
        (&["version"], "real az\n[version]\n"),
        // Nobody is set up here.
        (&["account", "get-access-token"], "real az\n[account]\n[get-access-token]\n"),
    ] {
        let output = home.run_as(&link(&home, "az"), words).run();
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (7, said, ""));
        let mut own = vec!["az"];
        own.extend(words);
        assert_eq!(home.jeton(&own).run(), output);
    }
    for (line, said) in
        [("up --no-prompt", "real azd\n[up]\n[--no-prompt]\n"), ("auth login", "real azd\n[auth]\n[login]\n")]
    {
        let output = azd(&home, line).run();
        assert_eq!((output.code, output.stdout.as_str()), (7, said));
    }
}

#[test]
fn what_jeton_is_set_up_for_is_not_handed_on() {
    let emulator = Emulator::start();
    let home = with_real(home(&emulator));
    az(&home, "account get-access-token -o json").run().quiet();
    az(&home, "account show").run().quiet();
    azd(&home, "auth token").run().quiet();
    az(&home, "account get-access-token -o xml").run().fails(2);
}

#[test]
fn a_command_of_a_program_that_is_not_there_is_told() {
    let home = linked(Home::new());
    let stderr = az(&home, "vm list --all").run().fails(127).stderr;
    assert_says(&stderr, &["az vm list", "the Azure CLI", "not on PATH", "https://aka.ms/azure-cli"]);
    let stderr = azd(&home, "up").run().fails(127).stderr;
    assert_says(&stderr, &["azd up", "https://aka.ms/azd"]);
}

#[test]
fn links_and_copies_of_jeton_are_passed_over() {
    let mut home = with_real(linked(Home::new()));
    let (soft, copy) = (home.path("soft"), home.path("copy"));
    for folder in [&soft, &copy] {
        std::fs::create_dir(folder).expect("a folder");
    }
    std::os::unix::fs::symlink(link(&home, "az"), soft.join("az")).expect("a link");
    std::fs::copy(PROGRAM, copy.join("az")).expect("a copy");
    let folders = [home.path("links"), soft, copy, home.path("real"), "/usr/bin".into()];
    home.set("PATH", std::env::join_paths(&folders).expect("a path"));
    assert_eq!(az(&home, "vm list").run().stdout, "real az\n[vm]\n[list]\n");
    home.set("PATH", std::env::join_paths(&folders[..3]).expect("a path"));
    az(&home, "vm list").run().fails(127);
}

#[test]
fn nothing_goes_round_in_circles() {
    let mut home = linked(Home::new());
    let start = Instant::now();
    // A script that calls jeton in turn, with and without exec; and another build of jeton, which is no copy.
    for body in [format!("exec '{PROGRAM}' az \"$@\""), format!("'{PROGRAM}' az \"$@\"")] {
        script(&home.path("real/az"), &body);
        home.set("PATH", format!("{}:{}:/usr/bin:/bin", home.path("links").display(), home.path("real").display()));
        az(&home, "vm list").run().fails(127);
    }
    let other = home.path("other/az");
    std::fs::create_dir(home.path("other")).expect("a folder");
    std::fs::copy(PROGRAM, &other).expect("a copy");
    let mut content = std::fs::read(&other).expect("a file");
    content.extend_from_slice(b"another build");
    std::fs::write(&other, content).expect("a file");
    home.set("PATH", format!("{}:{}", home.path("links").display(), home.path("other").display()));
    az(&home, "vm list").run().fails(127);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_real_programs_tokens_come_from_the_cache() {
    let home = with_real(linked(Home::new()));
    let calls = home.path("calls");
    let prints = az_prints("a-developers-token", 3600);
    script(&home.path("real/az"), &format!("echo call >> '{}'\n{prints}", calls.display()));
    home.profiles(r#"{"version":1,"profiles":{"az":{"flow":"azure-cli"}}}"#);
    for _ in 0..3 {
        let output = az(&home, "account get-access-token --query accessToken -o tsv").run().quiet();
        assert_eq!(output.stdout, "a-developers-token\n");
    }
    assert_eq!(std::fs::read_to_string(&calls).expect("calls"), "call\n");
    // The subscription is the one that it has chosen.
    std::fs::create_dir(home.path(".azure")).expect("a folder");
    let chosen =
        "\u{feff}{\"subscriptions\": [{\"id\": \"s1\", \"isDefault\": false}, {\"id\": \"s2\", \"isDefault\": true}]}";
    std::fs::write(home.path(".azure/azureProfile.json"), chosen).expect("a file");
    let output = az(&home, "account get-access-token --query subscription -o tsv").run().quiet();
    assert_eq!(output.stdout, "s2\n");
    // Its failures keep its words.
    script(&home.path("real/az"), "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    let stderr = az(&home, "account get-access-token --resource graph").run().fails(1).stderr;
    assert_says(&stderr, &["Please run 'az login'"]);
    let stderr = az(&home, "account show").run();
    assert_eq!(stderr.code, 1);
}

#[test]
fn a_stand_in_that_jeton_asks_for_a_token_hands_the_call_on() {
    // A script that calls it, which is what jeton finds first.
    let mut home = with_real(linked(Home::new()));
    script(&home.path("wrapped/az"), &format!("exec '{}' \"$@\"", link(&home, "az").display()));
    script(&home.path("real/az"), &az_prints("a-developers-token", 3600));
    let folders = ["wrapped", "links", "real"].map(|name| home.path(name));
    home.set("PATH", std::env::join_paths(folders.iter().chain([&"/usr/bin".into(), &"/bin".into()])).expect("a path"));
    home.set("JETON_FLOW", "azure-cli");
    assert_eq!(home.token(&[]).run().quiet().line(), "a-developers-token");
    // Without the real one, there is nobody to ask.
    std::fs::remove_file(home.path("real/az")).expect("a file");
    let stderr = home.token(&["--force-refresh"]).run().refusal(1);
    assert_says(&stderr, &["round in circles"]);
}
