//! Where reports go: standard output, and files that get their names when they are whole.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::seal::refuse_sealed;
use super::{Exit, Reporting};
use crate::finding::Summary;
use crate::report::{Format, Report, Style};

/// The suffixes of a snapshot.
const SNAPSHOT: [&str; 3] = ["db", "sqlite", "sqlite3"];

/// The files that were asked for with `-o`. They are made before anything is read, so that a wrong path costs no scan; a run that
/// fails leaves none of them behind.
#[derive(Debug)]
pub struct Outputs {
    /// Where a snapshot that is to be kept goes.
    pub snapshot: Option<PathBuf>,
    files: Vec<PartFile>,
}

impl Outputs {
    /// Opens them.
    pub fn open(reporting: &Reporting) -> Result<Self> {
        let mut outputs = Self { snapshot: None, files: Vec::new() };
        for (i, path) in reporting.output.iter().enumerate() {
            if reporting.output[..i].contains(path) {
                bail!("-o {}: it is there twice", path.display());
            }
            if is_snapshot(path) {
                if outputs.snapshot.is_some() {
                    bail!("-o {}: one snapshot is enough", path.display());
                }
                refuse_sealed(path)?;
                outputs.snapshot = Some(path.clone());
            } else if Format::of(path).is_none() {
                let known = Format::suffixes().join(", .");
                bail!("-o {}: no format has this suffix; known are .{known} for reports and .db for the snapshot", path.display());
            }
        }
        for path in &reporting.output {
            if let Some(format) = Format::of(path) {
                outputs.files.push(PartFile::create(format, path)?);
            }
        }
        Ok(outputs)
    }

    /// A report for each file.
    pub fn reports(&self, style: Style) -> Result<Vec<Box<dyn Report>>> {
        // In a file there is room for everything, and nothing that understands colours.
        let style = Style { color: false, limit: 0, ..style };
        let report = |part: &PartFile| -> Result<Box<dyn Report>> {
            let file = part.file.try_clone().with_context(|| format!("-o {}", part.path.display()))?;
            Ok(part.format.report(Box::new(BufWriter::new(file)), style))
        };
        self.files.iter().map(report).collect()
    }

    /// Gives the files their names.
    pub fn keep(self) -> Result<()> {
        self.files.into_iter().try_for_each(PartFile::keep)
    }
}

/// Whether a path is that of a snapshot, by its suffix.
pub fn is_snapshot(path: &Path) -> bool {
    path.extension().and_then(|suffix| suffix.to_str()).is_some_and(|suffix| SNAPSHOT.contains(&suffix.to_lowercase().as_str()))
}

/// A file that gets its name when it is whole, and is gone when it never is.
#[derive(Debug)]
struct PartFile {
    format: Format,
    file: File,
    part: PathBuf,
    path: PathBuf,
}

impl PartFile {
    fn create(format: Format, path: &Path) -> Result<Self> {
        if path.is_dir() {
            bail!("-o {}: it is a folder", path.display());
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        let part = PathBuf::from(name);
        let file = File::create(&part).with_context(|| format!("-o {}: cannot be written", path.display()))?;
        Ok(Self { format, file, part, path: path.to_owned() })
    }

    fn keep(self) -> Result<()> {
        std::fs::rename(&self.part, &self.path).with_context(|| format!("-o {}", self.path.display()))
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // After `keep` there is none under this name; that it cannot be removed is no reason to say more than the error that led here.
        let _ = std::fs::remove_file(&self.part);
    }
}

/// When the report is printed on standard output. Files are written in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrintOn {
    /// Always
    Always,
    /// Only if the run does not end with 0: something was found, or is unknown
    Found,
    /// Only if something is new or resolved since the earlier snapshot, or cannot be said any more
    Change,
}

/// Standard output whose reader may go away, as `head` does: what is written after that is nobody's loss, and no reason to leave the
/// files unwritten or to end with another exit code.
struct Pipe<W> {
    out: W,
    is_gone: bool,
}

impl<W: Write> Pipe<W> {
    fn unless_gone<T>(&mut self, done: std::io::Result<T>, instead: T) -> std::io::Result<T> {
        match done {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(instead)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = if self.is_gone { Ok(bytes.len()) } else { self.out.write(bytes) };
        self.unless_gone(written, bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = if self.is_gone { Ok(()) } else { self.out.flush() };
        self.unless_gone(flushed, ())
    }
}

/// Standard output; or a file in its place, while nobody knows yet whether the report is to be printed.
pub struct Screen {
    print_on: PrintOn,
    held: Option<File>,
}

impl Screen {
    /// Standard output, or a file.
    pub fn of(print_on: PrintOn) -> Result<Self> {
        let held = (print_on != PrintOn::Always).then(|| tempfile::tempfile().context("a file for the report"));
        Ok(Self { print_on, held: held.transpose()? })
    }

    /// Where the report goes.
    pub fn writer(&self) -> Result<Box<dyn Write>> {
        Ok(match &self.held {
            Some(file) => Box::new(BufWriter::new(file.try_clone().context("the report")?)),
            None => Box::new(BufWriter::new(Pipe { out: std::io::stdout().lock(), is_gone: false })),
        })
    }

    /// Prints what was held back, if it is worth it. A run that was cut short is always told.
    pub fn show(self, exit: Exit, summary: &Summary) -> Result<()> {
        let Some(mut file) = self.held else { return Ok(()) };
        let is_change = summary.since.as_ref().is_some_and(|since| since.new + since.new_unknown + since.resolved > 0);
        let is_worth_it = match self.print_on {
            PrintOn::Always => true,
            PrintOn::Found => exit != Exit::Clean,
            PrintOn::Change => is_change || exit == Exit::Failed,
        };
        if is_worth_it {
            file.rewind().context("the report")?;
            let mut out = Pipe { out: std::io::stdout().lock(), is_gone: false };
            std::io::copy(&mut file, &mut out).context("the report")?;
            out.flush().context("the report")?;
        }
        Ok(())
    }
}
