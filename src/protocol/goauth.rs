//! GOAUTH: headers for Go's module downloads (`go help goauth`; `cmd/go/internal/auth/userauth.go`, Go 1.24 and newer).
//!
//! go calls once without a URL, for what is known beforehand, and again with one where a server answered with a 4xx. A
//! header goes to every URL below the one it is given for.

use std::fmt::Write as _;

use super::plain;
use crate::profile::Place;
use crate::token::Token;

/// One block: URLs, an empty line, the header, an empty line. Nothing at all where there are no places.
#[must_use]
pub fn render(places: &[Place], token: &Token) -> String {
    if places.is_empty() {
        return String::new();
    }
    // Room for all of it: what a growing buffer leaves behind is not wiped.
    let mut text = String::with_capacity(places.len() * 300 + token.value.expose().len() + 100);
    for place in places {
        let slash = if place.path.is_empty() { "" } else { "/" };
        // (Writing into a text can't fail.)
        let _ = writeln!(text, "https://{place}{slash}{}", place.path);
    }
    text.push('\n');
    text.push_str(&zeroize::Zeroizing::new(plain::header(token, &[])));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::tests::token;

    fn places(urls: &[&str]) -> Vec<Place> {
        urls.iter().map(|url| Place::parse(url).unwrap()).collect()
    }

    #[test]
    fn a_block_ends_with_an_empty_line() {
        assert_eq!(
            render(&places(&["go.example", "dev.azure.com:8443/contoso", "https://[::1]:1/x/"]), &token("t", 0, 60)),
            concat!(
                "https://go.example\nhttps://dev.azure.com:8443/contoso\nhttps://[::1]:1/x\n\n",
                "Authorization: Bearer t\n\n"
            )
        );
        assert_eq!(render(&[], &token("t", 0, 60)), "");
    }

    proptest! {
        /// As go takes it apart: lines up to an empty one, headers up to another.
        #[test]
        fn whatever_url_is_asked_for_is_one_line(url in "\\PC{0,60}") {
            if let Ok(Some(place)) = Place::of_url(&url) {
                let text = render(&[place], &token("t", 0, 60));
                let lines: Vec<_> = text.split('\n').collect();
                prop_assert_eq!(lines.len(), 5);
                prop_assert!(lines[0].starts_with("https://") && lines[1].is_empty());
                prop_assert_eq!(&lines[2..], ["Authorization: Bearer t", "", ""]);
            }
        }
    }
}
