//! Every AWS call is declared once, reads only, and there is no other way to make one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use driftlead::aws::Class;
use driftlead::services;

use super::source::{Source, end_of_block, find_word, hold, name_at, read, sources};

/// The methods of `Cx` that make a call; each takes the declaration first.
const MAKERS: &[&str] = &[".call(", ".call_or_absent(", ".probe(", ".probe_held(", ".poll(", ".pages("];

/// Ways of an SDK to send something that go around `Cx`.
const AROUND: &[&str] = &[
    "into_paginator", "send_with", "presigned", "customize", "orchestrate", "wait_until", "from_conf", "Client::new", "config::Builder",
    "IN_CALL", "InCall", "hyper", "reqwest", "TcpStream",
];

/// Errands that need permissions which no scan of an account needs, and where people learn of them.
const ASKED_APART: &[(&str, &str)] =
    &[("organizations/account", "`driftlead permissions --org` prints what listing an organization needs")];

fn is_asked_apart(errand: &driftlead::aws::Warrant) -> bool {
    ASKED_APART.iter().any(|(name, _)| *name == errand.name)
}

fn of_services() -> Vec<Source> {
    sources().into_iter().filter(|source| source.path.starts_with("src/services/")).collect()
}

/// The declarations in the source: (id of the API, action) with the place of each.
fn declared() -> BTreeMap<(String, String), Vec<String>> {
    let mut declared: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for source in of_services() {
        for at in find_word(&source.code, "calls!") {
            let open = at + source.code[at..].find('{').expect("calls! { … }");
            let body = &source.code[open + 1..end_of_block(&source.code, open, b'{') - 1];
            let (api, list) = body.split_once(':').expect("calls! { API \"prefix\": … }");
            let id = id_of(&source, name_at(api.trim_start()));
            for item in list.split(',') {
                let action = name_at(item.trim_start());
                if !action.is_empty() {
                    declared.entry((id.clone(), action.to_owned())).or_default().push(source.place(at));
                }
            }
        }
    }
    declared
}

/// The `id` of an API that a file declares: `const EC2: &Api = &Api { id: "EC2", … }`.
fn id_of(source: &Source, api: &str) -> String {
    let declaration = find_word(&source.code, &format!("{api}: &Api")).next();
    let at = declaration.unwrap_or_else(|| panic!("{}: declare `pub const {api}: &Api` beside its calls", source.path));
    let text = source.text[at..].split("id: \"").nth(1).and_then(|rest| rest.split('"').next());
    text.unwrap_or_else(|| panic!("{}: the API {api} has no id", source.path)).to_owned()
}

/// The call that a maker at a byte is given, as its path's last name; `None` if it is not written out.
fn made(code: &str, at: usize) -> Option<&str> {
    let argument = &code[at..][code[at..].find('(')? + 1..];
    let path = argument.trim_start().split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next()?;
    path.rsplit_once("call::").map(|(_, action)| action)
}

/// Where calls are made, outside of macros that make them.
fn makers(source: &Source) -> Vec<usize> {
    let macros = macros(source);
    let is_outside = |at: &usize| !macros.iter().any(|(_, range)| range.contains(at));
    MAKERS.iter().flat_map(|maker| source.shipped.match_indices(maker).map(|(at, _)| at)).filter(is_outside).collect()
}

/// A file's own macros that make a call: the name and the body.
fn macros(source: &Source) -> Vec<(&str, Range<usize>)> {
    let code = &source.shipped;
    let all = find_word(code, "macro_rules!").map(|at| {
        let open = at + code[at..].find('{').expect("macro_rules! name { … }");
        (code[at + "macro_rules!".len()..open].trim(), open..end_of_block(code, open, b'{'))
    });
    all.filter(|(_, body)| code[body.clone()].contains(".send()")).collect()
}

/// What such macros are called with.
fn expansions(source: &Source) -> Vec<&str> {
    let code = &source.shipped;
    let macros = macros(source);
    let arguments = |name: &str| -> Vec<&str> {
        let invoked = format!("{name}!(");
        let invocations = code.match_indices(&invoked).map(|(at, _)| at + invoked.len() - 1);
        invocations.map(|open| &code[open..end_of_block(code, open, b'(')]).collect()
    };
    macros.iter().flat_map(|(name, _)| arguments(name)).collect()
}

/// The calls that a file makes.
fn calls_of(source: &Source) -> BTreeSet<&str> {
    let direct = makers(source).into_iter().filter_map(|at| made(&source.shipped, at));
    // An operation is the only argument that begins with a capital letter.
    let is_action =
        |word: &&str| word.starts_with(|c: char| c.is_ascii_uppercase()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let expanded = expansions(source).into_iter().filter_map(|arguments| arguments.split(',').map(str::trim).find(is_action));
    direct.chain(expanded).collect()
}

#[test]
fn every_call_reads_and_names_its_permission() {
    let mut wrong = Vec::new();
    for reader in services::readers() {
        for call in reader.calls {
            let name = format!("{}: {} {}", reader.name, call.api.id, call.action);
            if !call.is_read_class() {
                wrong.push(format!("{name} does not read, or hands out a secret"));
            }
            if call.class == Class::Report && call.action != "GenerateCredentialReport" {
                wrong.push(format!("{name} is declared as a report"));
            }
            let is_permission = call.permission.split_once(':').is_some_and(|(service, action)| {
                service == call.api.prefix
                    && !action.is_empty()
                    && action.starts_with(|c: char| c.is_ascii_uppercase())
                    && action.chars().all(|c| c.is_ascii_alphanumeric())
            });
            if !is_permission {
                wrong.push(format!("{name} needs `{}`, which is not `{}:Action`", call.permission, call.api.prefix));
            }
        }
    }
    for errand in services::errands() {
        let is_known = |call: &driftlead::aws::Call| is_asked_apart(&errand) || services::readers().any(|reader| declares(reader, call));
        let lost = errand.calls.iter().filter(|call| !call.is_read_class() || !is_known(call));
        wrong.extend(lost.map(|call| format!("{}: {} {} does not read, or no reader makes it", errand.name, call.api.id, call.action)));
    }
    hold("driftlead only reads: declare a reading call with the IAM action that it needs (`Action = \"service:Permission\"`).", &wrong);
}

/// An errand needs no permission that a scan does not need: the policy that people have already allows it.
fn declares(reader: &driftlead::aws::Reader, call: &driftlead::aws::Call) -> bool {
    reader.calls.iter().any(|declared| (declared.api.id, declared.action) == (call.api.id, call.action))
}

#[test]
fn every_call_is_declared_once_and_used() {
    let apart = services::errands().into_iter().filter(is_asked_apart).flat_map(|errand| errand.calls);
    let used: BTreeSet<(&str, &str)> =
        services::readers().flat_map(|reader| reader.calls).chain(apart).map(|call| (call.api.id, call.action)).collect();
    let declared = declared();
    let mut wrong = Vec::new();
    for ((api, action), places) in &declared {
        if places.len() > 1 {
            wrong.push(format!("{api} {action} is declared {} times: {}", places.len(), places.join(", ")));
        }
        if !used.contains(&(api.as_str(), action.as_str())) {
            wrong.push(format!("{}: {api} {action} is declared, and no reader makes it: take it out", places[0]));
        }
    }
    let unseen = used.iter().filter(|(api, action)| !declared.contains_key(&((*api).to_owned(), (*action).to_owned())));
    wrong.extend(unseen.map(|(api, action)| format!("{api} {action} is not declared in a `calls! {{ … }}`")));
    hold("A call is declared once, beside its service, for the readers that make it.", &wrong);
}

#[test]
fn every_declared_call_of_a_reader_is_made() {
    let services_code = of_services();
    let all: BTreeSet<&str> = services_code.iter().flat_map(calls_of).collect();
    let calls = services::readers().flat_map(|reader| reader.calls.iter().map(move |call| (reader.name, call.action)));
    let wrong: Vec<String> = calls
        .filter(|(_, action)| !all.contains(action))
        .map(|(reader, action)| format!("{reader} declares {action} and never makes it"))
        .collect();
    hold("A permission that nobody needs is not asked for: take the call out of the reader's `calls [ … ]`.", &wrong);
}

#[test]
fn calls_are_made_through_the_hand_only() {
    let mut wrong = Vec::new();
    for source in of_services() {
        let made_here: BTreeSet<String> = calls_of(&source).into_iter().map(str::to_lowercase).collect();
        for at in makers(&source).into_iter().filter(|at| made(&source.shipped, *at).is_none()) {
            wrong.push(format!("{}: name the declared call here (`call::Action`): {}", source.place(at), source.line(at)));
        }
        let operations = operations(&source);
        for (at, operation) in &operations {
            if !made_here.contains(&operation.replace('_', "")) {
                wrong.push(format!("{}: `{operation}` is asked of a client, and no such call is made in this file", source.place(*at)));
            }
        }
        let in_macros: usize = macros(&source).iter().map(|(_, body)| find_word(&source.shipped[body.clone()], ".send()").count()).sum();
        let sent = find_word(&source.shipped, ".send()").count() - in_macros + expansions(&source).len();
        if sent != operations.len() {
            wrong.push(format!("{}: {sent} requests are sent, {} are built from a client", source.path, operations.len()));
        }
        for around in AROUND {
            wrong.extend(
                find_word(&source.shipped, around).map(|at| format!("{}: `{around}` goes around the reader's hand", source.place(at))),
            );
        }
    }
    hold("AWS is asked by `cx.call`, `cx.pages` and their like, with a declared call and a client from `cx.client()`.", &wrong);
}

/// The operations that are asked of SDK clients: the first method after a name that is declared as a client.
fn operations(source: &Source) -> Vec<(usize, String)> {
    let code = &source.shipped;
    let mut clients = BTreeSet::new();
    for (at, _) in code.match_indices("::Client") {
        let before = code[..at].trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').trim_end_matches('&').trim_end();
        if let Some(before) = before.strip_suffix(':') {
            let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |start| start + 1);
            clients.insert(&before[start..]);
        }
    }
    let mut operations = Vec::new();
    for client in clients {
        for at in find_word(code, client) {
            if let Some(method) = code[at + client.len()..].trim_start().strip_prefix('.') {
                operations.push((at, name_at(method).to_owned()));
            }
        }
    }
    operations
}

#[test]
fn nothing_outside_of_services_and_the_hand_asks_aws() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("src/services/") && !source.path.starts_with("src/aws/")) {
        for way in [".send()", "IN_CALL", "InCall"].iter().chain(AROUND) {
            wrong.extend(find_word(&source.shipped, way).map(|at| format!("{}: {}", source.place(at), source.line(at))));
        }
    }
    hold("Only a reader asks AWS: move this into one.", &wrong);
}

#[test]
fn every_client_has_the_guard() {
    let session = read("src/aws/session.rs");
    assert!(session.contains(".interceptor($crate::aws::Guard {"), "src/aws/session.rs: `client!` must put the guard into every client");
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).expect("Cargo.toml");
    let crates = manifest["dependencies"].as_table().expect("dependencies").keys().filter(|name| name.starts_with("aws-sdk-"));
    let services_code = of_services();
    let mut wrong = Vec::new();
    for name in crates.map(|name| name.replace('-', "_")) {
        let made = services_code
            .iter()
            .flat_map(|source| find_word(&source.shipped, "client!").map(|at| &source.shipped[at..]))
            .filter(|macro_call| macro_call.split_once('(').is_some_and(|(_, arguments)| name_at(arguments.trim_start()) == name));
        match made.count() {
            1 => {}
            count => wrong.push(format!("{name}: {count} times")),
        }
    }
    for source in &services_code {
        wrong.extend(find_word(&source.shipped, "SdkClient for").map(|at| format!("{}: implements SdkClient by hand", source.place(at))));
    }
    hold("Each SDK crate becomes a client once, by `client!(aws_sdk_x, API)`, which puts the guard in.", &wrong);
}
