//! Terraform's and OpenTofu's states: what they say that they manage. Version 4 of the format (Terraform 0.12 and later, OpenTofu).
//!
//! | of a state | read | why not |
//! |---|---|---|
//! | `version`, `terraform_version`, `serial`, `lineage` | yes | |
//! | managed resources of the provider `aws` | yes, every instance by its address (`count`, `for_each`, modules) | |
//! | managed resources of other providers (`awscc`, `random`, …) | counted by provider | driftlead reads AWS, in the words of one provider |
//! | data sources, and modes that are not known | counted | nobody declares them |
//! | `attributes`, `attributes_flat` | yes, without what can be a secret: a hole stands there | |
//! | `sensitive_attributes` | to know what to leave out: it becomes a hole | |
//! | `identity` | to know account and region | |
//! | `dependencies`, `deposed`, `status` | yes | |
//! | `private`, `outputs`, `check_results`, `schema_version` | no | they can hold secrets, or say nothing about AWS |
//!
//! The format is that of `internal/states/statefile/version4.go` of both programs.

mod address;
mod document;
mod error;
mod flat;
mod place;
mod s3;
mod secrets;
mod sensitive;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

pub use address::Provider;
pub use error::StateError;
pub use place::Place;
pub use s3::{S3UrlError, parse_s3_url};

/// Bytes that a state may have. The largest that people tell of are a tenth of it; more is no state, or a device without an end.
const MOST_BYTES: u64 = 1 << 30;

/// A state, as far as it is about AWS.
#[derive(Debug, Clone)]
pub struct State {
    /// The version of Terraform or OpenTofu that wrote it; `None` if the state does not say.
    pub terraform_version: Option<String>,
    /// How often it was written; `None` if the state does not say.
    pub serial: Option<u64>,
    /// What all writings of this one state have in common; `None` if the state does not say (or says '').
    pub lineage: Option<String>,
    /// The managed instances of the provider `aws`, in the order of the state.
    pub instances: Vec<Instance>,
    /// How many instances of data sources there are. They are not kept.
    pub data_sources: usize,
    /// How many managed instances of other providers there are, by provider (`random`, `awscc`). They are not kept.
    pub other_providers: BTreeMap<String, usize>,
    /// Where each configuration of the provider works, by its address.
    places: BTreeMap<String, Place>,
}

/// One managed resource, or one of several made by `count` or `for_each`.
#[derive(Clone)]
pub struct Instance {
    /// As Terraform writes it: `module.network[0].module.zone["a"].aws_subnet.private["x"]`. One state has no address twice, but for
    /// deposed objects.
    pub address: String,
    /// `aws_subnet`.
    pub resource_type: String,
    /// The configuration of the provider that manages it.
    pub provider: Provider,
    /// The attributes, an object. What can be a secret is a hole (`sensitive`), names of environment variables stay. In an instance
    /// that Terraform 0.11 wrote and nobody touched since (`attributes_flat`), numbers and booleans are texts. The texts
    /// `container_definitions`, `container_properties`, `ecs_properties` and `node_properties` are parsed: what they hold is a value.
    pub attributes: Value,
    /// Account, region and id, as provider 6 writes them for some types; `None` if the state does not say.
    pub identity: Option<Value>,
    /// What the instance itself tells of account and region. [`State::place_of`] knows more.
    pub place: Place,
    /// The key of a deposed object: one that was replaced, and could not yet be deleted. It still exists, and is still managed, but it
    /// is not what the configuration wants.
    pub deposed: Option<String>,
    /// Whether it is marked to be replaced at the next apply.
    pub is_tainted: bool,
    /// Addresses of the resources that it depends on, without keys.
    pub dependencies: Vec<String>,
}

/// Values of attributes are nobody's business in a log.
impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.attributes.as_object().map(|members| members.keys().collect::<Vec<_>>());
        f.debug_struct("Instance")
            .field("address", &self.address)
            .field("provider", &self.provider.config)
            .field("deposed", &self.deposed)
            .field("is_tainted", &self.is_tainted)
            .field("attributes", &names)
            .finish_non_exhaustive()
    }
}

impl State {
    /// Reads a state from a file, a pipe or whatever a path leads to.
    pub fn read(path: &Path) -> Result<Self, StateError> {
        Self::read_only(path, &|_, _| true)
    }

    /// As [`Self::read`], but keeps only the attributes that are `wanted`, which is asked with the type (`aws_vpc`) and the name of an
    /// attribute (`cidr_block`): the attributes of a state fill several times the memory that its file has bytes.
    pub fn read_only(path: &Path, wanted: &dyn Fn(&str, &str) -> bool) -> Result<Self, StateError> {
        let failed = |source| StateError::File { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(StateError::TooLarge);
        }
        Self::parse_only(&bytes, wanted)
    }

    /// Reads a state from the bytes of its file. No error tells a value of an attribute.
    pub fn parse(bytes: &[u8]) -> Result<Self, StateError> {
        Self::parse_only(bytes, &|_, _| true)
    }

    /// As [`Self::parse`], but keeps only the attributes that are `wanted`, as [`Self::read_only`] does.
    pub fn parse_only(bytes: &[u8], wanted: &dyn Fn(&str, &str) -> bool) -> Result<Self, StateError> {
        let text = error::plain(bytes)?;
        let document = document::parse(&text, wanted).map_err(|wrong| error::diagnose(&text, &wrong))?;
        let state = document.into_state(&text)?;
        Ok(state.placed())
    }

    /// Account and region of an instance: what it tells itself, or else what all instances of its provider's configuration that tell
    /// it agree on.
    pub fn place_of(&self, instance: &Instance) -> Place {
        let own = instance.place.clone();
        let of_all = self.places.get(&instance.provider.config);
        Place { account_id: own.account_id.or_else(|| of_all?.account_id.clone()), region: own.region.or_else(|| of_all?.region.clone()) }
    }

    /// Account of an instance, as [`Self::place_of`] tells it.
    pub fn account_of(&self, instance: &Instance) -> Option<String> {
        self.place_of(instance).account_id
    }

    /// Region of an instance, as [`Self::place_of`] tells it. What has no region (a role) is given the one of its provider.
    pub fn region_of(&self, instance: &Instance) -> Option<String> {
        self.place_of(instance).region
    }

    /// How many instances there are of each type.
    pub fn types(&self) -> BTreeMap<&str, usize> {
        let mut types = BTreeMap::new();
        for instance in &self.instances {
            *types.entry(instance.resource_type.as_str()).or_default() += 1;
        }
        types
    }

    fn placed(mut self) -> Self {
        self.places = place::agreed(&self.instances);
        self
    }
}

#[cfg(test)]
mod tests;
