//! What computes something out of its arguments: texts, lists, mappings, addresses.

use ipnet::IpNet;
use serde_json::Value;

use super::gap::{Gap, cause};
use super::{Eval, Told, arguments};
use crate::declared::template::intrinsic;
use crate::declared::{hole, holes};

/// Blocks that `Fn::Cidr` gives at most.
const MOST_BLOCKS: usize = 256;

impl Eval<'_> {
    pub(super) fn join(&self, argument: &Value, depth: usize) -> Told {
        let Some([between, items]) = arguments(argument) else {
            return Err(Gap::malformed("Fn::Join", "takes a text and a list"));
        };
        let between = self.text(between, "Fn::Join", depth)?;
        let items = self.items(items, "Fn::Join", depth)?;
        let texts: Result<Vec<String>, Gap> = items.into_iter().map(|item| self.as_text(&item?, "Fn::Join")).collect();
        Ok(Some(texts?.join(&between).into()))
    }

    pub(super) fn select(&self, argument: &Value, depth: usize) -> Told {
        let Some([index, items]) = arguments(argument) else {
            return Err(Gap::malformed("Fn::Select", "takes a number and a list"));
        };
        let index = self.number(index, "Fn::Select", depth)?;
        let mut items = self.items(items, "Fn::Select", depth)?;
        // An item that may not be there moves those behind it.
        if let Some(gap) = items.iter().take(index).find_map(may_be_absent) {
            return Err(gap);
        }
        if index >= items.len() {
            return Err(Gap::malformed("Fn::Select", "asks for more items than its list has"));
        }
        items.swap_remove(index).map(Some)
    }

    pub(super) fn split(&self, argument: &Value, depth: usize) -> Told {
        let Some([between, text]) = arguments(argument) else {
            return Err(Gap::malformed("Fn::Split", "takes two texts"));
        };
        let between = self.text(between, "Fn::Split", depth)?;
        if between.is_empty() {
            return Err(Gap::malformed("Fn::Split", "takes a text to split at"));
        }
        let text = self.text(text, "Fn::Split", depth)?;
        Ok(Some(text.split(between.as_str()).map(Value::from).collect()))
    }

    /// With the language extensions a fourth argument says what to take if there is no such key.
    pub(super) fn find_in_map(&self, argument: &Value, depth: usize) -> Told {
        let (keys, default) = match arguments(argument) {
            Some([map, top, second]) => ([map, top, second], None),
            Some([map, top, second, more]) => ([map, top, second], more.get("DefaultValue")),
            _ => return Err(Gap::malformed("Fn::FindInMap", "takes a mapping and two keys")),
        };
        let mut names = Vec::new();
        for key in keys {
            names.push(self.text(key, "Fn::FindInMap", depth)?);
        }
        let mapping = self.template.mapping(&names[0]);
        match (mapping.and_then(|mapping| mapping.get(&names[1])?.get(&names[2])), default) {
            (Some(found), _) if has_function(found) => {
                Err(Gap::malformed("Fn::FindInMap", "finds a function in a mapping, where CloudFormation takes none"))
            }
            (Some(found), _) => self.told(found, depth),
            (None, Some(default)) => self.told(default, depth),
            (None, None) => Err(Gap::new(cause::MAPPING, &format!("a key that the mapping {} does not have", names[0]))),
        }
    }

    pub(super) fn base64(&self, argument: &Value, depth: usize) -> Told {
        let text = self.text(argument, "Fn::Base64", depth)?;
        Ok(Some(aws_smithy_types::base64::encode(text).into()))
    }

    /// The first blocks of a size in a block: `["10.0.0.0/16", 2, 8]` is `["10.0.0.0/24", "10.0.1.0/24"]`.
    pub(super) fn cidr(&self, argument: &Value, depth: usize) -> Told {
        let Some([block, count, bits]) = arguments(argument) else {
            return Err(Gap::malformed("Fn::Cidr", "takes a block and two numbers"));
        };
        let wrong = || Gap::malformed("Fn::Cidr", "cannot be computed");
        let block: IpNet = self.text(block, "Fn::Cidr", depth)?.parse().map_err(|_| wrong())?;
        let count = self.number(count, "Fn::Cidr", depth)?;
        let bits = u8::try_from(self.number(bits, "Fn::Cidr", depth)?).map_err(|_| wrong())?;
        let length = block.max_prefix_len().checked_sub(bits).ok_or_else(wrong)?;
        if !(1..=MOST_BLOCKS).contains(&count) {
            return Err(wrong());
        }
        let blocks: Vec<Value> = block.subnets(length).map_err(|_| wrong())?.take(count).map(|block| block.to_string().into()).collect();
        if blocks.len() == count { Ok(Some(blocks.into())) } else { Err(wrong()) }
    }

    pub(super) fn get_azs(&self, argument: &Value, depth: usize) -> Told {
        let named = self.text(argument, "Fn::GetAZs", depth)?;
        let region = if named.is_empty() { self.world.region() } else { &named };
        let missing = || Gap::new(cause::ZONES, &format!("the availability zones of {region}, which are not told"));
        self.world.availability_zones(region).map(|zones| Some(zones.into())).ok_or_else(missing)
    }

    pub(super) fn length(&self, argument: &Value, depth: usize) -> Told {
        let items = self.items(argument, "Fn::Length", depth)?;
        match items.iter().find_map(may_be_absent) {
            Some(gap) => Err(gap),
            None => Ok(Some(items.len().into())),
        }
    }

    pub(super) fn to_json_string(&self, argument: &Value, depth: usize) -> Told {
        let value = self.told(argument, depth)?;
        match value {
            Some(value @ (Value::Array(_) | Value::Object(_))) => match holes(&value).first() {
                Some(why) => Err(self.gap_in(&hole(why)).unwrap_or_else(|| Gap::new(cause::OTHER, why))),
                None => Ok(Some(value.to_string().into())),
            },
            _ => Err(Gap::malformed("Fn::ToJsonString", "takes a map or a list")),
        }
    }

    fn number(&self, value: &Value, function: &str, depth: usize) -> Result<usize, Gap> {
        let text = self.text(value, function, depth)?;
        text.trim().parse().map_err(|_| Gap::malformed(function, "is given no number where it takes one"))
    }
}

/// The gap of an item that a condition may take out of its list.
fn may_be_absent(item: &Result<Value, Gap>) -> Option<Gap> {
    item.as_ref().err().filter(|gap| gap.cause == cause::CONDITION).cloned()
}

/// Whether a function stands somewhere in a value. One in a mapping could look itself up, twice in each step.
fn has_function(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_function),
        Value::Object(members) => intrinsic(value).is_some() || members.values().any(has_function),
        _ => false,
    }
}
