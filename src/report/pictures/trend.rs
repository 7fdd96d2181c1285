//! How it went over time: failures by severity and unknowns of each snapshot in the store, the newest at the right.

use super::svg::{Canvas, Point};
use super::{Figure, Section};
use crate::exhibit::{Counts, Moment, Trend};
use crate::finding::Severity;
use crate::report::text::count;

/// The width, and what is left free for the scale.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 56.0;
/// Top and height of the two charts.
const FAILURES: (f64, f64) = (34.0, 170.0);
const UNKNOWNS: (f64, f64) = (236.0, 60.0);
/// The whole height.
const HEIGHT: f64 = 348.0;
/// Widest distance of two columns.
const WIDEST: f64 = 96.0;
/// How strong a severity is drawn, in the order of [`Severity::ALL`].
const STRENGTH: [f64; 5] = [1.0, 0.72, 0.48, 0.3, 0.16];

/// The figure; none where there is no earlier snapshot.
pub(super) fn figure(trend: &Trend) -> Option<Figure> {
    if trend.moments.len() < 2 {
        return None;
    }
    let id = "trend".to_owned();
    let svg = draw(trend, &id);
    Some(Figure { id, section: Section::Trend, title: title(trend), caption: caption(trend), svg })
}

fn title(trend: &Trend) -> String {
    let counted: Vec<&Counts> = trend.moments.iter().filter_map(|moment| moment.counts.as_ref()).collect();
    let (Some(first), Some(last)) = (counted.first(), counted.last()) else { return "Over time".to_owned() };
    format!(
        "Over {}: failures {} → {}, unknown {} → {}",
        count(trend.moments.len(), "snapshot"),
        first.failures(),
        last.failures(),
        first.unknown,
        last.unknown
    )
}

fn caption(trend: &Trend) -> String {
    let mut parts = vec![
        "Every snapshot of the store is judged anew with today's checks and configuration, so that the columns can be compared; \
        the last one is this report's."
            .to_owned(),
    ];
    if trend.left_out > 0 {
        parts.push(format!("{} between them not shown.", count(trend.left_out as usize, "snapshot")));
    }
    if trend.moments.iter().any(|moment| moment.counts.is_none()) {
        parts.push("A cross marks a snapshot that was cut short: its verdicts are not counted.".to_owned());
    }
    if trend.moments.iter().any(|moment| is_other(moment, trend)) {
        parts.push("A star marks a snapshot of other regions than the last one: its numbers cannot be compared.".to_owned());
    }
    for unreadable in &trend.unreadable {
        parts.push(format!("Not readable: {unreadable}."));
    }
    parts.join(" ")
}

/// Whether a snapshot is about other regions than the last one.
fn is_other(moment: &Moment, trend: &Trend) -> bool {
    trend.moments.last().is_some_and(|last| last.regions != moment.regions)
}

fn draw(trend: &Trend, id: &str) -> String {
    let mut canvas = Canvas::new(id, (WIDTH, HEIGHT), &title(trend), &description(trend));
    let all = || trend.moments.iter().filter_map(|moment| moment.counts.as_ref());
    let (failures, unknowns) = (all().map(Counts::failures).max(), all().map(|counts| counts.unknown).max());
    let failures = scale(&mut canvas, FAILURES, "Failures", failures.map_or(1, |most| most.max(1)));
    let unknowns = scale(&mut canvas, UNKNOWNS, "Unknown", unknowns.map_or(1, |most| most.max(1)));
    let step = ((WIDTH - LEFT - 12.0) / trend.moments.len() as f64).min(WIDEST);
    // Dates of neighbours must not touch.
    let every = (74.0 / step).ceil().max(1.0) as usize;
    let last = trend.moments.len() - 1;
    for (i, moment) in trend.moments.iter().enumerate() {
        let (x, width) = (LEFT + step * (i as f64 + 0.15), step * 0.7);
        let middle = x + width / 2.0;
        let mut class = "pic-moment".to_owned();
        if moment.counts.is_none() {
            class.push_str(" pic-incomplete");
        }
        canvas.group(&class, &in_full(moment), |canvas| {
            match &moment.counts {
                Some(counts) => column(canvas, (x, width), counts, (failures, unknowns)),
                None => cross(canvas, (middle, FAILURES.0 + FAILURES.1 - 10.0)),
            }
            if is_other(moment, trend) {
                canvas.text((middle, HEIGHT - 8.0), "t-small t-warn", "middle", "*");
            }
            // Counted from the end, so that the last one always has its date.
            if (last - i).is_multiple_of(every) {
                let (day, time) = moment.started_at.split_once('T').unwrap_or((&moment.started_at, ""));
                canvas.text((middle, UNKNOWNS.0 + UNKNOWNS.1 + 15.0), "t-small", "middle", day);
                canvas.text((middle, UNKNOWNS.0 + UNKNOWNS.1 + 28.0), "t-small", "middle", time.get(..5).unwrap_or(""));
            }
        });
    }
    legend(&mut canvas);
    canvas.end()
}

/// One snapshot: failures stacked, the worst at the bottom; unknowns below.
fn column(canvas: &mut Canvas, (x, width): Point, counts: &Counts, (failures, unknowns): (f64, f64)) {
    let mut y = FAILURES.0 + FAILURES.1;
    for (number, strength) in counts.fail.iter().zip(STRENGTH) {
        let height = *number as f64 * failures;
        if *number > 0 {
            y -= height;
            canvas.bar((x, y), (width, height), "dot-bad", strength);
        }
    }
    let middle = x + width / 2.0;
    canvas.text((middle, y - 4.0), "t-small t-bad", "middle", &counts.failures().to_string());
    let height = counts.unknown as f64 * unknowns;
    let y = UNKNOWNS.0 + UNKNOWNS.1 - height;
    if counts.unknown > 0 {
        canvas.bar((x, y), (width, height), "box-warn pic-unknown", 1.0);
    }
    canvas.text((middle, y - 4.0), "t-small t-warn", "middle", &counts.unknown.to_string());
}

fn cross(canvas: &mut Canvas, (x, y): Point) {
    canvas.line(&[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)], "line-muted");
    canvas.line(&[(x + 4.0, y - 4.0), (x - 4.0, y + 4.0)], "line-muted");
}

/// The frame of a chart; how high one of so many is.
fn scale(canvas: &mut Canvas, (top, height): Point, words: &str, most: u64) -> f64 {
    let bottom = top + height;
    canvas.line(&[(LEFT, bottom), (WIDTH - 12.0, bottom)], "axis");
    canvas.line(&[(LEFT, top), (WIDTH - 12.0, top)], "grid");
    canvas.text((LEFT - 6.0, top + 4.0), "t-small", "end", &most.to_string());
    canvas.text((LEFT - 6.0, bottom), "t-small", "end", "0");
    canvas.upright((14.0, top + height / 2.0), "t-small", words);
    height / most as f64
}

fn legend(canvas: &mut Canvas) {
    let mut x = LEFT;
    for (severity, strength) in Severity::ALL.into_iter().zip(STRENGTH) {
        canvas.bar((x, 4.0), (10.0, 10.0), "dot-bad", strength);
        canvas.text((x + 15.0, 13.0), "t-small", "start", severity.word());
        x += 30.0 + 6.5 * severity.word().len() as f64;
    }
}

/// All numbers of a snapshot, for the pointer.
fn in_full(moment: &Moment) -> String {
    let Some(counts) = &moment.counts else {
        return format!("{}\nnot complete: the run was cut short, its verdicts are not counted", moment.started_at);
    };
    let by_severity = Severity::ALL.into_iter().zip(counts.fail).map(|(severity, number)| format!("{number} {}", severity.word()));
    let complete = if moment.complete { "" } else { "\nnot complete: the run was cut short" };
    format!(
        "{}\n{} ({})\n{} unknown, {} muted, {} passed\n{} in what was read{complete}",
        moment.started_at,
        count(usize::try_from(counts.failures()).unwrap_or(usize::MAX), "failure"),
        by_severity.collect::<Vec<_>>().join(", "),
        counts.unknown,
        counts.muted,
        counts.pass,
        count(moment.gaps as usize, "gap"),
    )
}

/// The same in words.
fn description(trend: &Trend) -> String {
    let one = |moment: &Moment| match &moment.counts {
        Some(counts) => format!("{}: {} failures, {} unknown.", moment.started_at, counts.failures(), counts.unknown),
        None => format!("{}: not complete.", moment.started_at),
    };
    trend.moments.iter().map(one).collect::<Vec<_>>().join(" ")
}
