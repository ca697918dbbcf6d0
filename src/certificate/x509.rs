//! What is needed of an X.509 certificate: names, validity and public key (RFC 5280 section 4.1). Its signature and its
//! extensions are Entra's business.

use std::time::UNIX_EPOCH;

use super::der::{Malformed, Reader, tag};
use super::flaw::Flaw;

/// A certificate, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// All of it, in DER.
    pub(super) der: Vec<u8>,
    /// Who signed it, in DER.
    pub(super) issuer: Vec<u8>,
    /// Whose it is, in DER.
    pub(super) subject: Vec<u8>,
    /// The first second that it is valid in, since 1970, UTC.
    pub(super) not_before: u64,
    /// The last one.
    pub(super) not_after: u64,
    /// The public key: for RSA an RSAPublicKey (RFC 8017 appendix A.1.1).
    pub(super) public_key: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate in DER.
    pub(super) fn parse(der: &[u8]) -> Result<Self, Flaw> {
        parse(der).map_err(|Malformed| Flaw::Damaged("a certificate in it"))
    }
}

fn parse(der: &[u8]) -> Result<Certificate, Malformed> {
    let mut certificate = Reader::only(der, tag::SEQUENCE)?;
    let mut signed = certificate.sequence()?;
    signed.skip_if(tag::CONTEXT_0_AROUND)?; // version
    signed.content(tag::INTEGER)?; // serial number
    signed.content(tag::SEQUENCE)?; // signature algorithm
    let issuer = signed.element()?.2.to_vec();
    let mut validity = signed.sequence()?;
    let not_before = time(&mut validity)?;
    let not_after = time(&mut validity)?;
    let subject = signed.element()?.2.to_vec();
    let mut key = signed.sequence()?;
    key.algorithm()?;
    let [0, public_key @ ..] = key.content(tag::BIT_STRING)? else { return Err(Malformed) };
    Ok(Certificate { der: der.to_vec(), issuer, subject, not_before, not_after, public_key: public_key.to_vec() })
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280 section 4.1.2.5), in seconds since 1970; earlier times are 0.
fn time(reader: &mut Reader<'_>) -> Result<u64, Malformed> {
    let (tag, content, _) = reader.element()?;
    let text = std::str::from_utf8(content).ok().and_then(|text| text.strip_suffix('Z')).ok_or(Malformed)?;
    let full = match (tag, text.get(..2)) {
        (tag::UTC_TIME, Some(year)) if text.len() == 12 => {
            let century = if year < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        (tag::GENERALIZED_TIME, _) if text.len() == 14 => text.to_owned(),
        _ => return Err(Malformed),
    };
    if !full.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Malformed);
    }
    if full.as_str() < "1970" {
        return Ok(0);
    }
    let (date, clock) = full.split_at(8);
    let (day, clock) = (
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]),
        format!("{}:{}:{}", &clock[..2], &clock[2..4], &clock[4..]),
    );
    let time = humantime::parse_rfc3339(&format!("{day}T{clock}Z")).map_err(|_| Malformed)?;
    time.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(tag: u8, text: &str) -> Result<u64, Malformed> {
        let sequence = [&[tag::SEQUENCE, text.len() as u8 + 2, tag, text.len() as u8], text.as_bytes()].concat();
        time(&mut Reader::only(&sequence, tag::SEQUENCE).unwrap())
    }

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(read(tag::UTC_TIME, "261122015824Z"), Ok(1_795_312_704));
        assert_eq!(read(tag::GENERALIZED_TIME, "20261122015824Z"), Ok(1_795_312_704));
        assert_eq!(read(tag::UTC_TIME, "700101000000Z"), Ok(0));
        assert_eq!(read(tag::UTC_TIME, "500101000000Z"), Ok(0), "1950");
        assert_eq!(read(tag::UTC_TIME, "491231235959Z"), Ok(2_524_607_999), "2049");
        // "no well-defined expiration date" (RFC 5280 section 4.1.2.5).
        assert_eq!(read(tag::GENERALIZED_TIME, "99991231235959Z"), Ok(253_402_300_799));
        for bad in ["", "Z", "261322015824Z", "261122015824", "2611220158Z", "26112201582éZ", "261122015824+0100"] {
            assert_eq!(read(tag::UTC_TIME, bad), Err(Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Certificate::parse(&bytes);
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(30)]);
            let _ = (read(tag::UTC_TIME, &text), read(tag::GENERALIZED_TIME, &text));
        }
    }
}
