//! A certificate file may hold anything.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = jeton::certificate::ClientCertificate::parse(bytes, Some(&jeton::secret::Secret::from("x")));
});
