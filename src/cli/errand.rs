//! Errands for commands: who changed it, and states that lie in S3.

use anyhow::Result;

use super::live::reading;
use super::{Global, Where};
use crate::aws::recording::Recording;
use crate::collect::outing::Trip;
use crate::collect::states::{State, states};
use crate::collect::who::{Forecast, Suspect, Told, who};

/// Asks CloudTrail who changed some resources, with about `most` lookups at the most; one answer a suspect, in their order.
///
/// `replay` answers in AWS's place; without it what `--replay` says, if anything.
pub fn who_did(global: &Global, place: &Where, suspects: &[Suspect], most: usize, replay: Option<Recording>) -> Result<Told> {
    let replay = replay.map_or_else(|| place.recording(), |recording| Ok(Some(recording)))?;
    let identities = if replay.is_some() { Vec::new() } else { place.identities()? };
    let announce = |forecast: Forecast| {
        let Forecast { lookups, seconds } = forecast;
        global.remark(&format!("CloudTrail is asked about {lookups} times, which takes some {seconds} s (two a second are allowed)."));
    };
    let told = reading(global, |cancelled, progress| {
        let trip = Trip { identities, share: place.api_share, record: None, replay, cancelled, progress, around: None };
        who(trip, suspects, most, &announce)
    })??;
    if told.returned.was_cancelled {
        global.remark("Cancelled: who changed what is told as far as it was asked.");
    }
    Ok(told)
}

/// Fetches states from S3, all or none. `region` is where to ask first; '' for the region of the configuration.
pub fn states_in_s3(global: &Global, place: &Where, uris: &[String], region: &str) -> Result<Vec<State>> {
    let replay = place.recording()?;
    let identities = if replay.is_some() { Vec::new() } else { place.identities()? };
    let fetched = reading(global, |cancelled, progress| {
        let trip = Trip { identities, share: place.api_share, record: None, replay, cancelled, progress, around: None };
        states(trip, uris, region)
    })??;
    Ok(fetched)
}
