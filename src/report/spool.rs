//! Findings on disk: what a report can only write at its end waits in a temporary file, so that memory does not grow with it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};

use crate::finding::Finding;

/// A temporary file of findings, a JSON line each. It has no name, and is gone with the program however that ends.
#[derive(Debug, Default)]
pub struct Spool {
    file: Option<BufWriter<File>>,
    end: u64,
}

/// Where a finding stands: 8 bytes are kept of each.
pub type At = u64;

impl Spool {
    /// Puts a finding away.
    ///
    /// # Errors
    /// When the folder for temporary files is full or cannot be written.
    pub fn push(&mut self, finding: &Finding) -> io::Result<At> {
        let at = self.end;
        let mut line = serde_json::to_vec(finding)?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        file.write_all(&line)?;
        self.end += line.len() as u64;
        Ok(at)
    }

    /// Reads these findings again, one after the other.
    ///
    /// # Errors
    /// When the file cannot be read, or what `each` returns.
    pub fn read(&mut self, places: &[At], mut each: impl FnMut(usize, &Finding) -> io::Result<()>) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.flush()?;
        let mut reader = BufReader::new(file.get_ref().try_clone()?);
        let mut now = reader.seek(SeekFrom::Start(0))?;
        let mut line = Vec::new();
        for (i, at) in places.iter().enumerate() {
            // Findings of a group mostly follow each other, and then nothing is read twice.
            reader.seek_relative(i64::try_from(*at).unwrap_or(i64::MAX) - i64::try_from(now).unwrap_or(i64::MAX))?;
            line.clear();
            now = *at + reader.read_until(b'\n', &mut line)? as u64;
            each(i, &serde_json::from_slice(&line)?)?;
        }
        // What is pushed from here on goes behind the last.
        file.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_comes_back_as_it_was() {
        let mut spool = Spool::default();
        let finding = |i: u32| Finding { message: format!("line\n{i} \u{202e}\0"), ..Finding::sample() };
        let places: Vec<At> = (0..500).map(|i| spool.push(&finding(i)).unwrap()).collect();
        for wanted in [&[3_usize, 4, 499, 0][..], &[7]] {
            let mut seen = Vec::new();
            let at: Vec<At> = wanted.iter().map(|i| places[*i]).collect();
            let take = |_: usize, finding: &Finding| {
                seen.push(finding.clone());
                Ok(())
            };
            spool.read(&at, take).unwrap();
            let wanted: Vec<Finding> = wanted.iter().map(|i| finding(u32::try_from(*i).unwrap())).collect();
            assert_eq!(seen, wanted);
            spool.push(&finding(1)).unwrap();
        }
    }
}
