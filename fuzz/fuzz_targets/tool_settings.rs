//! Other tools' settings may hold anything.
#![no_main]

use jeton::doctor::{aws_config, docker_config, git_config, kubeconfig};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for read in [kubeconfig, aws_config, git_config, docker_config] {
        let _ = read(text);
    }
});
