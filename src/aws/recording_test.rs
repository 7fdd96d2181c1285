//! Recordings that are packed: how far they unpack, and that nothing of them is lost.

use super::*;

fn of(body: &str) -> Recording {
    let header = serde_json::json!({"driftlead_recording": FORMAT, "tool": "t", "started_at": 0, "sessions": ["a"], "regions": [],
        "home_region": "us-east-1", "endpoint": ""});
    let exchange = serde_json::json!({"session": "a", "region": "us-east-1", "service": "ec2", "action": "DescribeVpcs",
        "input": "i", "at": 1, "status": 200, "body": body});
    Recording { header: serde_json::from_value(header).unwrap(), exchanges: vec![serde_json::from_value(exchange).unwrap()] }
}

#[test]
fn a_packed_recording_unpacks_only_so_far() {
    let recording = of(&"x".repeat(100_000));
    let (packed, plain) = (recording.to_bytes(true).unwrap(), recording.to_bytes(false).unwrap());
    assert!(packed.len() < 1000, "it is small as long as it is packed");
    let size = plain.len() as u64;
    let within = |bytes: &[u8], most| Recording::parse_within(bytes, Path::new("r.jsonl.gz"), most);
    assert_eq!(within(&packed, size).unwrap().exchanges, recording.exchanges);
    let error = within(&packed, size - 1).unwrap_err().to_string();
    assert!(error.contains("r.jsonl.gz") && error.contains("gunzip"), "{error}");
    assert_eq!(within(&plain, 0).unwrap().exchanges, recording.exchanges, "what is not packed is as large as it looks");
}

#[test]
fn a_recording_packed_in_parts_is_read_to_its_end() {
    let recording = of("x");
    let plain = recording.to_bytes(false).unwrap();
    let (head, tail) = plain.split_at(plain.len() / 3);
    let pack = |part: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(part).unwrap();
        encoder.finish().unwrap()
    };
    let parts = [pack(head), pack(tail)].concat();
    assert_eq!(Recording::parse(&parts, Path::new("r")).unwrap().exchanges, recording.exchanges);
}
