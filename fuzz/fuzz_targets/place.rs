//! URLs from tools: no text makes two lines, or another host, of one.
#![no_main]

use jeton::profile::{HostPattern, Place};

libfuzzer_sys::fuzz_target!(|texts: (&str, &str)| {
    let (url, pattern) = texts;
    let (Ok(Some(place)), Ok(pattern)) = (Place::of_url(url), pattern.parse::<HostPattern>()) else { return };
    assert!(!place.to_string().contains(|c: char| c.is_control() || c.is_whitespace() || c == '/' || c == '@'));
    if pattern.fits(&place).is_some() {
        assert!(pattern.fits(&pattern.root_of(&place)).is_some());
    }
});
