//! Pictures as a browser and a screen reader get them: well-formed whatever a name holds, and every state with its own shape.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Figure, Section, figures, remarks};
use crate::exhibit::{
    Counts, EgressMap, Exhibits, Exit, ExitKind, Family, Link, Moment, Onward, Route, RouteTable, Subnet, SubnetKind, Trend, Way, Zone,
};

/// Everything that would break out of a text, or turn it round.
const HOSTILE: &str = "</title></svg><script>alert(1)</script>\"'&amp;]]>\u{0}\u{1b}[31m\u{202e}\u{ffff}\n漢字=cmd";

fn subnet(id: &str, kind: SubnetKind, ways: Vec<Link>) -> Subnet {
    Subnet {
        arn: format!("arn:{id}"),
        id: id.to_owned(),
        name: format!("prod/{id}"),
        range: "10.0.0.0/24".to_owned(),
        kind,
        workloads: Some(1),
        is_shared: false,
        table: Some("rtb-1".to_owned()),
        link: Link::works(),
        ways: ways.into_iter().map(|link| Way { family: Family::Ipv4, link }).collect(),
    }
}

fn exit(id: &str, kind: ExitKind, link: Link, onward: Option<Onward>) -> Exit {
    let text = String::new;
    Exit { arn: text(), id: id.to_owned(), name: text(), kind, zone: "z1".to_owned(), subnet: text(), link, onward }
}

/// A subnet in each state, behind one route table.
fn map() -> EgressMap {
    let subnets = vec![
        subnet("subnet-fine", SubnetKind::Public, vec![Link::works()]),
        subnet("subnet-far", SubnetKind::Private, vec![Link::weak("its NAT gateway is in z2")]),
        subnet("subnet-dead", SubnetKind::Private, vec![Link::broken("NAT gateway nat-1: it was deleted")]),
        Subnet { table: None, workloads: None, ..subnet("subnet-dark", SubnetKind::Unknown, vec![Link::unknown("ec2:X was denied")]) },
        subnet("subnet-alone", SubnetKind::Isolated, vec![]),
    ];
    let route = |exit: &str, link: Link| Route { family: Family::Ipv4, destination: "0.0.0.0/0".to_owned(), exit: exit.to_owned(), link };
    let onward = Onward { to: "igw-1".to_owned(), link: Link::works() };
    EgressMap {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        arn: "arn:vpc".to_owned(),
        vpc_id: "vpc-1".to_owned(),
        name: "prod".to_owned(),
        ranges: Vec::new(),
        zones: vec![Zone { id: "z1".to_owned(), name: "us-east-1a".to_owned(), subnets }],
        subnets_left_out: 0,
        tables: vec![RouteTable {
            arn: String::new(),
            id: "rtb-1".to_owned(),
            name: String::new(),
            is_main: true,
            routes: vec![route("nat-1", Link::broken("blackhole"))],
        }],
        exits: vec![
            exit("nat-1", ExitKind::NatGateway, Link::broken("it was deleted"), None),
            exit("nat-2", ExitKind::NatGateway, Link::works(), Some(onward)),
            exit("igw-1", ExitKind::InternetGateway, Link::works(), None),
        ],
        unread: Vec::new(),
    }
}

fn moment(day: u32, counts: Option<Counts>) -> Moment {
    let started_at = format!("2026-11-{day:02}T09:00:00Z");
    Moment { started_at, regions: vec!["us-east-1".to_owned()], complete: counts.is_some(), gaps: 2, counts }
}

fn drawn(map: EgressMap) -> Figure {
    figures(&Exhibits { egress: vec![map], ..Exhibits::default() }).remove(0)
}

/// Reads a picture to its end; its texts. Anything that a strict page would refuse is an error.
fn read(svg: &str) -> Vec<String> {
    let mut reader = Reader::from_str(svg);
    let (mut texts, mut depth, mut text) = (Vec::new(), 0, String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) | Event::Empty(start) if start.name().as_ref() == b"script" => panic!("a script: {svg}"),
            Event::Start(start) => {
                depth += 1;
                for attribute in start.attributes() {
                    let name = String::from_utf8(attribute.unwrap().key.as_ref().to_vec()).unwrap();
                    assert!(!name.starts_with("on") && !["style", "href"].contains(&name.as_str()), "{name}");
                }
            }
            Event::End(_) => {
                depth -= 1;
                texts.push(std::mem::take(&mut text));
            }
            Event::Text(more) => text.push_str(std::str::from_utf8(&more).unwrap()),
            Event::GeneralRef(entity) => text.push_str(&format!("&{};", String::from_utf8(entity.to_vec()).unwrap())),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{svg}");
    texts
}

#[test]
fn every_state_has_its_own_shape_and_word() {
    let figure = drawn(map());
    let texts = read(&figure.svg);
    for class in ["pic-works", "pic-weak", "pic-broken", "pic-unknown", "pic-isolated"] {
        assert!(figure.svg.contains(class), "{class} is missing");
    }
    // A broken link is dashed with a cross, an unknown one has a question mark.
    assert!(figure.svg.contains("link link-bad pic-broken") && figure.svg.contains("link link-warn pic-unknown"));
    assert!(texts.iter().any(|text| text == "?"), "{texts:?}");
    for words in ["NAT gateway nat-1: it was deleted", "ec2:X was denied", "no way out, and none is expected", "private · 1 in use"] {
        assert!(texts.iter().any(|text| text.contains(words)), "{words} is not among {texts:?}");
    }
    assert!(figure.title.contains("1 of 5 subnets without a working way out, 1 of 5 subnets unknown"), "{}", figure.title);
    // A gateway that nobody uses is worth a word.
    assert_eq!(texts.iter().filter(|text| *text == "no default route leads here").count(), 1);
    // What was not read is not counted as nothing.
    assert!(texts.iter().any(|text| text.contains("? in use")));
}

#[test]
fn those_who_do_not_see_it_are_told_the_same() {
    let figure = drawn(map());
    assert!(figure.svg.contains("role=\"img\" ") && figure.svg.contains("aria-labelledby=\"egress-1-title egress-1-desc\""));
    let desc = figure.svg.split("<desc").nth(1).and_then(|rest| rest.split("</desc>").next()).unwrap();
    for words in
        ["subnet-dead in us-east-1a by rtb-1: broken (NAT gateway nat-1: it was deleted).", "subnet-dark in us-east-1a by an unread"]
    {
        assert!(desc.contains(words), "{desc}");
    }
}

#[test]
fn nothing_breaks_out_of_a_picture() {
    let mut map = map();
    let text = || HOSTILE.to_owned();
    (map.name, map.vpc_id, map.region) = (text(), text(), text());
    map.zones[0].name = text();
    map.zones[0].id = text();
    for subnet in &mut map.zones[0].subnets {
        (subnet.name, subnet.id, subnet.range) = (text(), text(), text());
        subnet.ways.iter_mut().for_each(|way| way.link.why = text());
    }
    for exit in &mut map.exits {
        (exit.name, exit.zone, exit.subnet, exit.link.why) = (text(), text(), text(), text());
    }
    map.tables[0].name = text();
    map.tables[0].routes[0].destination = text();
    map.unread = vec![text()];
    let trend = Trend { moments: vec![Moment { started_at: text(), ..moment(1, None) }, moment(2, None)], ..Trend::default() };
    let figures = figures(&Exhibits { egress: vec![map], trend, ..Exhibits::default() });
    assert_eq!(figures.len(), 2);
    for figure in figures {
        read(&figure.svg);
        assert!(!figure.svg.contains("<script") && !figure.svg.contains(['\0', '\u{1b}', '\u{202e}', '\u{ffff}']));
        assert!(figure.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
    }
}

#[test]
fn many_subnets_stand_below_each_other_and_inside_of_the_picture() {
    let mut map = map();
    let subnets: Vec<Subnet> = (0..16)
        .map(|i| Subnet { table: Some(format!("rtb-{i}")), ..subnet(&format!("subnet-{i}"), SubnetKind::Private, vec![Link::works()]) })
        .collect();
    let table = map.tables[0].clone();
    map.tables = (0..16).map(|i| RouteTable { id: format!("rtb-{i}"), ..table.clone() }).collect();
    map.zones = (0..6).map(|i| Zone { id: format!("z{i}"), name: format!("zone-{i}"), subnets: subnets.clone() }).collect();
    let layout = super::layout::Layout::of(&map);
    let inside = |y: f64, height: f64| y >= super::layout::TOP && y + height <= layout.height;
    assert!(layout.subnets.iter().all(|placed| inside(placed.span.y, placed.span.height)));
    assert!(layout.subnets.windows(2).all(|pair| pair[0].span.y + pair[0].span.height < pair[1].span.y));
    let mut tables: Vec<_> = layout.tables.values().map(|(_, span)| *span).collect();
    tables.sort_by(|a, b| a.y.total_cmp(&b.y));
    assert!(tables.windows(2).all(|pair| pair[0].y + pair[0].height < pair[1].y), "{tables:?}");
    assert!(layout.exits.values().all(|(_, span, _)| inside(span.y, span.height)));
    read(&drawn(map).svg);
}

#[test]
fn what_is_not_drawn_or_not_read_is_said() {
    let mut map = map();
    map.subnets_left_out = 3;
    map.unread = vec!["the NAT gateways were not read: ec2:DescribeNatGateways was denied".to_owned()];
    let caption = drawn(map).caption;
    assert!(caption.contains("3 more subnets") && caption.contains("ec2:DescribeNatGateways was denied"), "{caption}");
    let exhibits = Exhibits { egress_left_out: 2, egress_unread: vec!["eu-west-1 of 1: no".to_owned()], ..Exhibits::default() };
    let remarks = remarks(&exhibits);
    assert!(remarks[0].contains("eu-west-1 of 1: no") && remarks[1].starts_with("2 more VPCs are not drawn"), "{remarks:?}");
    assert!(figures(&exhibits).is_empty());
}

#[test]
fn a_trend_needs_two_snapshots_and_does_not_count_one_that_was_cut_short() {
    let counts = |fail: u64| Some(Counts { fail: [0, fail, 0, 0, 0], unknown: 4, pass: 9, muted: 0 });
    let figure = |moments: Vec<Moment>| {
        let trend = Trend { moments, left_out: 5, unreadable: vec!["x.db: is damaged".to_owned()] };
        figures(&Exhibits { trend, ..Exhibits::default() })
    };
    assert!(figure(vec![moment(1, counts(3))]).is_empty());
    let figure = figure(vec![moment(1, counts(3)), moment(2, None), moment(3, counts(7))]).remove(0);
    assert_eq!((figure.section, figure.title.as_str()), (Section::Trend, "Over 3 snapshots: failures 3 → 7, unknown 4 → 4"));
    for words in ["5 snapshots between them not shown", "cut short: its verdicts are not counted", "x.db: is damaged"] {
        assert!(figure.caption.contains(words), "{}", figure.caption);
    }
    let texts = read(&figure.svg);
    assert!(figure.svg.contains("pic-incomplete") && texts.iter().any(|text| text.contains("2026-11-02T09:00:00Z: not complete.")));
    assert!(texts.iter().any(|text| text == "7") && texts.iter().any(|text| text.contains("7 high")), "{texts:?}");
}
