//! DynamoDB and S3 as ministack, an emulator of others, serves them; and something in between that lets requests fail.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use collect::{Identity, Target};
use serde_json::{Value, json};
use store::Aws;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::programs::{scrub, tool};

/// An emulator that listens on loopback, until the last test that uses it has ended.
pub struct Emulator {
    process: Mutex<Child>,
    port: u16,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = process.kill();
        let _ = process.wait();
    }
}

impl Emulator {
    /// The emulator that other tests use at this moment, or one of its own. Where it is not installed, the test that asks
    /// is left out, and said to be.
    pub async fn shared() -> Option<Arc<Emulator>> {
        static SHARED: tokio::sync::Mutex<Weak<Emulator>> = tokio::sync::Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let started = Arc::new(Emulator::start().await?);
        *shared = Arc::downgrade(&started);
        Some(started)
    }

    async fn start() -> Option<Emulator> {
        let program = tool("ministack")?;
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.expect("loopback has a free port").port();
        let mut command = Command::new(program);
        scrub(&mut command);
        command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = Mutex::new(command.spawn().expect("ministack can be run"));
        let emulator = Emulator { process, port };
        for _ in 0..600 {
            if send(port, "GET /_ministack/health", "s3", &[], "").await.is_ok_and(|answer| answer.0 == 200) {
                return Some(emulator);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("ministack does not answer within a minute");
    }

    /// An empty table and an empty bucket, as the service has them.
    pub async fn backend(&self) -> Aws {
        self.backend_at(self.port, &self.table().await).await
    }

    /// Makes a table and a bucket of the same name.
    pub async fn table(&self) -> String {
        static TABLES: AtomicU32 = AtomicU32::new(0);
        let name = format!("findings-{}", TABLES.fetch_add(1, Ordering::Relaxed));
        let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
        let key = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
        let table = json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("partition"), attribute("sort"), attribute("fingerprint")],
            "KeySchema": [key("partition", "HASH"), key("sort", "RANGE")],
            "GlobalSecondaryIndexes": [{ "IndexName": "fingerprint", "KeySchema": [key("fingerprint", "HASH")],
                                         "Projection": { "ProjectionType": "KEYS_ONLY" } }],
        });
        let headers =
            [("x-amz-target", "DynamoDB_20120810.CreateTable"), ("content-type", "application/x-amz-json-1.0")];
        let made =
            send(self.port, "POST /", "dynamodb", &headers, &table.to_string()).await.expect("ministack answers");
        assert_eq!(made.0, 200, "{}", made.1);
        let place =
            "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
        let made = send(self.port, &format!("PUT /{name}"), "s3", &[], place).await.expect("ministack answers");
        assert_eq!(made.0, 200, "{}", made.1);
        name
    }

    /// A table and a bucket of this name, at a port: the emulator's own, or a [`Fault`]'s.
    pub async fn backend_at(&self, port: u16, name: &str) -> Aws {
        let target = Target {
            identity: Identity::Nobody,
            endpoint_url: Some(format!("http://127.0.0.1:{port}")),
            regions: vec!["eu-west-1".to_owned()],
            account_id: None,
            quota_share: None,
            tap: None,
        };
        let (config, connector) = collect::other_clients(&target).await;
        Aws::new(&config, connector, name, name)
    }

    /// A call of a service that speaks JSON, by the header `X-Amz-Target`, and its answer.
    pub async fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let version = if service == "sqs" { "1.0" } else { "1.1" };
        let content_type = format!("application/x-amz-json-{version}");
        let headers = [("x-amz-target", target), ("content-type", content_type.as_str())];
        let answer = send(self.port, "POST /", service, &headers, &body.to_string()).await.expect("ministack answers");
        assert_eq!(answer.0, 200, "{target}: {}", answer.1);
        let (_, body) = answer.1.split_once("\r\n\r\n").expect("an answer has a head");
        if body.trim().is_empty() { Value::Null } else { serde_json::from_str(body).expect("an answer is JSON") }
    }

    /// A call of SNS, by the fields of its form, and its answer in XML.
    pub async fn sns(&self, fields: &[(&str, &str)]) -> String {
        let form = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(':', "%3A")));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let form = form.collect::<Vec<_>>().join("&");
        let answer = send(self.port, "POST /", "sns", &headers, &form).await.expect("ministack answers");
        assert_eq!(answer.0, 200, "{form}: {}", answer.1);
        answer.1
    }

    /// Makes something of API Gateway's in an account: `POST /restapis`. Comes back with its id.
    pub async fn make(&self, account_id: &str, path: &str, body: &Value) -> String {
        let headers = [("content-type", "application/json")];
        let (line, body) = (format!("POST {path}"), body.to_string());
        let made = send_as(account_id, self.port, &line, "apigateway", &headers, &body).await;
        let (status, answer) = made.expect("ministack answers");
        assert!(status < 300, "{path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let made: Value = serde_json::from_str(body).expect("an answer is JSON");
        made["id"].as_str().expect("what was made has an id").to_owned()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A request without an SDK: status and answer. `line` is method and path.
async fn send(
    port: u16,
    line: &str,
    service: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<(u16, String)> {
    send_as("AKIDRECORDING", port, line, service, headers, body).await
}

/// The same of somebody. The emulator takes an account's twelve digits for a key of that account.
async fn send_as(
    who: &str,
    port: u16,
    line: &str,
    service: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let scope = format!("{who}/20261010/eu-west-1/{service}/aws4_request");
    let mut head =
        format!("{line} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    head += &format!("authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n");
    head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Ok((status, text))
}

/// Which requests fail, and how.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What a request holds, in its head or its body, that fails: `TransactWriteItems`, `PUT /`.
    pub holds: &'static str,
    /// How many of them fail.
    pub times: u32,
    /// The status.
    pub status: u16,
    /// The body: JSON, or a text as it is.
    pub body: Value,
}

impl Fault {
    /// What DynamoDB answers to what is too much for it.
    pub fn throttled(holds: &'static str, times: u32) -> Fault {
        let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        Fault { holds, times, status: 400, body: json!({ "__type": kind, "message": "too much" }) }
    }

    /// A server error.
    pub fn broken(holds: &'static str, times: u32) -> Fault {
        Fault { holds, times, status: 503, body: json!({}) }
    }

    /// Passes requests on to a port, but for those that fail. Comes back with the port to ask, and how many may still fail.
    pub async fn before(self, port: u16) -> (u16, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let own = listener.local_addr().expect("it has an address").port();
        let left = Arc::new(AtomicU32::new(self.times));
        let counter = Arc::clone(&left);
        let answer = move |request: &str| {
            let fails = request.contains(self.holds)
                && counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
            fails.then(|| (self.status, self.body.as_str().map_or_else(|| self.body.to_string(), str::to_owned)))
        };
        tokio::spawn(stand_before(listener, port, Arc::new(answer)));
        (own, left)
    }
}

/// The requests that came to a port, head and body.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// Passes all requests on to a port. Comes back with the port to ask, and with what is asked there.
pub async fn watched(port: u16) -> (u16, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
    let own = listener.local_addr().expect("it has an address").port();
    let asked = Asked::default();
    let notes = Arc::clone(&asked);
    let note = move |request: &str| {
        notes.lock().unwrap_or_else(PoisonError::into_inner).push(request.to_owned());
        None
    };
    tokio::spawn(stand_before(listener, port, Arc::new(note)));
    (own, asked)
}

/// What is answered to a request in another's place, if anything is: status and body.
type Answer = Arc<dyn Fn(&str) -> Option<(u16, String)> + Send + Sync>;

async fn stand_before(listener: TcpListener, port: u16, answer: Answer) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(pass(stream, port, Arc::clone(&answer)));
    }
}

/// One request and its answer, each on a connection of its own.
async fn pass(mut stream: TcpStream, port: u16, answer: Answer) -> std::io::Result<()> {
    let mut request = Vec::new();
    let head = loop {
        let mut buffer = [0; 65536];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
        if let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
    };
    let text = String::from_utf8_lossy(&request[..head]).into_owned();
    let length =
        text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let length: usize = length.map_or(0, |length| length.trim().parse().expect("a length is a number"));
    while request.len() < head + 4 + length {
        let mut buffer = [0; 65536];
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..read]);
    }
    if let Some((status, body)) = answer(&String::from_utf8_lossy(&request)) {
        let answer = format!(
            "HTTP/1.1 {status} Fault\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        return stream.write_all(answer.as_bytes()).await;
    }
    let mut upstream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
    upstream.write_all(format!("{first}\r\nconnection: close\r\n{rest}\r\n\r\n").as_bytes()).await?;
    upstream.write_all(&request[head + 4..]).await?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).await?;
    stream.write_all(&answer).await
}
