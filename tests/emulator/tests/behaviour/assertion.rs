//! Client assertions: certificates and federated credentials.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jeton_emulator::{
    CLIENT_ID, Emulator, KUBERNETES_ISSUER, OTHER_TENANT, TENANT, TOKEN_EXCHANGE_AUDIENCE, USER_IDENTITY_OBJECT_ID,
};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::client::{Answer, client, stranger};

const APP: &str = "cccccccc-0000-0000-0000-000000000001";
const KEY: &str = include_str!("keys/app.pem");
const OTHER_KEY: &str = include_str!("keys/other.pem");
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn self_signed(key: &str) -> Certificate {
    params("app").self_signed(&KeyPair::from_pem(key).expect("a key")).expect("a certificate")
}

fn issuer(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
}

fn sign(key: &str, header: &Value, claims: &Value) -> String {
    let der = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).expect("an RSA key");
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let padding: &dyn ring::signature::RsaEncoding =
        if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(padding, &ring::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).expect("a signature");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header(certificate: &Certificate) -> Value {
    json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate.der()))})
}

fn claims(emulator: &Emulator) -> Value {
    json!({
        "aud": format!("{}/{TENANT}/oauth2/v2.0/token", emulator.url()), "iss": APP, "sub": APP, "nbf": now(),
        "exp": now() + 600, "jti": format!("{:?}", SystemTime::now()),
    })
}

fn fields(assertion: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_id", APP),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("scope", "https://resource.example/.default"),
    ]
}

fn ask(emulator: &Emulator, assertion: &str) -> Answer {
    client(emulator).form(&format!("/{TENANT}/oauth2/v2.0/token"), &fields(assertion)).expect("an answer")
}

fn code(answer: &Answer) -> u64 {
    if answer.status == 200 { 0 } else { answer.failure().2 }
}

/// A change of the header or of the claims.
fn with(value: &Value, name: &str, new: Value) -> Value {
    let mut value = value.clone();
    value[name] = new;
    value
}

#[test]
fn a_registered_certificate_signs_in() {
    let emulator = Emulator::start();
    let certificate = self_signed(KEY);
    emulator.register_certificate(APP, &format!("{KEY}{}", certificate.pem()));
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
    let headers = [
        header(&certificate),
        json!({"alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(sha1)}),
        json!({"alg": "PS256", "x5t#S256": STANDARD.encode(digest(&SHA256, certificate.der()))}),
        with(&header(&certificate), "x5c", json!([STANDARD.encode(certificate.der())])),
    ];
    for header in &headers {
        let answer = ask(&emulator, &sign(KEY, header, &claims(&emulator)));
        assert_eq!(answer.status, 200, "{header} {}", answer.body);
        assert!(emulator.is_valid(answer.json()["access_token"].as_str().expect("a token")));
    }
    // MSAL for .NET writes times as text; v1 is signed in to likewise.
    let claims = claims(&emulator);
    let texts = with(&with(&claims, "nbf", json!(now().to_string())), "exp", json!((now() + 600).to_string()));
    let v1 = with(&texts, "aud", json!(format!("{}/{TENANT}/oauth2/token", emulator.url())));
    let assertion = sign(KEY, &headers[0], &with(&v1, "jti", json!("v1")));
    let mut fields = fields(&assertion);
    fields[4] = ("resource", "https://resource.example");
    let answer = client(&emulator).form(&format!("/{TENANT}/oauth2/token"), &fields).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(emulator.violations(), [""; 0]);
}

#[test]
fn each_mistake_of_an_assertion_has_its_error() {
    let emulator = Emulator::start();
    let certificate = self_signed(KEY);
    emulator.register_certificate(APP, &certificate.pem());
    let (good, body) = (header(&certificate), claims(&emulator));
    let other = header(&self_signed(OTHER_KEY));
    let mut cut = sign(KEY, &good, &body);
    cut.truncate(cut.rfind('.').expect("a dot"));
    let elsewhere = format!("{}/{OTHER_TENANT}/oauth2/v2.0/token", emulator.url());
    let cases = [
        ("the key of another certificate", sign(OTHER_KEY, &good, &body), 700027),
        ("a certificate that is not registered", sign(OTHER_KEY, &other, &body), 700027),
        ("no thumbprint", sign(KEY, &json!({"alg": "PS256"}), &body), 700027),
        ("two thumbprints that differ", sign(KEY, &with(&good, "x5t", json!("AAAA")), &body), 700027),
        ("another algorithm", sign(KEY, &with(&good, "alg", json!("HS256")), &body), 50027),
        ("no signature", cut, 50027),
        ("not a JWT", "x".into(), 50027),
        ("another tenant's endpoint", sign(KEY, &good, &with(&body, "aud", json!(elsewhere))), 700023),
        ("another subject", sign(KEY, &good, &with(&body, "sub", json!(CLIENT_ID))), 700021),
        ("another issuer", sign(KEY, &good, &with(&body, "iss", json!(CLIENT_ID))), 700021),
        ("no end", sign(KEY, &good, &with(&body, "exp", Value::Null)), 50027),
        ("it has ended", sign(KEY, &good, &with(&body, "exp", json!(now() - 400))), 700024),
        ("it has not begun", sign(KEY, &good, &with(&body, "nbf", json!(now() + 400))), 700024),
    ];
    for (name, assertion, expected) in &cases {
        assert_eq!(code(&ask(&emulator, assertion)), *expected, "{name}");
    }
    let signed = sign(KEY, &good, &body);
    let tampered = signed.replace(
        signed.split('.').nth(1).expect("claims"),
        &URL_SAFE_NO_PAD.encode(with(&body, "exp", json!(now() + 500)).to_string()),
    );
    assert_eq!(code(&ask(&emulator, &tampered)), 700027);
    let v2 = format!("/{TENANT}/oauth2/v2.0/token");
    for (name, value, expected) in [("client_assertion_type", "jwt", 9002313), ("client_assertion_type", "", 900144)] {
        let fields = fields(&signed).into_iter().map(|(key, old)| (key, if key == name { value } else { old }));
        let answer = client(&emulator).form(&v2, &fields.collect::<Vec<_>>()).expect("an answer");
        assert_eq!(answer.failure().2, expected, "{value}");
    }
    assert_eq!(emulator.issued_tokens().len(), 0);

    // The emulator's clock decides.
    emulator.set_clock_offset(3600);
    assert_eq!(code(&ask(&emulator, &signed)), 700024);
    emulator.set_clock_offset(0);
    assert_eq!(code(&ask(&emulator, &signed)), 0);
}

#[test]
fn an_expired_certificate_is_refused() {
    let emulator = Emulator::start();
    let mut params = params("app");
    params.not_after = (SystemTime::now() - std::time::Duration::from_secs(3600)).into();
    let certificate = params.self_signed(&KeyPair::from_pem(KEY).expect("a key")).expect("a certificate");
    emulator.register_certificate(APP, &certificate.pem());
    let answer = ask(&emulator, &sign(KEY, &header(&certificate), &claims(&emulator)));
    assert_eq!(code(&answer), 700027);
    assert!(answer.body.contains("The key used is expired"), "{}", answer.body);
}

#[test]
fn what_entra_lets_pass_in_an_assertion_is_noted() {
    let emulator = Emulator::start();
    let certificate = self_signed(KEY);
    emulator.register_certificate(APP, &certificate.pem());
    let (good, body) = (header(&certificate), claims(&emulator));
    let twice = sign(KEY, &good, &body);
    let v1 = json!(format!("{}/{TENANT}/oauth2/token", emulator.url()));
    let unnamed = sign(KEY, &good, &with(&body, "jti", Value::Null));
    let long = sign(KEY, &good, &with(&with(&body, "exp", json!(now() + 3600)), "jti", json!("long")));
    let other = sign(KEY, &good, &with(&with(&body, "aud", v1), "jti", json!("other")));
    for assertion in [&twice, &twice, &unnamed, &long, &other] {
        assert_eq!(ask(&emulator, assertion).status, 200);
    }
    let mut both = fields(&twice);
    both.push(("client_secret", "x"));
    client(&emulator).form(&format!("/{TENANT}/oauth2/v2.0/token"), &both).expect("an answer");
    let all = emulator.violations().join("\n");
    for expected in [
        "request 2 (POST /11111111-1111-1111-1111-111111111111/oauth2/v2.0/token): the assertion was used before",
        "the assertion has no jti",
        "lives longer than 10 minutes",
        "is for another endpoint",
        "both client_secret and client_assertion",
    ] {
        assert!(all.contains(expected), "{expected} is not in:\n{all}");
    }
}

#[test]
fn a_subject_and_its_issuer_stand_for_any_certificate() {
    let emulator = Emulator::start();
    let (root, foreign) = (issuer("root"), issuer("root"));
    let key = KeyPair::from_pem(KEY).expect("a key");
    let issue = |name: &str, by: &CertifiedIssuer<'_, KeyPair>| params(name).signed_by(&key, by).expect("signed");
    emulator.register_subject_name(APP, &root.pem(), "app.example");
    let x5c = |chain: &[&Certificate]| {
        let list: Vec<_> = chain.iter().map(|certificate| STANDARD.encode(certificate.der())).collect();
        sign(KEY, &with(&header(chain[0]), "x5c", json!(list)), &claims(&emulator))
    };
    let good = issue("app.example", &root);
    assert_eq!(code(&ask(&emulator, &x5c(&[&good]))), 0);
    assert_eq!(code(&ask(&emulator, &x5c(&[&good, root.as_ref()]))), 0);

    // Through an authority in between.
    let mut between = params("between");
    between.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let between = CertifiedIssuer::signed_by(between, KeyPair::generate().expect("a key"), &root).expect("a CA");
    let far = issue("app.example", &between);
    assert_eq!(code(&ask(&emulator, &x5c(&[&far, between.as_ref(), root.as_ref()]))), 0);
    assert_eq!(code(&ask(&emulator, &x5c(&[&far]))), 50012, "the one between is missing");

    let without = sign(KEY, &header(&good), &claims(&emulator));
    assert_eq!(code(&ask(&emulator, &without)), 700027, "without x5c nobody knows the certificate");
    assert_eq!(code(&ask(&emulator, &x5c(&[&issue("other.example", &root)]))), 700030);
    assert_eq!(code(&ask(&emulator, &x5c(&[&issue("app.example", &foreign)]))), 50012, "of the same name only");
}

#[test]
fn a_federated_token_signs_in() {
    let emulator = Emulator::start();
    let subject = "system:serviceaccount:default:octo";
    emulator.federate(APP, KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE);
    let token = |issuer: &str, subject: &str, audience: &str, lifetime| {
        emulator.issue_federated_token(issuer, subject, audience, lifetime)
    };
    let good = token(KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE, 600);
    // A file's token is used again and again.
    assert_eq!(code(&ask(&emulator, &good)), 0);
    assert_eq!(code(&ask(&emulator, &good)), 0);
    assert_eq!(emulator.violations(), [""; 0]);
    let stranger = Emulator::start().issue_federated_token(KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE, 600);
    let cases = [
        (token("https://other.example", subject, TOKEN_EXCHANGE_AUDIENCE, 600), 700211),
        (token(KUBERNETES_ISSUER, subject, "api://other", 600), 700212),
        (token(KUBERNETES_ISSUER, "someone", TOKEN_EXCHANGE_AUDIENCE, 600), 700213),
        (token(KUBERNETES_ISSUER, &subject.to_uppercase(), TOKEN_EXCHANGE_AUDIENCE, 600), 7002138),
        (token(KUBERNETES_ISSUER, subject, TOKEN_EXCHANGE_AUDIENCE, -600), 700024),
        (stranger, 700027),
    ];
    for (token, expected) in &cases {
        assert_eq!(code(&ask(&emulator, token)), *expected);
    }
    emulator.reset();
    assert_eq!(code(&ask(&emulator, &good)), 700016, "a reset forgets the app");
}

#[test]
fn a_managed_identity_is_a_federated_issuer() {
    let emulator = Emulator::start();
    let issuer = format!("{}/{TENANT}/v2.0", emulator.url());
    emulator.federate(APP, &issuer, USER_IDENTITY_OBJECT_ID, TOKEN_EXCHANGE_AUDIENCE);
    let path = format!(
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource={TOKEN_EXCHANGE_AUDIENCE}&object_id=\
         {USER_IDENTITY_OBJECT_ID}"
    );
    let answer = stranger(&emulator.imds_url()).get_with(&path, &[("Metadata", "true")]).expect("an answer");
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(code(&ask(&emulator, &token)), 0);
}

#[test]
fn other_languages_can_register_credentials() {
    let emulator = Emulator::start();
    let client = client(&emulator);
    let post = |path: &str, body: Value| {
        let headers = [("Content-Type", "application/json")];
        client.post(&format!("/_emulator/{path}"), &headers, body.to_string().as_bytes()).expect("an answer")
    };
    let certificate = self_signed(KEY);
    assert_eq!(post("certificates", json!({"client_id": APP, "certificate": certificate.pem()})).status, 200);
    assert_eq!(ask(&emulator, &sign(KEY, &header(&certificate), &claims(&emulator))).status, 200);
    let subject = json!({"client_id": APP, "issuer": issuer("root").pem(), "subject": "app.example"});
    assert_eq!(post("certificates", subject).status, 200);

    let mut federation = json!({"issuer": KUBERNETES_ISSUER, "subject": "s", "audience": "a", "client_id": APP});
    assert_eq!(post("federations", federation.clone()).status, 200);
    federation.as_object_mut().expect("an object").remove("client_id");
    federation["lifetime"] = json!(60);
    let token = post("federated-tokens", federation).json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(ask(&emulator, &token).status, 200);

    assert_eq!(post("certificates", json!({"client_id": APP, "certificate": "x"})).status, 400);
    let elliptic = issuer("root").pem();
    assert!(post("certificates", json!({"client_id": APP, "certificate": elliptic})).body.contains("RSA"));
    assert_eq!(post("federations", json!({"client_id": APP})).status, 400);
}
