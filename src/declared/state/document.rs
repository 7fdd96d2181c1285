//! The JSON of a state, resource by resource: what is not wanted is let go as soon as it was read, so that a large state needs little
//! more memory than what is kept of it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::address::{self, Provider};
use super::error::{StateError, diagnose_version};
use super::{Instance, Place, State, flat, place, secrets, sensitive};

/// The provider that is read.
const AWS: &str = "aws";

/// Whether an attribute of a type is wanted: the type, the attribute.
pub(super) type Wanted<'w> = dyn Fn(&str, &str) -> bool + 'w;

/// A state as it was read, its version not yet looked at.
#[derive(Default)]
pub(super) struct Document {
    version: Option<u64>,
    terraform_version: Option<String>,
    serial: Option<u64>,
    lineage: Option<String>,
    /// `None`: there is no such member. Terraform always writes it.
    resources: Option<Gathered>,
}

/// Reads the JSON, of the attributes only what is wanted.
pub(super) fn parse(text: &[u8], wanted: &Wanted) -> Result<Document, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let document = Whole(wanted).deserialize(&mut json)?;
    json.end()?;
    Ok(document)
}

impl Document {
    /// The state, if this is one. `text` is what it was read from, to tell what it is if it is none.
    pub(super) fn into_state(self, text: &[u8]) -> Result<State, StateError> {
        let (Some(4), Some(resources)) = (self.version, self.resources) else { return Err(diagnose_version(text)) };
        if let Some(version) = self.terraform_version.as_deref().filter(|version| !version.is_empty()) {
            vet_writer(version)?;
        }
        if let Some(wrong) = resources.wrong {
            return Err(wrong);
        }
        Ok(State {
            terraform_version: self.terraform_version.filter(|version| !version.is_empty()),
            serial: self.serial,
            lineage: self.lineage.filter(|lineage| !lineage.is_empty()),
            instances: resources.instances,
            data_sources: resources.data_sources,
            other_providers: resources.other_providers,
            places: BTreeMap::new(),
        })
    }
}

/// Terraform itself refuses a state whose writer it cannot tell; version 4 began with Terraform 0.12, so that whoever claims to be
/// older did not write it.
fn vet_writer(version: &str) -> Result<(), StateError> {
    let mut numbers = version.split(['.', '-', '+']).map_while(|part| part.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(0), Some(minor)) if minor < 12 => Err(StateError::WriterTooOld(version.to_owned())),
        (Some(_), Some(_)) => Ok(()),
        _ => Err(StateError::Writer(version.chars().take(40).collect())),
    }
}

/// What is kept of the resources.
#[derive(Default)]
struct Gathered {
    instances: Vec<Instance>,
    data_sources: usize,
    other_providers: BTreeMap<String, usize>,
    seen: HashSet<(String, Option<String>)>,
    /// The first thing that is wrong with an instance.
    wrong: Option<StateError>,
}

#[derive(Deserialize)]
struct Resource {
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    resource_type: String,
    name: String,
    provider: Option<String>,
    instances: Option<Vec<Object>>,
}

#[derive(Deserialize)]
struct Object {
    index_key: Option<Value>,
    status: Option<String>,
    deposed: Option<String>,
    attributes: Option<Map<String, Value>>,
    attributes_flat: Option<Map<String, Value>>,
    sensitive_attributes: Option<Value>,
    identity: Option<Value>,
    dependencies: Option<Vec<String>>,
    /// OpenTofu: where each instance has a provider of its own, it is here instead of at the resource.
    instance_provider: Option<String>,
}

impl Gathered {
    fn add(&mut self, resource: Resource, wanted: &Wanted) {
        let instances = resource.instances.into_iter().flatten();
        if resource.mode != "managed" {
            self.data_sources += instances.count();
            return;
        }
        let module = resource.module.as_deref().unwrap_or("");
        for object in instances {
            let resource_type = resource.resource_type.as_str();
            let Some(address) = address::of(module, resource_type, &resource.name, object.index_key.as_ref()) else {
                let address = format!("{resource_type}.{}", resource.name);
                self.wrong.get_or_insert(StateError::Key(address));
                continue;
            };
            let deposed = object.deposed.clone().filter(|key| !key.is_empty());
            if !self.seen.insert((address.clone(), deposed)) {
                self.wrong.get_or_insert(StateError::Duplicate(address));
                continue;
            }
            let config = object.instance_provider.as_deref().or(resource.provider.as_deref()).unwrap_or("");
            let provider = Provider::parse(config, resource_type);
            if provider.name == AWS {
                self.instances.push(object.into_instance(address, resource_type, provider, wanted));
            } else {
                *self.other_providers.entry(provider.name).or_default() += 1;
            }
        }
    }
}

impl Object {
    fn into_instance(self, address: String, resource_type: &str, provider: Provider, wanted: &Wanted) -> Instance {
        let mut attributes = match (self.attributes, self.attributes_flat) {
            (Some(attributes), _) => Value::Object(attributes),
            (None, Some(flat)) => flat::unflatten(&flat),
            // Odd, and Terraform takes it for an object that says nothing.
            (None, None) => Value::Object(Map::new()),
        };
        secrets::hide(&mut attributes, resource_type);
        sensitive::hide(&mut attributes, self.sensitive_attributes.as_ref().unwrap_or(&Value::Null));
        let mut instance = Instance {
            address,
            resource_type: resource_type.to_owned(),
            provider,
            attributes,
            identity: self.identity.filter(|identity| !identity.is_null()),
            place: Place::default(),
            deposed: self.deposed.filter(|key| !key.is_empty()),
            is_tainted: self.status.as_deref() == Some("tainted"),
            dependencies: self.dependencies.into_iter().flatten().collect(),
        };
        instance.place = place::of(&instance);
        if let Value::Object(members) = std::mem::take(&mut instance.attributes) {
            // Collected anew: what is left out is to leave no room behind.
            instance.attributes = members.into_iter().filter(|(name, _)| wanted(resource_type, name)).collect::<Map<_, _>>().into();
        }
        instance
    }
}

/// Reads a document.
struct Whole<'w>(&'w Wanted<'w>);

impl<'de> DeserializeSeed<'de> for Whole<'_> {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "version" => document.version = members.next_value()?,
                "terraform_version" => document.terraform_version = members.next_value()?,
                "serial" => document.serial = members.next_value()?,
                "lineage" => document.lineage = members.next_value()?,
                "resources" => document.resources = Some(members.next_value_seed(Resources(self.0))?),
                _ => members.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(document)
    }
}

/// Reads the list of resources, one after the other.
struct Resources<'w>(&'w Wanted<'w>);

impl<'de> DeserializeSeed<'de> for Resources<'_> {
    type Value = Gathered;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Gathered, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Resources<'_> {
    type Value = Gathered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources")
    }

    // Terraform writes an empty list as null in places.
    fn visit_unit<E: de::Error>(self) -> Result<Gathered, E> {
        Ok(Gathered::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut resources: A) -> Result<Gathered, A::Error> {
        let mut gathered = Gathered::default();
        while let Some(resource) = resources.next_element::<Resource>()? {
            gathered.add(resource, self.0);
        }
        Ok(gathered)
    }
}
