//! `.databrickscfg` is another program's file.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(sections) = jeton::profile::databrickscfg::parse(text) {
        let _ = jeton::profile::databrickscfg::default_name(&sections);
        for section in &sections {
            let _ = section.get("host").map(|host| jeton::databricks::Host::parse(host.expose()));
        }
    }
});
