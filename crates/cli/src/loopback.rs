//! A server that only this machine reaches.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use web::Problem;

use crate::error::Failure;

/// A port of this machine that is listened on.
pub(crate) struct Loopback {
    listener: TcpListener,
    address: SocketAddr,
}

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

impl Loopback {
    /// Begins to listen; on any port that is free, if `port` is 0.
    pub(crate) async fn listen(port: u16) -> Result<Loopback, Failure> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let bound = bound.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = bound.map_err(|error| {
            Failure::new(format!("cannot listen on 127.0.0.1:{port}: {error}"))
                .help("choose another with --port, or 0 for any")
        })?;
        Ok(Loopback { listener, address })
    }

    /// Where it is reached, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until Ctrl-C is pressed.
    pub(crate) async fn serve(self, router: Router) -> Result<(), Failure> {
        let port = self.address.port();
        let router = router.layer(middleware::from_fn(move |request: Request, next: Next| async move {
            if is_own(request.headers(), port) { next.run(request).await } else { misdirected(port) }
        }));
        let mut interrupted = pin!(tokio::signal::ctrl_c());
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let service = TowerToHyperService::new(router.clone());
                        let mut server = http1::Builder::new();
                        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
                        // How a connection ends concerns the client that ended it.
                        tokio::spawn(async move { server.serve_connection(TokioIo::new(stream), service).await });
                    }
                    // Too many open files, for example: it passes.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                done = &mut interrupted => {
                    return done.map_err(|error| Failure::new(format!("cannot wait for Ctrl-C: {error}")));
                }
            }
        }
    }
}

/// Whether a request names this server. A page elsewhere can give its own host's name this machine's address, and would then
/// read what is served here as its own (DNS rebinding).
fn is_own(headers: &HeaderMap, port: u16) -> bool {
    let mut named = headers.get_all(header::HOST).into_iter();
    let (Some(host), None) = (named.next().and_then(|host| host.to_str().ok()), named.next()) else { return false };
    ["127.0.0.1", "localhost"]
        .iter()
        .any(|own| host.eq_ignore_ascii_case(&format!("{own}:{port}")) || (port == 80 && host == *own))
}

fn misdirected(port: u16) -> Response {
    let what = "the header Host names another server than this one";
    let help = format!("ask for http://127.0.0.1:{port}/ or http://localhost:{port}/, port included");
    web::to_problem(&Problem::new(StatusCode::MISDIRECTED_REQUEST, what).help(help))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_this_machines_own_names_are_answered() {
        let with = |host: &str| HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
        for host in ["127.0.0.1:8460", "localhost:8460", "LOCALHOST:8460"] {
            assert!(is_own(&with(host), 8460), "{host}");
        }
        for host in
            ["", "127.0.0.1", "127.0.0.1:8461", "evil.example:8460", "localhost.evil.example:8460", "127.0.0.1:8460:1"]
        {
            assert!(!is_own(&with(host), 8460), "{host}");
        }
        assert!(is_own(&with("localhost"), 80) && !is_own(&with("localhost"), 8460));
        assert!(!is_own(&HeaderMap::new(), 8460));
        let mut twice = with("127.0.0.1:8460");
        twice.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(!is_own(&twice, 8460));
    }
}
