//! What a change does to a file, as `diff -u` shows it.
//!
//! A shown line may stand beside ours and hold somebody's secret: values of keys that are known for that are masked.

use std::fmt::Write as _;

/// Lines that are shown around a change.
const CONTEXT: usize = 3;

/// Stands for a value that is not shown.
const MASK: &str = "***";

/// Words in a key whose value is not shown.
const SECRET_KEYS: &[&str] =
    &["secret", "password", "passwd", "token", "key-data", "private_key", "private-key", "_auth", "\"auth\""];

/// What stands behind such a word where the value is only a place or a name.
const HARMLESS: &[&str] = &["-from", "_from", "-file", "_file", "-cache", "_cache", "helper", "-id", "_id"];

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Same(usize, usize),
    Gone(usize),
    New(usize),
}

/// The unified diff from `before` to `after`, its lines marked with `name`; empty where nothing changed. `secrets` are
/// not shown wherever they stand.
#[must_use]
pub fn unified(name: &str, before: Option<&str>, after: Option<&str>, secrets: &[String]) -> String {
    if before == after {
        return String::new();
    }
    let (old, new) = (lines(before.unwrap_or_default()), lines(after.unwrap_or_default()));
    let steps = steps(&old, &new);
    let title = |text: Option<&str>| if text.is_some() { name } else { "/dev/null" };
    let mut out = format!("--- {}\n+++ {}\n", shown(title(before), &[]), shown(title(after), &[]));
    let mut at = 0;
    while let Some((from, to)) = hunk(&steps, at) {
        write_hunk(&mut out, &steps[from..to], &old, &new, secrets);
        at = to;
    }
    out
}

/// Lines with the mark of a last one that has no end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// The next run of steps with a change in it and what is shown around it.
fn hunk(steps: &[Step], at: usize) -> Option<(usize, usize)> {
    let changed = |step: &Step| !matches!(step, Step::Same(..));
    let first = at + steps[at..].iter().position(changed)?;
    let (mut last, mut look) = (first, first);
    while let Some(ahead) = steps[look + 1..].iter().position(changed) {
        if ahead > 2 * CONTEXT {
            break;
        }
        look += 1 + ahead;
        last = look;
    }
    Some((first.saturating_sub(CONTEXT).max(at), (last + 1 + CONTEXT).min(steps.len())))
}

fn write_hunk(out: &mut String, steps: &[Step], old: &[&str], new: &[&str], secrets: &[String]) {
    let olds: Vec<usize> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Same(old, _) | Step::Gone(old) => Some(*old),
            Step::New(_) => None,
        })
        .collect();
    let news: Vec<usize> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Same(_, new) | Step::New(new) => Some(*new),
            Step::Gone(_) => None,
        })
        .collect();
    let _ = writeln!(out, "@@ -{} +{} @@", range(&olds), range(&news));
    for step in steps {
        let (mark, lines, at) = match *step {
            Step::Same(at, _) => (' ', old, at),
            Step::Gone(at) => ('-', old, at),
            Step::New(at) => ('+', new, at),
        };
        let line = lines[at];
        let text = line.trim_end_matches(['\n', '\r']);
        if at > 0 && announces_secret(lines[at - 1]) {
            let blanks = text.len() - text.trim_start_matches([' ', '-']).len();
            let _ = writeln!(out, "{mark}{}{MASK}", &text[..blanks]);
        } else {
            let _ = writeln!(out, "{mark}{}", shown(text, secrets));
        }
        if !line.ends_with('\n') {
            out.push_str("\\ No newline at end of file\n");
        }
    }
}

/// `FIRST,COUNT`, as diff counts: an empty range stands at 0 (both of ours begin at the file's start then).
fn range(lines: &[usize]) -> String {
    match lines {
        [] => "0,0".to_owned(),
        [one] => format!("{}", one + 1),
        [first, ..] => format!("{},{}", first + 1, lines.len()),
    }
}

/// A line without what a terminal would obey, and without secrets.
fn shown(line: &str, secrets: &[String]) -> String {
    let mut line = mask(line);
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        line = line.replace(secret.as_str(), MASK);
    }
    line.chars()
        .map(|c| match c {
            '\t' => c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Masks what stands behind a key that is known to hold a secret, up to the line's end.
fn mask(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    let ends = SECRET_KEYS.iter().flat_map(|word| lower.match_indices(word).map(|(at, word)| at + word.len()));
    let values = ends.filter(|end| !HARMLESS.iter().any(|tail| lower[*end..].starts_with(tail))).filter_map(|end| {
        let key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '"' | '\'' | ' ');
        let at = end + lower[end..].find(|c: char| !key(c))?;
        // An argument's value stands behind a comma.
        let is_value = matches!(lower.as_bytes()[at], b':' | b'=')
            || (lower.as_bytes()[at] == b',' && lower[..end].contains("--"));
        let value = lower[at + 1..].trim();
        (is_value && !matches!(value, "" | "{" | "[" | "|" | "{}" | "[]" | "{}," | "[],")).then_some(at + 1)
    });
    match values.min() {
        Some(at) => format!("{}{}{MASK}", &line[..at], if line[at..].starts_with(' ') { " " } else { "" }),
        None => line.to_owned(),
    }
}

/// Whether this is an argument in a list, and its value, a secret, stands in the next line.
fn announces_secret(line: &str) -> bool {
    let item = line.trim().strip_prefix('-').unwrap_or_default().trim().trim_matches(['"', '\'']);
    item.starts_with("--") && ["secret", "password", "token"].iter().any(|word| item.ends_with(word))
}

/// The shortest way from one list of lines to the other (Myers, "An O(ND) difference algorithm", 1986), between what
/// both begin and end with.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let begin = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old[begin..].iter().rev().zip(new[begin..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut steps: Vec<Step> = (0..begin).map(|at| Step::Same(at, at)).collect();
    steps.extend(middle(&old[begin..old.len() - end], &new[begin..new.len() - end]).into_iter().map(
        |step| match step {
            Step::Same(a, b) => Step::Same(a + begin, b + begin),
            Step::Gone(a) => Step::Gone(a + begin),
            Step::New(b) => Step::New(b + begin),
        },
    ));
    steps.extend((0..end).map(|at| Step::Same(old.len() - end + at, new.len() - end + at)));
    steps
}

fn middle(old: &[&str], new: &[&str]) -> Vec<Step> {
    let most = old.len() + new.len();
    // How far each diagonal was followed, at each number of changes; `k` of it is at `k + width`.
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut far = vec![0_usize; 2 * most + 3];
    let zero = most + 1;
    for changes in 0..=most {
        rounds.push(far[zero - changes..=zero + changes].to_vec());
        for k in (0..=changes).map(|step| zero + 2 * step - changes) {
            let down = k == zero - changes || (k != zero + changes && far[k - 1] < far[k + 1]);
            let mut x = if down { far[k + 1] } else { far[k - 1] + 1 };
            while x < old.len() && (x + zero).checked_sub(k).is_some_and(|y| y < new.len() && old[x] == new[y]) {
                x += 1;
            }
            far[k] = x;
            if x >= old.len() && x + zero >= new.len() + k {
                return back(&rounds, changes, old.len(), new.len());
            }
        }
    }
    Vec::new()
}

/// The way back through the rounds.
fn back(rounds: &[Vec<usize>], changes: usize, old: usize, new: usize) -> Vec<Step> {
    let (mut x, mut y) = (old, new);
    let mut steps = Vec::new();
    for changes in (1..=changes).rev() {
        // The state before this round: diagonal `x - y` is at `changes + x - y`.
        let far = &rounds[changes];
        let k = changes + x - y;
        let down = k == 0 || (k != 2 * changes && far[k - 1] < far[k + 1]);
        let from = if down { far[k + 1] } else { far[k - 1] + 1 };
        while x > from {
            x -= 1;
            y -= 1;
            steps.push(Step::Same(x, y));
        }
        if down {
            y -= 1;
            steps.push(Step::New(y));
        } else {
            x -= 1;
            steps.push(Step::Gone(x));
        }
    }
    while x > 0 {
        x -= 1;
        y -= 1;
        steps.push(Step::Same(x, y));
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let after = "a\nb\nc\nd\nE\nf\ng\nh\n";
        let diff = unified("f", Some(before), Some(after), &[]);
        assert_eq!(diff, "--- f\n+++ f\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
    }

    #[test]
    fn a_new_file_and_one_that_goes_are_told() {
        assert_eq!(unified("f", None, Some("a\n"), &[]), "--- /dev/null\n+++ f\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(
            unified("f", Some("a"), None, &[]),
            "--- f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("f", Some("a"), Some("a"), &[]), "");
    }

    #[test]
    fn secrets_beside_the_change_are_not_shown() {
        let before = "    token: abc\naws_secret_access_key = s3\n\"x\": {\"auth\": \"x1\"}\n- hunter2\n\u{1b}[2J\n- --client-secret\n- hunter3\nargs: [--password, hunter4]\n";
        // All of it is shown.
        let diff = unified("f", None, Some(before), &["hunter2".into()]);
        for gone in ["abc", "s3", "x1", "hunter", "\u{1b}"] {
            assert!(!diff.contains(gone), "{diff}");
        }
        for plain in
            ["--client-secret-from=env:A", "token_file = /x", "- --token-cache-dir", "credHelpers: {", "\"secret\": {"]
        {
            assert_eq!(mask(plain), plain);
        }
    }

    /// What somebody who applies the steps gets.
    fn apply(old: &[&str], new: &[&str]) -> (Vec<String>, Vec<String>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for step in steps(old, new) {
            match step {
                Step::Same(a, b) => {
                    assert_eq!(old[a], new[b]);
                    before.push(old[a].to_owned());
                    after.push(new[b].to_owned());
                }
                Step::Gone(a) => before.push(old[a].to_owned()),
                Step::New(b) => after.push(new[b].to_owned()),
            }
        }
        (before, after)
    }

    proptest! {
        #[test]
        fn the_steps_lead_from_one_to_the_other(old in "[abc\n]{0,40}", new in "[abc\n]{0,40}") {
            let (old, new) = (lines(&old), lines(&new));
            let (before, after) = apply(&old, &new);
            prop_assert_eq!(before.concat(), old.concat());
            prop_assert_eq!(after.concat(), new.concat());
        }
    }
}
