//! A recording of answers, as JSON lines, gzipped or not: what is read and written again is the same.

use std::path::Path;

use driftlead::aws::recording::{Recording, answer};

/// Reads it, writes it, reads it again, and makes an answer of each exchange.
pub fn run(data: &[u8]) {
    let Ok(recording) = Recording::parse(data, Path::new("recording.jsonl")) else { return };
    let written = recording.to_bytes(false).expect("what was read can be written");
    let again = Recording::parse(&written, Path::new("again.jsonl")).expect("what was written can be read");
    assert_eq!(again.header, recording.header);
    assert_eq!(again.exchanges.len(), recording.exchanges.len());
    assert_eq!(again.to_bytes(false).expect("text"), written, "written twice, and not the same");
    for exchange in &recording.exchanges {
        let mut copy = exchange.clone();
        let bytes = exchange.bytes().expect("the reader looked at it");
        copy.set_bytes(&bytes);
        assert_eq!(copy.bytes().expect("bytes"), bytes);
        // A status or a header that is none is an error, and no panic.
        let _ = answer(exchange);
    }
    // Compressing is the slow part, and the same for all.
    if data.len() < 512 {
        let zipped = recording.to_bytes(true).expect("gzip in memory");
        let again = Recording::parse(&zipped, Path::new("again.jsonl.gz")).expect("what was zipped can be read");
        assert_eq!(again.to_bytes(false).expect("text"), written);
    }
}
