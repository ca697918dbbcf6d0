//! A line in which a token stands: as JSON, which most protocols answer in, or as it is.
//!
//! What a growing buffer leaves behind is not wiped, and one that grew to twice what is in it takes as long to wipe as
//! everything else that is done for a cached token. So these are made in one piece.

use serde::Serialize;

/// Room for what stands around a token in a document, in bytes.
const AROUND: usize = 256;

/// `document` as one line of JSON. `secret` is what is long in it.
pub(super) fn json(document: &impl Serialize, secret: &str) -> String {
    let mut text = Vec::with_capacity(secret.len() + AROUND);
    // (Writing into memory can't fail, and serde_json writes UTF-8.)
    let _ = serde_json::to_writer(&mut text, document);
    text.push(b'\n');
    String::from_utf8(text).unwrap_or_default()
}

/// An object of texts as Python writes it (`json.dumps`), which has blanks, in one line.
pub(super) fn python<const N: usize>(fields: [(&str, &str); N]) -> String {
    let length: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    let mut text = Vec::with_capacity(length + AROUND);
    for (at, (name, value)) in fields.into_iter().enumerate() {
        text.extend_from_slice(if at == 0 { b"{" } else { b", " });
        let _ = serde_json::to_writer(&mut text, name);
        text.extend_from_slice(b": ");
        let _ = serde_json::to_writer(&mut text, value);
    }
    text.extend_from_slice(b"}\n");
    String::from_utf8(text).unwrap_or_default()
}

/// These texts and the end of a line.
pub(super) fn of<const N: usize>(parts: [&str; N]) -> String {
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum::<usize>() + 1);
    parts.iter().for_each(|part| text.push_str(part));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_made_in_one_piece() {
        let token = "t".repeat(3000);
        assert_eq!(of(["a", &token, "b"]), format!("a{token}b\n"));
        assert_eq!(of(["a", &token]).capacity(), token.len() + 2);
        let text = json(&[&token], &token);
        assert_eq!(text, format!("[\"{token}\"]\n"));
        assert_eq!(text.capacity(), token.len() + AROUND);
    }
}
