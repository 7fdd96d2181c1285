//! Text for Markdown as GitHub and others show it: names are written by strangers, and must neither end a table nor call for anybody.

use super::text::printable;

/// Text in which nothing means anything to Markdown or HTML.
pub fn safe(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        match character {
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            // What looks like an address becomes a link by itself.
            ':' if text[at..].starts_with("://") => out.push_str(":<!-- -->"),
            '.' if text[..at].ends_with("www") => out.push_str("<!-- -->."),
            other => inert(other, &mut out),
        }
    }
    out
}

/// Text within HTML, where Markdown means nothing.
pub fn html(text: &str) -> String {
    let mut out = String::new();
    printable(text).chars().for_each(|character| inert(character, &mut out));
    out
}

/// A character that HTML takes as itself, and that GitHub makes no mention, no reference and no formula of: it looks for those in the
/// finished page, where an escape of Markdown is gone; an empty comment stays between.
fn inert(character: char, out: &mut String) {
    match character {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '"' => out.push_str("&quot;"),
        '@' | '#' => out.extend([character].into_iter().chain("<!-- -->".chars())),
        '$' => out.push_str("<span>$</span>"),
        other => out.push(other),
    }
}

/// Text between backticks, in a table too.
pub fn code(text: &str) -> String {
    printable(text).replace('`', "'").replace('|', "\\|")
}

/// A command to be copied, in a fence that it cannot end.
pub fn fenced(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(printable).collect();
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).fold(2, usize::max);
    let fence = "`".repeat(longest + 1);
    format!("{fence}sh\n{}\n{fence}\n", lines.join("\n"))
}

/// The text, or its first `most` characters.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything() {
        assert_eq!(safe("a|b`*_[x](y)\n<b>&@me #1"), "a\\|b\\`\\*\\_\\[x\\](y) &lt;b&gt;&amp;@<!-- -->me #<!-- -->1");
        assert_eq!(safe("https://x www.y $z$"), "https:<!-- -->//x www<!-- -->.y <span>$</span>z<span>$</span>");
        assert_eq!(html("a_b </summary>\u{202e}"), "a_b &lt;/summary&gt;\\u{202e}");
        assert_eq!(code("a`b|c\nd"), "a'b\\|c d");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("echo ```` x\n```"), "`````sh\necho ```` x\n```\n`````\n");
    }
}
