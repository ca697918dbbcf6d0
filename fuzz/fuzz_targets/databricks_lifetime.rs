//! Lifetimes and times of grace of personal access tokens: whatever is given, no token gets a life without an end by it.
#![no_main]

use jeton::databricks::pat::{Lifetime, parse_grace};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(lifetime) = text.parse::<Lifetime>() {
        assert!(lifetime.seconds().is_some_and(|seconds| (1..=Lifetime::LONGEST).contains(&seconds)), "{text:?}");
    }
    if let Ok(grace) = parse_grace(text) {
        assert!(grace <= Lifetime::LONGEST, "{text:?}");
    }
});
