//! Nothing panics: an input that is not as it should be is an error, a gap or an unknown, never the end of the program.

use super::rooms::is_test;
use super::source::{find_word, hold, sources};

/// Ways to panic, and to end without a word.
const WAYS: &[&str] = &[
    "panic!", ".unwrap()", ".unwrap_err()", ".expect(", ".expect_err(", "unreachable!", "assert!", "assert_eq!", "assert_ne!",
    "resume_unwind", "process::exit", "process::abort",
];

/// Places where that is right, by file and a part of the line, and why no input leads there.
const KNOWN: &[(&str, &str, &str)] = &[
    ("src/aws/cx/calls.rs", "no code means absent here", "an empty list of codes contains none"),
    ("src/aws/cx/mod.rs", "clients are kept by their type", "the key that was looked up is the type itself"),
    ("src/cli/live.rs", "process::exit(130)", "the user's second Ctrl-C"),
    ("src/inventory/writer.rs", "has no reader that declares it", "rows come from readers, and what is inserted from their tables"),
    ("src/services/mod.rs", "kinds.toml", "a file of our own, which the tests read"),
    ("src/aws/limiter.rs", "the semaphore is never closed", "nothing closes it"),
];

#[test]
fn no_input_makes_it_panic() {
    let mut used = vec![false; KNOWN.len()];
    let mut wrong = Vec::new();
    for source in sources().into_iter().filter(|source| !is_test(&source.path)) {
        let path = &source.path;
        for way in WAYS {
            for at in find_word(&source.shipped, way) {
                let line = source.line(at);
                match KNOWN.iter().position(|(file, part, _)| file == path && line.contains(part)) {
                    Some(known) => used[known] = true,
                    None => wrong.push(format!("{}: {line}", source.place(at))),
                }
            }
        }
    }
    let stale = KNOWN.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(stale.map(|((file, part, _), _)| format!("{file}: `{part}` is not there any more; take it out of KNOWN")));
    hold(
        "Nothing that comes from outside may end the program: give back an error, or leave a gap. If no input leads there, add the line \
         to KNOWN in tests/house/panics.rs with the reason.",
        &wrong,
    );
}
