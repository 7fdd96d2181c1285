//! One HTTP POST that is tried again where that can help. No part of the address but its host gets into a message.

use std::time::Duration;

use ureq::{Agent, Error, Timeout};

use super::section::Target;

/// How long to wait between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After the first try; after each further one twice as long.
    pub first: Duration,
    /// The longest: of a server that asks for more, nothing more is hoped.
    pub longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) }
    }
}

/// How a try ended that did not succeed.
enum Failure {
    /// Trying again may help; after so long, if the server said so.
    ForNow(String, Option<Duration>),
    /// It cannot.
    ForGood(String),
}

/// Posts JSON.
///
/// # Errors
/// Why it was not taken, in words that name the host only.
pub(super) fn post(target: &Target, body: &[u8], timeout_seconds: u32, retries: u32, pace: Pace) -> Result<(), String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(timeout_seconds.into())))
        .http_status_as_error(false)
        // To another address nobody agreed.
        .max_redirects(0)
        .user_agent(concat!("driftlead/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let host = &target.host;
    let mut wait = pace.first;
    let mut tries = 0;
    loop {
        tries += 1;
        let (why, asked) = match once(&agent, target, body, timeout_seconds) {
            Ok(()) => return Ok(()),
            Err(Failure::ForGood(why)) => return Err(format!("{host} {why}")),
            Err(Failure::ForNow(why, asked)) => (why, asked),
        };
        let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
        if tries > retries {
            return Err(format!("{host} {why} (tried {times})"));
        }
        if let Some(asked) = asked.filter(|asked| *asked > pace.longest) {
            return Err(format!("{host} {why}, and asks to wait {} s (tried {times})", asked.as_secs()));
        }
        std::thread::sleep(asked.unwrap_or(wait).min(pace.longest));
        wait = (wait * 2).min(pace.longest);
    }
}

fn once(agent: &Agent, target: &Target, body: &[u8], timeout_seconds: u32) -> Result<(), Failure> {
    let mut answer = match agent.post(&target.uri).header("content-type", "application/json").send(body) {
        Ok(answer) => answer,
        Err(error) => return Err(failure(&error, timeout_seconds)),
    };
    let status = answer.status().as_u16();
    if answer.status().is_success() {
        return Ok(());
    }
    let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
    // Slack says in a word what is wrong (`invalid_payload`); whatever is no such word is not repeated.
    let word = answer.body_mut().with_config().limit(100).read_to_string().ok();
    let is_word =
        |word: &String| !word.is_empty() && word.len() <= 40 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let word = word.filter(is_word).map_or_else(String::new, |word| format!(" ({word})"));
    let why = format!("answered {status}{word}");
    match status {
        408 | 429 | 500..=599 => Err(Failure::ForNow(why, asked)),
        300..=399 => Err(Failure::ForGood(format!("{why}: it leads elsewhere, and is not followed"))),
        _ => Err(Failure::ForGood(why)),
    }
}

/// What went wrong on the way. ureq's own words may hold the address.
fn failure(error: &Error, timeout_seconds: u32) -> Failure {
    let for_now = |why: String| Failure::ForNow(why, None);
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => for_now("cannot be reached in time".to_owned()),
        Error::Timeout(_) => for_now(format!("did not answer within {timeout_seconds} s")),
        Error::HostNotFound => for_now("is not known to the name server".to_owned()),
        Error::ConnectionFailed => for_now("cannot be reached".to_owned()),
        Error::Io(error) => for_now(format!("cannot be reached: {}", error.kind())),
        Error::Tls(why) => Failure::ForGood(format!("offers no safe connection: {why}")),
        Error::Rustls(error) => Failure::ForGood(format!("offers no safe connection: {error}")),
        Error::Protocol(_) => for_now("answered something that is no HTTP".to_owned()),
        Error::InvalidProxyUrl => Failure::ForGood("cannot be reached: the address of the proxy in the environment is none".to_owned()),
        _ => Failure::ForGood("cannot be posted to".to_owned()),
    }
}
