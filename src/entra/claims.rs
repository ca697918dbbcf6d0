//! Claims challenges (continuous access evaluation): what a resource wants to see in the next token.
//!
//! A resource answers 401 with `WWW-Authenticate: Bearer ..., error="insufficient_claims", claims="<base64 of JSON>"`
//! ("Claims challenges, claims requests, and client capabilities"). The request that answers it says too that this client
//! understands such challenges (`xms_cc` with `CP1`), as MSAL does.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// The `claims` parameter of a token or authorization request: a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims(String);

impl Claims {
    /// Reads a challenge: the JSON itself, or its base64 in either alphabet, with or without padding.
    ///
    /// # Errors
    /// A text that is neither.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let mut claims = object(text.as_bytes()).or_else(|| object(&decode(text)?)).ok_or_else(|| {
            Error::usage("the claims are neither a JSON object nor one in base64").hint(
                "give what stands behind claims= in the WWW-Authenticate header of the resource that refused the token",
            )
        })?;
        let token = claims.entry("access_token").or_insert_with(|| json!({}));
        if let Value::Object(token) = token {
            token.entry("xms_cc").or_insert_with(|| json!({"values": ["CP1"]}));
        }
        Ok(Self(Value::Object(claims).to_string()))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn object(text: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(text).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    const ANY: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let url = GeneralPurpose::new(&alphabet::URL_SAFE, ANY);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, ANY);
    url.decode(text).or_else(|_| standard.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_challenge_is_read_in_every_form_and_says_what_this_client_can() {
        let json = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
        let wanted = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"xms_cc":{"values":["CP1"]}}}"#;
        let standard = base64::engine::general_purpose::STANDARD.encode(json);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
        for text in [json, &standard, &url, standard.trim_end_matches('=')] {
            assert_eq!(Claims::parse(text).unwrap().as_str(), wanted);
        }
        for bad in ["", "x", "[]", "\"a\"", "e30x", "bm8="] {
            assert!(Claims::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,100}") {
            let _ = Claims::parse(&text);
        }
    }
}
