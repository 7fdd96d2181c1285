//! The server: a runtime of its own on loopback, and what each request comes to.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::ask::Ask;
use crate::clock;
use crate::counters::{Counters, Tally};
use crate::fault::{Fate, Fault};
use crate::http::{Parsed, Request, Response, head, parse};
use crate::place;
use crate::route::{Route, Scope, route, scope};
use crate::seed;
use crate::services::{self, Action};
use crate::throttle::{Buckets, Throttle, bucket};
use crate::wire::{Body, Refusal, Wire};
use crate::world::World;

/// How far a client's clock may be off, in seconds.
const TOLERANCE: i64 = 300;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    world: World,
    tally: Tally,
    fate: Fate,
    buckets: Buckets,
    start: Instant,
    /// Milliseconds from `start` to the first call, plus one; 0 before it.
    first_call: AtomicU64,
    requests: AtomicU64,
}

impl Server {
    /// Listens on loopback and serves from a thread of its own.
    ///
    /// # Errors
    /// The port is taken, or there is no runtime to be had.
    pub fn start(world: World) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, world.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let mut builder =
            if world.threads > 1 { tokio::runtime::Builder::new_multi_thread() } else { tokio::runtime::Builder::new_current_thread() };
        let runtime = builder.worker_threads(world.threads).enable_all().build()?;
        let shared = Arc::new(Shared {
            tally: Tally::new(world.accounts, place::FIRST_ACCOUNT),
            fate: Fate::new(world.seed, world.faults.clone()),
            buckets: Buckets::default(),
            start: Instant::now(),
            first_call: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            world,
        });
        let (stop, stopped) = oneshot::channel();
        let serving = shared.clone();
        let thread = std::thread::Builder::new().name("synthetic-aws".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, serving) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was counted up to now.
    pub fn counters(&self) -> Counters {
        self.shared.tally.read()
    }

    /// Forgets what was counted, fills the buckets, and lets time begin anew.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// The environment variables with which an SDK is an account, by index.
    pub fn credentials(&self, account: usize) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", format!("AKIA{:012}SYNT", self.shared.world.account(account))),
            ("AWS_SECRET_ACCESS_KEY", "x".to_owned()),
            ("AWS_REGION", place::REGIONS[0].0.to_owned()),
        ]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                shared.tally.connection();
                let shared = shared.clone();
                tokio::spawn(async move {
                    // A connection that breaks off is the client's business.
                    let _ = serve(stream, &shared).await;
                });
            }
            // Out of file descriptors: those who are served will give some back.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Ends a request's count when it is answered, or given up.
struct UnderWay<'a>(&'a Tally);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::with_capacity(8 << 10);
    let mut has_continued = false;
    loop {
        match parse(&bytes) {
            Parsed::Whole(request, taken) => {
                bytes.drain(..taken);
                has_continued = false;
                let is_last = request.is_last;
                // What was broken on purpose must not end in order: dropped with no linger, the connection is reset.
                if !exchange(&mut stream, shared, &request).await? {
                    return Ok(());
                }
                if is_last {
                    return stream.shutdown().await;
                }
            }
            Parsed::Partial(expects) => {
                if expects && !has_continued {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                    has_continued = true;
                }
                if stream.read_buf(&mut bytes).await? == 0 {
                    return Ok(());
                }
            }
            Parsed::Wrong(why) => {
                let answer = format!("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{why}", why.len());
                stream.write_all(answer.as_bytes()).await?;
                return stream.shutdown().await;
            }
        }
    }
}

/// What a request comes to.
struct Outcome {
    wire: Wire,
    body: Body,
    fault: Option<Fault>,
    hangs: bool,
}

/// Answers a request; whether the connection may go on.
async fn exchange(stream: &mut TcpStream, shared: &Shared, request: &Request) -> std::io::Result<bool> {
    if request.path.starts_with("/_synthetic/") {
        let (status, text) = shared.own(request);
        let response = Response { status, content_type: "application/json", headers: Vec::new(), body: text.into_bytes(), is_head: false };
        send(stream, &response, "synthetic", clock::now()).await?;
        return Ok(true);
    }
    shared.tally.begin();
    let _under_way = UnderWay(&shared.tally);
    let request_id = shared.request_id();
    let now = clock::now() + shared.world.faults.skew.unwrap_or(0);
    let outcome = shared.outcome(request, &request_id, now);
    if outcome.hangs {
        // Until the client gives up: nothing is ever written.
        let mut nothing = [0; 1024];
        while stream.read(&mut nothing).await? > 0 {}
        return Ok(false);
    }
    if shared.world.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(shared.world.latency_ms)).await;
    }
    let Outcome { wire, mut body, fault, .. } = outcome;
    let mut headers = std::mem::take(&mut body.headers);
    if wire == Wire::RpcCbor {
        headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
    }
    let is_head = request.method == "HEAD";
    let mut response = Response { status: body.status, content_type: wire.content_type(), headers, body: body.into_bytes(), is_head };
    match fault {
        Some(Fault::Reset | Fault::Truncated | Fault::Slow) => {
            shared.tally.error();
            let fault = fault.unwrap_or(Fault::Reset);
            return broken(stream, &response, &request_id, now, fault).await;
        }
        Some(Fault::Malformed) => {
            shared.tally.error();
            garble(&mut response.body);
        }
        _ => {}
    }
    send(stream, &response, &request_id, now).await?;
    Ok(true)
}

/// A body cut where it hurts, its length honest.
fn garble(body: &mut Vec<u8>) {
    let half = body.len() / 2;
    body.truncate(half);
    body.extend_from_slice(b"\xff\xfe<not [what \"it {was");
}

async fn send(stream: &mut TcpStream, response: &Response, request_id: &str, now: i64) -> std::io::Result<()> {
    let mut bytes = head(response, request_id, now);
    if !response.is_head {
        bytes.extend_from_slice(&response.body);
    }
    stream.write_all(&bytes).await
}

/// Sends half a body and breaks the connection, or sends all of it a byte a second.
async fn broken(stream: &mut TcpStream, response: &Response, request_id: &str, now: i64, fault: Fault) -> std::io::Result<bool> {
    let mut bytes = head(response, request_id, now);
    let head_len = bytes.len();
    if !response.is_head {
        bytes.extend_from_slice(&response.body);
    }
    if fault == Fault::Slow {
        for byte in &bytes {
            stream.write_all(&[*byte]).await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        return Ok(true);
    }
    let end = if bytes.len() > head_len { head_len + (bytes.len() - head_len) / 2 } else { head_len / 2 };
    stream.write_all(&bytes[..end]).await?;
    if fault == Fault::Reset {
        // The half must be on its way before the reset overtakes it.
        tokio::time::sleep(Duration::from_millis(1)).await;
        stream.set_zero_linger()?;
    }
    Ok(false)
}

impl Shared {
    fn reset(&self) {
        self.tally.reset();
        self.buckets.fill();
        self.fate.reset();
        self.first_call.store(0, Relaxed);
    }

    /// The server's own pages.
    fn own(&self, request: &Request) -> (u16, String) {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/_synthetic/counters") => match serde_json::to_string(&self.tally.read()) {
                Ok(text) => (200, text),
                Err(error) => (500, format!("{{\"error\":\"{error}\"}}")),
            },
            ("POST", "/_synthetic/reset") => {
                self.reset();
                (200, "{}".to_owned())
            }
            _ => (404, "{\"error\":\"GET /_synthetic/counters, POST /_synthetic/reset\"}".to_owned()),
        }
    }

    fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Relaxed);
        format!("{:08x}-5a7e-4c0d-8a11-{number:012x}", self.world.seed as u32)
    }

    fn outcome(&self, request: &Request, request_id: &str, now: i64) -> Outcome {
        let scope = scope(request);
        let hangs = self.world.hang_regions.contains(&scope.region);
        let done = |wire: Wire, body: Body, fault: Option<Fault>| Outcome { wire, body, fault, hangs };
        let (action, wire, labels) = match route(request, &scope) {
            Route::Known(action, wire, labels) => (action, wire, labels),
            Route::Unknown(name, wire) => {
                let refusal = Refusal::unknown(wire, &name);
                self.tally.unknown(name);
                self.tally.error();
                return done(wire, refusal.body(wire, request_id), None);
            }
        };
        let account = scope.account.and_then(|account| self.world.account_index(account));
        self.tally.of(action.index, account);
        if hangs {
            return done(wire, Body::new(wire.format()), None);
        }
        let refuse = |refusal: Refusal| {
            self.tally.error();
            done(wire, refusal.body(wire, request_id), None)
        };
        let throttle = || {
            self.tally.throttled(action.index, account);
            done(wire, Refusal::throttled(wire, action.service.name).body(wire, request_id), None)
        };
        let Some(account_number) = scope.account.filter(|_| account.is_some()) else { return refuse(Refusal::nobody(wire)) };
        if let Some(refusal) = self.stopped(request, wire, now) {
            return refuse(refusal);
        }
        let region = place::region(&scope.region).unwrap_or(0);
        let mut ask = Ask::new(&self.world, account_number, region, &scope.key, request, action, wire);
        ask.labels = labels;
        ask.now = now;
        if self.is_denied(action) {
            return refuse(Refusal::denied(wire, &ask.account, &format!("{}:{}", action.service.name, action.name)));
        }
        let fault = if self.fate.is_kind() { None } else { self.fate.draw(fingerprint(request, &scope)) };
        match fault {
            Some(Fault::Throttle) => return throttle(),
            Some(Fault::Internal) => return refuse(Refusal::internal(wire)),
            _ => {}
        }
        if !self.has_token(&ask, action, account_number) {
            return throttle();
        }
        match services::answer(&ask, request_id) {
            Ok(body) => done(wire, body, fault),
            Err(refusal) => {
                self.tally.error();
                done(wire, refusal.body(wire, request_id), fault)
            }
        }
    }

    /// What stops every call alike: credentials that are expired, a clock that is off.
    fn stopped(&self, request: &Request, wire: Wire, now: i64) -> Option<Refusal> {
        if let Some(limit) = self.world.faults.expired_after {
            let elapsed = self.start.elapsed().as_millis() as u64 + 1;
            let first = match self.first_call.compare_exchange(0, elapsed, Relaxed, Relaxed) {
                Ok(_) => elapsed,
                Err(first) => first,
            };
            if elapsed.saturating_sub(first) as f64 >= limit * 1_000.0 {
                return Some(Refusal::expired(wire));
            }
        }
        self.world.faults.skew?;
        let signed = request.header("x-amz-date").and_then(clock::of_amz_date)?;
        ((signed - now).abs() > TOLERANCE).then(|| Refusal::skewed(wire))
    }

    fn is_denied(&self, action: &Action) -> bool {
        let is_meant = |denied: &String| match denied.split_once([':', '.']) {
            Some((service, name)) => service == action.service.name && name == action.name,
            None => denied == action.name,
        };
        self.world.deny.iter().any(is_meant)
    }

    fn has_token(&self, ask: &Ask<'_>, action: &Action, account: u64) -> bool {
        let Throttle::Aws { scale } = self.world.throttle else { return true };
        let (bucket, is_global) = bucket(action.service.name, action.name, ask.is_unpaged());
        let region = if is_global { u64::MAX } else { ask.region as u64 };
        self.buckets.take(&[account, region, action.index as u64], bucket, scale)
    }
}

/// A number for a request that is the same when it is asked again.
fn fingerprint(request: &Request, scope: &Scope) -> u64 {
    let parts = [&request.path, &request.query, &scope.region].map(|part| seed::of_bytes(part.as_bytes()));
    let target = request.header("x-amz-target").map_or(0, |target| seed::of_bytes(target.as_bytes()));
    seed::mix(&[parts[0], parts[1], parts[2], target, seed::of_bytes(&request.body), scope.account.unwrap_or(0)])
}
