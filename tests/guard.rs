//! The guard, by trying: a real client, a real socket, and calls that nobody declared, or that write.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::error::DisplayErrorContext;
use aws_types::SdkConfig;
use aws_types::region::Region;
use driftlead::aws::{Call, Class, Cx, Limiter, Reader, Run, Scope, Session, Share, Unread, http};
use driftlead::inventory::{Snapshot, Time, Writer};
use driftlead::services::ec2::EC2;
use rusqlite::Connection;
use tokio::sync::watch;

static DESCRIBE: Call = Call { api: EC2, action: "DescribeVpcs", permission: "ec2:DescribeVpcs", class: Class::Read };
static DELETE: Call = Call { api: EC2, action: "DeleteVpc", permission: "ec2:DeleteVpc", class: Class::Read };
static PASSWORD: Call = Call { api: EC2, action: "GetPasswordData", permission: "ec2:GetPasswordData", class: Class::Read };

/// Declares more than a reader of ours ever would.
static GREEDY: Reader = Reader {
    name: "test/greedy",
    scope: Scope::Regional,
    tables: &[],
    calls: &[&DESCRIBE, &DELETE, &PASSWORD],
    needs: &[],
    read: |_| Box::pin(async { Ok(()) }),
};
static MODEST: Reader = Reader { name: "test/modest", calls: &[], ..GREEDY };

/// An AWS that counts who knocks.
struct Line {
    endpoint: String,
    knocks: Arc<AtomicU32>,
}

impl Line {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let knocks = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&knocks);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let body = "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>";
                let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
            }
        });
        Self { endpoint, knocks }
    }

    fn knocks(&self) -> u32 {
        self.knocks.load(Ordering::SeqCst)
    }

    /// A reader's hand that leads here.
    fn hand(&self, reader: &'static Reader) -> (Cx, Writer) {
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let sdk = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http::client(None).unwrap())
            .build();
        let session = Session { name: "default".into(), sdk, home_region: "us-east-1".into() };
        let (writer, sink) = Writer::start(Snapshot::create(None, &[], &[]).unwrap(), Vec::new());
        let (_keep, cancelled) = watch::channel(false);
        let clock = Time::from_text("2026-11-22T12:00:00Z".into());
        let run = Run { sink, limiter: Limiter::new(Share::DEFAULT, false), clock, cancelled, deadline: None, calls: AtomicU64::new(0) };
        let site = session.site("111122223333", "aws", "us-east-1", false);
        (Cx::new(Arc::new(run), Arc::new(site), reader), writer)
    }
}

/// How the last call ended, by the ledger.
fn outcome(writer: Writer) -> (String, String) {
    let connection: Connection = writer.finish().unwrap();
    let sql = "select outcome, message from ledger order by id desc limit 1";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[tokio::test]
async fn what_is_declared_and_reads_goes_through() {
    let line = Line::open();
    let (cx, writer) = line.hand(&GREEDY);
    let ec2: aws_sdk_ec2::Client = cx.client();
    cx.call(&DESCRIBE, ec2.describe_vpcs().send()).await.unwrap();
    drop((cx, ec2));
    assert_eq!((line.knocks(), outcome(writer).0.as_str()), (1, "ok"));
}

#[tokio::test]
async fn a_call_outside_of_a_declaration_is_never_sent() {
    let line = Line::open();
    let (cx, _writer) = line.hand(&GREEDY);
    let ec2: aws_sdk_ec2::Client = cx.client();
    let error = ec2.describe_vpcs().send().await.unwrap_err();
    assert!(DisplayErrorContext(error).to_string().contains("refused before it was sent: EC2 DescribeVpcs"));
    let error = ec2.delete_vpc().vpc_id("vpc-1").send().await.unwrap_err();
    assert!(DisplayErrorContext(error).to_string().contains("refused before it was sent: EC2 DeleteVpc"));
    assert_eq!(line.knocks(), 0);
}

#[tokio::test]
async fn another_operation_than_the_declared_one_is_never_sent() {
    let line = Line::open();
    let (cx, writer) = line.hand(&GREEDY);
    let ec2: aws_sdk_ec2::Client = cx.client();
    assert_eq!(cx.call(&DESCRIBE, ec2.delete_vpc().vpc_id("vpc-1").send()).await.unwrap_err(), Unread);
    drop((cx, ec2));
    assert_eq!((line.knocks(), outcome(writer).0.as_str()), (0, "refused"));
}

#[tokio::test]
async fn what_the_reader_does_not_declare_is_never_sent() {
    let line = Line::open();
    let (cx, writer) = line.hand(&MODEST);
    let ec2: aws_sdk_ec2::Client = cx.client();
    assert!(cx.call(&DESCRIBE, ec2.describe_vpcs().send()).await.is_err());
    drop((cx, ec2));
    let (outcome, message) = outcome(writer);
    assert_eq!((line.knocks(), outcome.as_str()), (0, "refused"));
    assert_eq!(message, "test/modest did not declare ec2:DescribeVpcs");
}

#[tokio::test]
async fn what_writes_or_tells_a_secret_is_never_sent_even_if_it_is_declared() {
    for call in [&DELETE, &PASSWORD] {
        let line = Line::open();
        let (cx, writer) = line.hand(&GREEDY);
        let ec2: aws_sdk_ec2::Client = cx.client();
        let failed = match call.action {
            "DeleteVpc" => cx.call(call, ec2.delete_vpc().vpc_id("vpc-1").send()).await.is_err(),
            _ => cx.call(call, ec2.get_password_data().instance_id("i-1").send()).await.is_err(),
        };
        drop((cx, ec2));
        assert!(failed, "{}", call.action);
        let (outcome, message) = outcome(writer);
        assert_eq!((line.knocks(), outcome.as_str()), (0, "refused"), "{}", call.action);
        assert!(message.contains("is not a reading call"), "{message}");
    }
}
