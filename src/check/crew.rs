//! Several threads ask one snapshot, each with a connection of its own; verdicts come out in the order of the checks all the same.
//!
//! A thread takes the next check that nobody has taken, and hands its verdicts on in small lots. What waits for its turn is bounded
//! over all checks ([`Room`]), so that memory does not grow with what is found. The check whose turn it is has always been taken, and
//! never waits for room, so nobody waits for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::file::Check;
use super::run::Judge;
use super::selector::Subject;
use super::standing::Standing;
use super::vet::Vetted;
use crate::finding::Finding;
use crate::inventory::Snapshot;

/// Threads at the most: each takes memory for its connection.
const MOST: usize = 4;

/// Verdicts in a lot.
const LOT: usize = 64;

/// Verdicts that may wait for their turn, those of all checks together: some thirty megabytes where they are passes. With fewer of them
/// threads wait for one another wherever a check says more than that.
const WAITING: usize = 32 * 1024;

/// As how many passes, which are only counted, a verdict with its words and receipts counts.
const WEIGHT: usize = 4;

/// A verdict on its way, with what selectors can ask about it besides what it says itself.
struct Told {
    finding: Finding,
    /// Name and tags of what it is about; nothing for a verdict on a whole place.
    about: Option<(Option<String>, Option<String>)>,
}

/// Verdicts of one check.
enum Lot {
    Some(Vec<Told>),
    /// And no more.
    Last(Vec<Told>),
}

impl Lot {
    fn verdicts(&self) -> &[Told] {
        match self {
            Self::Some(verdicts) | Self::Last(verdicts) => verdicts,
        }
    }
}

/// The room for verdicts that wait for their turn.
#[derive(Default)]
struct Room {
    state: Mutex<Waiting>,
    moved: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// The check that is heard now; all have had their turn where nobody listens any more.
    turn: usize,
    /// How much waits.
    held: usize,
}

impl Room {
    fn state(&self) -> MutexGuard<'_, Waiting> {
        // Nothing can panic while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room, or it is this check's turn.
    fn enter(&self, check: usize, weight: usize) {
        let is_full = |state: &mut Waiting| state.held >= WAITING && state.turn < check;
        let mut state = self.moved.wait_while(self.state(), is_full).unwrap_or_else(PoisonError::into_inner);
        state.held += weight;
    }

    /// What waited has been heard.
    fn leave(&self, weight: usize) {
        self.state().held -= weight;
        self.moved.notify_all();
    }

    /// It is this check's turn.
    fn turn(&self, check: usize) {
        self.state().turn = check;
        self.moved.notify_all();
    }
}

/// Lets everybody go on when nobody listens any more, for whatever reason.
struct Listener<'r>(&'r Room);

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.0.turn(usize::MAX);
    }
}

fn weight(lot: &[Told]) -> usize {
    // A pass that is only counted has no words.
    lot.iter().map(|told| if told.finding.message.is_empty() { 1 } else { WEIGHT }).sum()
}

/// Connections for the threads.
pub(super) struct Crew(Vec<Snapshot>);

/// What a verdict is passed on to.
pub(super) type PassOn<'p, E> = dyn FnMut(Finding, &Subject<'_>) -> Result<(), E> + 'p;

impl Judge<'_> {
    /// Who asks this snapshot; nobody besides the judge where it is small, or there is one processor, or no file.
    pub(super) fn crew(&self) -> Option<Crew> {
        let size = std::fs::metadata(&self.snapshot.path).ok()?.len();
        let threads = std::thread::available_parallelism().ok()?.get().min(MOST);
        if size < self.large || (threads < 2 && self.large > 0) {
            return None;
        }
        (0..threads).map(|_| self.snapshot.again()).collect::<Option<_>>().map(Crew)
    }
}

impl Crew {
    /// Asks checks, and passes verdicts on in the checks' order.
    pub(super) fn ask<E>(self, judge: &Judge<'_>, checks: &[&(Check, Vetted)], pass_on: &mut PassOn<'_, E>) -> Result<(), E> {
        let (senders, receivers): (Vec<_>, Vec<_>) = checks.iter().map(|_| channel::<Lot>()).unzip();
        let senders: Vec<Mutex<Option<Sender<Lot>>>> = senders.into_iter().map(|sender| Mutex::new(Some(sender))).collect();
        let (next, room) = (AtomicUsize::new(0), Room::default());
        let (tables, config, with_passes) = (judge.tables, judge.config, judge.with_passes);
        std::thread::scope(|scope| {
            for snapshot in self.0 {
                let (senders, next, room) = (&senders, &next, &room);
                scope.spawn(move || {
                    let standing = || Standing::of(snapshot.connection());
                    let own =
                        standing().map(|standing| Judge { snapshot: &snapshot, standing, tables, config, with_passes, large: u64::MAX });
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some((check, vetted)) = checks.get(at) else { return };
                        let sender = senders[at].lock().unwrap_or_else(PoisonError::into_inner).take();
                        // A sender that is dropped says that nothing will be told.
                        if let (Some(sender), Ok(judge)) = (sender, &own) {
                            tell(judge, check, vetted, &|lot| {
                                room.enter(at, weight(lot.verdicts()));
                                // Nobody listens any more when the run has ended early.
                                let _ = sender.send(lot);
                            });
                        }
                    }
                });
            }
            let listener = Listener(&room);
            let heard = checks.iter().zip(receivers).enumerate().try_for_each(|(at, (asked, lots))| {
                room.turn(at);
                hear(judge, asked, &lots, &room, &mut *pass_on)
            });
            drop(listener);
            // Who is heard no more need not go on.
            next.store(checks.len(), Ordering::Relaxed);
            heard
        })
    }
}

/// Asks one check, and sends its verdicts.
fn tell(judge: &Judge<'_>, check: &Check, vetted: &Vetted, send: &dyn Fn(Lot)) {
    let has_waivers = !judge.config.waivers().is_empty();
    let mut lot = Vec::with_capacity(LOT);
    judge.ask_or_break(check, vetted, &mut |finding, subject| {
        let text = |text: Option<&str>| text.map(str::to_owned);
        // Nothing but waivers asks for more than the verdict itself says.
        let about = subject.arn.filter(|_| has_waivers).map(|_| (text(subject.name), text(subject.tags)));
        lot.push(Told { finding, about });
        if lot.len() == LOT {
            send(Lot::Some(std::mem::replace(&mut lot, Vec::with_capacity(LOT))));
        }
    });
    send(Lot::Last(lot));
}

/// Passes on what is said of one check, in the order in which it was said.
fn hear<E>(
    judge: &Judge<'_>,
    (check, vetted): &(Check, Vetted),
    lots: &Receiver<Lot>,
    room: &Room,
    pass_on: &mut PassOn<'_, E>,
) -> Result<(), E> {
    let mut pass = |told: Told| {
        let finding = &told.finding;
        let (account, region, resource) = (finding.account.clone(), finding.region.clone(), finding.resource.clone());
        let place = Subject { check: Some(&check.id), account: Some(&account), region: Some(&region), ..Subject::default() };
        match &told.about {
            None => pass_on(told.finding, &place),
            Some((name, tags)) => {
                let subject = Subject { arn: Some(&resource), name: name.as_deref(), tags: tags.as_deref(), ..place };
                pass_on(told.finding, &subject)
            }
        }
    };
    let mut is_silent = true;
    loop {
        let lot = lots.recv();
        if let Ok(lot) = &lot {
            room.leave(weight(lot.verdicts()));
        }
        match lot {
            Ok(Lot::Some(lot)) => lot.into_iter().try_for_each(&mut pass)?,
            Ok(Lot::Last(lot)) => return lot.into_iter().try_for_each(&mut pass),
            // The thread could not begin, and said nothing: the judge asks by itself.
            Err(_) if is_silent => break,
            // It panicked on the way, and the scope is about to say so.
            Err(_) => return Ok(()),
        }
        is_silent = false;
    }
    let mut stopped = Ok(());
    judge.ask_or_break(check, vetted, &mut |finding, subject| {
        if stopped.is_ok() {
            stopped = pass_on(finding, subject);
        }
    });
    stopped
}
