//! Hosts as people write them: one form for each, plain http on this machine alone, and no credential beside it.
#![no_main]

use jeton::databricks::Host;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(host) = Host::parse(text) else { return };
    let origin = host.origin();
    assert_eq!(Host::parse(origin).as_ref().map(Host::origin).ok(), Some(origin));
    assert!(!origin.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control() || c.is_uppercase()));
    let near = host.name() == "localhost" || host.name().parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    assert!(near || origin.starts_with("https://"), "{origin}");
    assert!(host.vouches_for(origin));
});
