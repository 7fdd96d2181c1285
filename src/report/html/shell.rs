//! The page around the data: its head, the headline, and the places that its program fills.

use std::io::{self, Write};

use super::super::pictures::{Section, figures, remarks};
use super::super::text::{count, some_of};
use super::assets::{PROGRAM, STYLE, policy};
use super::escape::escape;
use crate::exhibit::Exhibits;
use crate::finding::{Head, Summary};

/// The most accounts or regions that the headline names; the others are a click away.
const NAMED: usize = 4;

/// Opens the page. The data come first: what they add up to is known at the end.
///
/// # Errors
/// When it cannot be written.
pub fn open(out: &mut dyn Write, head: &Head) -> io::Result<()> {
    let about = some_of(&head.accounts, 3, "account");
    let day = head.started_at.split('T').next().unwrap_or(&head.started_at);
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"{}\">\n<title>{} · {} · driftlead</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        policy(),
        escape(&head.tool),
        escape(&about),
        escape(day)
    )
}

/// Writes what is seen, and closes the page.
///
/// # Errors
/// When it cannot be written.
pub fn close(out: &mut dyn Write, head: &Head, summary: &Summary, exhibits: &Exhibits) -> io::Result<()> {
    out.write_all(include_bytes!("page/skip.html"))?;
    headline(out, head)?;
    compared(out, summary)?;
    tiles(out, summary)?;
    without_program(out, head, summary)?;
    out.write_all(include_bytes!("page/views.html"))?;
    drawn(out, exhibits)?;
    out.write_all(include_bytes!("page/foot.html"))?;
    writeln!(out, "<script>{PROGRAM}</script>\n</body>\n</html>")
}

fn headline(out: &mut dyn Write, head: &Head) -> io::Result<()> {
    let title = match &head.accounts[..] {
        [account] => format!("Account {account}"),
        accounts => count(accounts.len(), "account"),
    };
    writeln!(out, "<header class=\"top\">\n<div class=\"brand\">driftlead <span>what is true, with receipts</span></div>")?;
    writeln!(out, "<h1><bdi>{}</bdi></h1>\n<dl class=\"facts\">", escape(&title))?;
    if head.accounts.len() != 1 {
        fact(out, "Accounts", &names(&head.accounts))?;
    }
    fact(out, "Regions", &names(&head.regions))?;
    let read = format!("<time>{}</time> to <time>{}</time>", escape(&head.started_at), escape(&head.finished_at));
    fact(out, "Read", &read)?;
    let coverage = &head.coverage;
    let (calls, gaps) = (usize::try_from(coverage.calls).unwrap_or(usize::MAX), coverage.gaps.len());
    fact(out, "Calls", &format!("{}, {}", grouped(calls), count(gaps, "gap")))?;
    if !head.path.is_empty() {
        fact(out, "Snapshot", &format!("<bdi class=\"mono\">{}</bdi>", escape(&head.path)))?;
    }
    fact(out, "Tool", &escape(&head.tool))?;
    writeln!(out, "</dl>")?;
    if !head.complete {
        let text = "<strong>INCOMPLETE</strong> The run was cut short; what was not read is unknown.";
        writeln!(out, "<p class=\"note note-warn\">{text}</p>")?;
    }
    if !head.endpoint.is_empty() {
        writeln!(out, "<p class=\"note\">Answered by <bdi class=\"mono\">{}</bdi>, not by AWS.</p>", escape(&head.endpoint))?;
    }
    Ok(())
}

/// What the verdicts were held against.
fn compared(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let Some(since) = &summary.since else { return Ok(()) };
    if since.started_at.is_empty() {
        return writeln!(out, "<p class=\"note\">There was no earlier snapshot to compare with: all is new.</p>");
    }
    let which = if since.path.is_empty() { String::new() } else { format!(" (<bdi class=\"mono\">{}</bdi>)", escape(&since.path)) };
    let open = match since.not_compared {
        0 => String::new(),
        number => format!(" Of {number} earlier failures nobody can say whether they are still there: unread now, or out of scope."),
    };
    writeln!(
        out,
        "<p class=\"note\">Compared with the snapshot of <time>{}</time>{which}: {} new, {} persisting, {} resolved.{open}</p>",
        escape(&since.started_at),
        since.new,
        since.persisting,
        since.resolved
    )
}

fn fact(out: &mut dyn Write, term: &str, html: &str) -> io::Result<()> {
    writeln!(out, "<div><dt>{term}</dt><dd>{html}</dd></div>")
}

/// Names as HTML: the first, and the others behind a click.
fn names(names: &[String]) -> String {
    let list = |names: &[String]| names.iter().map(|name| format!("<bdi>{}</bdi>", escape(name))).collect::<Vec<_>>().join(", ");
    if names.len() <= NAMED + 1 {
        return list(names);
    }
    let (first, others) = names.split_at(NAMED);
    format!("{} <details><summary>and {} more</summary>{}</details>", list(first), others.len(), list(others))
}

/// A number with its thousands apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// The counts, each a link to what it counts.
fn tiles(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    writeln!(out, "<nav class=\"tiles\" aria-label=\"Verdicts\">")?;
    let mut tile = |class: &str, number: u64, words: &str, link: &str| {
        let class = if number == 0 { "none" } else { class };
        let number = grouped(usize::try_from(number).unwrap_or(usize::MAX));
        writeln!(out, "<a class=\"tile {class}\" href=\"#?{link}\"><b>{number}</b> <span>{words}</span></a>")
    };
    tile("bad", summary.fail, "fail", "status=fail")?;
    tile("bad strong", summary.configured_not_working, "configured, not working", "broken=yes")?;
    tile("warn", summary.unknown, "unknown", "status=unknown")?;
    tile("muted", summary.muted, "muted", "status=muted")?;
    tile("good", summary.pass, "pass", "status=pass")?;
    if let Some(since) = &summary.since {
        tile("bad", since.new, "new failures", "since=new&amp;status=fail")?;
        tile("warn", since.new_unknown, "newly unknown", "since=new&amp;status=unknown")?;
        tile("good", since.resolved, "resolved", "status=resolved")?;
    }
    writeln!(out, "</nav>\n</header>")
}

/// The views that are pictures; those without any are left out.
fn drawn(out: &mut dyn Write, exhibits: &Exhibits) -> io::Result<()> {
    let figures = figures(exhibits);
    let egress =
        "Each VPC from its subnets to the internet. A way that is broken is drawn broken, one that could not be read is drawn open.";
    let trend = "This snapshot and the earlier ones of the store, all judged with the checks of today.";
    let sections =
        [(Section::Egress, "egress", "Ways out", egress, remarks(exhibits)), (Section::Trend, "trend", "Trend", trend, Vec::new())];
    for (section, id, title, lead, remarks) in sections {
        let of: Vec<_> = figures.iter().filter(|figure| figure.section == section).collect();
        if of.is_empty() && remarks.is_empty() {
            continue;
        }
        writeln!(out, "<section id=\"{id}\" data-view=\"{id}\" aria-labelledby=\"{id}-heading\" hidden>")?;
        writeln!(out, "<h2 id=\"{id}-heading\">{title}</h2>\n<p class=\"lead\">{lead}</p>")?;
        for remark in remarks {
            writeln!(out, "<p class=\"note\">{}</p>", escape(&remark))?;
        }
        for figure in of {
            let (title, caption) = (escape(&figure.title), escape(&figure.caption));
            writeln!(out, "<figure class=\"fig\" id=\"fig-{}\">", figure.id)?;
            writeln!(out, "<figcaption><strong>{title}</strong>{caption}</figcaption>")?;
            writeln!(out, "<div class=\"fig-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{title}\">{}</div></figure>", figure.svg)?;
        }
        writeln!(out, "</section>")?;
    }
    Ok(())
}

/// What is seen where the page's program is not run.
fn without_program(out: &mut dyn Write, head: &Head, summary: &Summary) -> io::Result<()> {
    let what = if head.path.is_empty() { "driftlead scan" } else { "driftlead scan --from SNAPSHOT" };
    writeln!(
        out,
        "<noscript>\n<p class=\"note note-warn\">{} fail, {} unknown, {} muted, {} pass; {} configured and not working. The list behind \
         these numbers is in this file, packed; showing it takes JavaScript, which is switched off here. Switch it on for this file (it \
         loads nothing from anywhere), or ask for a report of another format: <code>{what} -o report.md</code>.</p>\n</noscript>",
        summary.fail, summary.unknown, summary.muted, summary.pass, summary.configured_not_working
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let numbers = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in numbers {
            assert_eq!(grouped(number), text);
        }
    }
}
