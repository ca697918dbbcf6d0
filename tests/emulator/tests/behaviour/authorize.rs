//! The authorization endpoints and their pages.

use std::io::{Read, Write};
use std::net::TcpListener;

use jeton_emulator::{
    Emulator, Fault, OTHER_TENANT, OTHER_USER, OTHER_USER_PASSWORD, PUBLIC_CLIENT_ID, SignInBend, TENANT, USER, User,
    WEB_CLIENT_ID, WEB_REDIRECT,
};

use crate::client::client;
use crate::user::{authorize_url, code, redeem, text, with};

#[test]
fn a_request_is_answered_at_once() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let url = authorize_url(&emulator, &[("client_info", "1"), ("prompt", "select_account")]);
    let answer = client.get(url.strip_prefix(emulator.url()).expect("its own URL"), None);
    let location = answer.header("location").expect("a redirect").to_owned();
    assert_eq!(answer.status, 302);
    assert!(location.starts_with("http://localhost:8400/?code="), "{location}");
    let visit = emulator.visit(&url);
    assert_eq!(visit.returned_value("state").as_deref(), Some("a state & more"));
    assert!(visit.returned_value("session_state").is_some() && visit.returned_value("client_info").is_some());
    let seen = &emulator.authorize_requests()[0];
    assert_eq!((seen.query_value("nonce"), seen.query_value("prompt")), (Some("the-nonce"), Some("select_account")));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn form_post_sends_itself_to_the_listener() {
    let emulator = Emulator::start();
    let listener = TcpListener::bind("localhost:0").expect("a port");
    let redirect = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    let visit =
        emulator.visit(&authorize_url(&emulator, &[("response_mode", "form_post"), ("redirect_uri", &redirect)]));
    assert!(visit.html.contains("document.forms[0].submit()"), "{}", visit.html);
    assert_eq!((visit.status, &visit.location), (200, &None));
    let code = visit.returned_value("code").expect("a code");
    let answer = std::thread::spawn(move || visit.go_back());
    let (mut socket, _) = listener.accept().expect("a connection");
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains("session_state=") {
        let mut part = [0; 1024];
        let read = socket.read(&mut part).expect("a request");
        assert!(read > 0, "it ends early");
        request.extend_from_slice(&part[..read]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("code={code}&state=a+state+%26+more")), "{request}");
    socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone").expect("an answer");
    drop(socket);
    assert_eq!(answer.join().expect("no panic").expect("an answer"), (200, "done".into()));
}

#[test]
fn a_page_asks_for_name_and_password() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.auto_sign_in = false);
    let client = client(&emulator);
    let page = emulator.visit(&authorize_url(&emulator, &[("login_hint", "someone@contoso.example")]));
    assert_eq!(page.status, 200);
    for part in ["value=\"someone@contoso.example\"", "id=\"passwd\"", "id=\"sign-in\"", "id=\"cancel\""] {
        assert!(page.html.contains(part), "{part} is not in {}", page.html);
    }
    let wrong = emulator.submit(&page, &[("login", OTHER_USER), ("passwd", "wrong"), ("action", "sign_in")]);
    assert!(wrong.html.contains("AADSTS50126") && wrong.location.is_none(), "{}", wrong.html);
    let done =
        emulator.submit(&wrong, &[("login", OTHER_USER), ("passwd", OTHER_USER_PASSWORD), ("action", "sign_in")]);
    assert_eq!(done.returned_value("state").as_deref(), Some("a state & more"));
    let answer = redeem(&client, &done.returned_value("code").expect("a code"), &[]);
    assert_eq!(crate::user::access(&answer)["upn"], OTHER_USER);
    let again = emulator.submit(&page, &[("login", OTHER_USER), ("passwd", OTHER_USER_PASSWORD)]);
    assert_eq!(again.status, 400, "the page is used up");

    let cancelled = emulator.submit(&emulator.visit(&authorize_url(&emulator, &[])), &[("action", "cancel")]);
    assert_eq!(cancelled.returned_value("error").as_deref(), Some("access_denied"));
    assert!(cancelled.returned_value("error_description").is_some_and(|text| text.starts_with("AADSTS65004: ")));
    assert_eq!(cancelled.returned_value("state").as_deref(), Some("a state & more"));
    let silent = emulator.visit(&authorize_url(&emulator, &[("prompt", "none")]));
    assert_eq!(silent.returned_value("error").as_deref(), Some("login_required"));
}

#[test]
fn an_unknown_way_back_stays_on_the_page() {
    let emulator = Emulator::start();
    for (changes, code) in [
        ([("redirect_uri", "http://127.0.0.1:8400"), ("x", "")], "AADSTS50011"),
        ([("redirect_uri", "http://localhost:8400/elsewhere"), ("x", "")], "AADSTS50011"),
        ([("redirect_uri", "http://localhost.evil.example"), ("x", "")], "AADSTS50011"),
        ([("redirect_uri", WEB_REDIRECT), ("x", "")], "AADSTS50011"),
        ([("client_id", "nobody"), ("x", "")], "AADSTS700016"),
        ([("client_id", ""), ("x", "")], "AADSTS900144"),
        ([("login_hint", "nobody@contoso.example"), ("x", "")], "AADSTS50034"),
    ] {
        let visit = emulator.visit(&authorize_url(&emulator, &changes));
        assert_eq!((visit.status, &visit.location), (400, &None), "{changes:?}");
        assert!(visit.html.contains(code), "{code} is not in {}", visit.html);
    }
    for good in ["http://localhost", "http://localhost:1/", "http://localhost:65535"] {
        assert!(!code(&emulator, &[("redirect_uri", good)]).is_empty(), "{good}");
    }
    let web = [("client_id", WEB_CLIENT_ID), ("redirect_uri", WEB_REDIRECT)];
    let location = emulator.visit(&authorize_url(&emulator, &web)).location.expect("a redirect");
    assert!(location.starts_with("https://app.example/callback?code="), "{location}");
}

#[test]
fn other_mistakes_go_back_to_the_client() {
    let emulator = Emulator::start();
    for (name, value, error, code) in [
        ("response_type", "token", "unsupported_response_type", 700_054),
        ("response_mode", "pigeon", "invalid_request", 70007),
        ("prompt", "please", "invalid_request", 90023),
        ("scope", "", "invalid_request", 900_144),
        ("scope", "https://a.example/.default https://a.example/x", "invalid_scope", 70011),
        ("scope", "api://unknown/.default", "invalid_resource", 500_011),
        ("scope", "api://unconsented/read", "consent_required", 65001),
        ("claims", "{", "invalid_request", 9_002_313),
        ("code_challenge", "short", "invalid_request", 501_491),
    ] {
        let visit = emulator.visit(&authorize_url(&emulator, &[(name, value)]));
        assert_eq!(visit.returned_value("error").as_deref(), Some(error), "{name}={value}: {visit:?}");
        let text = visit.returned_value("error_description").expect("a description");
        assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
        assert_eq!(visit.returned_value("state").as_deref(), Some("a state & more"));
        assert_eq!(visit.returned_value("code"), None);
    }
}

#[test]
fn the_way_back_is_bent_as_scripted() {
    let emulator = Emulator::start();
    let states = |visit: &jeton_emulator::Visit| {
        visit.returned().into_iter().filter(|(name, _)| name == "state").map(|(_, value)| value).collect::<Vec<_>>()
    };
    for bend in [SignInBend::WrongState, SignInBend::NoState, SignInBend::DoubledState, SignInBend::NoCode] {
        emulator.script(Fault::sign_in(bend));
    }
    emulator.script(Fault::sign_in_error("server_error", 90033));
    emulator.script(Fault::sign_in(SignInBend::Stuck));
    assert_eq!(client(&emulator).token().expect("an answer").status, 200, "they do not wait for token requests");
    assert_eq!(emulator.scripted(), 6);
    let next = || emulator.visit(&authorize_url(&emulator, &[]));
    let wrong = next();
    assert!(wrong.returned_value("code").is_some());
    assert_ne!(states(&wrong), ["a state & more"]);
    assert_eq!(states(&next()), [""; 0]);
    let doubled = states(&next());
    assert_eq!((doubled.len(), &*doubled[0]), (2, "a state & more"));
    assert_eq!(next().returned_value("code"), None);
    let error = next();
    assert_eq!(error.returned_value("error").as_deref(), Some("server_error"));
    assert!(error.returned_value("error_description").is_some_and(|text| text.starts_with("AADSTS90033: ")));
    assert_eq!(states(&error), ["a state & more"]);
    let stuck = next();
    assert_eq!((stuck.status, stuck.returned()), (200, Vec::new()));
    assert!(!stuck.html.contains("<form") && stuck.location.is_none());
    assert!(next().returned_value("code").is_some(), "the script has ended");
}

#[test]
fn a_bend_outlasts_the_sign_in_page() {
    let emulator = Emulator::start();
    emulator.change_settings(|settings| settings.auto_sign_in = false);
    emulator.script(Fault::sign_in(SignInBend::WrongState));
    let page = emulator.visit(&authorize_url(&emulator, &[]));
    let done = emulator.submit(&page, &[("login", USER), ("passwd", jeton_emulator::USER_PASSWORD)]);
    assert_eq!(done.returned_value("state").as_deref(), Some("not-what-was-sent"));
}

#[test]
fn users_belong_to_tenants() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let at = |tenant: &str, hint: &str| {
        let url = authorize_url(&emulator, &[("login_hint", hint)]);
        emulator.visit(&url.replacen(TENANT, tenant, 1))
    };
    assert!(at(OTHER_TENANT, OTHER_USER).html.contains("AADSTS50020"));
    assert!(at("nowhere.example", USER).html.contains("AADSTS90002"));
    assert!(at("consumers", USER).html.contains("AADSTS9002346"));
    emulator.add_user(User::new("eve@fabrikam.example", "an-oid", "pw", "Eve", OTHER_TENANT));
    for (tenant, hint, home) in [
        ("common", USER, TENANT),
        ("organizations", "eve@fabrikam.example", OTHER_TENANT),
        ("fabrikam.example", USER, OTHER_TENANT),
    ] {
        let code = at(tenant, hint).returned_value("code").expect("a code");
        let fields = with(&crate::user::REDEEM, &[("code", &code)]);
        let answer = client.form(&format!("/{tenant}/oauth2/v2.0/token"), &fields).expect("an answer");
        assert_eq!(crate::user::access(&answer)["tid"], home, "{tenant}");
    }
    let code = at(OTHER_TENANT, USER).returned_value("code").expect("a code");
    assert_eq!(redeem(&client, &code, &[]).failure().2, 700_005, "a code of another tenant");
}

#[test]
fn v1_asks_for_a_resource() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let url = authorize_url(&emulator, &[("scope", ""), ("resource", "https://resource.example/")]);
    let code = emulator.visit(&url.replacen("/v2.0", "", 1)).returned_value("code").expect("a code");
    let fields = with(&crate::user::REDEEM, &[("scope", ""), ("code", &code)]);
    let answer = client.form(&format!("/{TENANT}/oauth2/token"), &fields).expect("an answer");
    assert_eq!(answer.json()["expires_in"], "3599", "{}", answer.body);
    assert_eq!(answer.json()["resource"], "https://resource.example/");
    assert!(!text(&answer, "refresh_token").is_empty());
    let claims = crate::user::access(&answer);
    assert_eq!((&claims["aud"], &claims["ver"]), (&"https://resource.example/".into(), &"1.0".into()));
    assert_eq!((&claims["upn"], &claims["appid"]), (&USER.into(), &PUBLIC_CLIENT_ID.into()));
    let id = crate::user::claims(&text(&answer, "id_token"));
    assert_eq!((&id["aud"], &id["nonce"], &id["upn"]), (&PUBLIC_CLIENT_ID.into(), &"the-nonce".into(), &USER.into()));
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn careless_requests_are_noted() {
    let emulator = Emulator::start();
    let careless = [("state", ""), ("code_challenge", ""), ("scope", "User.Read User.Read"), ("client_secret", "x")];
    emulator.visit(&format!("{}&nonce=again", authorize_url(&emulator, &careless)));
    emulator.visit(&authorize_url(&emulator, &[("code_challenge_method", "")]));
    let all = emulator.violations().join("\n");
    for expected in [
        "no state",
        "a public client without PKCE",
        "the scope lacks 'openid'",
        "the scope lacks 'profile'",
        "the scope lacks 'offline_access'",
        "the scope 'User.Read' comes more than once",
        "a secret in the URL: 'client_secret'",
        "the parameter 'nonce' comes more than once",
        "code_challenge_method is not S256",
    ] {
        assert!(all.contains(expected), "{expected} is not in:\n{all}");
    }
}
