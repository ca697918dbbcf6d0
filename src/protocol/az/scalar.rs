//! How PyYAML writes a text (`yaml.safe_dump`, version 6: `emitter.py`, `analyze_scalar`, and `resolver.py`).

/// The text as it stands in a block: plain where it can be, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        // JSON's escapes are YAML's, too.
        return serde_json::to_string(text).unwrap_or_default();
    }
    if is_plain(text) && !means_something_else(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether the text can stand without quotes in a block.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let begins_badly = "#,[]{}&*!|>'\"%@`".contains(first)
        || ("-?:".contains(first) && second.is_none_or(|c| c == ' '))
        || text.starts_with("---")
        || text.starts_with("...");
    !(begins_badly || text.starts_with(' ') || text.ends_with([' ', ':']) || text.contains(": ") || text.contains(" #"))
}

/// Whether a plain text would be read as something else: null, true, a number, a time, `<<` or `=`.
fn means_something_else(text: &str) -> bool {
    const WORDS: &[&str] = &["~", "null", "yes", "no", "true", "false", "on", "off", "<<", "=", ".inf", ".nan"];
    let folded = text.to_ascii_lowercase();
    // (Mixed case, `yEs`, is a text; nobody is called that.)
    if WORDS.contains(&folded.as_str()) {
        return true;
    }
    is_number(&folded) || is_time(&folded)
}

/// YAML 1.1's whole numbers in all bases, and fractions.
fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if bare == ".inf" {
        return true;
    }
    let all = |digits: &str, of: &str| !digits.is_empty() && digits.chars().all(|c| c == '_' || of.contains(c));
    if let Some(digits) = bare.strip_prefix("0x") {
        return all(digits, "0123456789abcdef");
    }
    if let Some(digits) = bare.strip_prefix("0b") {
        return all(digits, "01");
    }
    let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit()) && all(text, "0123456789");
    // Base 60: 1:30:00
    if let Some((first, rest)) = bare.split_once(':') {
        let rest = rest.split_once('.').map_or(rest, |(rest, _)| rest);
        return digits(first) && rest.split(':').all(|part| part.len() <= 2 && digits(part));
    }
    match bare.split_once('.') {
        None => digits(bare) && (bare == "0" || !bare.starts_with('0') || all(bare, "01234567")),
        Some((whole, fraction)) => {
            let (fraction, exponent) = match fraction.split_once('e') {
                Some((fraction, exponent)) => (fraction, Some(exponent)),
                None => (fraction, None),
            };
            let exponent_fits = exponent.is_none_or(|e| e.strip_prefix(['-', '+']).is_some_and(digits));
            let fraction_fits = fraction.is_empty() || all(fraction, "0123456789");
            let whole_fits = digits(whole) || (whole.is_empty() && digits(fraction));
            exponent_fits && fraction_fits && whole_fits
        }
    }
}

/// `2026-11-22`, `2026-11-22 01:58:24.000000`, with `t` and a zone as well.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let is = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (day, clock) = rest.split_at(end);
    if !is(year, 4..=4) || !is(month, 1..=2) || !is(day, 1..=2) {
        return false;
    }
    if clock.is_empty() {
        return month.len() == 2 && day.len() == 2;
    }
    let clock = clock.trim_start_matches(['t', ' ', '\t']);
    clock.matches(':').count() >= 2 && clock.chars().all(|c| c.is_ascii_digit() || ":.+-z \t".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PyYAML 6.0.3 prints for these.
    #[test]
    fn texts_are_quoted_as_pyyaml_quotes_them() {
        for plain in [
            "Bearer",
            "00000000-aaaa-bbbb-cccc-000000000001",
            "12345678-1234-1234-1234-123456789012",
            "eyJ0.eyJ1.c2ln-_",
            "ada@contoso.example",
            "1.2.3.4",
            "2.91.0",
            "1e5",
            "08",
            "-x",
            "a b",
            "a:b",
            "N/A(tenant level account)",
            "x#y",
            "2026-11",
            "é",
        ] {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in [
            "",
            "null",
            "True",
            "no",
            "1",
            "1_000",
            "0x1f",
            "010",
            "1.5",
            "1.",
            ".5",
            "1.5e+3",
            "1:30",
            "2026-11-22",
            "2026-11-22 01:58:24.000000",
            "~",
            "@a",
            "'a",
            "a: b",
            "a #b",
            " a",
            "a ",
            "a:",
            "- a",
            "-",
            "---a",
            "=",
            "<<",
            "-12",
            "+.inf",
        ] {
            assert_eq!(scalar(quoted), format!("'{}'", quoted.replace('\'', "''")), "{quoted}");
        }
        assert_eq!(scalar("a\nb"), "\"a\\nb\"");
    }
}
