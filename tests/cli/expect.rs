//! What every success and every failure has in common, to be asserted in one word.

use jeton_emulator::{AWKWARD_SECRET, CLIENT_SECRET, Emulator, Request, USER_PASSWORD};

use crate::support::Output;

/// A secret that only tests know, for places where none must be repeated.
pub(crate) const HUNTER: &str = "hunter2";

impl Output {
    /// Asserts a failure as users are promised it: this exit code, nothing on stdout; on stderr what failed, what to do
    /// next and perhaps ids, in as many lines, without control characters, and no secret. Returns stderr.
    #[track_caller]
    pub(crate) fn refusal(self, code: i32) -> String {
        let stderr = self.fails(code).stderr;
        let lines: Vec<_> = stderr.lines().collect();
        assert!(matches!(lines.len(), 2 | 3), "two or three lines: {stderr:?}");
        assert!(lines[0].starts_with("jeton: ") && lines[0].len() > 15, "what failed: {stderr:?}");
        assert!(lines[1].starts_with("  next: ") && lines[1].len() > 12, "what to do next: {stderr:?}");
        assert!(lines.get(2).is_none_or(|ids| ids.starts_with("  ") && ids.contains(": ")), "ids: {stderr:?}");
        assert!(!stderr.chars().any(|c| c.is_control() && c != '\n'), "control characters: {stderr:?}");
        assert_no_secret(&stderr);
        stderr
    }

    /// Asserts success with nothing on stderr.
    #[track_caller]
    pub(crate) fn quiet(self) -> Self {
        let output = self.ok();
        assert_eq!(output.stderr, "");
        output
    }

    /// Asserts success with one warning, and returns that.
    #[track_caller]
    pub(crate) fn warning(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.stderr);
        let warning = self.stderr.strip_prefix("jeton: warning: ").and_then(|line| line.strip_suffix('\n'));
        let warning = warning.unwrap_or_else(|| panic!("a warning: {:?}", self.stderr));
        assert!(!warning.contains('\n'), "one warning: {warning:?}");
        assert_no_secret(warning);
        warning
    }
}

/// Asserts that `text`, which is not what was asked for, holds no secret of a test and no token.
#[track_caller]
pub(crate) fn assert_no_secret(text: &str) {
    for secret in [CLIENT_SECRET, AWKWARD_SECRET, USER_PASSWORD, HUNTER, "eyJ"] {
        // Not the text itself: it may hold a secret of more than a test one day.
        assert!(!text.contains(secret), "the text holds {secret:?}");
    }
}

/// Asserts that all `parts` stand in `text`.
#[track_caller]
pub(crate) fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in {text:?}");
    }
}

/// The only request that there was; a careful server has nothing to say against it.
#[track_caller]
pub(crate) fn only_request(emulator: &Emulator) -> Request {
    assert_eq!(emulator.violations(), Vec::<String>::new());
    let mut requests = emulator.requests();
    assert_eq!(requests.len(), 1, "{:?}", requests.iter().map(|request| &request.path).collect::<Vec<_>>());
    requests.remove(0)
}

/// The newest token request.
#[track_caller]
pub(crate) fn last_request(emulator: &Emulator) -> Request {
    emulator.token_requests().pop().expect("a token request")
}

/// Seconds from now until an RFC 3339 time in UTC; negative ones are 0.
#[track_caller]
pub(crate) fn seconds_until(time: &serde_json::Value) -> u64 {
    let text = time.as_str().expect("a time");
    assert!(text.ends_with('Z') && text.len() == 20, "RFC 3339 in UTC without a fraction: {text}");
    let time = humantime::parse_rfc3339(text).expect("RFC 3339");
    time.duration_since(std::time::SystemTime::now()).unwrap_or_default().as_secs()
}

/// Asserts that `seconds` is `wanted` or up to a minute less, for slow machines.
#[track_caller]
pub(crate) fn assert_about(seconds: u64, wanted: u64) {
    assert!((wanted.saturating_sub(60)..=wanted).contains(&seconds), "{seconds} s, not {wanted} s");
}
