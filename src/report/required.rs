//! Requirements of frameworks, for people: what each asks for, what can be said, and the checks behind it.

use std::io::{self, Write};

use super::Style;
use super::text::Ink;
use crate::finding::{Asking, Assessment, Requirement};

/// In the order in which they are counted.
pub const VERDICTS: [Assessment; 6] =
    [Assessment::Fail, Assessment::Unknown, Assessment::Muted, Assessment::Pass, Assessment::NothingToJudge, Assessment::NotAssessed];

/// Requirements by framework, in the order in which they came.
pub fn by_framework(requirements: &[Requirement]) -> Vec<(&str, Vec<&Requirement>)> {
    let mut all: Vec<(&str, Vec<&Requirement>)> = Vec::new();
    for requirement in requirements {
        match all.iter_mut().find(|(framework, _)| *framework == requirement.framework) {
            Some((_, of)) => of.push(requirement),
            None => all.push((&requirement.framework, vec![requirement])),
        }
    }
    all
}

/// `3 fail, 1 unknown, 2 not assessed`.
pub fn counted(requirements: &[&Requirement]) -> String {
    let number = |verdict| requirements.iter().filter(|requirement| requirement.verdict == verdict).count();
    let counts = VERDICTS.map(|verdict| (number(verdict), verdict.words()));
    counts.iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!("{number} {words}")).collect::<Vec<_>>().join(", ")
}

/// `iam/user_mfa_off: 3 fail, 2 pass`.
pub fn checked(asking: &Asking) -> String {
    let counts = [(asking.fail, "fail"), (asking.unknown, "unknown"), (asking.muted, "muted"), (asking.pass, "pass")];
    let counts: Vec<String> = counts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    let counts = if counts.is_empty() { "nothing to judge".to_owned() } else { counts.join(", ") };
    format!("{}: {counts}", asking.check)
}

/// Writes them; nothing when there are none. Where not everything is shown, those that nothing looks at are told by their numbers.
///
/// # Errors
/// When they cannot be written.
pub fn write(out: &mut dyn Write, style: Style, requirements: &[Requirement]) -> io::Result<()> {
    for (framework, of) in by_framework(requirements) {
        let title = style.wrap(&format!("REQUIREMENTS OF {framework}: {}", counted(&of)), "", "");
        writeln!(out, "\n{}\n{}", style.paint(Ink::Bold, &title), style.wrap(Assessment::LIMITS, "", ""))?;
        let (brief, full): (Vec<_>, Vec<_>) =
            of.into_iter().partition(|requirement| requirement.verdict == Assessment::NotAssessed && style.limit > 0);
        for requirement in full {
            let ink = match requirement.verdict {
                Assessment::Fail => Ink::Bad,
                Assessment::Unknown => Ink::Warn,
                Assessment::Pass => Ink::Good,
                Assessment::Muted | Assessment::NothingToJudge | Assessment::NotAssessed => Ink::Dim,
            };
            let line = format!("{} · {} · {}", requirement.verdict.words(), requirement.id, requirement.title);
            writeln!(out, "{}", style.paint(ink, &style.wrap(&line, "  ", "      ")))?;
            for asking in &requirement.checks {
                writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&checked(asking), "      ", "        ")))?;
            }
        }
        if !brief.is_empty() {
            let ids: Vec<&str> = brief.iter().map(|requirement| requirement.id.as_str()).collect();
            let line = format!("not assessed ({}; --limit 0 has their titles): {}", ids.len(), ids.join(", "));
            writeln!(out, "{}", style.paint(Ink::Dim, &style.wrap(&line, "  ", "      ")))?;
        }
    }
    Ok(())
}
