//! Other programs' files, of whatever content: read, changed and changed back.
#![no_main]

use jeton::setup::format::Format;

/// Each format with an entry to set, and what has to be there before.
const FORMATS: [(Format, &[&str], &str, &[&str], &str); 6] = [
    (Format::Ini, &["s"], "", &["s", "key"], "key = value"),
    (Format::Git, &["s \"t\""], "", &["s \"t\"", "helper"], "\thelper =\n\thelper = value"),
    (Format::Toml, &["s.t"], "", &["s.t", "key"], "key = [\"value\"]"),
    (Format::Json, &["s"], "{}", &["s", "key"], "\"value\""),
    (Format::Kubeconfig, &["users"], "users:", &["users", "a"], "- name: a\n  user:\n    exec:\n      command: b"),
    (Format::Bazelrc, &["none"], "common --credential_helper=none=x", &["s"], "common --credential_helper=s=x"),
];

libfuzzer_sys::fuzz_target!(|input: (u8, String)| {
    let (choice, text) = input;
    let (format, place, empty, path, value) = FORMATS[usize::from(choice) % FORMATS.len()];
    let text = text.replace('\r', "");
    let Ok(mut document) = format.parse(&text) else { return };
    if !text.trim().is_empty() {
        assert_eq!(document.text(), text);
    }
    let Ok(known) = document.get(place) else { return };
    if known.is_none() && document.set(place, Some(empty)).is_err() {
        return;
    }
    let Ok(before) = document.get(path) else { return };
    if document.set(path, Some(value)).is_ok() {
        // What was written is read as it was meant.
        let again = format.parse(&document.text()).expect("a file that can still be read");
        let now = again.get(path).expect("an entry that can still be read").expect("the entry");
        assert!(document.same(path, &now, value), "{now:?}");
        let _ = document.set(path, before.as_deref());
    }
});
