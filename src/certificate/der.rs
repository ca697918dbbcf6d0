//! Just enough ASN.1 for certificates, keys and PKCS#12: a strict reader of DER (X.690 section 10), and a way to make DER
//! of the BER that some programs write around PKCS#12 (macOS, NSS, Bouncy Castle).

use zeroize::Zeroizing;

/// The bytes are no DER, or not of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Universal tags (X.680 section 8.4), as the byte that stands in front of the length.
pub(super) mod tag {
    pub(in crate::certificate) const INTEGER: u8 = 0x02;
    pub(in crate::certificate) const BIT_STRING: u8 = 0x03;
    pub(in crate::certificate) const OCTET_STRING: u8 = 0x04;
    pub(in crate::certificate) const OID: u8 = 0x06;
    pub(in crate::certificate) const UTC_TIME: u8 = 0x17;
    pub(in crate::certificate) const GENERALIZED_TIME: u8 = 0x18;
    pub(in crate::certificate) const SEQUENCE: u8 = 0x30;
    /// `[0]`, of a simple type.
    pub(in crate::certificate) const CONTEXT_0: u8 = 0x80;
    /// `[0]`, around other elements.
    pub(in crate::certificate) const CONTEXT_0_AROUND: u8 = 0xa0;
}

const CONSTRUCTED: u8 = 0x20;

/// Reads elements one after the other. It copies nothing, and never goes deeper by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[cfg(test)]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The content of the one element that `bytes` are.
    pub(super) fn only(bytes: &'a [u8], tag: u8) -> Result<Self, Malformed> {
        let mut all = Self(bytes);
        let inner = all.inside(tag)?;
        all.end()?;
        Ok(inner)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// The next element's tag.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element, whatever it is: its tag, its content, and all its bytes.
    pub(super) fn element(&mut self) -> Result<(u8, &'a [u8], &'a [u8]), Malformed> {
        let whole = self.0;
        let tag = take_tag(&mut self.0)?;
        let length = take_length(&mut self.0)?.ok_or(Malformed)?;
        if length.minimal {
            let content = take(&mut self.0, length.bytes)?;
            Ok((tag, content, &whole[..whole.len() - self.0.len()]))
        } else {
            Err(Malformed)
        }
    }

    /// The content of the next element, which has this tag.
    pub(super) fn content(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        if self.peek() != Some(tag) {
            return Err(Malformed);
        }
        Ok(self.element()?.1)
    }

    /// The same, to read on in it.
    pub(super) fn inside(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.content(tag).map(Reader)
    }

    pub(super) fn sequence(&mut self) -> Result<Reader<'a>, Malformed> {
        self.inside(tag::SEQUENCE)
    }

    /// Goes past the next element if it has this tag.
    pub(super) fn skip_if(&mut self, tag: u8) -> Result<(), Malformed> {
        if self.peek() == Some(tag) { self.element().map(|_| ()) } else { Ok(()) }
    }

    /// An integer from 0 to 2^31 - 1.
    pub(super) fn small(&mut self) -> Result<u32, Malformed> {
        match self.content(tag::INTEGER)? {
            [0, next, ..] if *next < 0x80 => Err(Malformed),
            [first, ..] if *first >= 0x80 => Err(Malformed),
            digits @ ([_] | [_, _] | [_, _, _] | [_, _, _, _]) => {
                Ok(digits.iter().fold(0, |sum, digit| sum << 8 | u32::from(*digit)))
            }
            _ => Err(Malformed),
        }
    }

    /// An AlgorithmIdentifier (RFC 5280 section 4.1.1.2): the bytes of its OID, and its parameters.
    pub(super) fn algorithm(&mut self) -> Result<(&'a [u8], Reader<'a>), Malformed> {
        let mut inner = self.sequence()?;
        Ok((inner.content(tag::OID)?, inner))
    }
}

struct Length {
    bytes: usize,
    /// Written in as few bytes as can be.
    minimal: bool,
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, rest) = input.split_at_checked(length).ok_or(Malformed)?;
    *input = rest;
    Ok(taken)
}

/// A tag of one byte; none of the formats here has longer ones.
fn take_tag(input: &mut &[u8]) -> Result<u8, Malformed> {
    let tag = take(input, 1)?[0];
    if tag & 0x1f == 0x1f { Err(Malformed) } else { Ok(tag) }
}

/// `None` for the indefinite form of BER.
fn take_length(input: &mut &[u8]) -> Result<Option<Length>, Malformed> {
    let first = take(input, 1)?[0];
    match first {
        0..=0x7f => Ok(Some(Length { bytes: usize::from(first), minimal: true })),
        0x80 => Ok(None),
        0x81..=0x84 => {
            let digits = take(input, usize::from(first & 0x7f))?;
            let bytes = digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
            Ok(Some(Length { bytes, minimal: digits[0] != 0 && bytes >= 0x80 }))
        }
        _ => Err(Malformed),
    }
}

/// Elements in BER as DER, so far as it matters for reading: definite, minimal lengths, and no OCTET STRING in pieces.
/// (BoringSSL's `CBS_asn1_ber_to_der` does the same, for the same files.)
pub(super) fn from_ber(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let mut input = bytes;
    let mut out = buffer(bytes.len());
    while !input.is_empty() {
        convert(&mut input, &mut out, 0)?;
    }
    Ok(out)
}

/// Large enough for a key, which would otherwise be left behind where the buffer was before it grew.
fn buffer(length: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(length.min(16 * 1024)))
}

fn convert(input: &mut &[u8], out: &mut Vec<u8>, depth: usize) -> Result<(), Malformed> {
    /// PKCS#12 needs about 12.
    const DEEPEST: usize = 32;
    const OCTETS_IN_PIECES: u8 = tag::OCTET_STRING | CONSTRUCTED;
    let tag = take_tag(input)?;
    let length = take_length(input)?;
    if tag & CONSTRUCTED == 0 {
        let content = take(input, length.ok_or(Malformed)?.bytes)?;
        push(out, tag, content);
        return Ok(());
    }
    if depth >= DEEPEST {
        return Err(Malformed);
    }
    let mut body;
    match length {
        Some(length) => {
            let mut content = take(input, length.bytes)?;
            body = buffer(content.len());
            while !content.is_empty() {
                convert(&mut content, &mut body, depth + 1)?;
            }
        }
        None => {
            body = buffer(input.len());
            while !input.starts_with(&[0, 0]) {
                convert(input, &mut body, depth + 1)?;
            }
            take(input, 2)?;
        }
    }
    if tag == OCTETS_IN_PIECES {
        push(out, tag::OCTET_STRING, &join_pieces(&body)?);
    } else {
        push(out, tag, &body);
    }
    Ok(())
}

/// The content of OCTET STRINGs, one after the other.
pub(super) fn join_pieces(pieces: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    let mut pieces = Reader(pieces);
    let mut whole = buffer(pieces.0.len());
    while !pieces.is_empty() {
        whole.extend_from_slice(pieces.content(tag::OCTET_STRING)?);
    }
    Ok(whole)
}

fn push(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().position(|digit| *digit != 0).unwrap_or(length.len() - 1)..];
    if content.len() >= 0x80 {
        out.push(0x80 | digits.len() as u8);
    }
    out.extend_from_slice(digits);
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_minimal_and_definite() {
        let element = |bytes: &[u8]| Reader(bytes).element().map(|(tag, content, _)| (tag, content.to_vec()));
        assert_eq!(element(&[4, 2, 7, 8]), Ok((4, vec![7, 8])));
        assert_eq!(element(&[&[4, 0x81, 0x80][..], &[1; 128]].concat()), Ok((4, vec![1; 128])));
        for bad in [
            &[][..],
            &[4],
            &[4, 2, 7],                   // too short
            &[4, 0x81, 2, 7, 8],          // not minimal
            &[4, 0x82, 0, 2, 7, 8],       // nor this
            &[0x30, 0x80, 0, 0],          // indefinite
            &[4, 0x85, 0, 0, 0, 0, 1, 7], // longer than any file
            &[4, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 1, 0], // a long tag
        ] {
            assert_eq!(element(bad), Err(Malformed), "{bad:?}");
        }
    }

    #[test]
    fn small_integers_have_one_form() {
        let small = |digits: &[u8]| {
            let bytes = [&[tag::INTEGER, digits.len() as u8], digits].concat();
            Reader(&bytes).small()
        };
        assert_eq!(small(&[0]), Ok(0));
        assert_eq!(small(&[0, 0x80]), Ok(128));
        assert_eq!(small(&[0x7f, 0xff, 0xff, 0xff]), Ok(0x7fff_ffff));
        for bad in [&[][..], &[0x80], &[0, 1], &[1, 0, 0, 0, 0]] {
            assert_eq!(small(bad), Err(Malformed), "{bad:?}");
        }
    }

    #[test]
    fn ber_becomes_der() {
        let ber = [0x30, 0x80, 0x24, 0x80, 4, 1, 7, 4, 0x81, 1, 8, 0, 0, 2, 1, 3, 0, 0];
        assert_eq!(*from_ber(&ber).unwrap(), [0x30, 7, 4, 2, 7, 8, 2, 1, 3]);
        assert_eq!(from_ber(&[0x30, 0x80].repeat(1000)), Err(Malformed), "too deep, without using up the stack");
        assert_eq!(from_ber(&[0x04, 0x80, 0, 0]), Err(Malformed), "indefinite, but nothing in it");
        assert_eq!(from_ber(&[0x24, 3, 2, 1, 0]), Err(Malformed), "a piece of another type");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader(&bytes);
            while reader.element().is_ok() {}
            let _ = Reader(&bytes).small();
            let _ = Reader(&bytes).algorithm();
            // What has become DER stays as it is.
            if let Ok(der) = from_ber(&bytes) {
                prop_assert_eq!(from_ber(&der).unwrap(), der);
            }
        }

        #[test]
        fn what_is_pushed_is_read_back(content in prop::collection::vec(any::<u8>(), 0..70_000), tag in 0_u8..0x1f) {
            let mut out = Vec::new();
            push(&mut out, tag, &content);
            let mut reader = Reader(&out);
            prop_assert_eq!(reader.element(), Ok((tag, &content[..], &out[..])));
            prop_assert!(reader.is_empty());
        }
    }
}
