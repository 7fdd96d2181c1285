//! An AWS of a few lines: it knows who asks, has two regions, and denies everything else. For tests that read live, without one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ME: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/me</Arn>\
    <UserId>A</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

const REGIONS: &str = "<DescribeRegionsResponse><regionInfo>\
    <item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>\
    <item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>\
    </regionInfo></DescribeRegionsResponse>";

/// As IAM and its like say it, and as EC2 does.
const DENIED: &str = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";

const DENIED_BY_EC2: &str = "<Response><Errors><Error><Code>AccessDenied</Code><Message>not you</Message></Error></Errors></Response>";

/// The server; it ends with the test.
pub struct Aws {
    /// Where it is.
    pub endpoint: String,
    asked: Arc<AtomicUsize>,
    regions_asked: Arc<Mutex<Vec<String>>>,
}

impl Aws {
    /// Starts it.
    pub fn start() -> Self {
        Self::slow(Duration::ZERO)
    }

    /// Starts one that thinks about each denial for so long.
    pub fn slow(pause: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let regions_asked = Arc::new(Mutex::new(Vec::new()));
        let (counted, regions) = (Arc::clone(&asked), Arc::clone(&regions_asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counted, regions) = (Arc::clone(&counted), Arc::clone(&regions));
                std::thread::spawn(move || answer(&stream, &counted, &regions, pause));
            }
        });
        Self { endpoint, asked, regions_asked }
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The regions for which requests were signed.
    pub fn regions(&self) -> Vec<String> {
        let mut regions = self.regions_asked.lock().expect("no panic").clone();
        regions.sort();
        regions.dedup();
        regions
    }
}

fn answer(stream: &TcpStream, asked: &AtomicUsize, regions: &Mutex<Vec<String>>, pause: Duration) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            // Credential=KEY/DATE/REGION/SERVICE/…
            "authorization" => regions.lock().ok()?.extend(value.split('/').nth(2).map(str::to_owned)),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.fetch_add(1, Ordering::SeqCst);
    let body = String::from_utf8_lossy(&body);
    let (status, text) = if body.contains("Action=GetCallerIdentity") {
        ("200 OK", ME)
    } else if body.contains("Action=DescribeRegions") {
        ("200 OK", REGIONS)
    } else {
        std::thread::sleep(pause);
        ("403 Forbidden", if body.contains("Version=2016-11-15") { DENIED_BY_EC2 } else { DENIED })
    };
    let mut stream = stream;
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
    stream.write_all(format!("{head}{text}").as_bytes()).ok()
}
