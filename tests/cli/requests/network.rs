//! The way to the authority: proxies, roots, redirects, and where secrets must not go.

use std::net::TcpListener;
use std::time::Duration;

use jeton_emulator::{Emulator, Fault, TENANT};

use crate::expect::{HUNTER, assert_no_secret, assert_says};
use crate::proxy::Proxy;
use crate::support::Home;

/// A name that no resolver knows (RFC 6761): only a proxy leads to it.
const NAME: &str = "login.example.test";

/// An emulator that goes by [`NAME`], a proxy that leads to it, and a home that is to ask there.
fn behind_proxy() -> (Emulator, Proxy, Home) {
    let emulator = Emulator::builder().extra_name(NAME).start().expect("an emulator");
    let proxy = Proxy::start(Some(emulator.address()));
    let mut home = Home::at(&emulator);
    home.set("AZURE_AUTHORITY_HOST", format!("https://{NAME}"));
    (emulator, proxy, home)
}

#[test]
fn a_name_off_this_machine_is_reached_by_the_proxy() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (emulator, proxy, mut home) = behind_proxy();
        home.set(variable, proxy.url());
        let output = home.token(&[]).run().quiet();
        assert_eq!(emulator.issued_tokens(), [output.line()]);
        let heads = proxy.heads();
        assert_eq!(heads.len(), 1, "one tunnel: {heads:?}");
        assert!(heads[0].starts_with(&format!("CONNECT {NAME}:443 ")), "{}", heads[0]);
        assert_no_secret(&heads[0]);
    }
}

#[test]
fn a_proxys_password_is_sent_to_it_and_never_shown() {
    let (emulator, proxy, mut home) = behind_proxy();
    home.set("HTTPS_PROXY", format!("http://me:{HUNTER}@{}", proxy.address));
    let output = home.token(&["-v"]).run().ok();
    assert_no_secret(&output.stderr);
    assert_says(&output.stderr, &["HTTPS_PROXY", &proxy.url()]);
    // me:hunter2 in base64.
    assert_says(&proxy.heads()[0].to_ascii_lowercase(), &["proxy-authorization: basic"]);
    assert_says(&proxy.heads()[0], &["bWU6aHVudGVyMg=="]);
    assert_eq!(emulator.token_count(), 1);
}

#[test]
fn no_proxy_keeps_a_name_from_the_proxy() {
    let (emulator, proxy, mut home) = behind_proxy();
    home.set("HTTPS_PROXY", proxy.url());
    home.set("NO_PROXY", "other.test, .example.test");
    home.set("JETON_CONNECT_TIMEOUT", "2s");
    // Without the proxy there is no such name.
    let stderr = home.token(&["--timeout", "2s"]).run().refusal(5);
    assert_says(&stderr, &[NAME, "NO_PROXY"]);
    assert_eq!((proxy.heads().len(), emulator.count()), (0, 0));
}

#[test]
fn this_machine_is_never_reached_by_a_proxy() {
    let emulator = Emulator::start();
    let proxy = Proxy::start(None);
    let mut home = Home::at(&emulator);
    home.set("HTTPS_PROXY", proxy.url());
    home.token(&[]).run().quiet();
    assert_eq!((proxy.heads().len(), emulator.count()), (0, 1));
}

#[test]
fn a_proxy_that_refuses_is_named() {
    let proxy = Proxy::start(None);
    let mut home = Home::at(&Emulator::start());
    home.set("AZURE_AUTHORITY_HOST", format!("https://{NAME}"));
    home.set("HTTPS_PROXY", proxy.url());
    let stderr = home.token(&[]).run().refusal(5);
    assert_says(&stderr, &[NAME, &proxy.url(), "HTTPS_PROXY", "403"]);
}

#[test]
fn a_proxy_variable_that_is_none_is_refused_rather_than_passed_by() {
    let (emulator, _proxy, mut home) = behind_proxy();
    for value in ["socks5://127.0.0.1:1", "http://127.0.0.1:port", "http://"] {
        home.set("HTTPS_PROXY", value);
        assert_says(&home.token(&[]).run().refusal(4), &["HTTPS_PROXY"]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn each_cloud_is_asked_at_its_own_host_and_outranks_a_host_in_the_environment() {
    // (No request gets further than the proxy.)
    let emulator = Emulator::start();
    for (cloud, host) in [
        ("public", "login.microsoftonline.com"),
        ("AzureUSGovernment", "login.microsoftonline.us"),
        ("china", "login.partner.microsoftonline.cn"),
        ("bleu", "login.sovcloud-identity.fr"),
        ("delos", "login.sovcloud-identity.de"),
        ("govsg", "login.sovcloud-identity.sg"),
    ] {
        let proxy = Proxy::start(None);
        let mut home = Home::at(&emulator);
        home.set("HTTPS_PROXY", proxy.url());
        assert_says(&home.token(&["--cloud", cloud]).run().refusal(5), &[host]);
        assert!(proxy.heads()[0].starts_with(&format!("CONNECT {host}:443 ")), "{:?}", proxy.heads());
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn plain_http_off_this_machine_is_refused_without_a_socket() {
    let proxy = Proxy::start(None);
    let mut home = Home::at(&Emulator::start());
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        home.set(variable, proxy.url());
    }
    for host in ["http://login.example.test", "http://127.0.0.1.example.test", "http://localhost.example.test:80"] {
        assert_says(&home.token(&["--authority-host", host]).run().refusal(4), &["https"]);
    }
    assert_eq!(proxy.heads().len(), 0);
}

#[test]
fn plain_http_on_this_machine_is_for_tests_like_this_one() {
    let emulator = Emulator::builder().http().start().expect("an emulator");
    Home::at(&emulator).token(&[]).run().quiet();
    assert_eq!(emulator.count(), 1);
}

#[test]
fn a_redirect_is_not_followed_and_leaks_nothing() {
    let (emulator, other) = (Emulator::start(), Emulator::start());
    let home = Home::at(&emulator);
    std::fs::write(home.path("ca.pem"), format!("{}{}", emulator.ca_pem(), other.ca_pem())).expect("a CA file");
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = format!("{}/{TENANT}/oauth2/v2.0/token", other.url());
        emulator.script(Fault::redirect(status, &elsewhere));
        let stderr = home.token(&[]).run().refusal(5);
        assert_says(&stderr, &["redirects", &status.to_string(), "authority host"]);
    }
    assert_eq!((emulator.count(), other.count()), (5, 0));
}

#[test]
fn a_ca_file_that_is_none_is_a_wrong_configuration() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    std::fs::write(home.path("garbage.pem"), "hunter2 is no certificate").expect("a file");
    for name in ["missing.pem", "garbage.pem"] {
        home.set("JETON_CA_FILE", home.path(name));
        assert_says(&home.token(&[]).run().refusal(4), &["JETON_CA_FILE", name]);
    }
    assert_eq!(emulator.count(), 0);
}

#[test]
fn an_unknown_ca_is_a_failed_connection_with_a_hint() {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("JETON_CA_FILE");
    assert_says(&home.token(&[]).run().refusal(5), &["localhost", "JETON_CA_FILE"]);
    assert_eq!(emulator.count(), 0, "the secret stayed here");
}

#[test]
fn a_certificate_for_another_name_is_not_trusted() {
    let emulator = Emulator::start();
    let proxy = Proxy::start(Some(emulator.address()));
    let mut home = Home::at(&emulator);
    home.set("AZURE_AUTHORITY_HOST", format!("https://{NAME}"));
    home.set("HTTPS_PROXY", proxy.url());
    assert_says(&home.token(&[]).run().refusal(5), &[NAME]);
    assert_eq!(emulator.count(), 0, "the secret stayed here");
}

#[test]
fn a_port_where_nobody_listens_is_named_and_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    drop(listener);
    let mut home = Home::at(&Emulator::start());
    home.set("AZURE_AUTHORITY_HOST", url);
    let start = std::time::Instant::now();
    assert_says(&home.token(&["--timeout", "1s"]).run().refusal(5), &["localhost"]);
    assert!(start.elapsed() < Duration::from_secs(10));
}
