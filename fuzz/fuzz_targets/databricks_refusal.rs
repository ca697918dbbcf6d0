//! What Databricks (or whatever answers in its place) says of a failure: status, body and where it redirects to.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (u16, &str, Option<&str>)| {
    let (status, body, location) = input;
    let _ = jeton::databricks::Refusal::parse(status, body, location).said();
});
