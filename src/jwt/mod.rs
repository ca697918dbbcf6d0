//! Reading JSON Web Tokens (RFC 7519) without verifying them: what a token says of itself.
//!
//! Nothing that jeton hands out depends on this. Access tokens are opaque to their clients, so a token's life in the cache
//! comes from the server's answer; what is read here is for a person's eyes and for a script's question. The signature is
//! not looked at, so nothing here may be taken for the truth of an attacker's token.

mod find;
mod scan;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

pub use find::{Found, find};

/// base64url without padding (RFC 7515 section 2); stray bits in the last character are let pass.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Seconds by which the issuer's clock may be ahead before a token counts as not yet valid (RFC 7519 section 4.1.5
/// allows for "some small leeway").
pub const LEEWAY: u64 = 60;

/// A token that was read. Its text is not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The JOSE header (RFC 7515 section 4).
    pub header: Map<String, Value>,
    /// The claims set (RFC 7519 section 4).
    pub claims: Map<String, Value>,
}

/// Why a text is no token that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Its form is another one.
    NotJwt,
    /// Five parts (RFC 7516 section 3.1): only its recipient can read the claims.
    Encrypted,
    /// It begins like one, but the header or the claims are cut or damaged.
    Damaged,
}

/// Where a token stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In its time, or without any.
    Valid,
    /// Past `exp` (seconds since 1970, UTC).
    Expired(u64),
    /// Before `nbf` (seconds since 1970, UTC), by more than [`LEEWAY`].
    NotYetValid(u64),
}

impl Jwt {
    /// Reads a token in compact form: header, claims and signature (which may be empty), with dots between.
    ///
    /// # Errors
    /// See [`Defect`].
    pub fn parse(token: &str) -> Result<Self, Defect> {
        let (header, rest) = token.split_once('.').ok_or(Defect::NotJwt)?;
        let header = object(header).ok_or(Defect::NotJwt)?;
        match rest.split('.').collect::<Vec<_>>()[..] {
            [claims, _signature] => {
                let claims = object(claims).ok_or(Defect::Damaged)?;
                Ok(Self { header, claims })
            }
            [_, _, _, _] if header.contains_key("enc") => Err(Defect::Encrypted),
            _ => Err(Defect::Damaged),
        }
    }

    /// A claim that is a time, in seconds since 1970, UTC (`NumericDate`, RFC 7519 section 2). Fractions are cut off,
    /// digits in a string are taken too, and what lies before 1970 is 0.
    #[must_use]
    pub fn time(&self, claim: &str) -> Option<u64> {
        match self.claims.get(claim)? {
            // (`as` keeps to the bounds of u64.)
            Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|seconds| seconds as u64)),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// `exp`: when it dies.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.time("exp")
    }

    /// `nbf`: from when on it is good.
    #[must_use]
    pub fn not_before(&self) -> Option<u64> {
        self.time("nbf")
    }

    /// `iat`: when it was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.time("iat")
    }

    /// Where it stands at `now` (seconds since 1970, UTC). A token without `exp` never expires.
    #[must_use]
    pub fn standing(&self, now: u64) -> Standing {
        match (self.expires_at(), self.not_before()) {
            (Some(end), _) if end <= now => Standing::Expired(end),
            (_, Some(start)) if start > now.saturating_add(LEEWAY) => Standing::NotYetValid(start),
            _ => Standing::Valid,
        }
    }
}

/// The JSON object that a part of a token is.
fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64URL.decode(part).ok()?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    pub(crate) fn encode(header: &Value, claims: &Value) -> String {
        let [header, claims] = [header, claims].map(|part| BASE64URL.encode(part.to_string()));
        format!("{header}.{claims}.c2lnbmF0dXJl")
    }

    pub(crate) fn token(claims: &Value) -> String {
        encode(&json!({"typ": "JWT", "alg": "RS256"}), claims)
    }

    #[test]
    fn the_example_of_rfc_7519_is_read() {
        // Section 3.1; the lines are wrapped there as here.
        let jwt = Jwt::parse(concat!(
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
            ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ))
        .unwrap();
        assert_eq!((&jwt.header["alg"], &jwt.claims["iss"]), (&json!("HS256"), &json!("joe")));
        assert_eq!(jwt.expires_at(), Some(1_300_819_380));
    }

    #[test]
    fn the_example_of_rfc_7519_without_a_signature_is_read() {
        // Section 6.1.
        let jwt = Jwt::parse(concat!(
            "eyJhbGciOiJub25lIn0",
            ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        ));
        assert_eq!(jwt.unwrap().header["alg"], "none");
    }

    #[test]
    fn each_defect_is_told() {
        let good = token(&json!({"a": 1}));
        let (header, _) = good.split_once('.').unwrap();
        let enc = BASE64URL.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        for (text, defect) in [
            ("", Defect::NotJwt),
            ("opaque", Defect::NotJwt),
            ("a.b.c", Defect::NotJwt),
            ("W10.e30.c2ln", Defect::NotJwt),
            (header, Defect::NotJwt),
            (&format!("{header}."), Defect::Damaged),
            (&format!("{header}.W10.x"), Defect::Damaged),
            (&good[..good.len() - 20], Defect::Damaged),
            (&format!("{good}.x"), Defect::Damaged),
            (&format!("{enc}.a.b.c.d"), Defect::Encrypted),
        ] {
            assert_eq!(Jwt::parse(text).unwrap_err(), defect, "{text}");
        }
    }

    #[test]
    fn times_are_read_in_every_form() {
        let claims = json!({"exp": 5, "nbf": 5.9, "iat": "7", "a": -3, "b": 1e300, "c": "soon", "d": [1], "e": -0.5});
        let jwt = Jwt::parse(&token(&claims)).unwrap();
        assert_eq!((jwt.expires_at(), jwt.not_before(), jwt.issued_at()), (Some(5), Some(5), Some(7)));
        assert_eq!(
            ["a", "b", "c", "d", "e", "f"].map(|claim| jwt.time(claim)),
            [Some(0), Some(u64::MAX), None, None, Some(0), None]
        );
    }

    #[test]
    fn a_life_has_its_bounds() {
        let jwt = Jwt::parse(&token(&json!({"nbf": 1000, "exp": 2000}))).unwrap();
        for (now, standing) in [
            (0, Standing::NotYetValid(1000)),
            (939, Standing::NotYetValid(1000)),
            (940, Standing::Valid),
            (1999, Standing::Valid),
            (2000, Standing::Expired(2000)),
            (u64::MAX, Standing::Expired(2000)),
        ] {
            assert_eq!(jwt.standing(now), standing, "at {now}");
        }
        assert_eq!(Jwt::parse(&token(&json!({}))).unwrap().standing(u64::MAX), Standing::Valid);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = Jwt::parse(&text);
        }

        #[test]
        fn what_was_encoded_is_read(name in ".{0,20}", value in ".{0,40}", exp in any::<u64>()) {
            let claims = json!({name: value, "exp": exp});
            let jwt = Jwt::parse(&token(&claims)).unwrap();
            prop_assert_eq!(Value::Object(jwt.claims.clone()), claims);
            prop_assert_eq!(jwt.expires_at(), Some(exp));
        }
    }
}
