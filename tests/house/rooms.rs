//! Who may import whom, and what belongs to one room only.

use std::collections::BTreeSet;

use super::source::{Source, find_word, hold, name_at, sources};

/// The rooms in the order of the run, and whom each may know. This is the one place where that is written down.
///
/// The judge (`check`) cannot reach AWS, the reader's hand (`aws`) knows no service, and a report knows findings only. Take an edge
/// out when it is no longer used; put one in only if the room cannot do its own work without it.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("main", &["cli", "log", "report"]),
    ("log", &[]),
    (
        "cli",
        &[
            "aws", "change", "check", "collect", "config", "declared", "drift", "exhibit", "finding", "framework", "glob", "inventory",
            "notify", "plan", "report", "seal", "services", "store", "survey",
        ],
    ),
    ("plan", &["aws", "check", "inventory", "services"]),
    ("collect", &["aws", "inventory", "plan", "services"]),
    ("services", &["aws", "declared", "inventory"]),
    ("aws", &["inventory"]),
    ("inventory", &[]),
    ("seal", &["inventory"]),
    ("store", &["inventory", "seal"]),
    ("declared", &[]),
    ("change", &["finding"]),
    ("drift", &["change", "check", "declared", "finding", "glob", "inventory"]),
    ("check", &["finding", "glob", "inventory"]),
    ("config", &["check", "drift", "notify", "store"]),
    ("framework", &["finding", "glob"]),
    ("glob", &[]),
    ("finding", &[]),
    ("notify", &["finding"]),
    ("exhibit", &["finding"]),
    ("survey", &["check", "exhibit", "finding", "inventory"]),
    ("report", &["change", "exhibit", "finding"]),
];

/// What only the tests inside of a room may know besides: the comparer is tested with the tables and kinds that there are.
const IN_TESTS: &[(&str, &[&str])] = &[("drift", &["aws", "services"]), ("survey", &["aws", "services"])];

/// Whether a file is compiled for tests only.
pub(super) fn is_test(path: &str) -> bool {
    let file = path.split(':').next().unwrap_or(path);
    file.contains("/tests/") || file.ends_with("testing.rs") || file.ends_with("_test.rs")
}

/// Imports as (room, imported room, place).
fn imports() -> Vec<(String, String, String)> {
    let rooms: Vec<&str> = MAY_KNOW.iter().map(|(room, _)| *room).collect();
    let mut edges = Vec::new();
    for source in sources() {
        let room = source.modules()[0].to_owned();
        let mut add = |known: &str, at: usize| {
            if known != room {
                edges.push((room.clone(), known.to_owned(), source.place(at)));
            }
        };
        let root = if room == "main" { "driftlead::" } else { "crate::" };
        for at in find_word(&source.code, root) {
            for (known, offset) in heads(&source.code[at + root.len()..]) {
                add(known, at + offset);
            }
        }
        // `super::super::room::` reaches the root as well.
        for (known, at) in above(&source, &rooms) {
            add(&known, at);
        }
    }
    edges
}

/// The first names of a path or of a group of paths: `aws::{Call, Cx}` is `aws`, `{aws::Cx, plan}` is both.
fn heads(path: &str) -> Vec<(&str, usize)> {
    let Some(group) = path.strip_prefix('{') else { return vec![(name_at(path), 0)] };
    let (mut names, mut depth, mut is_new) = (Vec::new(), 0, true);
    for (i, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            b',' if depth == 0 => is_new = true,
            _ if is_new && !byte.is_ascii_whitespace() => {
                names.push((name_at(&group[i..]), i));
                is_new = false;
            }
            _ => {}
        }
    }
    names
}

/// Rooms that are reached by enough `super::`.
fn above(source: &Source, rooms: &[&str]) -> Vec<(String, usize)> {
    let depth = source.modules().len();
    let mut found = Vec::new();
    for at in find_word(&source.code, "super::").filter(|at| !source.code[..*at].ends_with("super::")) {
        let rest = source.code[at..].trim_start_matches("super::");
        let supers = (source.code.len() - at - rest.len()) / "super::".len();
        let name = name_at(rest);
        if supers >= depth && rooms.contains(&name) {
            found.push((name.to_owned(), at));
        }
    }
    found
}

#[test]
fn rooms_import_one_way() {
    let mut wrong = Vec::new();
    let is_for_tests = |room: &str, known: &str, place: &str| {
        is_test(place) && IN_TESTS.iter().any(|(name, may_know)| *name == room && may_know.contains(&known))
    };
    for (room, known, place) in imports() {
        match MAY_KNOW.iter().find(|(name, _)| *name == room) {
            None => wrong.push(format!("{place}: the room `{room}` is not in the table of tests/house/rooms.rs")),
            Some((_, may_know)) if !may_know.contains(&known.as_str()) && !is_for_tests(&room, &known, &place) => {
                wrong.push(format!("{place}: `{room}` imports `{known}`"))
            }
            Some(_) => {}
        }
    }
    hold("Rooms import one way (MAY_KNOW in tests/house/rooms.rs): move what is shared to the room that both may know.", &wrong);
}

#[test]
fn the_table_of_imports_has_no_edge_that_nobody_uses() {
    let used: BTreeSet<(String, String)> = imports().into_iter().map(|(room, known, _)| (room, known)).collect();
    let all = MAY_KNOW.iter().flat_map(|(room, may_know)| may_know.iter().map(|known| ((*room).to_owned(), (*known).to_owned())));
    let unused: Vec<String> = all.filter(|edge| !used.contains(edge)).map(|(room, known)| format!("{room} -> {known}")).collect();
    hold("Take these edges out of MAY_KNOW in tests/house/rooms.rs: nothing needs them.", &unused);
}

#[test]
fn the_map_names_every_room() {
    let map = sources().into_iter().find(|source| source.path == "src/lib.rs").expect("src/lib.rs");
    let declared: BTreeSet<&str> = map.code.split("pub mod ").skip(1).map(name_at).collect();
    let known: BTreeSet<&str> = MAY_KNOW.iter().map(|(room, _)| *room).filter(|room| *room != "main").collect();
    let wrong: Vec<String> = declared.symmetric_difference(&known).map(|room| (*room).to_owned()).collect();
    hold("src/lib.rs (`pub mod`) and MAY_KNOW in tests/house/rooms.rs must name the same rooms; these are in one of them only.", &wrong);
}

#[test]
fn only_services_name_a_service_of_aws() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("src/services/")) {
        wrong.extend(source.shipped.match_indices("aws_sdk_").map(|(at, _)| format!("{}: {}", source.place(at), source.line(at))));
    }
    hold("Only src/services may name an SDK crate: move this behind a reader, or behind `aws::SdkClient`.", &wrong);
}

#[test]
fn only_two_rooms_open_a_connection() {
    const ONLINE: &[&str] = &["aws", "notify"];
    const WAYS: &[&str] = &["ureq", "hyper", "reqwest", "aws_smithy_http_client", "TcpStream", "TcpListener", "UdpSocket", "UnixStream"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !ONLINE.contains(&source.modules()[0])) {
        for way in WAYS {
            wrong.extend(find_word(&source.shipped, way).map(|at| format!("{}: {}", source.place(at), source.line(at))));
        }
    }
    hold("Only `aws` (which reads) and `notify` (which posts what was found) may open a connection.", &wrong);
    let used =
        |room: &str| sources().iter().any(|source| source.modules()[0] == room && WAYS.iter().any(|way| source.shipped.contains(way)));
    assert!(ONLINE.iter().all(|room| used(room)), "a room that opens no connection has no place in ONLINE");
}

#[test]
fn the_judge_has_no_clock() {
    const OFFLINE: &[&str] = &["check", "finding", "framework", "inventory", "plan", "report"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| OFFLINE.contains(&source.modules()[0])) {
        for clock in ["now()", "SystemTime", "Zoned::now", "Instant"] {
            wrong.extend(find_word(&source.shipped, clock).map(|at| format!("{}: {}", source.place(at), source.line(at))));
        }
    }
    hold("A snapshot gives the same answer every time: take the time from the snapshot, not from the clock.", &wrong);
}
