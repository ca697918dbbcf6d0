//! KUBERNETES_EXEC_INFO may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = jeton::protocol::kubernetes::ExecInfo::parse(text);
});
