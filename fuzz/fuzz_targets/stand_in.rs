//! Command lines of az, azd and databricks, a word on each line, and queries over what they answer: read without a panic,
//! and printed in every format.
#![no_main]

use std::ffi::OsString;

use jeton::protocol::{az, azd, databricks};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let words: Vec<OsString> = text.split('\n').map(OsString::from).collect();
    let _ = azd::parse(&words);
    let databricks_line = ["auth", "token"].into_iter().map(OsString::from).chain(words.iter().cloned());
    let _ = databricks::parse(&databricks_line.collect::<Vec<_>>());
    let mut line: Vec<OsString> = vec!["account".into(), "get-access-token".into()];
    line.extend(words);
    let _ = az::parse(&line);
    let _ = az::output_in(text);
    let found = az::Query::parse(text).map(|query| query.search(&az::version()));
    for data in found.iter().chain([&az::Data::text(text)]) {
        for form in ["json", "yaml", "table", "tsv", "none"].into_iter().filter_map(az::Form::parse) {
            let _ = az::render(data, form, found.is_some());
        }
    }
});
