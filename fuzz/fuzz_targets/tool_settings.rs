//! Other tools' settings may hold anything.
#![no_main]

use jeton::doctor::{
    aws_config, bazelrc, cargo_config, docker_config, git_config, kubeconfig, pip_config, terraform_config,
};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for read in [kubeconfig, aws_config, git_config, docker_config] {
        let _ = read(text);
    }
    for read in [cargo_config, pip_config, bazelrc, terraform_config] {
        let _ = read(text);
    }
});
