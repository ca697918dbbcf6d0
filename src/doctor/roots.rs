//! The files and folders that variables name for root certificates.

use super::{Examination, Finding};

pub(super) fn check(examination: &Examination<'_>) -> Vec<Finding> {
    const CHECK: &str = "CA files";
    let named = examination.http.root_files();
    if named.is_empty() {
        return vec![Finding::ok(CHECK, "none is named; the system's roots count")];
    }
    let of = |(variable, path, read): (&'static str, std::path::PathBuf, Result<usize, String>)| {
        let shown = format!("{variable}={}", path.display());
        match read {
            Ok(count) => Finding::ok(CHECK, format!("{shown}: {count} certificates")),
            // jeton's own one is an error wherever something is fetched.
            Err(why) if variable == "JETON_CA_FILE" => Finding::fail(
                CHECK,
                format!("{shown}: {why}"),
                "name a readable file with the CA certificate in PEM form, or unset JETON_CA_FILE",
            ),
            Err(why) => Finding::warning(CHECK, format!("{shown}: {why}"), format!("correct {variable}, or unset it")),
        }
    };
    named.into_iter().map(of).collect()
}
