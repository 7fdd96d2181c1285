//! The source text as the rules see it: the project's files, and Rust without its comments, texts and tests.

use std::path::Path;
use std::process::Command;

use crate::support::program::root;

/// A Rust file.
pub struct Source {
    /// Its path from the project's folder.
    pub path: String,
    /// As it is.
    pub text: String,
    /// With comments and the insides of texts blanked, byte for byte.
    pub code: String,
    /// `code` without what is compiled for tests only.
    pub shipped: String,
}

impl Source {
    fn new(path: String) -> Self {
        let text = read(&path);
        let code = without_comments_and_texts(&text);
        let shipped = without_tests(&code);
        Self { path, text, code, shipped }
    }

    /// `path:line` of a byte.
    pub fn place(&self, at: usize) -> String {
        format!("{}:{}", self.path, 1 + self.text[..at].matches('\n').count())
    }

    /// The line of the text in which a byte lies.
    pub fn line(&self, at: usize) -> &str {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        self.text[start..end].trim()
    }

    /// The modules that the file's path names: `src/check/file.rs` is `["check", "file"]`.
    pub fn modules(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').collect()
    }
}

/// The Rust files under `src`.
pub fn sources() -> Vec<Source> {
    let mut all: Vec<Source> =
        tracked().into_iter().filter(|path| path.starts_with("src/") && path.ends_with(".rs")).map(Source::new).collect();
    // `#[cfg(test)] mod testing;` makes a whole file test code.
    let mut of_tests = Vec::new();
    for source in &all {
        for (at, _) in source.code.match_indices(CFG_TEST) {
            let item = source.code[at + CFG_TEST.len()..].trim_start();
            let words: Vec<&str> = item.split([';', '{']).next().map(|head| head.split_whitespace().collect()).unwrap_or_default();
            if item.find(';') < item.find('{').or(Some(usize::MAX))
                && let [.., "mod", name] = words[..]
            {
                let folder = Path::new(&source.path).parent().map(|folder| folder.join(format!("{name}.rs")));
                of_tests.extend(folder.map(|path| path.to_string_lossy().into_owned()));
            }
        }
    }
    for source in &mut all {
        if of_tests.contains(&source.path) {
            source.shipped = blank(&source.shipped, 0, source.shipped.len());
        }
    }
    all
}

/// The project's files: those that git knows, and new ones that it does not ignore.
pub fn tracked() -> Vec<String> {
    let git = Command::new("git")
        // Whoever runs the tests need not own the clone.
        .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the project's files");
    assert!(git.status.success(), "git ls-files: {}", String::from_utf8_lossy(&git.stderr));
    let list = String::from_utf8(git.stdout).expect("paths are text");
    let mut paths: Vec<String> =
        list.split('\0').filter(|path| !path.is_empty() && root().join(path).is_file()).map(str::to_owned).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Whether a file is an input of the fuzz targets: made up by a machine, of whatever bytes it likes.
pub fn is_made_up(path: &str) -> bool {
    path.starts_with("fuzz/corpus/") || path.starts_with("fuzz/regressions/")
}

/// A file's text.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Fails with the list of places and what to do about them, if there are any.
pub fn hold(what_to_do: &str, places: &[String]) {
    assert!(places.is_empty(), "\n{what_to_do}\n  {}\n", places.join("\n  "));
}

/// Whether a byte can be part of a name.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The name that a text begins with.
pub fn name_at(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_word(byte)).unwrap_or(text.len());
    &text[..end]
}

/// Where a word stands in a text, not as a part of a longer name.
pub fn find_word<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let bytes = text.as_bytes();
    let is_whole = move |at: &usize| {
        let is_begun = *at == 0 || !is_word(bytes[*at - 1]) || !is_word(word.as_bytes()[0]);
        let end = at + word.len();
        is_begun && (end >= bytes.len() || !is_word(bytes[end]) || !is_word(word.as_bytes()[word.len() - 1]))
    };
    text.match_indices(word).map(|(at, _)| at).filter(is_whole)
}

/// The end (exclusive) of the brackets that open at or after a byte: `{…}`, `(…)` or `[…]`.
pub fn end_of_block(code: &str, from: usize, open: u8) -> usize {
    let close = match open {
        b'{' => b'}',
        b'(' => b')',
        _ => b']',
    };
    let mut depth = 0_usize;
    for (i, byte) in code.bytes().enumerate().skip(from) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return i + 1;
            }
        }
    }
    code.len()
}

const CFG_TEST: &str = "#[cfg(test)]";

/// The code with every `#[cfg(test)]` item blanked.
fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    for (at, _) in code.match_indices(CFG_TEST) {
        let after = at + CFG_TEST.len();
        let brace = code[after..].find('{').map_or(code.len(), |brace| after + brace);
        let semicolon = code[after..].find(';').map_or(code.len(), |semicolon| after + semicolon + 1);
        let end = if semicolon < brace { semicolon } else { end_of_block(code, brace, b'{') };
        out = blank(&out, at, end);
    }
    out
}

/// Rust with comments and the insides of texts and characters blanked, byte for byte.
fn without_comments_and_texts(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = text.to_owned();
    let mut i = 0;
    while i < bytes.len() {
        let (from, end, next) = match &bytes[i..] {
            [b'/', b'/', ..] => {
                let end = text[i..].find('\n').map_or(bytes.len(), |newline| i + newline);
                (i, end, end)
            }
            [b'/', b'*', ..] => {
                let end = end_of_comment(bytes, i);
                (i, end, end)
            }
            [b'r', b'"' | b'#', ..] if (i == 0 || !is_word(bytes[i - 1]) || bytes[i - 1] == b'b') && is_raw_text(&bytes[i + 1..]) => {
                let hashes = bytes[i + 1..].iter().take_while(|byte| **byte == b'#').count();
                let from = i + 2 + hashes;
                let close = format!("\"{}", "#".repeat(hashes));
                let end = text[from..].find(&close).map_or(bytes.len(), |end| from + end);
                (from, end, end + close.len())
            }
            [b'"', ..] => {
                let end = end_of_text(bytes, i + 1, b'"');
                (i + 1, end, end + 1)
            }
            // A character, not a lifetime: `'x'`, `'\n'`, `'…'`.
            [b'\'', b'\\', ..] => {
                let end = end_of_text(bytes, i + 1, b'\'');
                (i + 1, end, end + 1)
            }
            [b'\'', rest @ ..] if char_length(rest).is_some() => {
                let end = i + 1 + char_length(rest).unwrap_or(0);
                (i + 1, end, end + 1)
            }
            _ => {
                i += 1;
                continue;
            }
        };
        out = blank(&out, from, end);
        i = next;
    }
    out
}

fn is_raw_text(rest: &[u8]) -> bool {
    rest.iter().find(|byte| **byte != b'#') == Some(&b'"')
}

/// The length of the one character before a closing quote.
fn char_length(rest: &[u8]) -> Option<usize> {
    let length = match rest.first()? {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (rest.get(length) == Some(&b'\'')).then_some(length)
}

fn end_of_text(bytes: &[u8], mut i: usize, quote: u8) -> usize {
    while i < bytes.len() && bytes[i] != quote {
        i += if bytes[i] == b'\\' { 2 } else { 1 };
    }
    i.min(bytes.len())
}

fn end_of_comment(bytes: &[u8], mut i: usize) -> usize {
    let mut depth = 0;
    while i < bytes.len() {
        match &bytes[i..] {
            [b'/', b'*', ..] => (depth, i) = (depth + 1, i + 2),
            [b'*', b'/', ..] if depth == 1 => return i + 2,
            [b'*', b'/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    bytes.len()
}

/// Blanks bytes, but for line breaks.
fn blank(text: &str, from: usize, end: usize) -> String {
    let inside: String = text[from..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    format!("{}{inside}{}", &text[..from], &text[end..])
}

#[test]
fn comments_texts_and_tests_are_seen_as_such() {
    let text = "a(\"b // {\"); // c\nlet d = '{'; let e: &'f str = r#\"g\"h\"#; /* i /* j */ k */ l\n#[cfg(test)]\nmod m { n }\no";
    let code = without_comments_and_texts(text);
    assert_eq!(code.len(), text.len());
    assert_eq!(code.split_whitespace().collect::<String>(), "a(\"\");letd='';lete:&'fstr=r#\"\"#;l#[cfg(test)]modm{n}o");
    assert_eq!(without_tests(&code).split_whitespace().collect::<String>(), "a(\"\");letd='';lete:&'fstr=r#\"\"#;lo");
}
