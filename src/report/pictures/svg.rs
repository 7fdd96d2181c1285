//! Shapes and texts as SVG. Numbers become attributes, texts are escaped; there is no other way into a picture.

use std::fmt::Write;

use textwrap::core::display_width;

use crate::exhibit::State;
use crate::report::html::escape::escape;
use crate::report::text::printable;

/// A point.
pub(super) type Point = (f64, f64);

/// A picture that is being drawn.
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    /// Begins one inside of a box of this size. `id` is the figure's, `title` and `desc` are what it says to those who do not see it.
    pub(super) fn new(id: &str, (width, height): Point, title: &str, desc: &str) -> Self {
        let (width, height) = (number(width), number(height));
        let out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pic\" role=\"img\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" aria-labelledby=\"{id}-title {id}-desc\">\
             <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
            escape(title),
            escape(desc)
        );
        Self { out }
    }

    /// The finished picture.
    pub(super) fn end(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }

    /// Things that belong together, with what is said of them on hovering.
    pub(super) fn group(&mut self, class: &str, title: &str, draw: impl FnOnce(&mut Self)) {
        let _ = write!(self.out, "<g class=\"{class}\"><title>{}</title>", escape(title));
        draw(self);
        self.out.push_str("</g>\n");
    }

    /// A rectangle with slightly round corners.
    pub(super) fn rect(&mut self, (x, y): Point, (width, height): Point, class: &str) {
        let (x, y, width, height) = (number(x), number(y), number(width), number(height));
        let _ = write!(self.out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>");
    }

    /// A bar of a chart: no corners, and as strong as it is bad.
    pub(super) fn bar(&mut self, (x, y): Point, (width, height): Point, class: &str, opacity: f64) {
        let (x, y, width, height) = (number(x), number(y), number(width), number(height));
        let _ = write!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill-opacity=\"{opacity}\"/>"
        );
    }

    /// A line through these points.
    pub(super) fn line(&mut self, points: &[Point], class: &str) {
        let mut d = String::new();
        for (i, (x, y)) in points.iter().enumerate() {
            let _ = write!(d, "{}{} {}", if i == 0 { "M" } else { "L" }, number(*x), number(*y));
        }
        let _ = write!(self.out, "<path class=\"{class}\" d=\"{d}\" fill=\"none\"/>");
    }

    /// A filled shape.
    pub(super) fn shape(&mut self, points: &[Point], class: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        let _ = write!(self.out, "<polygon class=\"{class}\" points=\"{}\"/>", points.join(" "));
    }

    /// A circle.
    pub(super) fn circle(&mut self, (x, y): Point, radius: f64, class: &str) {
        let _ = write!(self.out, "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>", number(x), number(y), number(radius));
    }

    /// A text; `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, (x, y): Point, class: &str, anchor: &str, text: &str) {
        let (x, y) = (number(x), number(y));
        let _ = write!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", escape(text));
    }

    /// A text that is read from bottom to top, its middle here.
    pub(super) fn upright(&mut self, (x, y): Point, class: &str, text: &str) {
        let (x, y) = (number(x), number(y));
        let _ = write!(
            self.out,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" transform=\"rotate(-90 {x} {y})\">{}</text>",
            escape(text)
        );
    }

    /// The sign of a state: a tick, a triangle, a question mark, a cross. Shapes, so that nobody needs the colour.
    pub(super) fn sign(&mut self, (x, y): Point, state: State) {
        match state {
            State::Works => self.line(&[(x - 4.5, y + 0.5), (x - 1.5, y + 4.0), (x + 5.0, y - 4.0)], "line-good pic-works"),
            State::Broken => {
                self.line(&[(x - 4.5, y - 4.5), (x + 4.5, y + 4.5)], "line-bad pic-broken");
                self.line(&[(x + 4.5, y - 4.5), (x - 4.5, y + 4.5)], "line-bad pic-broken");
            }
            State::Unknown => {
                self.circle((x, y), 7.0, "box-warn pic-unknown");
                self.text((x, y + 4.0), "t-small t-warn", "middle", "?");
            }
            State::Weak => self.shape(&[(x, y - 6.0), (x + 6.5, y + 5.0), (x - 6.5, y + 5.0)], "box-warn pic-weak"),
        }
    }

    /// A link from left to right. What is broken has a gap with a cross in it, what is unknown is dotted with a question mark.
    pub(super) fn link(&mut self, from: Point, to: Point, state: State) {
        let curve = curve(from, to);
        let class = match state {
            State::Works | State::Weak => "link link-good",
            State::Unknown => "link link-warn pic-unknown",
            State::Broken => "link link-bad pic-broken",
        };
        match state {
            State::Works | State::Weak => self.curve(curve, class),
            State::Broken | State::Unknown => {
                let length = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1.0);
                let gap = (11.0 / length).min(0.3);
                let (before, _) = split(curve, 0.5 - gap);
                let (_, after) = split(curve, 0.5 + gap);
                self.curve(before, class);
                self.curve(after, class);
                self.sign(split(curve, 0.5).1[0], state);
            }
        }
        let head = match state {
            State::Works | State::Weak => "head-good",
            State::Unknown => "head-warn",
            State::Broken => "head-bad",
        };
        self.shape(&[to, (to.0 - 7.0, to.1 - 3.5), (to.0 - 7.0, to.1 + 3.5)], head);
    }

    fn curve(&mut self, [a, b, c, d]: [Point; 4], class: &str) {
        let point = |(x, y): Point| format!("{} {}", number(x), number(y));
        let _ = write!(self.out, "<path class=\"{class}\" d=\"M{} C{}, {}, {}\" fill=\"none\"/>", point(a), point(b), point(c), point(d));
    }
}

/// A line that leaves and arrives horizontally.
fn curve(from: Point, to: Point) -> [Point; 4] {
    let half = (to.0 - from.0) / 2.0;
    [from, (from.0 + half, from.1), (to.0 - half, to.1), to]
}

/// Cuts a curve in two (de Casteljau).
fn split([a, b, c, d]: [Point; 4], at: f64) -> ([Point; 4], [Point; 4]) {
    let mix = |p: Point, q: Point| (p.0 + (q.0 - p.0) * at, p.1 + (q.1 - p.1) * at);
    let (ab, bc, cd) = (mix(a, b), mix(b, c), mix(c, d));
    let (abc, bcd) = (mix(ab, bc), mix(bc, cd));
    let middle = mix(abc, bcd);
    ([a, ab, abc, middle], [middle, bcd, cd, d])
}

/// A number with one decimal at the most.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A text of so many columns at the most, without its end where it is longer.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if display_width(&out) + display_width(character.encode_utf8(&mut [0; 4])) >= columns {
            break;
        }
        out.push(character);
    }
    out + "…"
}

/// The same without its beginning: of names, the end tells them apart.
pub(super) fn cut_front(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut kept: Vec<char> = Vec::new();
    let mut width = 1;
    for character in text.chars().rev() {
        width += display_width(character.encode_utf8(&mut [0; 4]));
        if width > columns {
            break;
        }
        kept.push(character);
    }
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

/// Lines of so many columns; what does not fit in so many lines is cut.
pub(super) fn lines(text: &str, columns: usize, most: usize) -> Vec<String> {
    let text = printable(text);
    if text.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<String> = textwrap::wrap(&text, columns).into_iter().map(|line| line.into_owned()).collect();
    if lines.len() > most {
        let rest = lines[most - 1..].join(" ");
        lines.truncate(most - 1);
        lines.push(cut(&rest, columns));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_text() {
        assert_eq!(escape("</title><script>&\"'"), "&lt;/title&gt;&lt;script&gt;&amp;&quot;&#39;");
        let bad = escape("a\0b\u{1b}[31m\u{202e}c\u{ffff}");
        assert!(!bad.contains(['\0', '\u{1b}', '\u{202e}', '\u{ffff}']), "{bad}");
    }

    #[test]
    fn texts_are_cut_by_what_they_take_on_the_screen() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("a long name", 6), "a lon…");
        assert_eq!(cut_front("payment/Vpc/PrivateSubnet1", 15), "…PrivateSubnet1");
        // Wide characters take two columns.
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut_front("漢字漢字", 5), "…漢字");
        assert_eq!(lines("", 9, 2), [""; 0]);
        assert_eq!(lines("one two three four", 9, 2), ["one two", "three fo…"]);
    }

    #[test]
    fn a_curve_is_cut_where_it_is_said() {
        let straight = curve((0.0, 0.0), (100.0, 0.0));
        let (before, after) = split(straight, 0.5);
        assert_eq!((before[0], before[3], after[0], after[3]), ((0.0, 0.0), (50.0, 0.0), (50.0, 0.0), (100.0, 0.0)));
    }
}
