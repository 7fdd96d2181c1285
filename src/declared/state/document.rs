//! The JSON of a state, resource by resource: what is not wanted is let go as soon as it was read, so that a large state needs little
//! more memory than what is kept of it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

use super::address::{self, Provider};
use super::error::{StateError, diagnose_version};
use super::{Instance, State, flat, secrets, sensitive};

/// The provider that is read.
const AWS: &str = "aws";

/// A state as it was read, its version not yet looked at.
#[derive(Deserialize)]
pub(super) struct Document {
    version: Option<u64>,
    terraform_version: Option<String>,
    serial: Option<u64>,
    lineage: Option<String>,
    /// `None`: there is no such member. Terraform always writes it.
    #[serde(default, deserialize_with = "gather")]
    resources: Option<Gathered>,
}

/// Reads the JSON.
pub(super) fn parse(text: &[u8]) -> Result<Document, serde_json::Error> {
    serde_json::from_slice(text)
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
    fn add(&mut self, resource: Resource) {
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
            if !self.seen.insert((address.clone(), object.deposed.clone())) {
                self.wrong.get_or_insert(StateError::Duplicate(address));
                continue;
            }
            let config = object.instance_provider.as_deref().or(resource.provider.as_deref()).unwrap_or("");
            let provider = Provider::parse(config, resource_type);
            if provider.name == AWS {
                self.instances.push(object.into_instance(address, resource_type, provider));
            } else {
                *self.other_providers.entry(provider.name).or_default() += 1;
            }
        }
    }
}

impl Object {
    fn into_instance(self, address: String, resource_type: &str, provider: Provider) -> Instance {
        let mut attributes = match (self.attributes, self.attributes_flat) {
            (Some(attributes), _) => Value::Object(attributes),
            (None, Some(flat)) => flat::unflatten(&flat),
            // Odd, and Terraform takes it for an object that says nothing.
            (None, None) => Value::Object(Map::new()),
        };
        secrets::hide(&mut attributes, resource_type);
        sensitive::hide(&mut attributes, self.sensitive_attributes.as_ref().unwrap_or(&Value::Null));
        Instance {
            address,
            resource_type: resource_type.to_owned(),
            provider,
            attributes,
            identity: self.identity.filter(|identity| !identity.is_null()),
            deposed: self.deposed.filter(|key| !key.is_empty()),
            is_tainted: self.status.as_deref() == Some("tainted"),
            dependencies: self.dependencies.into_iter().flatten().collect(),
        }
    }
}

/// Reads the list of resources, one after the other.
fn gather<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Gathered>, D::Error> {
    struct All;
    impl<'de> Visitor<'de> for All {
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
                gathered.add(resource);
            }
            Ok(gathered)
        }
    }
    deserializer.deserialize_any(All).map(Some)
}
