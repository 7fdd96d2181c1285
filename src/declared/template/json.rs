//! JSON in which no key stands twice. The usual reader takes the last one in silence.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::TemplateError;

/// Reads JSON.
pub(super) fn parse(text: &str) -> Result<Value, TemplateError> {
    serde_json::from_str::<Strict>(text).map(|Strict(value)| value).map_err(|error| {
        // The place stands at the end of the message as well.
        let message = error.to_string();
        let what = message.split(" at line ").next().unwrap_or(&message);
        // What serde calls invalid, it quotes; that can be a value.
        let what = if error.is_data() && !what.starts_with(TWICE) { "a value that cannot be read" } else { what };
        let column = if what.starts_with(TWICE) { column_of_key(text, &error, what) } else { error.column() };
        TemplateError::at(error.line(), column, what)
    })
}

const TWICE: &str = "the key `";

/// Where a key begins; the error tells where it ends.
fn column_of_key(text: &str, error: &serde_json::Error, what: &str) -> usize {
    let key = what.trim_start_matches(TWICE).split("` ").next().unwrap_or("");
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or("");
    let end = line.char_indices().nth(error.column()).map_or(line.len(), |(at, _)| at);
    line[..end].rfind(&format!("\"{key}\"")).map_or(error.column(), |at| line[..at].chars().count() + 1)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("{TWICE}{name}` stands twice in its map")));
            }
            let Strict(value) = members.next_value()?;
            map.insert(name, value);
        }
        Ok(map.into())
    }
}
