//! `jeton discover`: the exit code is the answer.

use jeton_emulator::{Emulator, TENANT};
use serde_json::{Value, json};

use crate::inspect::{assert_untold, dies_in, token};
use crate::support::Home;

const PAT: &str = "dapi0123456789abcdef0123456789abcdef";

#[test]
fn each_answer_has_its_line() {
    let home = Home::new();
    let now = jeton::clock::now();
    let (good, dead) = (dies_in(610), dies_in(-7300));
    let early = token(&json!({"nbf": now + 200_000}));
    let endless = token(&json!({"sub": "x"}));
    let mut told = std::collections::BTreeSet::new();
    for (text, args, code, line) in [
        (good.as_str(), &[][..], 0, "valid: the token expires in 10 minutes (20"),
        (&good, &["--min-validity", "5m"], 0, "valid: the token expires in 10 minutes (20"),
        (&endless, &["--min-validity", "5m"], 0, "valid: the token does not say when it expires"),
        (&good, &["--min-validity", "1h"], 7, "jeton: the token expires too soon: "),
        (&dead, &[], 7, "jeton: the token expired 2 hours ago (20"),
        (&early, &[], 7, "jeton: the token is not valid yet: it will be in 2 days (20"),
        (PAT, &[], 7, "jeton: the token in standard input is a Databricks personal access token"),
        ("Bearer 0123456789abcdef-opaque", &[], 7, "jeton: the token in standard input is opaque"),
        (&good[..60], &[], 7, "jeton: the token in standard input is a JWT that is cut or damaged"),
        ("no such thing", &[], 7, "jeton: there is no token in standard input"),
    ] {
        let run = |more: &[&str]| home.jeton(&[&["discover"], args, more].concat()).stdin(text).run();
        let output = run(&[]);
        assert_eq!(output.code, code, "{output:?}");
        let (said, silent) = match code {
            0 => (&output.stdout, &output.stderr),
            _ => (&output.stderr, &output.stdout),
        };
        assert!(said.starts_with(line) && silent.is_empty(), "{line}: {output:?}");
        assert_untold(&output, text);
        if code != 0 {
            assert!(told.insert(said.lines().next().expect("a line").to_owned()), "told twice: {said}");
        }
        let output = run(&["--silent"]);
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (code, "", ""), "{text}");
        let output = run(&["--json"]);
        assert_eq!((output.code, &output.json()["valid"]), (code, &json!(code == 0)), "{text}");
    }
}

#[test]
fn json_tells_all_that_is_known() {
    let home = Home::new();
    let json_of = |text: &str, args: &[&str]| {
        let mut answer = home.jeton(&[&["discover", "--json"], args].concat()).stdin(text).run().json();
        // The clock goes on between the making of the token and the answer.
        if let Some(left) = answer["expires_in"].as_i64() {
            answer["expires_in"] = json!((left + 50).div_euclid(100) * 100);
        }
        answer
    };
    let at = jeton::clock::now() + 500;
    let claims = json!({"exp": at, "scp": "User.Read"});
    let known = json!({"valid": true, "format": "jwt", "type": "access_token", "expires_at": jeton::clock::rfc3339(at),
                       "expires_in": 500, "expired": false, "problem": null});
    assert_eq!(json_of(&token(&claims), &[]), known);
    let short = json_of(&token(&claims), &["--min-validity", "1h"]);
    assert_eq!((&short["valid"], &short["expired"], &short["expires_in"]), (&json!(false), &json!(true), &json!(500)));
    assert_eq!(json_of(&token(&json!({"nonce": "n"})), &[])["type"], "id_token");
    assert_eq!(json_of(&token(&json!({"sub": "n"})), &[])["type"], Value::Null);
    let dead = json_of(&dies_in(-200), &[]);
    assert_eq!((&dead["expired"], &dead["expires_in"]), (&json!(true), &json!(-200)));
    for (text, format, kind) in [
        (PAT, json!("pat"), json!("databricks_pat")),
        ("0123456789abcdef", json!("opaque"), Value::Null),
        ("nothing", Value::Null, Value::Null),
    ] {
        let mut answer = json_of(text, &[]);
        assert!(answer["problem"].is_string());
        answer["problem"] = Value::Null;
        assert_eq!(
            answer,
            json!({"valid": false, "format": format, "type": kind, "expires_at": null, "expires_in": null,
                   "expired": false, "problem": null})
        );
    }
}

#[test]
fn files_and_wrong_usage_have_codes_of_their_own() {
    let home = Home::new();
    let good = dies_in(600);
    std::fs::write(home.path("t.json"), json!({"accessToken": good}).to_string()).expect("a file");
    for args in [&["-f", "t.json"][..], &["t.json"]] {
        let output = home.jeton(&[&["discover"], args].concat()).run().ok();
        assert_eq!(output.stderr, "");
    }
    let argument = home.jeton(&["discover", "-t", &good]).run().ok();
    assert!(argument.stderr.contains("warning"), "{argument:?}");
    let silent = home.jeton(&["discover", "--silent", "-t", &good]).run().ok();
    assert_eq!((silent.stdout.as_str(), silent.stderr.as_str()), ("", ""));

    let missing = home.jeton(&["discover", "-f", "nowhere"]).run().fails(4);
    assert!(missing.stderr.contains("nowhere can't be read"), "{missing:?}");
    assert_eq!(home.jeton(&["discover", "-f", "nowhere", "--silent"]).run().fails(4).stderr, "");
    home.jeton(&["discover", "--silent", "--json", "t.json"]).run().fails(2);
    home.jeton(&["discover", "--min-validity", "soon", "t.json"]).run().fails(2);
    assert_untold(&home.jeton(&["discover", &good]).run().fails(2), &good);
}

#[test]
fn a_cached_token_is_as_good_as_the_server_said() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"p":{"scopes":["databricks"]}}}"#);
    home.jeton(&["discover", "-p", "p"]).run().fails(7);
    home.jeton(&["token", "-p", "p"]).run().ok();
    let found = home.jeton(&["discover", "-p", "p", "--json"]).run().ok().json();
    assert_eq!((&found["valid"], &found["format"]), (&json!(true), &json!("jwt")));
    // The cache's word counts, not the token's own.
    crate::support::age_token(&home.token_file(), 100_000);
    let aged = home.jeton(&["discover", "-p", "p"]).run().fails(7);
    assert!(aged.stderr.contains("expired") && !aged.stderr.contains(TENANT), "{aged:?}");
}
