//! For the tests of readers: a scripted AWS, and a snapshot to look at afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use rusqlite::Connection;
use tokio::sync::watch;

use super::call::{Call, Wire};
use super::cx::{Cx, Run, Unread};
use super::errand::{Errand, Warrant};
use super::fault::{Fault, Faulty, error};
use super::guard::InCall;
use super::limiter::{Limiter, Share};
use super::reader::{Reader, Scope};
use super::session::{Session, Timing};
use crate::inventory::{GLOBAL, Snapshot, Table, Time, Writer};

/// The account of tests.
pub const ACCOUNT: &str = "111122223333";

/// The clock of tests.
pub const NOW: &str = "2026-11-22T12:00:00Z";

/// Scripted answers: for an operation, optionally only for requests that contain a text.
#[derive(Debug, Clone, Default)]
pub struct Script {
    answers: Vec<(String, String, Said)>,
    /// Operations that fail from some time on: how often each is answered before.
    ends: Vec<(String, Arc<AtomicUsize>, u16, String)>,
    seeds: Vec<String>,
}

#[derive(Debug, Clone)]
enum Said {
    Body(String),
    Error(u16, String),
    Elsewhere(u16, String, String),
    Header(String, String),
}

impl Script {
    /// An operation's answer. For the XML protocols only what is inside the envelope.
    pub fn on(self, action: &str, body: &str) -> Self {
        self.on_match(action, "", body)
    }

    /// The answer to requests whose path or body contains a text. The first match counts.
    pub fn on_match(mut self, action: &str, containing: &str, body: &str) -> Self {
        self.answers.push((action.to_owned(), containing.to_owned(), Said::Body(body.to_owned())));
        self
    }

    /// The answer to requests that contain a text, told by a header alone.
    pub fn on_head(mut self, action: &str, containing: &str, header: &str, value: &str) -> Self {
        self.answers.push((action.to_owned(), containing.to_owned(), Said::Header(header.to_owned(), value.to_owned())));
        self
    }

    /// An operation that fails.
    pub fn fails(self, action: &str, status: u16, code: &str) -> Self {
        self.fails_match(action, "", status, code)
    }

    /// An operation that fails for requests that contain a text.
    pub fn fails_match(mut self, action: &str, containing: &str, status: u16, code: &str) -> Self {
        self.answers.push((action.to_owned(), containing.to_owned(), Said::Error(status, code.to_owned())));
        self
    }

    /// An operation that fails with all requests that come after so many.
    pub fn fails_after(mut self, action: &str, requests: usize, status: u16, code: &str) -> Self {
        self.ends.push((action.to_owned(), Arc::new(AtomicUsize::new(requests)), status, code.to_owned()));
        self
    }

    /// An operation that fails for requests that contain a text, with the region of the bucket that was asked for.
    pub fn elsewhere(mut self, action: &str, containing: &str, status: u16, code: &str, region: &str) -> Self {
        let said = Said::Elsewhere(status, code.to_owned(), region.to_owned());
        self.answers.push((action.to_owned(), containing.to_owned(), said));
        self
    }

    /// A row that is there already, of a table that the reader needs: `seed("aws_vpc (arn, vpc_id)", "'a', 'vpc-1'")`.
    pub fn seed(mut self, table_and_columns: &str, values: &str) -> Self {
        self.seeds.push(format!("insert into {table_and_columns} values ({values})"));
        self
    }

    /// These answers first, then another script's.
    pub fn followed_by(mut self, other: Self) -> Self {
        self.answers.extend(other.answers);
        self.ends.extend(other.ends);
        self.seeds.extend(other.seeds);
        self
    }

    /// Runs a reader against the script.
    pub async fn read(&self, reader: &'static Reader) -> Read {
        run(reader, SharedHttpClient::new(self.clone()), &self.seeds).await
    }

    /// Runs a reader with one operation going wrong.
    pub async fn read_with(&self, reader: &'static Reader, call: &'static Call, fault: Fault) -> Read {
        let faulty = Faulty::new(SharedHttpClient::new(self.clone()), call.api.id, call.action, fault);
        run(reader, SharedHttpClient::new(faulty), &self.seeds).await
    }

    /// Sends an errand to the script: what it brings back, and its gaps as [`Read::gaps`] has them.
    pub async fn send<Q, A>(&self, errand: &'static Errand<Q, A>, question: Q) -> (Result<A, Unread>, Vec<Lost>) {
        send(errand, question, SharedHttpClient::new(self.clone())).await
    }

    /// Sends an errand with one operation going wrong.
    pub async fn send_faulty<Q, A>(
        &self,
        errand: &'static Errand<Q, A>,
        question: Q,
        call: &'static Call,
        fault: Fault,
    ) -> (Result<A, Unread>, Vec<Lost>) {
        let faulty = Faulty::new(SharedHttpClient::new(self.clone()), call.api.id, call.action, fault);
        send(errand, question, SharedHttpClient::new(faulty)).await
    }

    /// The four answers that every listing reader must stand: normal, empty, denied, paged (and cut).
    ///
    /// `empty` is the body of the empty list; `rows` how many rows of the reader's first table the normal answer makes.
    pub async fn four_answers(self, reader: &'static Reader, list: &'static Call, empty: &str, rows: usize) {
        let table = reader.tables[0].name;
        let normal = self.read(reader).await;
        assert_eq!(normal.count(table), rows, "normal: {:?}", normal.gaps());
        assert!(normal.is_complete, "normal: {:?}", normal.gaps());

        let mut without = self.clone();
        without.answers.retain(|(action, _, _)| action != list.action);
        let nothing = without.on(list.action, empty).read(reader).await;
        assert_eq!((nothing.count(table), nothing.is_complete), (0, true), "empty: {:?}", nothing.gaps());

        let denied = self.read_with(reader, list, Fault::Denied).await;
        assert_eq!((denied.count(table), denied.is_complete), (0, false));
        for table in reader.tables {
            let expected = (table.name.to_owned(), String::new(), list.permission.to_owned(), "denied".to_owned());
            assert!(denied.gaps().contains(&expected), "denied: {:?}", denied.gaps());
        }

        let cut = self.read_with(reader, list, Fault::CutAfterFirstPage).await;
        assert_eq!(cut.count(table), rows, "what the first page told is kept");
        assert!(!cut.is_complete, "{} does not ask for the second page of {}", reader.name, list.action);
    }
}

/// What a reader did.
#[derive(Debug)]
pub struct Read {
    connection: Connection,
    /// Whether it came to the end.
    pub is_complete: bool,
}

impl Read {
    /// How many rows a table has.
    pub fn count(&self, table: &str) -> usize {
        let sql = format!("select count(*) from {table}");
        self.connection.query_row(&sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    }

    /// One value as text; NULL is `unread`.
    pub fn one(&self, sql: &str) -> String {
        let all = self.all(sql);
        assert_eq!(all.len(), 1, "{sql}: {all:?}");
        all.into_iter().next().unwrap()
    }

    /// All rows as texts, columns joined by `|`; NULL is `unread`.
    pub fn all(&self, sql: &str) -> Vec<String> {
        let mut statement = self.connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let text = |value: rusqlite::types::Value| match value {
            rusqlite::types::Value::Null => "unread".to_owned(),
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Real(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Blob(_) => "blob".to_owned(),
        };
        let rows = statement.query_map([], |row| (0..columns).map(|i| row.get(i).map(text)).collect::<Result<Vec<_>, _>>());
        rows.unwrap().map(|row| row.unwrap().join("|")).collect()
    }

    /// The gaps as (table, resource, action, outcome).
    pub fn gaps(&self) -> Vec<Lost> {
        lost(&self.connection)
    }
}

/// A gap as (table, resource, action, outcome).
pub type Lost = (String, String, String, String);

fn lost(connection: &Connection) -> Vec<Lost> {
    let sql = "select table_name, resource, action, outcome from gap order by id";
    let mut statement = connection.prepare(sql).unwrap();
    let gap = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    statement.query_map([], gap).unwrap().map(Result::unwrap).collect()
}

/// A hand at the account of tests, and the writer behind it.
fn hand(connection: Connection, tables: &[&Table], region: &str, warrant: impl Into<Warrant>, http: &SharedHttpClient) -> (Cx, Writer) {
    let (writer, sink) = Writer::start(connection, tables.iter().map(|table| (table.name, table.insert())).collect());
    let (_keep, cancelled) = watch::channel(false);
    let clock = Time::from_text(NOW.to_owned());
    let run = Run { sink, limiter: Limiter::new(Share::DEFAULT, true), clock, cancelled, deadline: None, calls: AtomicU64::new(0) };
    let site = Session::replay("default", "us-east-1", http, &Timing::REPLAY).site(ACCOUNT, "aws", region, false);
    (Cx::new(Arc::new(run), Arc::new(site), warrant), writer)
}

async fn send<Q, A>(errand: &'static Errand<Q, A>, question: Q, http: SharedHttpClient) -> (Result<A, Unread>, Vec<Lost>) {
    let connection = Snapshot::create(None, &[], &[]).unwrap();
    let (cx, writer) = hand(connection, &[], GLOBAL, errand.warrant, &http);
    let told = (errand.run)(cx, question).await;
    (told, lost(&writer.finish().unwrap()))
}

async fn run(reader: &'static Reader, http: SharedHttpClient, seeds: &[String]) -> Read {
    let connection = Snapshot::create(None, reader.tables, &[]).unwrap();
    for table in reader.needs {
        connection.execute_batch(&table.ddl(true)).unwrap();
    }
    for seed in seeds {
        connection.execute_batch(seed).unwrap();
    }
    let region = if reader.scope == Scope::Global { GLOBAL } else { "us-east-1" };
    let (cx, writer) = hand(connection, reader.tables, region, reader, &http);
    let result = (reader.read)(cx.clone()).await;
    let is_complete = result.is_ok() && cx.is_complete();
    drop(cx);
    Read { connection: writer.finish().unwrap(), is_complete }
}

impl HttpClient for Script {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = request.extension::<Arc<InCall>>().unwrap().call;
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or(b"")).into_owned();
        let text = format!("{} {body}", request.uri());
        let is_head = request.method() == "HEAD";
        let left = |count: &AtomicUsize| count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        if let Some((.., status, code)) = self.ends.iter().find(|(action, count, ..)| action == call.action && left(count).is_err()) {
            return HttpConnectorFuture::ready(error(call, code, "scripted", *status, is_head));
        }
        let said = self.answers.iter().find(|(action, containing, _)| action == call.action && text.contains(containing.as_str()));
        HttpConnectorFuture::ready(match said {
            Some((_, _, Said::Body(body))) => {
                let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(envelope(call, body)));
                // An answer to HEAD is its headers, one a line.
                for (name, value) in body.lines().filter(|_| is_head).filter_map(|line| line.split_once(": ")) {
                    response.headers_mut().insert(name.to_owned(), value.to_owned());
                }
                if call.api.wire == Wire::RpcCbor {
                    response.headers_mut().insert("smithy-protocol", "rpc-v2-cbor");
                }
                Ok(response)
            }
            Some((_, _, Said::Header(header, value))) => {
                let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
                response.headers_mut().insert(header.clone(), value.clone());
                Ok(response)
            }
            Some((_, _, Said::Error(status, code))) => error(call, code, "scripted", *status, is_head),
            Some((_, _, Said::Elsewhere(status, code, region))) => error(call, code, "scripted", *status, is_head).map(|mut response| {
                response.headers_mut().insert("x-amz-bucket-region", region.clone());
                response
            }),
            None => panic!("the script has no answer for {} {text}", call.action),
        })
    }
}

fn envelope(call: &Call, body: &str) -> Vec<u8> {
    let action = call.action;
    match call.api.wire {
        Wire::Ec2Query => {
            format!("<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">{body}</{action}Response>").into_bytes()
        }
        Wire::AwsQuery => format!("<{action}Response><{action}Result>{body}</{action}Result></{action}Response>").into_bytes(),
        Wire::RpcCbor => cbor_from_json(&serde_json::from_str(body).unwrap()),
        _ => body.as_bytes().to_vec(),
    }
}

/// JSON as CBOR: what CloudWatch's answers need. A number under a key ending in `Timestamps` is a moment (tag 1), under
/// that of a count a whole one, elsewhere a real one.
fn cbor_from_json(value: &serde_json::Value) -> Vec<u8> {
    use serde_json::Value;
    let head = |major: u8, length: usize| match length {
        short @ 0..=23 => vec![major << 5 | short as u8],
        longer => [vec![major << 5 | 25], (longer as u16).to_be_bytes().to_vec()].concat(),
    };
    match value {
        Value::Null => vec![0xf6],
        Value::Bool(no) if !no => vec![0xf4],
        Value::Bool(_) => vec![0xf5],
        Value::Number(number) => [vec![0xfb], number.as_f64().unwrap().to_be_bytes().to_vec()].concat(),
        Value::String(text) => [head(3, text.len()), text.as_bytes().to_vec()].concat(),
        Value::Array(items) => [head(4, items.len()), items.iter().flat_map(cbor_from_json).collect()].concat(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                let value = match (name.as_str(), value.as_u64()) {
                    ("Timestamps" | "Timestamp", _) => cbor_moments(value),
                    ("Period" | "EvaluationPeriods" | "DatapointsToAlarm", Some(whole)) => head(0, whole as usize),
                    _ => cbor_from_json(value),
                };
                [head(3, name.len()), name.as_bytes().to_vec(), value].concat()
            };
            [head(5, members.len()), members.iter().flat_map(member).collect()].concat()
        }
    }
}

fn cbor_moments(value: &serde_json::Value) -> Vec<u8> {
    match value.as_array() {
        Some(items) => {
            let tagged = items.iter().flat_map(|item| [vec![0xc1], cbor_from_json(item)].concat());
            [vec![4 << 5 | items.len() as u8], tagged.collect()].concat()
        }
        None => [vec![0xc1], cbor_from_json(value)].concat(),
    }
}
