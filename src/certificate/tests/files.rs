//! Keys, certificates and their containers, made by openssl once for all tests.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use ring::hmac;

use crate::certificate::der::{Reader, tag};
use crate::certificate::encryption::{Password, Purpose, derive};

pub(super) const PASSWORD: &str = "correct-hunter2";
/// Of every length that UTF-8 and UTF-16 have.
pub(super) const UNICODE_PASSWORD: &str = "pä€𝄞 ";
pub(super) const LEGACY_PASSWORD: &str = "x";

/// Keys under [`PASSWORD`], in PEM.
pub(super) const ENCRYPTED_KEYS: [&str; 11] = [
    "encrypted-default.pem",
    "encrypted-aes128.pem",
    "encrypted-aes192.pem",
    "encrypted-aes256.pem",
    "encrypted-aes256-384.pem",
    "encrypted-des3.pem",
    "encrypted-many-rounds.pem",
    "encrypted-v1-3des.pem",
    "encrypted-v1-2des.pem",
    "encrypted-v1-rc2-128.pem",
    "encrypted-v1-rc2-40.pem",
];

/// PFX files under [`PASSWORD`].
pub(super) const PFX: [&str; 8] = [
    "modern.pfx",
    "legacy.pfx",
    "no-mac.pfx",
    "legacy-no-mac.pfx",
    "sealed-no-mac.pfx",
    "sha512-mac.pfx",
    "mixed.pfx",
    "one-round.pfx",
];

const SCRIPT: &str = r#"
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $ec -keyout root.key -out root.pem -subj /CN=root -days 3650
openssl ec -in root.key -out root-sec1.key
openssl req -new $ec -keyout inter.key -out inter.csr -subj /CN=intermediate
openssl x509 -req -in inter.csr -CA root.pem -CAkey root.key -CAcreateserial -out inter.pem -days 3650

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem
openssl req -new -key key.pem -out csr.pem -subj "/CN=jeton test"
openssl x509 -req -in csr.pem -CA inter.pem -CAkey inter.key -CAcreateserial -out leaf.pem -days 30
openssl req -x509 -key key.pem -out renewed.pem -subj "/CN=jeton test" -days 60
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out other.pem
openssl req -x509 -newkey rsa:1024 -nodes -keyout small.key -out small.pem -subj /CN=small
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out pss.key
openssl req -x509 -key pss.key -out pss.pem -subj /CN=pss

for name in leaf inter root renewed; do openssl x509 -in $name.pem -outform DER -out $name.der; done
openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der
openssl rsa -in key.pem -RSAPublicKey_out -outform DER -out public.der
openssl x509 -in leaf.pem -noout -sha256 -fingerprint > sha256.txt
openssl x509 -in leaf.pem -noout -sha1 -fingerprint > sha1.txt
openssl x509 -in leaf.pem -noout -dates -dateopt iso_8601 > dates.txt

old="-provider legacy -provider default"
openssl rsa -in key.pem -traditional -out pkcs1.pem
encrypt() { out=$1; shift; openssl pkcs8 -topk8 -in key.pem -out encrypted-$out.pem -passout "pass:$PASSWORD" "$@"; }
encrypt default
encrypt aes128 -v2 aes-128-cbc -v2prf hmacWithSHA1
encrypt aes192 -v2 aes-192-cbc -v2prf hmacWithSHA256
encrypt aes256 -v2 aes-256-cbc -v2prf hmacWithSHA512
encrypt aes256-384 -v2 aes-256-cbc -v2prf hmacWithSHA384
encrypt des3 -v2 des3
encrypt many-rounds -iter 100000
encrypt v1-3des -v1 PBE-SHA1-3DES
encrypt v1-2des -v1 PBE-SHA1-2DES
encrypt v1-rc2-128 -v1 PBE-SHA1-RC2-128 $old
encrypt v1-rc2-40 -v1 PBE-SHA1-RC2-40 $old
encrypt md5 -v1 PBE-MD5-DES $old
encrypt scrypt -scrypt
PASSWORD= encrypt empty
openssl rsa -in key.pem -traditional -aes128 -passout "pass:$PASSWORD" -out encrypted-traditional.pem

cat root.pem inter.pem > chain.pem
export_as() {
    out=$1 password=$2; shift 2
    openssl pkcs12 -export -inkey key.pem -in leaf.pem -certfile chain.pem -name "a name" -out $out.pfx \
        -passout "pass:$password" "$@"
}
export_as modern "$PASSWORD"
export_as legacy "$PASSWORD" -legacy
export_as no-mac "$PASSWORD" -nomac
export_as legacy-no-mac "$PASSWORD" -legacy -nomac
export_as sealed-no-mac "$PASSWORD" -nomac -certpbe aes-256-cbc
export_as sha512-mac "$PASSWORD" -macalg sha512
export_as mixed "$PASSWORD" -keypbe aes-128-cbc -certpbe PBE-SHA1-RC2-128 -macalg sha384 $old
export_as one-round "$PASSWORD" -noiter -nomaciter
export_as unicode "$UNICODE_PASSWORD"
export_as legacy-ascii "$LEGACY_PASSWORD" -legacy
export_as empty ""
export_as empty-legacy "" -legacy
export_as bare "" -keypbe NONE -certpbe NONE -nomac
export_as bare-mac "" -keypbe NONE -certpbe NONE
openssl pkcs12 -in modern.pfx -passin "pass:$PASSWORD" -nodes -out bags.pem
openssl base64 -in modern.pfx -out base64.txt
"#;

/// One of the files.
pub(super) fn file(name: &str) -> &'static [u8] {
    static FILES: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(make).get(name).unwrap_or_else(|| panic!("there is no {name}"))
}

fn make() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("sh")
        .args(["-euxc", SCRIPT])
        .current_dir(&folder)
        .env("PASSWORD", PASSWORD)
        .env("UNICODE_PASSWORD", UNICODE_PASSWORD)
        .env("LEGACY_PASSWORD", LEGACY_PASSWORD)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let entries = std::fs::read_dir(&folder).unwrap().map(Result::unwrap);
    let mut files: BTreeMap<_, _> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect();
    // What openssl does not make, it reads all the same.
    for (name, bytes, password) in [
        ("absent.pfx", without_password(&files["bare-mac.pfx"]), ""),
        ("ber.pfx", ber(&files["modern.pfx"], false), PASSWORD),
        ("ber-legacy.pfx", ber(&files["legacy.pfx"], false), PASSWORD),
        ("ber-no-mac.pfx", ber(&files["sealed-no-mac.pfx"], true), PASSWORD),
    ] {
        std::fs::write(folder.path().join(name), &bytes).unwrap();
        files.insert(name.to_owned(), bytes);
        let mut openssl = Command::new("openssl");
        openssl.args(["pkcs12", "-nodes", "-legacy", "-in", name, "-passin", &format!("pass:{password}")]);
        let read = openssl.current_dir(&folder).output().unwrap();
        let text = String::from_utf8_lossy(&read.stdout);
        assert!(text.contains("PRIVATE KEY"), "openssl reads {name} too: {}", String::from_utf8_lossy(&read.stderr));
    }
    files
}

/// Puts in the MAC of no password at all, in place of the empty one's. (Some programs write it; openssl only reads it.)
fn without_password(pfx: &[u8]) -> Vec<u8> {
    let mut reader = Reader::only(pfx, tag::SEQUENCE).unwrap();
    reader.small().unwrap();
    let mut safe = reader.sequence().unwrap();
    safe.content(tag::OID).unwrap();
    let safe = safe.inside(tag::CONTEXT_0_AROUND).unwrap().content(tag::OCTET_STRING).unwrap();
    let mut mac = reader.sequence().unwrap();
    let mut info = mac.sequence().unwrap();
    info.algorithm().unwrap();
    let old = info.content(tag::OCTET_STRING).unwrap();
    let (salt, rounds) = (mac.content(tag::OCTET_STRING).unwrap(), mac.small().unwrap());
    let key = derive(&ring::digest::SHA256, Purpose::Mac, &Password::new(None), salt, rounds, 32).unwrap();
    let new = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), safe);
    let at = pfx.windows(old.len()).position(|window| window == old).unwrap();
    [&pfx[..at], new.as_ref(), &pfx[at + old.len()..]].concat()
}

/// DER in the loosest BER: no element has a length that could be left out, and octets are in pieces. `deep`: also in the
/// octets that are elements themselves.
fn ber(der: &[u8], deep: bool) -> Vec<u8> {
    const END: &[u8] = &[0, 0];
    let mut out = Vec::new();
    let mut rest = der;
    while !rest.is_empty() {
        let (tag, content, length) = element(rest);
        rest = &rest[length..];
        match tag {
            tag::OCTET_STRING | tag::CONTEXT_0 if content.len() > 1 => {
                // (Encrypted bytes may begin like a sequence, and be none.)
                let is_der = content[0] == tag::SEQUENCE
                    && Reader::new(content).element().is_ok_and(|(_, _, whole)| whole.len() == content.len());
                let inner = if deep && is_der { ber(content, deep) } else { content.to_vec() };
                out.extend([tag | 0x20, 0x80]);
                for piece in inner.chunks(100) {
                    out.extend([tag::OCTET_STRING, 0x82, 0, piece.len() as u8]);
                    out.extend(piece);
                }
                out.extend(END);
            }
            tag if tag & 0x20 != 0 => {
                out.extend([tag, 0x80]);
                out.extend(ber(content, deep));
                out.extend(END);
            }
            _ => out.extend(&der[der.len() - rest.len() - length..der.len() - rest.len()]),
        }
    }
    out
}

/// The first element: its tag, content and length.
fn element(der: &[u8]) -> (u8, &[u8], usize) {
    let mut reader = Reader::new(der);
    let (tag, content, whole) = reader.element().unwrap();
    (tag, content, whole.len())
}
