//! `jeton inspect`: what a token says, whatever stands around it, and never the token itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{CLIENT_ID, Emulator, TENANT};
use serde_json::{Value, json};

use crate::support::{Home, Output};

const SIGNATURE: &str = "c2lnbmF0dXJlLW9mLXRoZS10ZXN0";
const DATABRICKS: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";

/// A token of these claims, signed by nobody.
pub(crate) fn token(claims: &Value) -> String {
    let [header, claims] = [&json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}), claims]
        .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.{SIGNATURE}")
}

/// A token that dies in so many seconds.
pub(crate) fn dies_in(seconds: i64) -> String {
    token(&json!({"aud": DATABRICKS, "sub": "someone", "exp": jeton::clock::now().saturating_add_signed(seconds)}))
}

/// Asserts that no part of the token was repeated.
#[track_caller]
pub(crate) fn assert_untold(output: &Output, token: &str) {
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!output.stdout.contains(part) && !output.stderr.contains(part), "{output:?}");
    }
}

#[test]
fn a_real_token_is_shown_in_words() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let token = home.token(&[]).run().ok().line().to_owned();
    let output = home.jeton(&["inspect"]).stdin(&token).run().ok();
    assert_eq!(output.stderr, "");
    for shown in [
        "  alg  ES256\n",
        &format!("{DATABRICKS}  (for whom it is: databricks)\n"),
        &format!("{TENANT}  (tenant)\n"),
        &format!("{CLIENT_ID}  (client id of the app that got it)\n"),
        "\nSignature not verified\nStatus: valid, expires in ",
        "(expires: 20",
    ] {
        assert!(output.stdout.contains(shown), "{shown}: {}", output.stdout);
    }
    assert_untold(&output, &token);
    let claims: Vec<&str> = output.stdout.lines().skip_while(|line| *line != "Claims").skip(1).collect();
    let claims = &claims[..claims.iter().position(|line| line.is_empty()).expect("an end")];
    assert!(claims.len() > 5 && claims.is_sorted(), "{claims:?}");
}

#[test]
fn json_has_header_claims_and_times() {
    let home = Home::new();
    let claims = json!({"exp": 4_000_000_000_u64, "b": [1], "a": {"x": "\u{202e}"}});
    let output = home.jeton(&["inspect", "--json", "-"]).stdin(&token(&claims)).run().ok();
    assert!(!output.stdout.contains('\u{202e}'));
    assert_eq!(
        output.json(),
        json!({"header": {"alg": "RS256", "typ": "JWT", "kid": "k1"}, "claims": claims,
               "expiresOn": "2096-10-02T07:06:40Z", "expired": false, "notYetValid": false, "signatureVerified": false})
    );
    let endless = home.jeton(&["inspect", "--json"]).stdin(&token(&json!({}))).run().ok().json();
    assert_eq!((&endless["expiresOn"], &endless["expired"]), (&Value::Null, &json!(false)));
}

#[test]
fn chosen_claims_are_raw_values_and_the_header_can_be_had_alone() {
    let home = Home::new();
    let token = token(&json!({"aud": "a", "exp": 4_000_000_000_u64, "roles": ["x", "y"], "bad": "\u{1b}[2J\n"}));
    let inspect = |args: &[&str]| home.jeton(&[&["inspect"], args].concat()).stdin(&token).run();
    assert_eq!(inspect(&["--claims", "exp,aud"]).ok().stdout, "4000000000\na\n");
    assert_eq!(inspect(&["--claims", "roles", "--claims", "bad"]).ok().stdout, "[\"x\",\"y\"]\n\"\\u001b[2J\\n\"\n");
    assert_eq!(inspect(&["--claims", "aud", "--json"]).ok().json(), json!({"aud": "a"}));
    assert_eq!(inspect(&["--header"]).ok().stdout, "alg  RS256\nkid  k1\ntyp  JWT\n");
    assert_eq!(inspect(&["--header", "--json"]).ok().json(), json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let missing = inspect(&["--claims", "aud,nope"]).fails(1);
    assert!(missing.stderr.contains("\"nope\"") && missing.stderr.contains("aud, bad, exp, roles"), "{missing:?}");
    inspect(&["--claims", ","]).fails(2);
    inspect(&["--claims", "aud", "--header"]).fails(2);
}

#[test]
fn a_token_out_of_its_time_is_shown_and_told_by_the_exit_code() {
    let home = Home::new();
    let now = jeton::clock::now();
    for (claims, status, error, flag) in [
        (json!({"exp": now - 7300}), "Status: expired 2 hours ago\n", "the token expired 2 hours ago (20", "expired"),
        (
            json!({"nbf": now + 200_000, "exp": now + 300_000}),
            "Status: not valid yet, will be in 2 days\n",
            "the token is not valid yet: it will be in 2 days (20",
            "notYetValid",
        ),
    ] {
        let token = token(&claims);
        let output = home.jeton(&["inspect"]).stdin(&token).run();
        assert_eq!(output.code, 7, "{output:?}");
        assert!(output.stdout.contains(status), "{output:?}");
        assert!(output.stderr.starts_with(&format!("jeton: {error}")), "{output:?}");
        assert_untold(&output, &token);
        let output = home.jeton(&["inspect", "--json"]).stdin(&token).run();
        assert_eq!((output.code, &output.json()[flag]), (7, &json!(true)));
    }
}

#[test]
fn what_is_no_jwt_is_told_apart() {
    let home = Home::new();
    let whole = dies_in(600);
    for (text, says) in [
        ("", "there is no token in standard input"),
        ("ERROR: Please run 'az login'", "there is no token in standard input"),
        ("null\n", "there is no token in standard input"),
        ("dapi0123456789abcdef0123456789abcdef-2\n", "a Databricks personal access token"),
        ("{\"access_token\":\"short.opaque-one\"}", "is opaque"),
        ("Authorization: Bearer ya29.A0ARrdaM-opaque_token", "is opaque"),
        (&whole[..whole.len() - SIGNATURE.len() - 6], "cut or damaged"),
        ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aXY.Y2lwaGVy.dGFn", "is encrypted (JWE)"),
    ] {
        let output = home.jeton(&["inspect"]).stdin(text).run().fails(7);
        assert!(output.stderr.contains(says) && output.stderr.contains("\n  next: "), "{text}: {output:?}");
        for secret in ["dapi0123", "short.opaque", "ya29", "eyJ"] {
            assert!(!output.stderr.contains(secret), "{output:?}");
        }
    }
}

#[test]
fn the_token_is_found_in_what_tools_print() {
    let home = Home::new();
    let token = dies_in(600);
    let [first, second] = [&token[..70], &token[70..]];
    for text in [
        format!("\r\n  {token}  \r\n"),
        format!("\"{token}\"\n"),
        format!("Bearer {token}"),
        format!("Authorization: Bearer {token}\r\n"),
        format!("header = \"Authorization: Bearer {token}\"\n"),
        format!("export DATABRICKS_TOKEN='{token}'\n"),
        json!({"accessToken": token, "expiresOn": "2030-01-01 00:00:00.000000", "tokenType": "Bearer"}).to_string(),
        json!({"token": token, "expiresOn": "2030-01-01T00:00:00Z"}).to_string(),
        json!({"id_token": "x", "access_token": token, "token_type": "Bearer"}).to_string(),
        json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}})
            .to_string(),
        json!({"credential": {"access_token": token}}).to_string(),
        format!("╭─Access Token───╮\n│ {first} │\n│ {second} │\n╰────────────────╯\n✓ Token copied to clipboard\n"),
        format!("{first}\n{second}\n"),
    ] {
        let output = home.jeton(&["inspect", "--claims", "sub"]).stdin(&text).run().ok();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("someone\n", ""), "{text}");
    }
}

#[test]
fn every_form_of_jeton_itself_is_read() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    for args in [
        &["token", "--scope", "databricks", "--output", "token"][..],
        &["token", "--scope", "databricks", "--output", "json"],
        &["token", "--scope", "databricks", "--output", "header"],
        &["token", "--scope", "databricks", "--output", "env"],
        &["token", "--scope", "databricks", "--output", "curl"],
        &["exec-credential", "--scope", "databricks"],
        &["credential-process", "--scope", "databricks"],
    ] {
        let text = home.jeton(args).run().ok().stdout;
        assert_eq!(home.jeton(&["inspect", "--claims", "tid"]).stdin(&text).run().ok().line(), TENANT, "{args:?}");
    }
}

#[test]
fn the_token_may_come_from_a_file_an_argument_or_the_cache() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    home.profiles(r#"{"version":1,"profiles":{"p":{"scopes":["databricks"]},"bare":{}}}"#);
    let token = dies_in(600);
    std::fs::write(home.path("t.txt"), &token).expect("a file");
    let wide: Vec<u8> = format!("\u{feff}{token}\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(home.path("wide.txt"), wide).expect("a file");
    for args in [&["t.txt"][..], &["-f", "t.txt"], &["--file", "t.txt"], &["wide.txt"]] {
        let output = home.jeton(&[&["inspect", "--claims", "sub"], args].concat()).run().ok();
        assert_eq!((output.line(), output.stderr.as_str()), ("someone", ""), "{args:?}");
    }
    let output = home.jeton(&["inspect", "--claims", "sub", "-t", &token]).run().ok();
    assert_eq!(output.line(), "someone");
    assert!(output.stderr.starts_with("jeton: warning: a token on the command line"), "{output:?}");
    assert_untold(&output, &token);
    for args in [&["-f", "-"][..], &["-"], &["-t", "-"]] {
        let output = home.jeton(&[&["inspect", "--claims", "sub"], args].concat()).stdin(&token).run().ok();
        assert_eq!((output.line(), output.stderr.as_str()), ("someone", ""), "{args:?}");
    }

    let absent = home.jeton(&["inspect", "-p", "p"]).run().fails(7);
    assert!(absent.stderr.contains("jeton token --profile p"), "{absent:?}");
    home.jeton(&["token", "-p", "p"]).run().ok();
    let cached = home.jeton(&["inspect", "-p", "p", "--claims", "tid"]).run().ok();
    assert_eq!(cached.line(), TENANT);
    home.jeton(&["inspect", "-p", "bare", "-s", "databricks"]).run().ok();
    home.jeton(&["inspect", "-p", "bare", "-s", "graph"]).run().fails(7);
    home.jeton(&["inspect", "-p", "nobody"]).run().fails(4);
    assert_eq!(emulator.issued_tokens().len(), 1, "nothing is fetched");
}

#[test]
fn wrong_usage_and_unreadable_files_have_codes_of_their_own() {
    let home = Home::new();
    let token = dies_in(600);
    std::fs::write(home.path("t.txt"), &token).expect("a file");
    std::fs::write(home.path("large.txt"), " ".repeat((1 << 20) + 1)).expect("a file");
    for args in [&["nowhere.txt"][..], &["-f", "nowhere.txt"], &["."], &["large.txt"]] {
        let output = home.jeton(&[&["inspect"], args].concat()).run().fails(4);
        assert!(output.stderr.contains(args[args.len() - 1]) && output.stderr.contains("next: "), "{output:?}");
    }
    for args in [
        &["t.txt", "t.txt"][..],
        &["t.txt", "-f", "t.txt"],
        &["t.txt", "-t", &token],
        &["-p", "x", "t.txt"],
        &["-s", "databricks"],
        &["--nonsense"],
        // A token in the place of a file is not repeated, quoted or not.
        &[&token],
        &["Bearer", &token],
        &["dapi0123456789abcdef0123456789abcdef"],
    ] {
        let output = home.jeton(&[&["inspect"], args].concat()).run().fails(2);
        assert_untold(&output, &token);
        assert!(!output.stderr.contains("dapi0"), "{output:?}");
    }
}

#[test]
fn a_token_can_not_move_the_cursor() {
    let home = Home::new();
    let token = token(&json!({"a\u{1b}[2J\n": "\u{1b}]0;title\u{7}\r\nStatus: valid", "b": {"\u{9b}": ["\u{202e}"]}}));
    let output = home.jeton(&["inspect"]).stdin(&token).run().ok();
    assert!(output.stdout.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{output:?}");
    assert_eq!(output.stdout.lines().filter(|line| line.starts_with("Status: ")).count(), 1, "{output:?}");
}
