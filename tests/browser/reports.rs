//! The reports that the browser opens, each made once, by the real program, as HTML and as JSON of the same run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::{Connection, params};

use crate::support::program::{recording, run};
use crate::support::world::{ACCOUNT, REGION, World, group};

/// Findings of the crowd: log groups that keep everything for ever.
const CROWD: u32 = 100_000;

/// Names that strangers may give to things.
const NAMES: &[&str] = &[
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=1>",
    "</style><svg onload=window.__pwned=1>",
    "\" onmouseover=\"window.__pwned=1",
    "' onfocus='window.__pwned=1' autofocus='",
    "<!-- <script>",
    "]]><![CDATA[",
    "javascript:window.__pwned=1",
    "${window.__pwned=1}{{constructor}}",
    "=cmd|' /C calc'!A0",
    "line\nbreak\rand\ttab",
    "\u{1b}[31mred\u{1b}[0m\u{7}",
    "\u{202e}gnp.exe\u{2066}\u{200f}",
    "مرحبا hello שלום",
    "nul\0inside",
    "100% &amp; &lt;b&gt; \\u0000 \\",
    "🦀 𝕬 ﷽",
];

/// The HTML report of a name and the JSON one of the same run.
pub fn of(name: &str) -> Result<(PathBuf, PathBuf), String> {
    static MADE: Mutex<BTreeMap<String, (PathBuf, PathBuf)>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().map_err(|error| error.to_string())?;
    if let Some(files) = made.get(name) {
        return Ok(files.clone());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let file = |suffix: &str| folder.join(format!("{name}.{suffix}"));
    let text = |path: &Path| path.display().to_string();
    let (html, json, snapshot) = (file("html"), file("json"), file("db"));
    let source = match name {
        "demo" => ["--replay".to_owned(), text(&recording())],
        "empty" => ["--from".to_owned(), text(&fresh(&snapshot)?.save())],
        "hostile" => ["--from".to_owned(), text(&hostile(&snapshot)?)],
        "crowd" => ["--from".to_owned(), text(&crowd(&snapshot)?)],
        other => return Err(format!("there is no report `{other}`")),
    };
    let [flag, from] = &source;
    let said = run(&["scan", flag, from, "-o", &text(&html), "-o", &text(&json), "--quiet", "--format", "json"]);
    if said.code == 2 {
        return Err(format!("driftlead scan {flag} {from}: {}", said.err));
    }
    let files = (html, json);
    made.insert(name.to_owned(), files.clone());
    Ok(files)
}

fn fresh(path: &Path) -> Result<World, String> {
    if path.exists() {
        std::fs::remove_file(path).map_err(|error| error.to_string())?;
    }
    Ok(World::new(path))
}

/// A world in which everything has a hostile name, and something could not be read.
fn hostile(path: &Path) -> Result<PathBuf, String> {
    let world = fresh(path)?.rows(&group("plain", -1)).denied("aws_s3_bucket", "s3:ListAllMyBuckets").save();
    let wrong = |error: rusqlite::Error| error.to_string();
    let connection = Connection::open(&world).map_err(wrong)?;
    for name in NAMES {
        copy(&connection, name).map_err(wrong)?;
    }
    Ok(world)
}

/// A world of very many log groups.
fn crowd(path: &Path) -> Result<PathBuf, String> {
    let world = fresh(path)?.rows(&group("plain", -1)).save();
    let wrong = |error: rusqlite::Error| error.to_string();
    let mut connection = Connection::open(&world).map_err(wrong)?;
    let transaction = connection.transaction().map_err(wrong)?;
    for i in 0..CROWD {
        copy(&transaction, &format!("/service/crowd-{i}")).map_err(wrong)?;
    }
    transaction.commit().map_err(wrong)?;
    Ok(world)
}

/// Another log group like the first.
fn copy(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    let mut columns = connection.prepare_cached("select name from pragma_table_info('aws_cloudwatch_log_group')")?;
    let columns: Vec<String> = columns.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let value = |column: &String| match column.as_str() {
        "arn" => "?1".to_owned(),
        "name" => "?2".to_owned(),
        other => other.to_owned(),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql = format!(
        "insert into aws_cloudwatch_log_group ({}) select {} from aws_cloudwatch_log_group where name = 'plain'",
        columns.join(", "),
        values.join(", ")
    );
    let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}");
    connection.prepare_cached(&sql)?.execute(params![arn, name])?;
    Ok(())
}
