//! Lays the code of a cache hit together in the static Linux programs (see `link/first.ld`).

use std::env;
use std::path::Path;

fn main() {
    let script = Path::new("link").join("first.ld");
    println!("cargo::rerun-if-changed={}", script.display());
    // The linkers of these targets (GNU's and LLVM's) both know INSERT. Elsewhere programs are linked in other ways.
    let system = |name: &str| env::var(name).unwrap_or_default();
    if system("CARGO_CFG_TARGET_OS") == "linux" && system("CARGO_CFG_TARGET_ENV") == "musl" {
        let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bin=jeton=-Wl,--script={}", Path::new(&root).join(script).display());
    }
}
