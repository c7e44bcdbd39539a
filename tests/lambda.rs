//! A function under the Lambda runtime, as cargo-lambda runs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::dashboard::Answer;
use crate::programs::{Ran, program, scrub, tool};
use crate::root;

/// cargo-lambda's emulator of the Lambda service, and a function that takes its events from it.
pub struct Lambda {
    cargo_lambda: PathBuf,
    name: &'static str,
    emulator: Child,
    function: Child,
    port: u16,
}

impl Lambda {
    /// Starts a function of the workspace with variables. Nothing where cargo-lambda is not installed.
    pub async fn start(name: &'static str, variables: &[(&str, String)]) -> Option<Lambda> {
        let cargo_lambda = tool("cargo-lambda")?;
        // A port that is free now; cargo-lambda cannot choose one itself.
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.expect("loopback has a free port").port();
        let mut emulator = Command::new(&cargo_lambda);
        scrub(&mut emulator);
        // Without building the function, which cargo-lambda would do with other features than those of the workspace.
        emulator.args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes"]);
        emulator.args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
        emulator.current_dir(root().join("functions").join(name)).stdout(Stdio::null()).stderr(Stdio::null());
        let emulator = emulator.spawn().expect("cargo-lambda can be run");
        let begin = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begin.elapsed() < Duration::from_secs(60), "cargo lambda watch does not listen");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut function = Command::new(program(name));
        scrub(&mut function);
        let function = function
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{port}/.rt/{name}"))
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(Stdio::null())
            .spawn()
            .expect("the function can be run");
        Some(Lambda { cargo_lambda, name, emulator, function, port })
    }

    /// What the function answers to an event, asked for as an SDK asks: `lambda:Invoke`.
    ///
    /// # Errors
    ///
    /// What was answered instead of JSON; the connection's own error.
    pub async fn call(&self, event: &Value) -> std::io::Result<Value> {
        let body = event.to_string();
        let head = format!(
            "POST /2015-03-31/functions/{}/invocations HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            self.name,
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all((head + &body).as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        let answer = Answer::read(&bytes);
        serde_json::from_str(&answer.body).map_err(|_| std::io::Error::other(format!("{answer:?}")))
    }

    /// Invokes the function with a file of `events/`.
    pub async fn invoke(&self, event: &str) -> Ran {
        self.invoke_with(&root().join("events").join(event)).await
    }

    async fn invoke_with(&self, event: &Path) -> Ran {
        let mut command = tokio::process::Command::new(&self.cargo_lambda);
        command.args(["lambda", "invoke", "--invoke-address", "127.0.0.1", "--invoke-port", &self.port.to_string()]);
        command.args([self.name, "--data-file"]).arg(event).stdin(Stdio::null());
        command.output().await.expect("cargo-lambda can be run").into()
    }

    /// What the function answers to a file of `events/`.
    pub async fn answer(&self, event: &str) -> Value {
        let ran = self.invoke(event).await;
        assert_eq!(ran.code, 0, "{event}: {}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{event}: {error}: {}", ran.stdout))
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        for child in [&mut self.function, &mut self.emulator] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
