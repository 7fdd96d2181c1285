//! The egress map of a VPC. What stands between a subnet and the internet is drawn where it stands, and a broken link is drawn broken.

use super::layout::{EXITS, GATEWAYS, INTERNET, LINE, Layout, SUBNETS, TABLES, TOP, WIDTH, ZONE_HEAD, worst};
use super::svg::{Canvas, cut, cut_front};
use super::words;
use crate::exhibit::{EgressMap, Exit, Link, Route, RouteTable, State, SubnetKind};

/// Draws a map. `id` is the figure's.
pub(super) fn draw(map: &EgressMap, id: &str) -> String {
    let layout = Layout::of(map);
    let mut canvas = Canvas::new(id, (WIDTH, layout.height), &words::title(map), &words::description(map));
    let pen = Pen { map, layout: &layout };
    pen.bands(&mut canvas);
    pen.links(&mut canvas);
    pen.subnets(&mut canvas);
    pen.tables(&mut canvas);
    pen.exits(&mut canvas);
    pen.gateways(&mut canvas);
    legend(&mut canvas, layout.height - 12.0);
    canvas.end()
}

/// The class of a box by how it stands.
fn box_class(state: State) -> &'static str {
    match state {
        State::Works => "box-good",
        State::Weak | State::Unknown => "box-warn",
        State::Broken => "box-bad",
    }
}

/// The class of a word by how it stands.
fn text_class(state: State) -> &'static str {
    match state {
        State::Works => "t-small",
        State::Weak | State::Unknown => "t-small t-warn",
        State::Broken => "t-small t-bad",
    }
}

struct Pen<'p, 'm> {
    map: &'m EgressMap,
    layout: &'p Layout<'m>,
}

impl Pen<'_, '_> {
    /// The headings, the zones, the internet.
    fn bands(&self, canvas: &mut Canvas) {
        let heads = [(SUBNETS, "Subnets by zone"), (TABLES, "Route table"), (EXITS, "Default route leads to"), (GATEWAYS, "Gateway")];
        let is_there = [true, true, !self.layout.exits.is_empty(), !self.layout.gateways.is_empty()];
        for (((x, _), words), _) in heads.into_iter().zip(is_there).filter(|(_, is_there)| *is_there) {
            canvas.text((x, TOP - 12.0), "t-small", "start", words);
        }
        for (zone, span) in self.map.zones.iter().zip(&self.layout.zones) {
            canvas.rect((SUBNETS.0 - 8.0, span.y), (SUBNETS.1 + 16.0, span.height), "zone");
            let name = if zone.id.is_empty() { zone.name.clone() } else { format!("{} · {}", zone.name, zone.id) };
            canvas.text((SUBNETS.0, span.y + 15.0), "t-small", "start", &cut(&name, 44));
        }
        let height = self.bottom() - TOP;
        canvas.rect((INTERNET.0, TOP), (INTERNET.1, height), "box");
        canvas.upright((INTERNET.0 + INTERNET.1 / 2.0 + 4.0, TOP + height / 2.0), "t-strong", "Internet");
    }

    /// Where the gateways end.
    fn bottom(&self) -> f64 {
        self.layout.height - super::layout::BOTTOM - 8.0
    }

    fn links(&self, canvas: &mut Canvas) {
        for placed in &self.layout.subnets {
            let from = (SUBNETS.0 + SUBNETS.1, placed.span.middle());
            match placed.subnet.table.as_deref().and_then(|id| self.layout.tables.get(id)) {
                Some((_, span)) => {
                    let state = if placed.subnet.kind == SubnetKind::Isolated { None } else { Some(placed.subnet.link.state) };
                    self.to_table(canvas, from, (TABLES.0, near(*span, placed.span.middle())), state);
                }
                // Somewhere, and nobody knows where.
                None => canvas.link(from, (TABLES.0 - 2.0, placed.span.middle()), State::Unknown),
            }
        }
        for (table, span) in self.layout.tables.values() {
            for (i, route) in table.routes.iter().enumerate() {
                let from = (TABLES.0 + TABLES.1, span.y + 24.0 + LINE * i as f64 + 2.0);
                self.route(canvas, from, route);
            }
            if table.routes.is_empty() && self.misses_route(table) {
                canvas.link((TABLES.0 + TABLES.1, span.middle()), (EXITS.0 - 4.0, span.middle()), State::Broken);
            }
        }
        for (exit, span, _) in self.layout.exits.values() {
            let Some(onward) = &exit.onward else { continue };
            let from = (EXITS.0 + EXITS.1, span.middle());
            self.onward(canvas, from, &onward.to, &onward.link);
        }
        for (gateway, span, _) in self.layout.gateways.values() {
            let y = span.middle();
            canvas.link((GATEWAYS.0 + GATEWAYS.1, y), (INTERNET.0, y), gateway.link.state);
        }
    }

    /// Whether a subnet behind a table is meant to have a default route that it lacks.
    fn misses_route(&self, table: &RouteTable) -> bool {
        let behind = self.layout.subnets.iter().filter(|placed| placed.subnet.table.as_deref() == Some(&table.id));
        behind.clone().any(|placed| placed.state == Some(State::Broken))
    }

    fn to_table(&self, canvas: &mut Canvas, from: (f64, f64), to: (f64, f64), state: Option<State>) {
        match state {
            Some(state) => canvas.link(from, to, state),
            // An isolated subnet uses its table for the VPC's own traffic.
            None => canvas.line(&[from, (from.0 + 16.0, from.1), (to.0 - 16.0, to.1), to], "link link-muted"),
        }
    }

    fn route(&self, canvas: &mut Canvas, from: (f64, f64), route: &Route) {
        if let Some((_, span, _)) = self.layout.exits.get(route.exit.as_str()) {
            canvas.link(from, (EXITS.0, near(*span, from.1)), route.link.state);
        } else if let Some((_, span, _)) = self.layout.gateways.get(route.exit.as_str()) {
            canvas.link(from, (GATEWAYS.0, near(*span, from.1)), route.link.state);
        }
    }

    fn onward(&self, canvas: &mut Canvas, from: (f64, f64), to: &str, link: &Link) {
        if let Some((_, span, _)) = self.layout.gateways.get(to) {
            canvas.link(from, (GATEWAYS.0, near(*span, from.1)), link.state);
        } else if let Some((_, span, _)) = self.layout.exits.get(to) {
            // An endpoint's way on leads to a NAT gateway in the same column: round the outside.
            let x = from.0 + 14.0;
            canvas.line(&[from, (x, from.1), (x, span.middle()), (EXITS.0 + EXITS.1, span.middle())], "link");
        } else {
            canvas.link(from, (GATEWAYS.0 - 4.0, from.1), link.state);
        }
    }

    fn subnets(&self, canvas: &mut Canvas) {
        for placed in &self.layout.subnets {
            let (subnet, span) = (placed.subnet, placed.span);
            let class = placed.state.map_or("box-muted", |state| if state == State::Works { "box" } else { box_class(state) });
            let group = format!("pic-subnet pic-{}", placed.state.map_or("isolated", State::word));
            canvas.group(&group, &words::of_subnet_in_full(subnet), |canvas| {
                canvas.rect((SUBNETS.0, span.y), (SUBNETS.1, span.height), class);
                match placed.state {
                    Some(state) => canvas.sign((SUBNETS.0 + 14.0, span.y + 15.0), state),
                    None => canvas.line(&[(SUBNETS.0 + 9.0, span.y + 15.0), (SUBNETS.0 + 19.0, span.y + 15.0)], "line-muted"),
                }
                let name = words::name(&subnet.name, &subnet.id, &self.map.name);
                let workloads = subnet.workloads.map_or_else(|| "? in use".to_owned(), |number| format!("{number} in use"));
                // It is not isolated on purpose where a way out is missed.
                let is_missed = subnet.kind == SubnetKind::Isolated && placed.state.is_some();
                let kind = if is_missed { "no route" } else { subnet.kind.word() };
                let kind = if subnet.is_shared { format!("{kind}, shared") } else { kind.to_owned() };
                canvas.text((SUBNETS.0 + 28.0, span.y + 19.0), "t-strong", "start", &cut_front(name, 22));
                canvas.text((SUBNETS.0 + SUBNETS.1 - 8.0, span.y + 19.0), "t-small", "end", &format!("{kind} · {workloads}"));
                canvas.text((SUBNETS.0 + 28.0, span.y + 33.0), "t-mono", "start", &cut(&subnet.id, 24));
                canvas.text((SUBNETS.0 + SUBNETS.1 - 8.0, span.y + 33.0), "t-small", "end", &cut(&subnet.range, 18));
                let class = placed.state.map_or("t-small", text_class);
                for (i, line) in placed.remark.iter().enumerate() {
                    canvas.text((SUBNETS.0 + 28.0, span.y + 47.0 + LINE * i as f64), class, "start", line);
                }
            });
        }
    }

    fn tables(&self, canvas: &mut Canvas) {
        for (table, span) in self.layout.tables.values() {
            let is_missed = table.routes.is_empty() && self.misses_route(table);
            let main = if table.is_main { " (the VPC's main table)" } else { "" };
            let title = format!("{} {}{main}", table.name, table.id);
            canvas.group("pic-table", title.trim(), |canvas| {
                canvas.rect((TABLES.0, span.y), (TABLES.1, span.height), if is_missed { "box-bad" } else { "box" });
                canvas.text((TABLES.0 + 7.0, span.y + 15.0), "t-mono", "start", &cut(&table.id, 22));
                if table.routes.is_empty() {
                    let class = if is_missed { "t-small t-bad" } else { "t-small" };
                    canvas.text((TABLES.0 + 7.0, span.y + 30.0), class, "start", "no default route");
                }
                for (i, route) in table.routes.iter().enumerate() {
                    let state = if route.link.state == State::Broken { " · nowhere" } else { "" };
                    let text = cut(&format!("{}{state}", route.destination), 26);
                    canvas.text((TABLES.0 + 7.0, span.y + 30.0 + LINE * i as f64), text_class(route.link.state), "start", &text);
                }
            });
        }
    }

    fn exits(&self, canvas: &mut Canvas) {
        for (exit, span, remark) in self.layout.exits.values() {
            let state = worst(exit).state;
            canvas.group(&format!("pic-exit pic-{}", state.word()), &in_full(exit), |canvas| {
                canvas.rect((EXITS.0, span.y), (EXITS.1, span.height), box_class(state));
                canvas.sign((EXITS.0 + 13.0, span.y + 14.0), state);
                canvas.text((EXITS.0 + 26.0, span.y + 18.0), "t", "start", exit.kind.words());
                canvas.text((EXITS.0 + EXITS.1 - 7.0, span.y + 18.0), "t-small", "end", &cut(&exit.zone, 10));
                canvas.text((EXITS.0 + 7.0, span.y + 33.0), "t-mono", "start", &cut(&exit.id, 25));
                for (i, line) in remark.iter().enumerate() {
                    canvas.text((EXITS.0 + 7.0, span.y + 47.0 + LINE * i as f64), text_class(state), "start", line);
                }
            });
        }
    }

    fn gateways(&self, canvas: &mut Canvas) {
        for (gateway, span, remark) in self.layout.gateways.values() {
            let state = gateway.link.state;
            canvas.group(&format!("pic-gateway pic-{}", state.word()), &in_full(gateway), |canvas| {
                canvas.rect((GATEWAYS.0, span.y), (GATEWAYS.1, span.height), box_class(state));
                canvas.sign((GATEWAYS.0 + 13.0, span.y + 15.0), state);
                canvas.text((GATEWAYS.0 + 26.0, span.y + 19.0), "t", "start", gateway.kind.words());
                canvas.text((GATEWAYS.0 + 5.0, span.y + ZONE_HEAD + 12.0), "t-mono", "start", &cut(&gateway.id, 22));
                for (i, line) in remark.iter().enumerate() {
                    canvas.text((GATEWAYS.0 + 7.0, span.y + 48.0 + LINE * i as f64), text_class(state), "start", line);
                }
            });
        }
    }
}

/// The place on a box's edge that is next to a line.
fn near(span: super::layout::Span, y: f64) -> f64 {
    y.clamp(span.y + 8.0, span.y + span.height - 8.0)
}

/// All that is known of an exit, for the pointer.
fn in_full(exit: &Exit) -> String {
    let said =
        |link: &Link| if link.why.is_empty() { link.state.word().to_owned() } else { format!("{}: {}", link.state.word(), link.why) };
    let onward = exit.onward.as_ref().map_or_else(String::new, |onward| {
        let to = if onward.to.is_empty() { "nowhere" } else { &onward.to };
        format!("\nits way on, to {to}: {}", said(&onward.link))
    });
    let subnet = if exit.subnet.is_empty() { String::new() } else { format!(" in {}", exit.subnet) };
    format!("{} {} {}{subnet}\n{}{onward}", exit.kind.words(), exit.name, exit.id, said(&exit.link))
}

fn legend(canvas: &mut Canvas, y: f64) {
    let entries = [
        (State::Works, "works, by all that was read"),
        (State::Weak, "works until a zone is lost, or not as tagged"),
        (State::Unknown, "unknown: not read"),
        (State::Broken, "broken"),
    ];
    let mut x = SUBNETS.0 + 6.0;
    for (state, words) in entries {
        canvas.sign((x, y - 4.0), state);
        canvas.text((x + 13.0, y), "t-small", "start", words);
        x += 40.0 + 6.2 * words.len() as f64;
    }
}
