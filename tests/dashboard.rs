//! The dashboard as it is served, and a client that sends it what no library would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde_json::Value;

use crate::programs;

/// `stagecheck serve`, as long as this lives.
pub struct Dashboard {
    child: Child,
    /// What it goes on to say.
    pub stdout: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`.
    pub host: String,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Dashboard {
    /// Serves the sample account, audited: the same to all tests that look at it at the same time.
    pub fn of_the_sample() -> Arc<Dashboard> {
        static SHARED: Mutex<Weak<Dashboard>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Dashboard::start(&["--recording", &crate::sample()]));
            *shared = Arc::downgrade(&started);
            started
        })
    }

    /// `stagecheck serve` with further arguments, on a port that is free.
    pub fn start(args: &[&str]) -> Dashboard {
        let mut command = programs::stagecheck();
        command.args(["serve", "--port", "0", "--quiet"]).args(args);
        Dashboard::spawn(command)
    }

    /// `stagecheck serve --remote`, before a dashboard that is deployed at a URL: it signs what it passes on.
    pub fn before(url: &str) -> Dashboard {
        let mut command = programs::stagecheck();
        command.args(["serve", "--port", "0", "--region", "eu-west-1", "--remote", url]);
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret-of-the-test");
        Dashboard::spawn(command)
    }

    fn spawn(mut command: Command) -> Dashboard {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("stagecheck can be run");
        let mut stdout = BufReader::new(child.stdout.take().expect("it was piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it prints its address");
        let host = line.trim().strip_prefix("http://").and_then(|rest| rest.split('/').next()).map(str::to_owned);
        let Some(host) = host else {
            let mut said = String::new();
            let stderr: Option<ChildStderr> = child.stderr.take();
            stderr.expect("it was piped").read_to_string(&mut said).expect("it is text");
            panic!("no address: {line}{said}");
        };
        Dashboard { child, stdout, host }
    }

    /// The answer to a GET.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// The page that a browser gets.
    pub fn page(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")], "")
    }

    /// The answer to a request.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(&self.host, method, path, headers, body)
    }

    /// How many kilobytes of memory it holds.
    pub fn resident_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The answer to a request at a host of this machine.
pub fn ask(host: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request += &format!("Host: {host}\r\n");
    }
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
    send(host, format!("{request}\r\n{body}").as_bytes())
}

/// The answer to bytes.
pub fn send(host: &str, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket has a time limit");
    // It may have heard enough before the end.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Answer::read(&answer)
}

impl Answer {
    /// Reads an answer that ends with its connection.
    pub fn read(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
        let header =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        let body = String::from_utf8(bytes[end + 4..].to_vec()).expect("answers are text");
        Answer { status, headers: lines.filter_map(header).collect(), body }
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The media type, without parameters.
    pub fn media_type(&self) -> &str {
        self.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default()
    }

    /// The body as JSON, in which no key stands twice.
    pub fn json(&self) -> Value {
        engine::document::read(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    /// What a problem says: its status and its detail.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.media_type(), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(
            (problem["type"].as_str(), problem["status"].as_u64()),
            (Some("about:blank"), Some(self.status.into()))
        );
        (self.status, problem["detail"].as_str().expect("a problem says what happened").to_owned())
    }
}
