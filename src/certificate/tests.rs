//! Files as openssl makes them, in every form that is read, and the errors of those that are not.

mod files;
mod signing;

use std::path::Path;

use proptest::prelude::*;

use self::files::{LEGACY_PASSWORD, PASSWORD, UNICODE_PASSWORD, file};
use super::ClientCertificate;
use super::der::{Reader, tag};
use crate::error::{Error, Kind};
use crate::secret::Secret;

fn parse(bytes: &[u8], password: Option<&str>) -> Result<ClientCertificate, Error> {
    ClientCertificate::parse(bytes, password.map(Secret::from).as_ref())
}

/// Reads a file that has to be right: the leaf, and above it `chain`.
fn good(name: &str, bytes: &[u8], password: Option<&str>, chain: &[&str]) -> ClientCertificate {
    let certificate = parse(bytes, password).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(certificate.leaf.der, file("leaf.der"), "{name}");
    let above: Vec<_> = certificate.chain.iter().map(|one| one.der.as_slice()).collect();
    assert_eq!(above, chain.iter().map(|name| file(name)).collect::<Vec<_>>(), "{name}");
    certificate
}

/// Reads a file that has to be refused, and gives the error's text.
fn bad(name: &str, bytes: &[u8], password: Option<&str>) -> String {
    let error = parse(bytes, password).err().unwrap_or_else(|| panic!("{name} is read"));
    assert_eq!(error.kind, Kind::Configuration, "{name}");
    assert!(error.hint.is_some(), "{name}: {error}");
    error.to_string()
}

/// Several files in one.
fn joined(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| file(name).iter().copied()).collect()
}

#[test]
fn plain_keys_are_read_in_every_form_and_order() {
    let chain = ["inter.der", "root.der"];
    for key in ["key.pem", "pkcs1.pem"] {
        for order in [["leaf.pem", "inter.pem", "root.pem"], ["root.pem", "leaf.pem", "inter.pem"]] {
            let certificates = joined(&order);
            good(key, &[file(key), &certificates].concat(), None, &chain);
            good(key, &[&certificates, file(key)].concat(), Some("not needed"), &chain);
        }
    }
    good("leaf only", &joined(&["leaf.pem", "key.pem"]), None, &[]);
    good("twice", &joined(&["leaf.pem", "inter.pem", "leaf.pem", "key.pem", "inter.pem"]), None, &["inter.der"]);
}

#[test]
fn the_other_text_in_a_pem_file_does_not_matter() {
    let plain = String::from_utf8(joined(&["leaf.pem", "key.pem"])).unwrap();
    let bags = file("bags.pem");
    assert!(String::from_utf8_lossy(bags).contains("Bag Attributes"));
    good("Bag Attributes", bags, None, &["inter.der", "root.der"]);
    good("CRLF", plain.replace('\n', "\r\n").as_bytes(), None, &[]);
    good("byte order mark", format!("\u{feff}{plain}").as_bytes(), None, &[]);
    good("latin-1", &[b"caf\xe9\n", plain.as_bytes(), b"\xff\xfe"].concat(), None, &[]);
    good("indented", plain.replace('\n', "\n  ").as_bytes(), None, &[]);
    for (bom, bytes) in [
        (0xfeff_u16.to_le_bytes(), u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (0xfeff_u16.to_be_bytes(), u16::to_be_bytes),
    ] {
        let text: Vec<u8> = bom.into_iter().chain(plain.encode_utf16().flat_map(bytes)).collect();
        good("UTF-16", &text, None, &[]);
    }
}

#[test]
fn encrypted_keys_are_read_in_every_scheme() {
    for name in files::ENCRYPTED_KEYS {
        let bytes = joined(&[name, "leaf.pem"]);
        good(name, &bytes, Some(PASSWORD), &[]);
        let text = bad(name, &bytes, Some("wrong"));
        assert!(
            text.contains("the password is wrong\n  next: give the file's password with --certificate-p"),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        for none in [None, Some("")] {
            let text = bad(name, &bytes, none);
            assert!(text.contains("its password is missing\n  next: ") && text.contains("env:NAME"), "{text}");
        }
    }
    good("empty password", &joined(&["encrypted-empty.pem", "leaf.pem"]), None, &[]);
}

#[test]
fn keys_that_are_encrypted_in_other_ways_are_refused_with_the_command_that_helps() {
    for name in ["encrypted-traditional.pem", "encrypted-md5.pem", "encrypted-scrypt.pem"] {
        let text = bad(name, &joined(&[name, "leaf.pem"]), Some(PASSWORD));
        assert!(text.contains("openssl pkcs8 -topk8"), "{text}");
    }
}

#[test]
fn pfx_files_are_read_in_every_scheme() {
    let chain = ["inter.der", "root.der"];
    for name in files::PFX {
        good(name, file(name), Some(PASSWORD), &chain);
        let text = bad(name, file(name), Some("wrong"));
        assert!(text.contains("the password is wrong\n") && text.contains("--certificate-password-from"), "{text}");
        let text = bad(name, file(name), None);
        assert!(text.contains("its password is missing\n"), "{text}");
    }
    good("unicode", file("unicode.pfx"), Some(UNICODE_PASSWORD), &chain);
    good("legacy", file("legacy-ascii.pfx"), Some(LEGACY_PASSWORD), &chain);
}

#[test]
fn pfx_files_without_a_password_are_read() {
    let chain = ["inter.der", "root.der"];
    for name in ["empty.pfx", "empty-legacy.pfx", "bare.pfx", "bare-mac.pfx", "absent.pfx"] {
        for none in [None, Some("")] {
            good(name, file(name), none, &chain);
        }
    }
    good("nothing to decrypt", file("bare.pfx"), Some("not needed"), &chain);
    bad("a MAC of another password", file("bare-mac.pfx"), Some("wrong"));
}

#[test]
fn pfx_files_in_ber_are_read() {
    for name in ["ber.pfx", "ber-legacy.pfx", "ber-no-mac.pfx"] {
        assert!(file(name).starts_with(&[0x30, 0x80]));
        good(name, file(name), Some(PASSWORD), &["inter.der", "root.der"]);
        assert!(bad(name, file(name), Some("wrong")).contains("the password is wrong"));
    }
}

#[test]
fn what_is_missing_or_does_not_belong_together_is_named() {
    for (files, said) in [
        (&["leaf.pem"][..], "there is a certificate in it, but no private key"),
        (&["key.pem"], "there is a private key in it, but no certificate"),
        (&["csr.pem"], "there is neither a certificate nor a private key in it"),
        (&["leaf.pem", "other.pem"], "its private key belongs to none of its certificates"),
        (&["root.pem", "root.key"], "its private key is an EC key; Entra takes RSA keys"),
        (&["root.pem", "root-sec1.key"], "its private key is an EC key; Entra takes RSA keys"),
        (&["pss.pem", "pss.key"], "its private key is no plain RSA key; Entra takes RSA keys"),
        (&["small.pem", "small.key"], "its RSA key has 1024 bits"),
    ] {
        let text = bad(files[0], &joined(files), None);
        assert!(text.contains(said), "{text}");
    }
    for bytes in [&b""[..], b"hello", file("leaf.der"), file("base64.txt")] {
        let text = bad("no file of these", bytes, None);
        assert!(text.contains("neither PEM nor PFX"), "{text}");
    }
    let text = bad("half of a file", &file("modern.pfx")[..1000], Some(PASSWORD));
    assert!(text.contains("damaged"), "{text}");
    good("one key too many", &joined(&["other.pem", "root.key", "small.key", "leaf.pem", "key.pem"]), None, &[]);
}

#[test]
fn of_two_certificates_for_one_key_the_one_that_ends_last_is_taken() {
    for order in [["leaf.pem", "renewed.pem"], ["renewed.pem", "leaf.pem"]] {
        let certificate = parse(&[joined(&order), joined(&["key.pem", "inter.pem"])].concat(), None).unwrap();
        assert_eq!(certificate.leaf.der, file("renewed.der"));
        assert_eq!(certificate.chain.len(), 1, "the old one is in no chain");
    }
}

#[test]
fn files_are_told_apart_by_content_and_named_in_errors() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let read = |path: &Path, password: &str| ClientCertificate::read(path, Some(&Secret::from(password)));
    assert!(read(&write("pfx.pem", file("modern.pfx")), PASSWORD).is_ok());
    assert!(read(&write("pem.pfx", &joined(&["leaf.pem", "key.pem"])), PASSWORD).is_ok());
    let damaged = write("x.pfx", file("modern.pfx"));
    let large = write("large.pfx", &vec![0x30; (super::LONGEST + 1) as usize]);
    let missing = folder.path().join("missing.pfx");
    for (path, said) in [
        (damaged.as_path(), "the password is wrong"),
        (large.as_path(), "it is too large"),
        (missing.as_path(), "it can't be read: "),
        (folder.path(), "it can't be read: "),
    ] {
        let error = read(path, "wrong").unwrap_err();
        assert_eq!(error.kind, Kind::Configuration);
        assert!(error.message.starts_with(&format!("the certificate file {}: {said}", path.display())), "{error}");
    }
    let late = read(&damaged, PASSWORD).unwrap().check(u64::MAX).unwrap_err();
    assert!(late.message.starts_with(&format!("the certificate file {}: the certificate exp", damaged.display())));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        start in prop::sample::select(vec![&b""[..], b"\x30\x80\x02\x01\x03\x30", b"\xff\xfe", b"-----BEGIN PRIVATE KEY-----\n"]),
    ) {
        let _ = parse(&[start, &bytes].concat(), Some("x"));
    }

    #[test]
    fn damaged_files_are_read_without_a_panic(
        name in prop::sample::select(vec!["modern.pfx", "legacy.pfx", "bare.pfx", "encrypted-aes256.pem"]),
        at in any::<prop::sample::Index>(),
        put in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = file(name).to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = put }
        let _ = parse(&bytes, Some(PASSWORD));
    }

    #[test]
    fn a_damaged_certificate_or_key_is_read_without_a_panic(at in any::<prop::sample::Index>(), put in any::<u8>()) {
        for name in ["leaf.der", "key.der"] {
            let mut bytes = file(name).to_vec();
            let at = at.index(bytes.len());
            bytes[at] = put;
            let _ = super::x509::Certificate::parse(&bytes);
            if let Ok(super::key::PrivateKey::Rsa(key)) = super::key::PrivateKey::pkcs8(&bytes) {
                let _ = super::signer(&key);
            }
        }
    }
}

#[test]
fn the_outermost_element_is_all_of_a_file() {
    assert!(Reader::only(file("modern.pfx"), tag::SEQUENCE).is_ok());
    bad("more than one", &[file("modern.pfx"), &[0][..]].concat(), Some(PASSWORD));
}
