//! Credentials that are kept while they are good, for whoever has many roles to assume with them.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use tokio::sync::Mutex;

/// How long before their end they are no longer used.
const MARGIN: Duration = Duration::from_secs(300);

/// A provider that asks another one only when what it told last runs out.
#[derive(Debug)]
pub struct Kept {
    source: SharedCredentialsProvider,
    told: Mutex<Option<Credentials>>,
}

impl Kept {
    /// Keeps what a provider tells.
    pub fn new(source: SharedCredentialsProvider) -> Self {
        Self { source, told: Mutex::new(None) }
    }
}

impl ProvideCredentials for Kept {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            // Whoever comes second waits for the first one's answer.
            let mut told = self.told.lock().await;
            let is_good = |one: &&Credentials| one.expiry().is_none_or(|end| end > SystemTime::now() + MARGIN);
            if let Some(credentials) = told.as_ref().filter(is_good) {
                return Ok(credentials.clone());
            }
            let fresh = self.source.provide_credentials().await?;
            *told = Some(fresh.clone());
            Ok(fresh)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Tells credentials that are good for so long, and counts.
    #[derive(Debug)]
    struct Source(Arc<AtomicU32>, Duration);

    impl ProvideCredentials for Source {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            self.0.fetch_add(1, Ordering::Relaxed);
            let end = SystemTime::now() + self.1;
            future::ProvideCredentials::ready(Ok(Credentials::new("A", "x", None, Some(end), "test")))
        }
    }

    #[tokio::test]
    async fn the_source_is_asked_again_only_when_they_run_out() {
        for (seconds, asked) in [(3600, 1), (60, 3)] {
            let count = Arc::new(AtomicU32::new(0));
            let kept = Kept::new(SharedCredentialsProvider::new(Source(Arc::clone(&count), Duration::from_secs(seconds))));
            for _ in 0..3 {
                kept.provide_credentials().await.unwrap();
            }
            assert_eq!(count.load(Ordering::Relaxed), asked, "good for {seconds} s");
        }
    }
}
