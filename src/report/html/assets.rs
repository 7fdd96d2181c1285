//! The page's own style and program, as they are in the files under `page/`, and the policy under which a browser runs nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The style.
pub const STYLE: &str = concat!(
    include_str!("page/palette.css"),
    include_str!("page/shell.css"),
    include_str!("page/filters.css"),
    include_str!("page/list.css"),
    include_str!("page/panel.css"),
    include_str!("page/overview.css"),
    include_str!("page/pictures.css"),
    include_str!("page/print.css"),
);

/// The program: files that share one scope, in the order in which they build on each other.
pub const PROGRAM: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("page/dom.js"),
    include_str!("page/data.js"),
    include_str!("page/route.js"),
    include_str!("page/filter.js"),
    include_str!("page/facets.js"),
    include_str!("page/list.js"),
    include_str!("page/panel.js"),
    include_str!("page/card.js"),
    include_str!("page/posture.js"),
    include_str!("page/coverage.js"),
    include_str!("page/frameworks.js"),
    include_str!("page/print.js"),
    include_str!("page/keys.js"),
    include_str!("page/main.js"),
    "})();\n",
);

/// What the page may do: show its own style, run its own program, and nothing besides. No text can become HTML by it either.
pub fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
        hash(STYLE),
        hash(PROGRAM)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_ends_its_own_tag_nor_asks_for_anything() {
        for text in [STYLE, PROGRAM] {
            for word in ["</script", "</style", "<!--", "@import", "url(", "http:", "https:", "innerHTML", "eval("] {
                assert!(!text.contains(word), "`{word}` is in the page's own style or program");
            }
        }
    }
}
