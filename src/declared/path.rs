//! A value's part by its path: how a mapping says which property or attribute it means.
//!
//! | path | means |
//! |---|---|
//! | `VersioningConfiguration.Status` | a member of a member |
//! | `versioning[0].enabled` | a member of a list's first item (Terraform writes a nested block as a list of at most one) |
//! | `ingress[].cidr_blocks` | that member of every item, as a list; items without it are left out |
//! | `ingress[].cidr_blocks[]` | the same, and what the items hold put into one list: every `[]` flattens |
//! | `tags["a.b"]` | a member whose name is no plain word; what is between the quotes is taken as it stands |
//! | (nothing) | the value itself |

use serde_json::Value;

use super::is_hole;

/// The part of a value that a path names. `None`: it is not there.
///
/// - A `null` at the end of the path is there (`Some(Null)`); one on the way has no parts, so that what is below it is not there.
/// - A hole on the way stands for all that is below it: it is given back (among the items, if it is one of a list's).
/// - `[]` over a list that is not there is not there, over an empty list it is an empty list.
/// - A value of another kind than the path expects (a text where an object should be) has no such part: not there.
/// - A path that [`vet`] would not let pass names nothing.
pub fn get(value: &Value, path: &str) -> Option<Value> {
    if path.is_empty() || is_hole(value).is_some() {
        return Some(value.clone());
    }
    let (step, rest) = first(path).ok()?;
    match step {
        Step::Member(name) => get(value.as_object()?.get(name)?, rest),
        Step::Item(index) => get(value.as_array()?.get(index)?, rest),
        Step::Each => {
            let flattens = has_each(rest);
            let mut found = Vec::new();
            for part in value.as_array()?.iter().filter_map(|item| get(item, rest)) {
                match part {
                    Value::Array(items) if flattens => found.extend(items),
                    part => found.push(part),
                }
            }
            Some(Value::Array(found))
        }
    }
}

/// Whether a path can be read, and if not, what is wrong with it. For whoever writes mappings: [`get`] has no way to complain.
pub fn vet(path: &str) -> Result<(), String> {
    let mut rest = path;
    while !rest.is_empty() {
        rest = first(rest).map_err(|wrong| format!("`{path}`: {wrong}"))?.1;
    }
    Ok(())
}

enum Step<'p> {
    Member(&'p str),
    Item(usize),
    Each,
}

/// A path's first step, and what follows it.
fn first(path: &str) -> Result<(Step<'_>, &str), &'static str> {
    let (step, rest) = if let Some(quoted) = path.strip_prefix("[\"") {
        let (name, rest) = quoted.split_once("\"]").ok_or("`[\"` without `\"]`")?;
        (Step::Member(name), rest)
    } else if let Some(inside) = path.strip_prefix('[') {
        let (index, rest) = inside.split_once(']').ok_or("`[` without `]`")?;
        let step =
            if index.is_empty() { Step::Each } else { Step::Item(index.parse().map_err(|_| "between `[` and `]` stands no number")?) };
        (step, rest)
    } else {
        let (name, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        if name.is_empty() || name.contains(']') {
            return Err("a name is missing, or `]` stands alone");
        }
        (Step::Member(name), rest)
    };
    match rest.strip_prefix('.') {
        Some("") => Err("it ends with a dot"),
        Some(below) if below.starts_with('[') => Err("a dot before `[`"),
        Some(below) => Ok((step, below)),
        None if rest.is_empty() || rest.starts_with('[') => Ok((step, rest)),
        None => Err("a dot is missing after `]`"),
    }
}

/// Whether a path goes through a list's items.
fn has_each(mut path: &str) -> bool {
    while let Ok((step, rest)) = first(path) {
        if matches!(step, Step::Each) {
            return true;
        }
        path = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::declared::hole;

    #[test]
    fn members_and_items_are_found() {
        let value = json!({"versioning": [{"enabled": true, "mfa": null}], "a": {"b": {"c": 1}}, "tags": {"a.b": "x", "c\"d": "y"}});
        assert_eq!(get(&value, "versioning[0].enabled"), Some(json!(true)));
        assert_eq!(get(&value, "versioning[0]"), Some(json!({"enabled": true, "mfa": null})));
        assert_eq!(get(&value, "a.b.c"), Some(json!(1)));
        assert_eq!(get(&value, "tags[\"a.b\"]"), Some(json!("x")));
        assert_eq!(get(&value, "tags[\"c\"d\"]"), Some(json!("y")));
        assert_eq!(get(&value, ""), Some(value.clone()));
    }

    #[test]
    fn absent_is_not_null() {
        let value = json!({"here": null, "list": [], "text": "x"});
        assert_eq!(get(&value, "here"), Some(Value::Null));
        for path in ["gone", "here.below", "here[]", "list[0]", "gone[].b", "text.length", "text[]", "text[0]", "list.b"] {
            assert_eq!(get(&value, path), None, "{path}");
        }
    }

    #[test]
    fn a_list_is_plucked() {
        let value = json!({"rules": [{"to": ["a", "b"]}, {"to": ["c"]}, {"other": 1}, {"to": null}], "none": [], "flat": [1, 2],
            "deep": [{"of": [{"x": [1]}, {"x": [2, 3]}]}, {"of": [{"x": [4]}]}]});
        assert_eq!(get(&value, "rules[].to"), Some(json!([["a", "b"], ["c"], null])));
        assert_eq!(get(&value, "rules[].to[]"), Some(json!(["a", "b", "c"])));
        assert_eq!(get(&value, "rules[].to[0]"), Some(json!(["a", "c"])));
        assert_eq!(get(&value, "none[].to"), Some(json!([])));
        assert_eq!(get(&value, "none[].to[]"), Some(json!([])));
        assert_eq!(get(&value, "flat[]"), Some(json!([1, 2])));
        assert_eq!(get(&value, "deep[].of[].x[]"), Some(json!([1, 2, 3, 4])));
        assert_eq!(get(&value, "deep[].of[].x"), Some(json!([[1], [2, 3], [4]])));
    }

    #[test]
    fn a_hole_stands_for_what_is_below_it() {
        let gone = hole("Ref of Vpc");
        let value = json!({"a": gone, "list": [{"b": [1]}, gone, {"b": gone}]});
        for path in ["a", "a.b", "a[0].b", "a[].b", "a[\"x\"]"] {
            assert_eq!(get(&value, path), Some(gone.clone()), "{path}");
        }
        assert_eq!(get(&value, "list[].b"), Some(json!([[1], gone, gone])));
        assert_eq!(get(&value, "list[].b[]"), Some(json!([1, gone, gone])));
        assert_eq!(get(&gone, "a.b"), Some(gone.clone()));
    }

    #[test]
    fn a_path_that_cannot_be_read_is_told_and_names_nothing() {
        let value = json!({"a": [{"b": 1}], "a]": 1, "": {"b": 1}});
        for path in ["a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[0]b", "a[\"b", "a.[0]", "a]", "a[].", ".", "[0]b"] {
            assert!(vet(path).is_err_and(|wrong| wrong.starts_with(&format!("`{path}`: "))), "{path}: {:?}", vet(path));
            assert_eq!(get(&value, path), None, "{path}");
        }
        for path in ["", "a", "a.b", "a[0].b", "a[].b[].c", "[0]", "[]", "[\"x.y\"].z", "a[0][1]", "Fn::GetAtt"] {
            assert_eq!(vet(path), Ok(()), "{path}");
        }
    }
}
