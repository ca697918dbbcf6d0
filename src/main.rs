//! The `jeton` program: everything is in the library.

fn main() -> std::process::ExitCode {
    jeton::cli::main()
}
