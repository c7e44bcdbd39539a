//! The HTTP API of the service before its dashboard function: it takes requests that are signed, makes events of them as API
//! Gateway does (format 2.0, the stage `$default`), and answers what the function says.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::lambda::Lambda;

/// Serves a function. Comes back with the API's URL.
pub async fn serve(function: Lambda) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
    let address = listener.local_addr().expect("it has an address");
    let function = Arc::new(function);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, Arc::clone(&function)));
        }
    });
    format!("http://{address}/")
}

/// One request and its answer.
async fn pass(mut stream: TcpStream, function: Arc<Lambda>) -> std::io::Result<()> {
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
    let mut lines = text.split("\r\n");
    let line: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, _] = line[..] else { return Ok(()) };
    let headers: Map<String, Value> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().into()))
        .collect();
    let length = headers.get("content-length").and_then(|value| value.as_str()?.parse().ok()).unwrap_or(0);
    while request.len() < head + 4 + length {
        let mut buffer = [0; 65536];
        let read = stream.read(&mut buffer).await?;
        request.extend_from_slice(&buffer[..read]);
    }
    let is_signed = headers
        .get("authorization")
        .and_then(Value::as_str)
        .is_some_and(|own| own.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    let answer = if is_signed {
        let body = String::from_utf8_lossy(&request[head + 4..]).into_owned();
        function.call(&event(method, target, &headers, &body)).await?
    } else {
        json!({ "statusCode": 403, "headers": { "content-type": "application/json" },
                "body": "{\"message\":\"Forbidden\"}" })
    };
    let mut text = format!("HTTP/1.1 {} Answer\r\nconnection: close\r\n", answer["statusCode"]);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        text += &format!("{name}: {}\r\n", value.as_str().unwrap_or_default());
    }
    let body = answer["body"].as_str().unwrap_or_default();
    stream.write_all(format!("{text}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
}

/// The event of a request that AWS_IAM lets through.
fn event(method: &str, target: &str, headers: &Map<String, Value>, body: &str) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_root = path == "/";
    json!({
        "version": "2.0", "routeKey": if is_root { "ANY /" } else { "ANY /{proxy+}" },
        "rawPath": path, "rawQueryString": query, "headers": headers,
        "pathParameters": (!is_root).then(|| json!({ "proxy": path.trim_start_matches('/') })),
        "requestContext": {
            "authorizer": { "iam": { "accountId": "111122223333", "userArn": "arn:aws:iam::111122223333:user/ada" } },
            "domainName": "x1y2z3a4b5.execute-api.eu-west-1.amazonaws.com", "http": { "method": method, "path": path },
            "stage": "$default",
        },
        "body": (!body.is_empty()).then_some(body), "isBase64Encoded": false,
    })
}
