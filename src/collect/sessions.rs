//! Opening sessions: live, recorded, or from a recording.

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures_util::future::join_all;

use super::{Around, CollectError, TOOL};
use crate::aws::breaker::Breaker;
use crate::aws::ration::Ration;
use crate::aws::recording::{self, Recorder, Recording, Refusal, Replayer};
use crate::aws::{Base, Identity, Members, Session, Timing};
use crate::services;

/// Whose sessions are wanted.
pub(super) struct Whose<'w> {
    /// The credentials.
    pub(super) identities: &'w [Identity],
    /// Many accounts behind the first of them, instead of its own.
    pub(super) members: Option<&'w Members>,
    /// The regions that are to be read, for the recording's head.
    pub(super) regions: &'w [String],
}

/// The sessions of a run.
pub(super) struct Sessions {
    /// One for each set of credentials; of many accounts behind one set, that one.
    pub(super) all: Vec<Session>,
    /// How the sessions of many accounts are opened when their turn comes.
    pub(super) opener: Opener,
    /// What keeps the answers, if they are to be kept.
    pub(super) recorder: Option<Recorder>,
    /// The first line of a recording of this run.
    pub(super) header: recording::Header,
}

/// Opens sessions that assume roles, one at a time.
pub(super) enum Opener {
    /// With these credentials; `None` when no roles are to be assumed.
    Live(Option<Box<Base>>),
    /// From a recording, which also knows who was refused.
    Replay { replayer: SharedHttpClient, home_region: String, timing: Timing, refused: Vec<Refusal> },
}

impl Opener {
    /// A session that assumes a role. Nothing is called yet.
    pub(super) async fn role(&self, role_arn: &str, external_id: Option<&str>) -> Option<Session> {
        match self {
            Self::Live(base) => match base {
                Some(base) => Some(base.role(role_arn.to_owned(), role_arn, external_id).await),
                None => None,
            },
            Self::Replay { replayer, home_region, timing, .. } => Some(Session::replay(role_arn, home_region, replayer, timing)),
        }
    }

    /// How a session was refused when the recording was made.
    pub(super) fn refusal(&self, session: &str) -> Option<&Refusal> {
        match self {
            Self::Live(_) => None,
            Self::Replay { refused, .. } => refused.iter().find(|one| one.session == session),
        }
    }
}

impl Sessions {
    /// Opens them. Nothing is called yet. The clock of a replay is that of its recording, and its timing the one that is given.
    pub(super) async fn open(
        whose: &Whose<'_>,
        replay: Option<&Recording>,
        is_recorded: bool,
        around: Option<&Around>,
        timing: &Timing,
    ) -> Result<Self, CollectError> {
        let Whose { identities, members, regions } = *whose;
        let timing = if replay.is_some() { timing } else { &Timing::LIVE };
        let wrapped = |client: SharedHttpClient| {
            let client = around.map_or_else(|| client.clone(), |around| around(client.clone()));
            SharedHttpClient::new(Ration::new(SharedHttpClient::new(Breaker::new(client, timing.patience))))
        };
        let (all, opener, recorder) = match replay {
            Some(recording) => {
                let replayer = wrapped(SharedHttpClient::new(Replayer::new(recording.exchanges.clone())));
                let header = &recording.header;
                let all = header.sessions.iter().map(|name| Session::replay(name, &header.home_region, &replayer, timing)).collect();
                let (home_region, refused) = (header.home_region.clone(), header.refused.clone());
                let opener = Opener::Replay { replayer, home_region, timing: *timing, refused };
                (all, opener, None)
            }
            None => {
                // Certificates are many small files; meanwhile the snapshot's tables are laid out.
                let load = || crate::aws::http::client(std::env::var("AWS_CA_BUNDLE").ok().as_deref());
                let loaded = tokio::task::spawn_blocking(load).await;
                let http = loaded.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(CollectError::Certificates)?;
                let recorder = is_recorded.then(|| Recorder::new(http.clone(), services::cloudformation::recorded));
                let answering = recorder.as_ref().map_or_else(|| http.clone(), |recorder| SharedHttpClient::new(recorder.clone()));
                let answering = wrapped(answering);
                match (members, identities.first()) {
                    (Some(_), Some(own)) => {
                        let base = Base::load(own.profile.as_deref(), &http, &answering).await;
                        (vec![base.own(own.name())], Opener::Live(Some(Box::new(base))), recorder)
                    }
                    _ => {
                        let load = identities.iter().map(|identity| Session::load(identity, &http, &answering));
                        (join_all(load).await, Opener::Live(None), recorder)
                    }
                }
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
            members: members.cloned(),
            refused: Vec::new(),
        };
        Ok(Self { all, opener, recorder, header })
    }
}
