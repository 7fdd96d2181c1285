//! Views: questions over several tables that more than one check asks.

/// A view of the snapshot. Its SQL is a `.sql` file beside the readers of its service, a comment first, then one SELECT.
#[derive(Debug)]
pub struct View {
    /// The name, as in SQL.
    pub name: &'static str,
    /// The file's text: a leading comment that documents it, one line a column, and the SELECT.
    pub sql: &'static str,
}

impl View {
    /// `create view`, or `create temp view` over a snapshot that is opened read-only.
    pub fn ddl(&self, temporary: bool) -> String {
        let temp = if temporary { "temp " } else { "" };
        format!("create {temp}view {} as\n{};\n", self.name, self.sql.trim().trim_end_matches(';'))
    }

    /// The documentation: the leading comment without its dashes, up to the list of columns.
    pub fn doc(&self) -> String {
        let comment = self.sql.lines().map_while(|line| line.strip_prefix("--"));
        let text = comment.map(str::trim).take_while(|line| !line.starts_with("column ")).collect::<Vec<_>>();
        text.join(" ").trim().to_owned()
    }

    /// The documented columns as `(name, meaning)`: lines `-- column NAME: MEANING` of the leading comment.
    pub fn columns(&self) -> Vec<(&'static str, &'static str)> {
        let comment = self.sql.lines().map_while(|line| line.strip_prefix("--"));
        comment.filter_map(|line| line.trim().strip_prefix("column ")?.split_once(": ")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leading_comment_documents_a_view() {
        let view = View { name: "v", sql: "-- What it is.\n-- More of it.\n-- column a: The a.\nselect 1 as a;\n" };
        assert_eq!(view.doc(), "What it is. More of it.");
        assert_eq!(view.columns(), [("a", "The a.")]);
        assert!(view.ddl(true).starts_with("create temp view v as\n-- What"));
    }
}
