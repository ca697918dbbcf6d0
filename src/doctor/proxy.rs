//! The variables that name a proxy.

use super::{Examination, Finding};

const CHECK: &str = "proxy";

pub(super) fn check(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = vec![match examination.http.proxy() {
        Ok(Some((variable, shown))) => Finding::ok(CHECK, format!("{shown} ({variable})")),
        Ok(None) => Finding::ok(CHECK, "none is set"),
        Err(error) => Finding::of(CHECK, &error),
    }];
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    for (lower, upper) in [("https_proxy", "HTTPS_PROXY"), ("all_proxy", "ALL_PROXY"), ("no_proxy", "NO_PROXY")] {
        // (On Windows both names are one variable.)
        if let (Some(one), Some(other)) = (var(lower), var(upper))
            && one != other
        {
            findings.push(Finding::warning(
                CHECK,
                format!("{lower} and {upper} differ; {lower} counts here, in other tools the other one may"),
                format!("unset {upper}"),
            ));
        }
    }
    let https = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].into_iter().any(|name| var(name).is_some());
    if !https && let Some(name) = ["http_proxy", "HTTP_PROXY"].into_iter().find(|name| var(name).is_some()) {
        findings.push(Finding::warning(
            CHECK,
            format!("{name} is set, which is for plain http alone: Entra is reached without a proxy"),
            "set HTTPS_PROXY as well, if this network needs it",
        ));
    }
    findings
}
