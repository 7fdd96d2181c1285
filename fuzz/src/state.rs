//! A state of Terraform or OpenTofu: no secret that is planted in it is in what is kept of it, and no error tells a value.

use std::collections::HashSet;

use driftlead::declared::state::State;

/// What no output may hold.
const MARKER: &str = "pl4nted-s3cret";
/// Names of attributes that no type has for anything but secrets.
const NAMES: &[&str] = &["password", "master_password", "secret_key", "private_key", "user_data", "auth_token"];

/// Reads it as it is, and with secrets planted.
pub fn run(data: &[u8]) {
    read(data);
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let mut planted = 0;
    for resource in value.get_mut("resources").and_then(|list| list.as_array_mut()).into_iter().flatten() {
        for instance in resource.get_mut("instances").and_then(|list| list.as_array_mut()).into_iter().flatten() {
            let attributes = instance.get_mut("attributes").and_then(|attributes| attributes.as_object_mut());
            for (_, value) in attributes.into_iter().flatten().filter(|(name, value)| NAMES.contains(&name.as_str()) && value.is_string()) {
                *value = MARKER.into();
                planted += 1;
            }
        }
    }
    if planted == 0 || value.to_string().matches(MARKER).count() != planted {
        return;
    }
    let told = match State::parse(value.to_string().as_bytes()) {
        Ok(state) => state.instances.iter().map(|instance| instance.attributes.to_string()).collect::<String>(),
        Err(error) => format!("{error} {error:?}"),
    };
    assert!(!told.contains(MARKER), "a secret came through: {value}");
}

fn read(data: &[u8]) {
    let state = match State::parse(data) {
        Ok(state) => state,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut seen = HashSet::new();
    for instance in &state.instances {
        assert!(seen.insert((&instance.address, &instance.deposed)), "an address stands twice: {}", instance.address);
        assert!(instance.attributes.is_object());
        let _ = (state.place_of(instance), state.region_of(instance));
    }
    // What is wanted is a part of all, and the same.
    let few = State::parse_only(data, &|_, name| name.starts_with('i')).expect("it was read before");
    assert_eq!(few.instances.len(), state.instances.len());
    for (few, all) in few.instances.iter().zip(&state.instances) {
        let few = few.attributes.as_object().expect("an object");
        assert!(few.iter().all(|(name, value)| name.starts_with('i') && all.attributes.get(name) == Some(value)));
    }
}
