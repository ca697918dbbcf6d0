//! Bodies of token requests, and the queries of sign-ins: `application/x-www-form-urlencoded`.

use zeroize::Zeroizing;

/// Encodes `pairs` as the URL Standard's serializer does (<https://url.spec.whatwg.org/#urlencoded-serializing>), which
/// is what OAuth asks for (RFC 6749 appendix B): a space becomes `+`, so a `+` has to become `%2B`.
///
/// The buffer is allocated once, at its largest, because growing it would leave copies of secrets behind.
pub(crate) fn encode(pairs: &[(&str, &str)]) -> Zeroizing<String> {
    let longest = pairs.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
    let mut form = Zeroizing::new(String::with_capacity(longest));
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        push(&mut form, name);
        form.push('=');
        push(&mut form, value);
    }
    form
}

/// Encodes one segment of a path (RFC 3986 section 3.3): as in a form, but a space has no character of its own.
pub(crate) fn path_segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    push(&mut segment, text);
    segment.replace('+', "%20")
}

/// `url` with `pairs` at the end of its query, which it may have or not. None of them may be secret: URLs are logged by
/// servers and proxies.
#[must_use]
pub fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{}", *encode(pairs))
}

fn push(form: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => form.push(char::from(byte)),
            b' ' => form.push('+'),
            _ => {
                form.push('%');
                for nibble in [byte >> 4, byte & 0x0f] {
                    form.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
                }
            }
        }
    }
}

/// Decodes what [`encode`] or a browser wrote (<https://url.spec.whatwg.org/#urlencoded-parsing>). A `%` without two
/// hexadecimal digits stands for itself, and what is not UTF-8 becomes U+FFFD.
pub(crate) fn decode(form: &str) -> Vec<(String, Zeroizing<String>)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (text(name).to_string(), text(value)))
        .collect()
}

fn text(part: &str) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(part.len()));
    let mut rest = part.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (byte, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                // (Two digits make a byte.)
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(*byte),
        }
    }
    Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_with_a_meaning_in_forms_are_encoded() {
        let form = encode(&[("grant_type", "client_credentials"), ("client_secret", "a+b/c%41&d=~ é")]);
        assert_eq!(*form, "grant_type=client_credentials&client_secret=a%2Bb%2Fc%2541%26d%3D%7E+%C3%A9");
        assert_eq!(path_segment("a b+c/d@é.x"), "a%20b%2Bc%2Fd%40%C3%A9.x");
        assert_eq!(*encode(&[]), "");
        assert_eq!(*encode(&[("a", ""), ("", "b")]), "a=&=b");
    }

    /// The URL Standard's parser, as a server would have it.
    fn decode_as_a_server(form: &str) -> Vec<(String, String)> {
        let text = |part: &str| {
            let bytes: Vec<u8> = percent_encoding::percent_decode_str(&part.replace('+', " ")).collect();
            String::from_utf8(bytes).unwrap()
        };
        form.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap();
                (text(name), text(value))
            })
            .collect()
    }

    #[test]
    fn what_is_no_encoding_stands_for_itself() {
        let decoded = |form: &str| -> Vec<(String, String)> {
            super::decode(form).into_iter().map(|(name, value)| (name, value.to_string())).collect()
        };
        assert_eq!(
            decoded("a=100%&%zz=%4&b&&c=d=e"),
            [
                ("a".into(), "100%".into()),
                ("%zz".into(), "%4".into()),
                ("b".into(), String::new()),
                ("c".into(), "d=e".into()),
            ]
        );
        assert_eq!(decoded("a=%ff+%2B"), [("a".into(), "\u{fffd} +".into())]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(pairs in prop::collection::vec((".*", ".*"), 0..6)) {
            let borrowed: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let form = encode(&borrowed);
            prop_assert!(form.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(decode_as_a_server(&form), pairs.clone());
            let decoded: Vec<_> = super::decode(&form).into_iter().map(|(name, value)| (name, value.to_string())).collect();
            prop_assert_eq!(decoded, pairs);
        }

        #[test]
        fn any_text_is_decoded_without_a_panic(form in ".*|[%+&=0-9a-fé]{0,40}") {
            let _ = super::decode(&form);
        }
    }
}
