//! Opening sessions: live, recorded, or from a recording.

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures_util::future::join_all;

use super::{Around, CollectError, TOOL};
use crate::aws::recording::{self, Recorder, Recording, Replayer};
use crate::aws::{Identity, Session};
use crate::services;

/// The sessions of a run.
pub(super) struct Sessions {
    /// One for each set of credentials.
    pub(super) all: Vec<Session>,
    /// What keeps the answers, if they are to be kept.
    pub(super) recorder: Option<Recorder>,
    /// The first line of a recording of this run.
    pub(super) header: recording::Header,
}

impl Sessions {
    /// Opens them. Nothing is called yet. The clock of a replay is that of its recording.
    pub(super) async fn open(
        identities: &[Identity],
        regions: &[String],
        replay: Option<&Recording>,
        is_recorded: bool,
        around: Option<&Around>,
    ) -> Result<Self, CollectError> {
        let wrapped = |client: SharedHttpClient| around.map_or_else(|| client.clone(), |around| around(client.clone()));
        let (all, recorder) = match replay {
            Some(recording) => {
                let replayer = wrapped(SharedHttpClient::new(Replayer::new(recording.exchanges.clone())));
                let header = &recording.header;
                (header.sessions.iter().map(|name| Session::replay(name, &header.home_region, &replayer)).collect(), None)
            }
            None => {
                let http = crate::aws::http::client(std::env::var("AWS_CA_BUNDLE").ok().as_deref()).map_err(CollectError::Certificates)?;
                let recorder = is_recorded.then(|| Recorder::new(http.clone(), services::cloudformation::recorded));
                let answering = recorder.as_ref().map_or_else(|| http.clone(), |recorder| SharedHttpClient::new(recorder.clone()));
                let answering = wrapped(answering);
                (join_all(identities.iter().map(|identity| Session::load(identity, &http, &answering))).await, recorder)
            }
        };
        let home = all.first();
        let endpoint = match replay {
            Some(recording) => recording.header.endpoint.clone(),
            None => home.map_or_else(String::new, |session: &Session| session.endpoints(services::apis())),
        };
        let now = jiff::Timestamp::now().as_second();
        let header = recording::Header {
            driftlead_recording: recording::format(),
            tool: TOOL.to_owned(),
            started_at: replay.map_or(now, |recording| recording.header.started_at),
            sessions: all.iter().map(|session| session.name.clone()).collect(),
            regions: regions.to_vec(),
            home_region: home.map_or("", |session| &session.home_region).to_owned(),
            endpoint,
        };
        Ok(Self { all, recorder, header })
    }
}
