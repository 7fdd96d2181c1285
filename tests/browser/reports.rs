//! The reports that the browser opens, each made once, by the real program, as HTML and as JSON of the same run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::support::program::{recording, run};
use crate::support::world::World;
use crate::support::{crowd, hostile};

/// Findings of the crowd: a hundred thousand, as a multiple of nine.
const CROWD: u32 = 100_008;

/// The HTML report of a name and the JSON one of the same run.
pub fn of(name: &str) -> Result<(PathBuf, PathBuf), String> {
    static MADE: Mutex<BTreeMap<String, (PathBuf, PathBuf)>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().map_err(|error| error.to_string())?;
    if let Some(files) = made.get(name) {
        return Ok(files.clone());
    }
    let files = make(name)?;
    made.insert(name.to_owned(), files.clone());
    Ok(files)
}

fn make(name: &str) -> Result<(PathBuf, PathBuf), String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(name);
    let fault = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(fault)?;
    }
    std::fs::create_dir_all(&folder).map_err(fault)?;
    let text = |path: &Path| path.display().to_string();
    let (html, json, snapshot) = (folder.join("report.html"), folder.join("report.json"), folder.join("snapshot.db"));
    let mut arguments: Vec<String> = match name {
        "demo" => vec!["scan".into(), "--replay".into(), text(&recording())],
        "frameworks" => vec!["scan".into(), "--framework".into(), "soc2".into(), "--replay".into(), text(&recording())],
        "empty" => vec!["scan".into(), "--from".into(), text(&World::new(&snapshot).save())],
        "crowd" => vec!["check".into(), crowd::CHECK.into(), "--from".into(), text(&crowd::crowd(&snapshot, CROWD))],
        "hostile" => {
            let (check, sql) = hostile::CHECK;
            let (own, check) = (folder.join("own"), folder.join("own").join(check));
            std::fs::create_dir_all(check.parent().unwrap_or(&own)).map_err(fault)?;
            std::fs::write(&check, sql).map_err(fault)?;
            vec!["scan".into(), "--from".into(), text(&hostile::hostile(&snapshot)), "--checks".into(), text(&own)]
        }
        other => return Err(format!("there is no report `{other}`")),
    };
    arguments.extend(["-o".into(), text(&html), "-o".into(), text(&json), "--quiet".into()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = run(&arguments);
    // Found, nothing found, or something unknown; all else is no report.
    if !matches!(said.code, 0 | 1 | 3) {
        return Err(format!("driftlead {} ended with {}: {}", arguments.join(" "), said.code, said.err));
    }
    Ok((html, json))
}
