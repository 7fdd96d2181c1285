//! The pages for people: what is generated in them is current, and what they tell to type is understood.
//!
//! ```text
//! <!-- generated: driftlead list services -->
//! …a fenced block with what that prints…
//! <!-- /generated -->
//! ```

use std::path::Path;

use clap::Parser;
use driftlead::cli::Cli;

use super::source::{hold, read, tracked};
use crate::support::program::{driftlead, root, said};

const OPEN: &str = "<!-- generated: ";
const CLOSE: &str = "<!-- /generated -->";

/// Set to rewrite what is generated.
const UPDATE: &str = "UPDATE_README";

fn pages() -> Vec<String> {
    tracked().into_iter().filter(|path| path.ends_with(".md")).collect()
}

#[test]
fn there_is_a_readme() {
    assert!(root().join("README.md").is_file(), "README.md is missing: it is the first thing that anybody reads, and Cargo.toml names it");
}

#[test]
fn what_is_generated_is_current() {
    let mut stale = Vec::new();
    for page in pages() {
        let text = read(&page);
        let (current, commands) = regenerate(&page, &text);
        if current == text {
            continue;
        }
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(root().join(&page), current).unwrap_or_else(|error| panic!("{page}: {error}"));
        } else {
            stale.push(format!("{page}: {}", commands.join(", ")));
        }
    }
    hold(&format!("A page shows what the program no longer prints: `{UPDATE}=1 cargo test --test house pages` writes it anew."), &stale);
}

/// The page with its generated blocks as they should be, and the commands whose block has changed.
fn regenerate(page: &str, text: &str) -> (String, Vec<String>) {
    let (mut out, mut rest, mut changed) = (String::new(), text, Vec::new());
    while let Some(start) = rest.find(OPEN) {
        let marker = &rest[start..];
        let (command, after) =
            marker[OPEN.len()..].split_once(" -->\n").unwrap_or_else(|| panic!("{page}: a marker is never closed: {marker:.80}"));
        let end = after.find(CLOSE).unwrap_or_else(|| panic!("{page}: `{command}` has no {CLOSE}"));
        let old = &after[..end];
        assert!(!old.contains(OPEN), "{page}: `{command}` has no {CLOSE} before the next marker");
        // The fence's language is the page's own affair.
        let fence = old.lines().next().filter(|line| line.starts_with("```")).unwrap_or("```text");
        let new = format!("{fence}\n{}```\n", printed(page, command));
        if new != old {
            changed.push(command.to_owned());
        }
        out += &format!("{}{OPEN}{command} -->\n{new}{CLOSE}", &rest[..start]);
        rest = &after[end + CLOSE.len()..];
    }
    (out + rest, changed)
}

/// What a command prints, a hundred columns wide.
fn printed(page: &str, command: &str) -> String {
    let words = words(command).unwrap_or_else(|| panic!("{page}: `{command}` is not a command line"));
    let [name, arguments @ ..] = &words[..] else { panic!("{page}: a marker names no command") };
    assert_eq!(name, "driftlead", "{page}: only driftlead's own output is generated, not `{command}`");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = said(driftlead(&arguments).current_dir(root()).env("COLUMNS", "100").output());
    assert_ne!(said.code, 2, "{page}: `{command}` could not run: {}", said.err);
    let lines: Vec<&str> = said.out.trim_end().lines().map(str::trim_end).collect();
    assert!(!lines.is_empty(), "{page}: `{command}` prints nothing");
    lines.join("\n") + "\n"
}

#[test]
fn every_command_on_a_page_is_understood() {
    let mut wrong = Vec::new();
    for page in pages() {
        for (line, command) in commands(&read(&page)) {
            let Some(arguments) = own_arguments(&command) else { continue };
            if let Err(error) = Cli::try_parse_from(&arguments)
                && error.use_stderr()
            {
                let first = error.to_string().lines().next().unwrap_or("").to_owned();
                wrong.push(format!("{page}:{line}: `{command}`: {first}"));
            }
        }
    }
    hold("A page tells to type what driftlead does not understand: correct the page.", &wrong);
}

#[test]
fn every_example_of_the_help_is_understood() {
    let (mut wrong, mut examples) = (Vec::new(), 0);
    for command in driftlead::cli::help::command().get_subcommands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_else(String::new);
        for line in help.lines().map(str::trim_start).filter(|line| line.starts_with("driftlead ")) {
            examples += 1;
            let arguments = own_arguments(line).expect("it begins with the program's name");
            if let Err(error) = Cli::try_parse_from(&arguments) {
                wrong.push(format!("{}: `{line}`: {}", command.get_name(), error.to_string().lines().next().unwrap_or("")));
            }
        }
    }
    assert!(examples > 10, "the examples are not found where this test looks for them");
    hold("An example of --help is not understood: correct it.", &wrong);
}

/// The command lines in a page's fenced blocks for consoles, with the line of each; `\` at the end goes on in the next line.
fn commands(text: &str) -> Vec<(usize, String)> {
    let (mut commands, mut language, mut open) = (Vec::new(), None, None::<(usize, String)>);
    for (i, line) in text.lines().enumerate() {
        if let Some(word) = line.trim_start().strip_prefix("```") {
            language = if language.is_some() { None } else { Some(word.trim().to_owned()) };
            continue;
        }
        // In a console block only what follows the prompt is typed; the rest is output.
        let typed = match language.as_deref() {
            Some("console") => line.trim_start().strip_prefix("$ ").or(open.as_ref().map(|_| line)),
            Some("sh" | "bash" | "shell") => Some(line),
            _ => None,
        };
        let Some(typed) = typed else { continue };
        let (start, mut command) = open.take().unwrap_or((i + 1, String::new()));
        command += typed.trim_start().trim_end_matches('\\');
        if typed.ends_with('\\') { open = Some((start, command)) } else { commands.push((start, command)) }
    }
    commands
}

/// What driftlead is given by a command line, if it is driftlead's: with its name first.
fn own_arguments(command: &str) -> Option<Vec<String>> {
    let mut words = words(command)?;
    let is_setting = |word: &String| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
        })
    };
    let settings = words.iter().take_while(|word| is_setting(word)).count();
    words.drain(..settings);
    let name = words.first()?;
    if name == "cargo" && words.get(1).is_some_and(|word| word == "run") {
        let given = words.iter().position(|word| word == "--").map_or(words.len(), |dashes| dashes + 1);
        words.drain(1..given);
        return Some(words);
    }
    (Path::new(name).file_name()? == "driftlead").then_some(words)
}

/// A command line's words, as a shell takes them apart, up to a pipe, a redirection or a comment. `None` if a quote stays open.
fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().push(letters.next()?),
            (Some(_), letter) => word.get_or_insert_default().push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, '|' | '>' | '<' | ';' | '&') => break,
            (None, '#') if word.is_none() => break,
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (None, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let folder = Path::new(&page).parent().unwrap_or(Path::new(""));
        for target in read(&page).split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let file = target.split('#').next().unwrap_or("");
            if !file.is_empty() && !target.contains("://") && !target.starts_with("mailto:") && !root().join(folder).join(file).exists() {
                wrong.push(format!("{page}: {target}"));
            }
        }
    }
    hold("A link leads nowhere: correct it, or add what it leads to.", &wrong);
}

#[test]
fn command_lines_are_taken_apart_like_a_shell_does() {
    let page = "```console\n$ A=1 driftlead query \"select 'x'\" \\\n    -o x.json | jq .\noutput\n$ cargo run --locked -- demo # show\n```\n```sh\nls\n```\n";
    let found: Vec<_> = commands(page).iter().filter_map(|(_, command)| own_arguments(command)).collect();
    assert_eq!(found, [vec!["driftlead", "query", "select 'x'", "-o", "x.json"], vec!["cargo", "demo"]]);
    let marked = format!("a\n{OPEN}driftlead --version -->\n```text\nold\n```\n{CLOSE}\nb\n");
    let (new, changed) = regenerate("page", &marked);
    assert_eq!(changed, ["driftlead --version"]);
    assert!(new.contains("```text\ndriftlead ") && new.starts_with("a\n") && new.ends_with("-->\nb\n"), "{new}");
    assert_eq!(regenerate("page", &new), (new.clone(), Vec::new()));
}
