//! The authorization response: what the browser brings back (RFC 6749 sections 4.1.2 and 4.1.2.1).

use super::State;
use crate::http;
use crate::secret::Secret;

/// An answer to the request that is waited for.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// A code, to be redeemed at once.
    Code(Secret),
    /// The provider or the person refused.
    Error {
        /// The field that programs react to.
        error: String,
        /// For people; empty where there is none.
        description: String,
        /// Entra's finer reason.
        suberror: Option<String>,
    },
    /// Neither.
    Nothing,
}

/// Why an answer is not taken: it belongs to another request, or somebody made it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOurs {
    /// It has no state.
    NoState,
    /// It has another state.
    OtherState,
    /// A parameter that matters comes more than once, which must not be (RFC 6749 section 3.1).
    Doubled,
}

impl NotOurs {
    /// In words.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::NoState => "it has no state",
            Self::OtherState => "it has the state of another sign-in",
            Self::Doubled => "it has one of its parameters twice",
        }
    }
}

impl Answer {
    /// Reads a query, or the body of a `form_post` (OAuth 2.0 Form Post Response Mode).
    ///
    /// # Errors
    /// It does not belong to `state`.
    pub fn read(form: &str, state: &State) -> Result<Self, NotOurs> {
        let mut pairs = http::decode(form);
        let mut take = |name: &str| {
            let at = pairs.iter().position(|(known, _)| known == name);
            let value = at.map(|at| pairs.swap_remove(at).1);
            if pairs.iter().any(|(known, _)| known == name) { Err(NotOurs::Doubled) } else { Ok(value) }
        };
        let given = take("state")?.ok_or(NotOurs::NoState)?;
        if !state.matches(&given) {
            return Err(NotOurs::OtherState);
        }
        let (code, error) = (take("code")?, take("error")?);
        let mut words =
            |name| Ok::<_, NotOurs>(take(name)?.map(|value| value.to_string()).filter(|value| !value.is_empty()));
        let (description, suberror) = (words("error_description")?.unwrap_or_default(), words("error_subcode")?);
        Ok(match (error.filter(|error| !error.is_empty()), code) {
            (Some(error), _) => Self::Error { error: error.to_string(), description, suberror },
            (None, Some(code)) if !code.is_empty() => Self::Code(Secret::from(code.as_str())),
            _ => Self::Nothing,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_needs_its_state_once() {
        let state = State::new().unwrap();
        let s = state.as_str();
        let read = |form: &str| Answer::read(form, &state);
        assert_eq!(read(&format!("code=a%2Bb&state={s}&session_state=x")), Ok(Answer::Code(Secret::from("a+b"))));
        for (form, why) in [
            ("code=a".to_owned(), NotOurs::NoState),
            (String::new(), NotOurs::NoState),
            ("code=a&state=".to_owned(), NotOurs::OtherState),
            (format!("code=a&state={s}x"), NotOurs::OtherState),
            (format!("code=a&state={s}&state={s}"), NotOurs::Doubled),
            (format!("code=a&code=b&state={s}"), NotOurs::Doubled),
        ] {
            assert_eq!(read(&form), Err(why), "{form}");
        }
    }

    #[test]
    fn an_error_goes_before_a_code() {
        let state = State::new().unwrap();
        let s = state.as_str();
        let form =
            format!("code=a&state={s}&error=access_denied&error_description=AADSTS65004%3a+no&error_subcode=cancel");
        let answer = Answer::Error {
            error: "access_denied".into(),
            description: "AADSTS65004: no".into(),
            suberror: Some("cancel".into()),
        };
        assert_eq!(Answer::read(&form, &state), Ok(answer));
        assert_eq!(Answer::read(&format!("state={s}&error=&code="), &state), Ok(Answer::Nothing));
    }

    proptest! {
        #[test]
        fn no_text_without_the_state_is_an_answer(form in ".*|(state|code|error|=|&|%[0-9a-f]{0,2}|[a-zA-Z0-9_-]{43}){0,12}") {
            prop_assert!(Answer::read(&form, &State::new().unwrap()).is_err());
        }

        #[test]
        fn what_stands_around_state_and_code_does_not_matter(before in "[a-b]{1,3}=[ -~&&[^&]]{0,20}", code in "[!-~]{1,60}") {
            let state = State::new().unwrap();
            let form = http::encode(&[("code", &code), ("state", state.as_str())]);
            prop_assert_eq!(Answer::read(&format!("{before}&{}", *form), &state), Ok(Answer::Code(Secret::new(code))));
        }
    }
}
