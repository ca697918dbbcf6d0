//! Assertions, and what is told of a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use super::files::file;
use super::{joined, parse};
use crate::certificate::{Algorithm, AssertionRequest, ClientCertificate};
use crate::clock;
use crate::error::Kind;

fn certificate() -> ClientCertificate {
    parse(&joined(&["root.pem", "key.pem", "inter.pem", "leaf.pem"]), None).unwrap()
}

fn request(now: u64) -> AssertionRequest<'static> {
    AssertionRequest {
        audience: "https://login.example/t1/oauth2/v2.0/token",
        client_id: "app-1",
        now,
        algorithm: Algorithm::Ps256,
        send_chain: false,
    }
}

/// Header and claims of an assertion, and its signature over them.
fn opened(assertion: &str) -> (Value, Value, Vec<u8>, &[u8]) {
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (json(header), json(claims), URL_SAFE_NO_PAD.decode(signature).unwrap(), signed.as_bytes())
}

/// A thumbprint as openssl prints it, `sha256 Fingerprint=AB:CD...`, as bytes.
fn printed(name: &str) -> Vec<u8> {
    let text = std::str::from_utf8(file(name)).unwrap();
    let (_, digits) = text.trim().split_once('=').unwrap();
    digits.split(':').map(|digit| u8::from_str_radix(digit, 16).unwrap()).collect()
}

#[test]
fn an_assertion_is_what_entra_asks_for() {
    let (certificate, now) = (certificate(), clock::now());
    let assertion = certificate.assertion(&request(now)).unwrap();
    let (header, claims, signature, signed) = opened(assertion.expose());
    assert_eq!(
        header,
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(printed("sha256.txt"))})
    );
    let jti = claims["jti"].as_str().unwrap();
    assert_eq!(jti.len(), 36);
    assert_eq!(
        claims,
        json!({
            "aud": "https://login.example/t1/oauth2/v2.0/token",
            "iss": "app-1", "sub": "app-1", "jti": jti, "nbf": now, "iat": now, "exp": now + 600,
        })
    );
    UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, file("public.der")).verify(signed, &signature).unwrap();
    let again = certificate.assertion(&request(now)).unwrap();
    assert_ne!(opened(again.expose()).1["jti"], jti, "each one is new");
}

#[test]
fn adfs_gets_its_own_algorithm_and_thumbprint() {
    let request = AssertionRequest { algorithm: Algorithm::Rs256, ..request(clock::now()) };
    let assertion = certificate().assertion(&request).unwrap();
    let (header, _, signature, signed) = opened(assertion.expose());
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(printed("sha1.txt"))}));
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, file("public.der")).verify(signed, &signature).unwrap();
}

#[test]
fn the_chain_is_sent_on_request_with_the_leaf_first() {
    let request = AssertionRequest { send_chain: true, ..request(clock::now()) };
    let assertion = certificate().assertion(&request).unwrap();
    let sent: Vec<_> = ["leaf.der", "inter.der", "root.der"].map(|name| STANDARD.encode(file(name))).into();
    assert_eq!(opened(assertion.expose()).0["x5c"], json!(sent));
}

#[test]
fn a_certificate_out_of_its_dates_signs_nothing() {
    let certificate = certificate();
    let (first, last) = (certificate.leaf.not_before, certificate.not_after());
    let dates = std::str::from_utf8(file("dates.txt")).unwrap();
    for (name, time) in [("notBefore", first), ("notAfter", last)] {
        let printed = clock::rfc3339(time).replace('T', " ");
        assert!(dates.contains(&format!("{name}={printed}")), "{dates}");
    }
    for good in [first, last] {
        certificate.assertion(&request(good)).unwrap();
    }
    for (bad, said) in [
        (first - 1, format!("the certificate is valid from {} only", clock::rfc3339(first))),
        (last + 1, format!("the certificate expired on {}", clock::rfc3339(last))),
    ] {
        let error = certificate.assertion(&request(bad)).unwrap_err();
        assert_eq!(error.kind, Kind::Configuration);
        assert!(error.message.contains(&said) && error.hint.is_some(), "{error}");
        assert!(error.to_string().contains(&certificate.thumbprint()), "{error}");
    }
}

#[test]
fn an_end_that_is_near_is_told() {
    const DAY: u64 = 24 * 3600;
    let certificate = certificate();
    let end = certificate.not_after();
    assert!(!certificate.expires_within(end - 15 * DAY, 14 * DAY));
    assert!(certificate.expires_within(end - 13 * DAY, 14 * DAY));
    assert!(certificate.expires_within(end + 1, 0));
    assert!(certificate.expires_within(u64::MAX, u64::MAX));
}

#[test]
fn thumbprints_are_those_of_openssl_and_nothing_of_the_key_is_shown() {
    let certificate = certificate();
    let printed: String = printed("sha256.txt").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(certificate.thumbprint(), printed);
    assert_eq!(format!("{certificate:?}"), format!("ClientCertificate {{ thumbprint: {printed:?}, .. }}"));
}
