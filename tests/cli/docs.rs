//! The pages that users read (README.md and docs/): every command in them runs, every piece of configuration parses, and
//! every link leads somewhere. docs/contributing.md says how a page tells what its blocks need.

mod command;
mod config;
mod house;
mod links;
mod mark;
mod page;
mod promises;
#[cfg(unix)]
mod reader;

use self::page::{Page, pages};

/// Fails with all that is wrong, each with its place, so that one run is enough to mend a page.
#[track_caller]
fn nothing_wrong(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} in the documentation:\n{}", wrong.len(), wrong.join("\n"));
}

/// What `look` has to say of each page.
fn of_each_page(look: impl Fn(&Page) -> Vec<String>) -> Vec<String> {
    pages().iter().flat_map(look).collect()
}

#[test]
fn blocks_are_marked_as_contributing_says() {
    nothing_wrong(&of_each_page(|page| page.wrong.clone()));
}

#[test]
fn every_command_line_is_one_that_the_program_takes() {
    nothing_wrong(&of_each_page(command::wrong_in));
}

#[test]
fn every_piece_of_configuration_parses() {
    nothing_wrong(&of_each_page(config::wrong_in));
}

#[test]
fn every_link_leads_somewhere() {
    nothing_wrong(&links::wrong_in(pages()));
}

#[test]
fn a_check_that_is_named_is_there() {
    nothing_wrong(&of_each_page(mark::unproven_in));
}

#[cfg(unix)]
#[test]
fn every_command_runs() {
    // A page is a home of its own; a few at a time, because each process also waits for others.
    let (next, wrong) = (std::sync::atomic::AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(page) = pages().get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let found = reader::wrong_in(page);
                    wrong.lock().expect("no panic").extend(found);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    nothing_wrong(&wrong);
}
