//! The token, in the forms that SDKs read.

use jeton_emulator::Emulator;

use super::{databricks, link, size, with_app};
use crate::expect::assert_about;

#[test]
fn the_token_comes_as_the_cli_prints_it() {
    let emulator = Emulator::start();
    let home = with_app(&emulator);
    for (zone, distances) in [
        ("UTC", &[("Z", 0)][..]),
        ("Asia/Tokyo", &[("+09:00", 9 * 3600)]),
        // (In winter and in summer.)
        ("America/New_York", &[("-05:00", -5 * 3600), ("-04:00", -4 * 3600)]),
        ("EST5", &[("-05:00", -5 * 3600)]),
        ("<+0530>-5:30", &[("+05:30", 19800)]),
    ] {
        let output = databricks(&home, "auth token --profile app").env("TZ", zone).run().quiet();
        let told = output.json();
        let (token, end) = (told["access_token"].as_str().unwrap(), told["expiry"].as_str().unwrap());
        assert_eq!(
            output.stdout,
            format!("{{\n  \"access_token\": \"{token}\",\n  \"token_type\": \"Bearer\",\n  \"expiry\": \"{end}\"\n}}")
        );
        assert_eq!(emulator.issued_tokens(), [token]);
        // What the SDK for Python makes of it: no fraction, no distance to UTC, local time.
        let (wall_clock, rest) = end.split_once('.').expect("a fraction");
        let shown = rest.strip_prefix("000000").expect("a fraction");
        let ahead = distances.iter().find(|(text, _)| *text == shown).map(|(_, ahead)| *ahead);
        let ahead: i64 = ahead.unwrap_or_else(|| panic!("{zone}: {end}"));
        let utc = humantime::parse_rfc3339(&format!("{wall_clock}Z")).expect("a time");
        let utc = utc.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_about(utc.checked_add_signed(-ahead).unwrap() - now, 3600);
        let bare = databricks(&home, "auth token app -o text").env("TZ", zone).run().quiet();
        assert_eq!(bare.line(), token);
    }
    assert_eq!(emulator.token_count(), 1);
    // SDKs take no smaller program.
    assert!(size(&link(&home, "databricks")) >= 1_048_576);
}
