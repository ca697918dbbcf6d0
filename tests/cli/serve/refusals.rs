//! Who gets nothing, and how that is told.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jeton_emulator::{Emulator, Fault, PUBLIC_CLIENT_ID};
use serde_json::Value;

use super::client::{Reply, Served, get, log, parts, read, send};
use crate::databricks;
use crate::expect::{assert_no_secret, assert_says};
use crate::support::Home;

const VERSION: (&str, &str) = ("X-Databricks-Metadata-Version", "1");

#[test]
fn who_does_not_keep_to_databricks_protocol_gets_a_4xx() {
    let emulator = Emulator::start();
    let home = databricks::home(&emulator);
    let served = Served::start(&home, &["--databricks"]);
    let url = served.var("DATABRICKS_METADATA_SERVICE_URL");
    let own = emulator.workspace();
    let host = |host: &'static str| ("X-Databricks-Host", host);
    let right = ("X-Databricks-Host", own.as_str());
    let wrong_secret = format!("{}x", &url[..url.len() - 1]);
    let no_secret = url.rsplit_once('/').expect("a path").0;
    for (url, headers, status, said) in [
        (url, &[right][..], 400, "Version has to be 1"),
        (url, &[("X-Databricks-Metadata-Version", "2"), right], 400, "Version has to be 1"),
        (url, &[VERSION], 404, "Host is missing"),
        (url, &[VERSION, host("https://evil.example")], 404, "alone"),
        (url, &[VERSION, host("https://localhost")], 404, "alone"),
        (url, &[VERSION, host("not a host")], 404, "alone"),
        (&wrong_secret, &[VERSION, right], 404, "secret is wrong"),
        (&format!("{url}/"), &[VERSION, right], 404, "secret is wrong"),
        (no_secret, &[VERSION, right], 404, "secret is wrong"),
        (&format!("{no_secret}/"), &[VERSION, right], 404, "secret is wrong"),
        (url, &[VERSION, right, ("Origin", "https://evil.example")], 403, "web pages"),
        (url, &[VERSION, right, ("X-Forwarded-For", "10.0.0.1")], 403, "proxies"),
        (url, &[VERSION, right, ("Host", "other")], 400, "ambiguous"),
        (url, &[VERSION, VERSION, right], 400, "ambiguous"),
    ] {
        let reply = get(url, headers);
        assert_eq!(reply.status, status, "{headers:?} {}", reply.body);
        let body = reply.json();
        let text = body.get("message").or(body.get("error")).and_then(Value::as_str).expect("a text");
        assert!(text.contains(said), "{text:?}: {said:?}");
    }
    assert_eq!(served.databricks().status, 200);
    let lines = log(&home, 15).join("\n");
    assert_says(
        &lines,
        &[" - 404 ", " ms: there is nothing at this path", "databricks - 404 ", "this path is for localhost:"],
    );
    // Neither what is right nor what somebody guessed.
    assert!(!lines.contains(url.rsplit('/').next().expect("a secret")) && !lines.contains(&url[url.len() - 20..]));
    databricks::assert_careful(&emulator, &lines);
    assert_eq!(emulator.token_requests().len(), 1);
}

#[test]
fn who_does_not_keep_to_the_other_protocols_gets_a_4xx() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Reader");
    home.set("AZURE_SCOPE", "x");
    home.profiles(r#"{"version":1,"profiles":{"p":{"scopes":["api://aws"]}}}"#);
    let served = Served::start(&home, &["-p", "p", "--managed-identity", "--aws"]);
    let (endpoint, header) = (served.var("IDENTITY_ENDPOINT"), served.var("IDENTITY_HEADER"));
    let wrong = format!("{}x", &header[..header.len() - 1]);
    let right = [("X-IDENTITY-HEADER", header)];
    let url = |query: &str| format!("{endpoint}?{query}");
    let graph = "api-version=2019-08-01&resource=https://graph.microsoft.com";
    for (url, headers, status) in [
        (url(graph), &[][..], 401),
        (url(graph), &[("X-IDENTITY-HEADER", wrong.as_str())], 401),
        (url(graph), &[("X-IDENTITY-HEADER", "")], 401),
        (url(graph), &[("secret", header)], 401),
        (url("resource=https://graph.microsoft.com"), &right, 400),
        (url("api-version=2017-09-01&resource=https://graph.microsoft.com"), &right, 400),
        (url("api-version=2019-08-01"), &right, 400),
        (url("api-version=2019-08-01&resource="), &right, 400),
        (url("api-version=2019-08-01&resource=a%20b"), &right, 400),
        (url("api-version=2019-08-01&resource=a%0d%0ab"), &right, 400),
        (url(&format!("api-version=2019-08-01&resource={}", "a".repeat(501))), &right, 400),
        (url(&format!("{graph}&resource=b")), &right, 400),
        (url(&format!("{graph}&object_id=b")), &right, 400),
        (url(&format!("{graph}&mi_res_id=b")), &right, 400),
    ] {
        let reply = get(&url, headers);
        assert_eq!((reply.status, &reply.json()["statusCode"]), (status, &status.into()), "{url} {}", reply.body);
        assert!(reply.json()["message"].is_string());
    }
    let uri = served.var("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    for headers in [
        &[][..],
        &[("Authorization", wrong.as_str())],
        &[("Authorization", "Bearer x")],
        &[("X-IDENTITY-HEADER", header)],
    ] {
        let reply = get(uri, headers);
        assert_eq!((reply.status, &reply.json()["code"]), (401, &"AccessDenied".into()), "{headers:?}");
    }
    for other in [format!("{uri}/"), format!("{uri}x"), uri.replace("/aws/", "/AWS/"), uri.replace("/p", "/q")] {
        assert_eq!(get(&other, &[("Authorization", header)]).status, 404, "{other}");
    }
    let lines = log(&home, 22).concat();
    assert!(!lines.contains(header) && !lines.contains(&wrong));
    assert_eq!(emulator.count(), 0);
}

/// Sends `request` with the right address in place of `HOST`, its path in place of `PATH`, and the secret in place of
/// `SECRET`.
fn raw(served: &Served, request: &str) -> Option<Reply> {
    let (address, path) = parts(served.var("IDENTITY_ENDPOINT"));
    let path = format!("{path}?api-version=2019-08-01&resource=https://graph.microsoft.com");
    let request = request.replace("PATH", &path).replace("HOST", address);
    send(address, request.replace("SECRET", served.var("IDENTITY_HEADER")).as_bytes())
}

#[test]
fn what_is_no_request_of_an_sdk_is_refused() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let long = "x".repeat(9000);
    let many = "A: b\r\n".repeat(101);
    for (request, status) in [
        ("POST PATH HTTP/1.1\r\nHost: HOST\r\nX-IDENTITY-HEADER: SECRET\r\nContent-Length: 0\r\n\r\n", 405),
        ("HEAD PATH HTTP/1.1\r\nHost: HOST\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n", 405),
        ("OPTIONS PATH HTTP/1.1\r\nHost: HOST\r\n\r\n", 405),
        // DNS rebinding: a page of another name that was made to lead here.
        ("GET PATH HTTP/1.1\r\nHost: evil.example\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n", 403),
        ("GET PATH HTTP/1.1\r\nHost: localhost.evil.example:80\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n", 403),
        ("GET PATH HTTP/1.1\r\nHost: 10.0.0.1\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n", 403),
        ("GET PATH HTTP/1.1\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n", 400),
        ("GET http://HOSTPATH HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
        ("GET PATH HTTP/1.1\r\nHost: HOST\r\nX-IDENTITY-HEADER: SECRET\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n", 400),
        ("GET PATH HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("GET PATH HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\n\r\nx", 431),
        ("\u{16}\u{3}\u{1}\r\n\r\n", 400),
        ("hello\r\n\r\n", 400),
        (&format!("GET /{long} HTTP/1.1\r\nHost: HOST\r\n\r\n"), 431),
        (&format!("GET PATH HTTP/1.1\r\nHost: HOST\r\nCookie: {long}\r\n\r\n"), 431),
        (&format!("GET PATH HTTP/1.1\r\nHost: HOST\r\n{many}\r\n"), 431),
        ("GET / HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
        ("GET /../azure/- HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ] {
        let reply = raw(&served, request).unwrap_or_else(|| panic!("no answer to {request:.60?}"));
        assert_eq!(reply.status, status, "{request:.60?} {}", reply.body);
        assert_no_secret(&reply.body);
        reply.json();
    }
    assert_eq!(emulator.count(), 0);
    assert_eq!(
        raw(&served, "GET PATH HTTP/1.0\r\nHost: HOST\r\nX-IDENTITY-HEADER: SECRET\r\n\r\n").expect("an answer").status,
        200
    );
}

#[test]
fn who_is_slow_is_cut_off_and_holds_up_nobody() {
    let emulator = Emulator::start();
    let home = Home::at(&emulator);
    let served = Served::start(&home, &["--managed-identity"]);
    let (address, _) = parts(served.var("IDENTITY_ENDPOINT"));
    let start = Instant::now();
    let mut slow: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(address).expect("it listens")).collect();
    let mut cut = false;
    // A byte now and then, for ever.
    while !cut {
        assert!(start.elapsed() < Duration::from_secs(20), "slow clients are never cut off");
        for stream in &mut slow {
            cut |= stream.write_all(b"X").is_err();
        }
        assert_eq!(served.azure("https://graph.microsoft.com").status, 200);
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(start.elapsed() > Duration::from_secs(4), "that was fast: {:?}", start.elapsed());
    let told = log(&home, 1).into_iter().filter(|line| line.contains(" 408 ")).count();
    assert!(told > 0, "the log says nothing");
    // One that says what it wants and then nothing more is told so.
    let mut half = TcpStream::connect(address).expect("it listens");
    half.write_all(b"GET / HTTP/1.1\r\nHost: ").expect("it reads");
    assert_eq!(read(&mut half).expect("an answer").status, 408);
}

#[test]
fn what_a_provider_says_comes_as_a_status_that_sdks_understand() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.set("JETON_TIMEOUT", "1s");
    let served = Served::start(&home, &["--managed-identity"]);
    let ask = || served.azure("https://graph.microsoft.com");
    emulator.script(Fault::error(401, "invalid_client", 7000222));
    let refused = ask();
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert_says(refused.json()["message"].as_str().expect("a text"), &["jeton: ", "(next: "]);
    assert_no_secret(&refused.body);
    // What is over soon is repeated by the SDKs themselves.
    emulator.script(Fault::hang());
    assert_eq!(ask().status, 503);
    // (The failure is shared for a moment.)
    crate::support::wait_until("it is well again", || ask().status == 200);
}

#[test]
fn nobody_is_ever_asked_by_a_request() {
    let emulator = Emulator::start();
    let mut home = crate::user::home(&emulator);
    // Somebody may always be asked, except here.
    home.set("JETON_INTERACTIVE", "always");
    home.profiles(&format!(r#"{{"version":1,"profiles":{{"me":{{"client_id":"{PUBLIC_CLIENT_ID}"}}}}}}"#));
    let served = Served::start(&home, &["-p", "me", "--managed-identity"]);
    let refused = served.azure("https://graph.microsoft.com");
    assert_eq!(refused.status, 401);
    let message = refused.json()["message"].as_str().expect("a text").to_owned();
    assert_says(&message, &["a person has to sign in", "run: jeton login -p me"]);
    assert_says(&log(&home, 1)[0], &["azure me 401", "jeton login -p me"]);
    assert_eq!(crate::user::device_codes(&emulator), 0);
    // Once somebody has, it is answered, and renewed without anybody.
    crate::user::approve(&emulator, home.jeton(&["login", "-p", "me"]).spawn()).ok();
    assert_eq!(served.azure("https://graph.microsoft.com").status, 200);
    assert_eq!(served.end().stderr, "");
}
