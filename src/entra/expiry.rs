//! `expires_on` in all the forms that endpoints write it in.
//!
//! Entra's own are seconds since 1970, as a number or as text. App Service and Azure ML also sent dates: `9/14/2017
//! 8:10:00 PM +00:00`, `09/14/2017 20:10:00`, `2017-09-14 20:10:00`, RFC 3339 (azidentity,
//! `managed_identity_client.go`; azure-sdk-for-js, `expiresOn` tests). A date without a zone is UTC.

use serde_json::Value;

/// Seconds since 1970, UTC.
pub(super) fn moment(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => seconds(number.as_f64()?),
        Value::String(text) => {
            let text = text.trim();
            text.parse::<f64>().ok().map_or_else(|| date(text), seconds)
        }
        _ => None,
    }
}

fn seconds(float: f64) -> Option<u64> {
    // Saturating; negative ones are 0.
    float.is_finite().then_some(float as u64)
}

/// A date and a time of day, then perhaps AM or PM and a zone.
fn date(text: &str) -> Option<u64> {
    let (day, rest) = text.split_once(['T', 't', ' '])?;
    let (year, month, day) = match numbers(day, '-')?[..] {
        [year, month, day] => (year, month, day),
        _ => match numbers(day, '/')?[..] {
            [month, day, year] => (year, month, day),
            _ => return None,
        },
    };
    let rest = rest.trim();
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | ':' | '.')).unwrap_or(rest.len());
    let (clock, rest) = rest.split_at(end);
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let [hour, minute, second] = numbers(clock, ':')?[..] else { return None };
    let rest = rest.trim();
    let (hour, zone) = match rest.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some("AM") if (1..=12).contains(&hour) => (hour % 12, &rest[2..]),
        Some("PM") if (1..=12).contains(&hour) => (hour % 12 + 12, &rest[2..]),
        _ => (hour, rest),
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    u64::try_from(local - offset(zone.trim())?).ok()
}

/// Numbers of up to four digits with `separator` between; of one that is not there, nothing.
fn numbers(text: &str, separator: char) -> Option<Vec<i64>> {
    let parts = text.split(separator);
    let number = |part: &str| match part.len() {
        1..=4 if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
        _ => None,
    };
    if text.contains(separator) { parts.map(number).collect() } else { Some(Vec::new()) }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Seconds by which a zone is ahead of UTC: nothing, `Z`, `UTC`, `GMT`, `+00:00`, `-0130`.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone.to_ascii_uppercase().as_str(), "" | "Z" | "UTC" | "GMT") {
        return Some(0);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    Some(sign * (number / 100 * 3600 + number % 100 * 60))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_means_the_same() {
        for value in [
            json!(1_505_419_800),
            json!(1_505_419_800.9),
            json!("1505419800"),
            json!(" 1505419800 "),
            json!("9/14/2017 8:10:00 PM +00:00"),
            json!("9/14/2017 8:10:00 PM"),
            json!("09/14/2017 20:10:00"),
            json!("09/14/2017 20:10:00 +00:00"),
            json!("2017-09-14 20:10:00"),
            json!("2017-09-14T20:10:00Z"),
            json!("2017-09-14T20:10:00.1234567Z"),
            json!("2017-09-14T22:10:00+02:00"),
            json!("2017-09-14 18:40:00 -0130"),
        ] {
            assert_eq!(moment(&value), Some(1_505_419_800), "{value}");
        }
        assert_eq!(moment(&json!("1/1/2024 12:00:00 AM +00:00")), Some(1_704_067_200));
        assert_eq!(moment(&json!("1/1/2024 12:00:00 PM +00:00")), Some(1_704_110_400));
        assert_eq!(moment(&json!("2/29/2024 1:02:03 AM")), Some(1_709_168_523));
        assert_eq!(moment(&json!(-5)), Some(0));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for value in [
            json!(null),
            json!(""),
            json!("soon"),
            json!("N/A"),
            json!("2017-09-14"),
            json!("13/14/2017 20:10:00"),
            json!("2017-13-14 20:10:00"),
            json!("2017-09-14 25:10:00"),
            json!("9/14/2017 13:10:00 PM"),
            json!("9/14/2017 8:10:00 PM +0:00"),
            json!("9/14/17777 8:10:00"),
            json!("2017-09-14 20:10"),
            json!("2017-09-14 20:10:00 CET"),
            json!([1]),
        ] {
            assert_eq!(moment(&value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,40}") {
            let _ = moment(&Value::String(text));
        }

        #[test]
        fn what_looks_like_a_date_is_read_without_a_panic(text in "[0-9/:.TZAPM+ -]{0,30}") {
            let _ = moment(&Value::String(text));
        }

        #[test]
        fn rfc_3339_comes_back(seconds in 0_u64..253_402_300_799) {
            let text = crate::clock::rfc3339(seconds);
            prop_assert_eq!(moment(&json!(text)), Some(seconds));
        }
    }
}
