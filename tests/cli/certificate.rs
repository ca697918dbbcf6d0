//! An app that signs with a certificate: files as openssl makes them, what is sent, and what is told before any request.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_emulator::{CLIENT_ID, Emulator, TENANT};
use serde_json::Value;

use crate::expect::{HUNTER, assert_says, last_request, only_request};
use crate::support::Home;

/// Runs openssl in `home`.
#[track_caller]
pub(crate) fn openssl(home: &Home, line: &str) {
    let mut command = Command::new("openssl");
    command.args(line.split_whitespace()).current_dir(home.path("")).stdin(Stdio::null());
    let output = command.output().expect("openssl on PATH");
    assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Two private keys, made once for all tests of this process.
fn keys() -> &'static [String; 2] {
    static KEYS: OnceLock<[String; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(); 2].map(|()| {
            let mut command = Command::new("openssl");
            command.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
            String::from_utf8(command.stderr(Stdio::null()).output().expect("openssl on PATH").stdout).expect("PEM")
        })
    })
}

/// An emulator, and a home with `key.pem` and `other.pem` whose environment has tenant and client, but no secret.
fn both() -> (Emulator, Home) {
    let emulator = Emulator::start();
    let mut home = Home::at(&emulator);
    home.unset("AZURE_CLIENT_SECRET");
    for (name, key) in ["key.pem", "other.pem"].iter().zip(keys()) {
        std::fs::write(home.path(name), key).expect("a key");
    }
    (emulator, home)
}

/// Makes a certificate of `key` for `days`, registers it, and writes it with its key into `file`.
fn certificate(emulator: &Emulator, home: &mut Home, key: &str, days: u32, file: &str) {
    openssl(home, &format!("req -x509 -key {key} -out cert.pem -subj /CN=app -days {days}"));
    let read = |name: &str| std::fs::read_to_string(home.path(name)).expect("PEM");
    emulator.register_certificate(CLIENT_ID, &read("cert.pem"));
    let both = read("cert.pem") + &read(key);
    std::fs::write(home.path(file), both).expect("a certificate file");
    let path = home.path(file);
    home.set("AZURE_CLIENT_CERTIFICATE_PATH", path);
}

/// Makes a self-signed certificate of `key.pem` that is valid from one year's begin to another's.
pub(crate) fn of_time(home: &Home, from: &str, to: &str, file: &str) {
    // (openssl makes no certificate of another time by simpler means.)
    std::fs::create_dir_all(home.path("ca")).expect("a folder");
    std::fs::write(home.path("ca/index.txt"), "").expect("a file");
    let config = "[ca]\ndefault_ca=x\n[x]\ndatabase=ca/index.txt\nrand_serial=yes\nnew_certs_dir=ca\ndefault_md=sha256\n\
                  policy=any\nunique_subject=no\n[any]\ncommonName=supplied\n";
    std::fs::write(home.path("ca.cnf"), config).expect("a file");
    openssl(home, "req -new -key key.pem -out app.csr -subj /CN=app");
    let dates = format!("-startdate {from}0101000000Z -enddate {to}0101000000Z");
    openssl(
        home,
        &format!("ca -batch -selfsign -config ca.cnf -keyfile key.pem -in app.csr -notext {dates} -out {file}"),
    );
}

/// Header and claims of the assertion that was sent last.
fn assertion(emulator: &Emulator) -> [Value; 2] {
    let request = last_request(emulator);
    let text = request.field("client_assertion").expect("an assertion").to_owned();
    let mut parts = text.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    [(); 2].map(|()| serde_json::from_slice(&parts.next().expect("a part")).expect("JSON"))
}

#[test]
fn the_environment_of_azure_identity_is_enough() {
    let (emulator, mut home) = both();
    certificate(&emulator, &mut home, "key.pem", 365, "app.pem");
    let token = home.token(&[]).run().quiet().line().to_owned();
    assert!(emulator.is_valid(&token));
    let request = only_request(&emulator);
    assert_eq!(request.field("client_secret"), None);
    assert_eq!(request.field("client_assertion_type"), Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    let [header, claims] = assertion(&emulator);
    assert_eq!((&header["alg"], &header["x5c"]), (&"PS256".into(), &Value::Null));
    assert!(header["x5t#S256"].is_string());
    assert_eq!(claims["aud"], format!("{}/{TENANT}/oauth2/v2.0/token", emulator.url()));
    // A token from the cache needs no file.
    std::fs::remove_file(home.path("app.pem")).expect("removed");
    assert_eq!(home.token(&[]).run().quiet().line(), token);
}

#[test]
fn a_pfx_file_needs_its_password_and_no_other() {
    let (emulator, mut home) = both();
    certificate(&emulator, &mut home, "key.pem", 365, "app.pem");
    openssl(&home, "pkcs12 -export -in app.pem -out app.pfx -passout pass:correct");
    let path = home.path("app.pfx");
    home.set("AZURE_CLIENT_CERTIFICATE_PATH", &path);
    for password in ["", HUNTER] {
        let stderr = home.token(&[]).env("AZURE_CLIENT_CERTIFICATE_PASSWORD", password).run().refusal(4);
        assert_says(&stderr, &["app.pfx", "password", "--certificate-password-from"]);
    }
    assert_eq!(emulator.count(), 0);
    home.token(&[]).env("AZURE_CLIENT_CERTIFICATE_PASSWORD", "correct").run().quiet();
    std::fs::write(home.path("password"), "correct\n").expect("a password");
    home.token(&["--force-refresh", "--certificate-password-from", "file:password"]).run().quiet();
    assert_eq!((emulator.token_count(), emulator.violations().len()), (2, 0));
}

#[test]
fn ad_fs_and_subject_names_get_the_assertion_that_they_know() {
    let (emulator, mut home) = both();
    openssl(&home, "req -x509 -key other.pem -out root.pem -subj /CN=root -days 365");
    openssl(&home, "req -new -key key.pem -out app.csr -subj /CN=app.contoso.example");
    openssl(&home, "x509 -req -in app.csr -CA root.pem -CAkey other.pem -CAcreateserial -out leaf.pem -days 365");
    let read = |name: &str| std::fs::read_to_string(home.path(name)).expect("PEM");
    emulator.register_subject_name(CLIENT_ID, &read("root.pem"), "app.contoso.example");
    std::fs::write(home.path("app.pem"), read("leaf.pem") + &read("key.pem") + &read("root.pem")).expect("a file");
    let path = home.path("app.pem");
    home.set("AZURE_CLIENT_CERTIFICATE_PATH", &path);
    // Without its chain Entra does not know the certificate.
    home.token(&[]).run().refusal(6);
    home.token(&["--send-certificate-chain", "--assertion-algorithm", "rs256"]).run().quiet();
    let [header, _] = assertion(&emulator);
    assert_eq!((&header["alg"], header["x5c"].as_array().map(Vec::len)), (&"RS256".into(), Some(2)));
    assert!(header["x5t"].is_string() && header["x5t#S256"].is_null());
    home.token(&["--force-refresh"]).env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "1").run().quiet();
    assert_eq!(assertion(&emulator)[0]["alg"], "PS256");
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_before_any_request() {
    let (emulator, mut home) = both();
    of_time(&home, "2019", "2020", "old.pem");
    of_time(&home, "2097", "2098", "early.pem");
    openssl(&home, "req -x509 -key key.pem -out cert.pem -subj /CN=app -days 30");
    let read = |name: &str| std::fs::read_to_string(home.path(name)).expect("PEM");
    for (name, text, says) in [
        ("expired.pem", read("old.pem") + &read("key.pem"), &["expired on 2020-01-01", "make a new certificate"][..]),
        ("future.pem", read("early.pem") + &read("key.pem"), &["valid from 2097-01-01", "clock"]),
        ("mismatch.pem", read("cert.pem") + &read("other.pem"), &["belongs to none", "the key that it was made with"]),
        ("keyless.pem", read("cert.pem"), &["no private key", "cat CERTIFICATE KEY"]),
        ("text.pem", HUNTER.to_owned(), &["neither PEM nor PFX"]),
    ] {
        std::fs::write(home.path(name), text).expect("a file");
        let path = home.path(name);
        home.set("AZURE_CLIENT_CERTIFICATE_PATH", &path);
        assert_says(&home.token(&[]).run().refusal(4), &[name]);
        assert_says(&home.token(&[]).run().refusal(4), says);
    }
    let path = home.path("nowhere.pem");
    home.set("AZURE_CLIENT_CERTIFICATE_PATH", &path);
    assert_says(&home.token(&[]).run().refusal(4), &["nowhere.pem", "check the path"]);
    assert_says(&home.token(&["--assertion-algorithm", "ES256"]).run().refusal(4), &["PS256, RS256"]);
    assert_eq!(emulator.count(), 0);
}

#[test]
fn a_renewed_file_counts_at_the_next_fetch() {
    let (emulator, mut home) = both();
    certificate(&emulator, &mut home, "key.pem", 365, "app.pem");
    home.token(&[]).run().quiet();
    let before = assertion(&emulator)[0]["x5t#S256"].clone();
    certificate(&emulator, &mut home, "other.pem", 365, "app.pem");
    home.token(&["--force-refresh"]).run().quiet();
    assert_ne!(assertion(&emulator)[0]["x5t#S256"], before);
    assert_eq!(home.cached(".token").len(), 1, "it is the same app's token");
}

#[test]
fn a_certificate_that_ends_soon_is_told_of() {
    let (emulator, mut home) = both();
    certificate(&emulator, &mut home, "key.pem", 5, "app.pem");
    let output = home.token(&[]).run().ok();
    assert_says(output.warning(), &["app.pem", "expires in", "days", "renew it"]);
}

#[test]
fn a_password_is_not_asked_for_where_nobody_can_type_it() {
    let (emulator, mut home) = both();
    certificate(&emulator, &mut home, "key.pem", 365, "app.pem");
    // PEM without encryption: the password is asked for all the same, and there is no terminal.
    let stderr = home.token(&["--certificate-password-from", "prompt"]).run().refusal(4);
    assert_says(&stderr, &["there is no terminal"]);
    assert_eq!(emulator.count(), 0);
}
