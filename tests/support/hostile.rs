//! A snapshot in which strangers chose the names: whatever a report's reader could take for something else than text.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::world::{ACCOUNT, REGION, World, group};

/// Names, tags and messages that break out of what is careless. A text of SQLite may hold NUL; a lone surrogate it cannot.
pub fn texts() -> Vec<String> {
    let texts = [
        "\"quoted\" 'twice' `thrice`",
        "</script><script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "]]><!-- --><x/>&amp;&#0;",
        "--><b>",
        "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m",
        "\u{202e}txt.exe\u{202c} \u{2066}x\u{2069} \u{200f}\u{61c}",
        "line\nbreak\r\nand\ttab\u{2028}sep\u{85}nel",
        "nul\0inside",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1",
        "＝1＋1",
        "a,b;c\"d\"\"e",
        "{{ 7*7 }} ${7*7} {name} {0} %s %n",
        "| a | b |\n|---|---|\n| `c` | *d* _e_ ~~f~~ |",
        "[link](javascript:alert(1)) ![i](http://x.example/i.png)",
        "@octocat #1 GH-2 https://x.example www.x.example $x$",
        "</details></summary></table>",
        "```\nend of fence\n````",
        "# heading\n- item\n> quote",
        "🦀 👩\u{200d}👩\u{200d}👧 ﷽ Ĥé\u{301}",
        "\u{feff}bom\u{fffe}\u{ffff}\u{fffd}",
        "\\u{1b} \\x1b \\n \\\\ C:\\temp",
        "..%2f..%2f?x=y#z",
        "null",
        "",
    ];
    texts.into_iter().map(str::to_owned).chain(["very long ".repeat(4000)]).collect()
}

/// A check of the user's own whose every text is hostile too, and whose evidence is what strangers wrote: its path in a folder for
/// `--checks`, and its text.
pub const CHECK: (&str, &str) = (
    "acme/hostile.sql",
    "/*---\ntitle = \"</script> | `x` ]]> \\u001b[2J \\u202e =1 {{title}} @octocat\"\nseverity = 'high'\nleg = 'configured'\n\
     family = '=hostile|\"family\"'\nmessage = '{name} is tagged {tags}'\nwhy = '</script>'\n\
     fix = \"aws logs tag --name '{name}' ``` </script>\"\n[reasons]\nodd = '={name}'\n---*/\n\
     select g.arn as resource, case when g.retention_in_days = 1 then null else g.retention_in_days = 365 end as ok, 'odd' as reason,\n\
     g.name, g.tags, g.kms_key_id from aws_cloudwatch_log_group as g\n",
);

/// The snapshot: for each text a group that fails, one that cannot be said, and one that passes; and a denial in each text's words.
pub fn hostile(path: &Path) -> PathBuf {
    let world = World::new(path).rows(&group("/plain", 0)).denied("aws_kms_key", "kms:ListKeys");
    let path = world.save();
    let connection = Connection::open(&path).expect("the snapshot");
    let copy = "insert into aws_cloudwatch_log_group
        select ?1, account_id, region, ?2, creation_time, ?3, retention_policy_name, stored_bytes, ?4, log_group_class,
            deletion_protection_enabled, metric_filter_count, ?5
        from aws_cloudwatch_log_group where name = '/plain'";
    let gap = "insert into gap values (null, 'aws_cloudwatch_log_group', ?, ?, ?, '[]', 'logs:ListTagsForResource', 'denied', ?, ?)";
    for (i, text) in texts().into_iter().enumerate() {
        for days in [0, 1, 365] {
            let arn = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{i}-{days}{text}");
            let tags = serde_json::json!({ text.clone(): text, "plain": "=1" }).to_string();
            connection.execute(copy, params![arn, text, days, text, tags]).expect("a group");
            if days == 1 {
                connection.execute(gap, params![ACCOUNT, REGION, arn, text, text]).expect("a gap");
            }
        }
    }
    path
}
