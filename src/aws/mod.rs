//! Amazon Web Services: temporary keys for an Entra token.
//!
//! [`AssumeRole`] is a flow that exchanges its subject, an Entra access token, for [`Keys`]. The cache keeps tokens, so
//! the keys travel as one: its type is [`TOKEN_TYPE`], and its value is the JSON text of [`Keys::to_secret`].

mod answer;
mod assume_role;
mod refusal;
#[cfg(test)]
mod wire;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use answer::{Answer, Granted, Refusal, parse_answer};
pub use assume_role::{AssumeRole, DEFAULT_DURATION};

use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// [`crate::token::Token::token_type`] of keys: the name of AWS's way to sign requests with them (IAM User Guide,
/// "Elements of an AWS API request signature").
pub const TOKEN_TYPE: &str = "AWS4-HMAC-SHA256";

/// Temporary security credentials. When they expire is told by the token that holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Names the keys (`ASIA...`); not secret.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: Secret,
    /// Goes along with each signed request.
    pub session_token: Secret,
    /// The twelve digits of the account that the keys work in.
    pub account_id: Option<String>,
}

/// The text's fields, named as `credential_process` names them (AWS SDKs and Tools Reference Guide, "Process credential
/// provider").
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text<'a> {
    #[serde(borrow)]
    access_key_id: Cow<'a, str>,
    #[serde(borrow)]
    secret_access_key: Cow<'a, str>,
    #[serde(borrow)]
    session_token: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    account_id: Option<Cow<'a, str>>,
}

impl Keys {
    /// The keys as the value of a token.
    ///
    /// # Errors
    /// None that is known: a struct of texts can always be written as JSON.
    pub fn to_secret(&self) -> Result<Secret> {
        let text = Text {
            access_key_id: (&self.access_key_id).into(),
            secret_access_key: self.secret_access_key.expose().into(),
            session_token: self.session_token.expose().into(),
            account_id: self.account_id.as_deref().map(Cow::Borrowed),
        };
        // Allocated once, because growing would leave copies of the keys behind.
        let mut json = Vec::with_capacity(2 * self.session_token.expose().len() + 1024);
        let written = serde_json::to_writer(&mut json, &text).ok().and_then(|()| String::from_utf8(json).ok());
        written.map(Secret::new).ok_or_else(|| Error::new(Kind::Failed, "the AWS keys can't be written as JSON"))
    }

    /// Reads the value of a token that [`Keys::to_secret`] made.
    ///
    /// # Errors
    /// Failed: it is another kind of token, or from another version.
    pub fn from_secret(value: &Secret) -> Result<Self> {
        // What the parser says could quote the text, so it is left out.
        let text: Text<'_> = serde_json::from_str(value.expose()).map_err(|_| {
            Error::new(Kind::Failed, "this token holds no AWS keys").hint("get a new one in place of the cached one")
        })?;
        Ok(Self {
            access_key_id: text.access_key_id.into_owned(),
            secret_access_key: Secret::from(&*text.secret_access_key),
            session_token: Secret::from(&*text.session_token),
            account_id: text.account_id.map(Cow::into_owned),
        })
    }
}

/// The account of an ARN: its fifth part, if it is twelve digits (IAM User Guide, "IAM identifiers").
fn account_of(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:")?.split(':').nth(3)?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn keys() -> Keys {
        Keys {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: Secret::from("sec+ret/="),
            session_token: Secret::from("ses\"sion\u{e9}"),
            account_id: Some("123456789012".into()),
        }
    }

    #[test]
    fn keys_come_back_from_their_text_and_are_not_shown() {
        let text = keys().to_secret().unwrap();
        assert!(text.expose().contains("\"SecretAccessKey\":\"sec+ret/=\""));
        assert_eq!(Keys::from_secret(&text), Ok(keys()));
        let without = Keys { account_id: None, ..keys() };
        let text = without.to_secret().unwrap();
        assert!(!text.expose().contains("AccountId"));
        assert_eq!(Keys::from_secret(&text), Ok(without));
        assert!(!format!("{:?}", keys()).contains("sec+ret"));
    }

    #[test]
    fn another_token_is_no_keys_and_is_not_quoted() {
        for value in
            ["", "eyJ0.e30.", "{}", "[]", r#"{"AccessKeyId":"hunter2","SecretAccessKey":1,"SessionToken":"c"}"#]
        {
            let error = Keys::from_secret(&Secret::from(value)).unwrap_err();
            assert_eq!(error.kind, Kind::Failed);
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn the_account_is_taken_from_arns() {
        assert_eq!(account_of("arn:aws:sts::123456789012:assumed-role/r/s"), Some("123456789012"));
        assert_eq!(account_of("arn:aws-cn:iam::123456789012:role/a:b"), Some("123456789012"));
        for arn in ["", "arn:", "arn:aws:iam::1234:role/r", "arn:aws:iam::12345678901x:role/r", "123456789012"] {
            assert_eq!(account_of(arn), None, "{arn}");
        }
    }

    proptest! {
        #[test]
        fn any_keys_come_back(id in ".*", secret in ".*", session in ".*", account in prop::option::of(".*")) {
            let keys = Keys {
                access_key_id: id,
                secret_access_key: Secret::new(secret),
                session_token: Secret::new(session),
                account_id: account,
            };
            prop_assert_eq!(Keys::from_secret(&keys.to_secret().unwrap()), Ok(keys));
        }
    }
}
