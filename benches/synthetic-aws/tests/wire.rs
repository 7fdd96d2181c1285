//! The server over a bare TCP connection: what clients see, and what they see when things go wrong.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use synthetic_aws::{Faults, Kind, Server, Throttle, World};

/// A form of EC2's protocol, signed by an account for a region.
fn form(action: &str, region: &str) -> String {
    let body = format!("Action={action}&Version=2016-11-15");
    let credential = format!("AKIA100000000000SYNT/20261123/{region}/ec2/aws4_request");
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.endpoint().trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    stream
}

/// Reads one answer: status and body.
fn read(stream: &mut TcpStream) -> std::io::Result<(u16, String)> {
    let (mut bytes, mut one) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut one)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.push(one[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn ask(stream: &mut TcpStream, request: &str) -> std::io::Result<(u16, String)> {
    stream.write_all(request.as_bytes())?;
    read(stream)
}

#[test]
fn requests_in_a_row_are_answered_in_a_row_and_counted() {
    let server = Server::start(World::default().with(Kind::Vpc, 17)).expect("a server");
    let mut stream = connect(&server);
    let requests = [form("DescribeVpcs", "us-east-1"), form("DescribeSubnets", "us-east-1"), form("RunInstances", "us-east-1")];
    stream.write_all(requests.concat().as_bytes()).expect("sent");
    let answers: Vec<(u16, String)> = (0..3).map(|_| read(&mut stream).expect("an answer")).collect();
    assert!(answers[0].0 == 200 && answers[0].1.contains("<vpcId>vpc-0"), "{answers:?}");
    assert!(answers[1].0 == 200 && answers[1].1.contains("DescribeSubnetsResponse"), "{answers:?}");
    assert!(answers[2].0 == 400 && answers[2].1.contains("InvalidAction"), "{answers:?}");
    let counters = server.counters();
    assert_eq!((counters.calls, counters.unknown, counters.connections), (3, 1, 1));
    assert_eq!(counters.by["ec2.DescribeVpcs"].calls, 1);
    let (status, text) = ask(&mut stream, "GET /_synthetic/counters HTTP/1.1\r\n\r\n").expect("counters");
    assert!(status == 200 && text.contains("\"unknown_actions\":{\"ec2.RunInstances\":1}"), "{text}");
    assert_eq!(ask(&mut stream, "POST /_synthetic/reset HTTP/1.1\r\nContent-Length: 0\r\n\r\n").expect("reset").0, 200);
    assert_eq!(server.counters().calls, 0);
}

#[test]
fn who_asks_too_often_is_throttled() {
    let server = Server::start(World { throttle: Throttle::Aws { scale: 0.05 }, ..World::default() }).expect("a server");
    let mut stream = connect(&server);
    let statuses: Vec<u16> = (0..12).map(|_| ask(&mut stream, &form("DescribeVpcs", "us-east-1")).expect("an answer").0).collect();
    assert_eq!(statuses[..5], [200; 5]);
    assert!(statuses[5..].contains(&503), "{statuses:?}");
    assert_eq!(ask(&mut stream, &form("DescribeVpcs", "eu-west-1")).expect("an answer").0, 200, "another region has its own bucket");
    assert!(server.counters().throttled > 0);
}

#[test]
fn connections_break_as_told() {
    let broken = |faults: Faults| {
        let server = Server::start(World { faults, ..World::default() }).expect("a server");
        let error = ask(&mut connect(&server), &form("DescribeRegions", "us-east-1")).expect_err("a broken answer").kind();
        assert_eq!(server.counters().errors, 1);
        error
    };
    assert_eq!(broken(Faults { reset: 1.0, ..Faults::default() }), ErrorKind::ConnectionReset);
    assert_eq!(broken(Faults { truncated: 1.0, ..Faults::default() }), ErrorKind::UnexpectedEof);
    let server = Server::start(World { faults: Faults { malformed: 1.0, ..Faults::default() }, ..World::default() }).expect("a server");
    let (status, body) = ask(&mut connect(&server), &form("DescribeRegions", "us-east-1")).expect("a whole answer");
    assert!(status == 200 && !body.ends_with('>'), "{body}");
}

#[test]
fn some_regions_never_answer_and_some_calls_are_denied() {
    let world = World { hang_regions: vec!["eu-west-1".to_owned()], deny: vec!["DescribeSubnets".to_owned()], ..World::default() };
    let server = Server::start(world).expect("a server");
    let mut hanging = connect(&server);
    hanging.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
    let error = ask(&mut hanging, &form("DescribeVpcs", "eu-west-1")).expect_err("silence").kind();
    assert!(matches!(error, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error:?}");
    let mut stream = connect(&server);
    assert_eq!(ask(&mut stream, &form("DescribeVpcs", "us-east-1")).expect("an answer").0, 200);
    let (status, body) = ask(&mut stream, &form("DescribeSubnets", "us-east-1")).expect("a refusal");
    assert!(status == 403 && body.contains("UnauthorizedOperation"), "{body}");
}

#[test]
fn credentials_expire() {
    let faults = Faults { expired_after: Some(0.2), ..Faults::default() };
    let server = Server::start(World { faults, ..World::default() }).expect("a server");
    let mut stream = connect(&server);
    assert_eq!(ask(&mut stream, &form("DescribeVpcs", "us-east-1")).expect("an answer").0, 200);
    std::thread::sleep(Duration::from_millis(250));
    assert!(ask(&mut stream, &form("DescribeVpcs", "us-east-1")).expect("a refusal").1.contains("RequestExpired"));
}

#[test]
fn answers_take_their_time_and_servers_end() {
    let server = Server::start(World { latency_ms: 50, ..World::default() }).expect("a server");
    let endpoint = server.endpoint();
    let begun = Instant::now();
    assert_eq!(ask(&mut connect(&server), &form("DescribeVpcs", "us-east-1")).expect("an answer").0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(50));
    drop(server);
    assert!(TcpStream::connect(endpoint.trim_start_matches("http://")).is_err(), "it still listens");
}

/// What a call costs the server. `cargo test -p synthetic-aws --release -- --ignored --nocapture`
#[test]
#[ignore = "a measurement, for release builds"]
fn cost_of_a_call() {
    const CALLS: u32 = 50_000;
    let server = Server::start(World::default()).expect("a server");
    let request = form("DescribeSubnets", "us-east-1");
    let mut stream = connect(&server);
    let ticks = || -> u64 {
        let tasks = std::fs::read_dir("/proc/self/task").expect("tasks");
        let stats = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok());
        // After the name in brackets: the 12th and 13th numbers are user and system time in hundredths of a second.
        let of = |stat: String| {
            let (name, rest) = stat.rsplit_once(')')?;
            let rest: Vec<&str> = rest.split_whitespace().collect();
            name.contains("synthetic-aws").then(|| rest[11].parse::<u64>().unwrap_or(0) + rest[12].parse::<u64>().unwrap_or(0))
        };
        stats.filter_map(of).sum()
    };
    let (before, begun) = (ticks(), Instant::now());
    // Sixteen in flight, as a client with sixteen connections has them.
    for _ in 0..CALLS / 16 {
        stream.write_all(request.repeat(16).as_bytes()).expect("sent");
        for _ in 0..16 {
            read(&mut stream).expect("an answer");
        }
    }
    let cpu = (ticks() - before) as f64 / 100.0 / f64::from(CALLS) * 1e6;
    println!("{CALLS} calls in {:?}: {cpu:.1} µs of CPU a call in the server's thread", begun.elapsed());
}
