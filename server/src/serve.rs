//! Accepting connections: hyper with a limit on silence, without Nagle's delay, ending on a token.
//!
//! `axum::serve` offers neither a header timeout nor an end to connections that are idle or have
//! become websockets, hence this loop.

use std::io::ErrorKind;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves `router` until `stopping`; then no connection is accepted, idle ones are closed, and the
/// requests that run are answered. Websockets are no longer connections here: whoever took one over
/// must end on the same token. `silence` limits how long a connection may say nothing, between two
/// requests or in the middle of one's headers.
pub async fn serve(listener: TcpListener, router: Router, silence: Duration, stopping: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(silence);
    let connections = TaskTracker::new();
    while let Some(stream) = accept(&listener, &stopping).await {
        connections.spawn(connection(http.clone(), stream, router.clone(), stopping.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The next connection; `None` once it is time to stop. Survives running out of file descriptors.
async fn accept(listener: &TcpListener, stopping: &CancellationToken) -> Option<TcpStream> {
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => return Some(stream),
            Err(error) if is_the_callers(&error) => {}
            Err(error) => {
                tracing::error!("cannot accept connections for the moment: {error}");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// True when only this one connection is lost.
fn is_the_callers(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Answers the requests of one connection.
async fn connection(http: http1::Builder, stream: TcpStream, router: Router, stopping: CancellationToken) {
    // With Nagle's delay a page that is sent in several writes waits 40 ms for an acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("TCP_NODELAY: {error}");
    }
    let served = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).with_upgrades();
    let mut served = std::pin::pin!(served);
    let end = tokio::select! {
        end = served.as_mut() => end,
        () = stopping.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = end {
        tracing::debug!("connection: {error}");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A server with a quick and a slow route, and the address of it.
    async fn server(silence: Duration) -> (std::net::SocketAddr, CancellationToken, TaskTracker) {
        let slow = get(|| async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        });
        let router = Router::new().route("/", get(|| async { "quick" })).route("/slow", slow);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(serve(listener, router, silence, stopping.clone()));
        tasks.close();
        (address, stopping, tasks)
    }

    async fn ask(address: std::net::SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(text.as_bytes()).await.expect("it reads");
        stream
    }

    async fn read_to_end(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("utf-8");
        text
    }

    #[tokio::test]
    async fn on_the_token_idle_connections_close_and_requests_are_answered() {
        let (address, stopping, tasks) = server(Duration::from_secs(60)).await;
        let mut idle = ask(address, "").await;
        let mut slow = ask(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        stopping.cancel();
        assert!(read_to_end(&mut slow).await.ends_with("slow"));
        assert_eq!(read_to_end(&mut idle).await, "");
        tokio::time::timeout(Duration::from_secs(2), tasks.wait()).await.expect("nothing keeps it");
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn half_a_request_is_not_waited_for_for_ever() {
        let (address, _stopping, _tasks) = server(Duration::from_millis(200)).await;
        let mut half = ask(address, "GET / HTTP/1.1\r\nhost:").await;
        let mut used = ask(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let both = async { (read_to_end(&mut half).await, read_to_end(&mut used).await) };
        let (_, answer) = tokio::time::timeout(Duration::from_secs(3), both).await.expect("both are closed");
        assert!(answer.ends_with("quick"));
    }
}
