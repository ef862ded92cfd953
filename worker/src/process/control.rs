//! Telling Prefect 3's engine what a SIGTERM is about to mean.
//!
//! To the engine, SIGTERM alone is a crash: it reports CRASHED, and hooks and automations for crashes
//! fire on every cancellation. Prefect's own runner therefore gives its children a loopback port and a
//! token (`PREFECT__CONTROL_PORT`, `PREFECT__CONTROL_TOKEN`). The child connects, sends the token as a
//! line, offers a protocol version, and listens for one byte: `c` means that the next SIGTERM is a
//! cancellation. It confirms with `a` and then reports CANCELLED by itself. Checked against 3.8.8;
//! Prefect 2, and children that have not connected yet, simply do without.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

/// How long the child may take to confirm.
const CONFIRM: Duration = Duration::from_secs(1);
/// How long a connection may take to say who it is.
const GREET: Duration = Duration::from_secs(5);
/// Begins the child's offer; version and capabilities follow, a byte each.
const OFFER: [u8; 3] = *b"\0PF";
/// Our answer: version 1, which has cancellation and nothing else.
const VERSION_1: [u8; 2] = [1, 0];

/// How far the child has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Child {
    Absent,
    Listening,
    Confirmed,
}

/// One child's control connection. Dropping it closes the port.
pub(crate) struct Control {
    port: u16,
    token: String,
    child: watch::Receiver<Child>,
    cancel: mpsc::Sender<()>,
    _task: AbortOnDropHandle<()>,
}

impl Control {
    /// Opens a port for a child that is about to be started.
    pub(crate) async fn open(tracker: &TaskTracker) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let token = uuid::Uuid::new_v4().simple().to_string();
        let (state, child) = watch::channel(Child::Absent);
        let (cancel, orders) = mpsc::channel(1);
        let task = tracker.spawn(serve(listener, token.clone(), state, orders));
        Ok(Control { port, token, child, cancel, _task: AbortOnDropHandle::new(task) })
    }

    /// What the child finds in its environment.
    pub(crate) fn environment(&self) -> [(String, String); 2] {
        let port = ("PREFECT__CONTROL_PORT".to_owned(), self.port.to_string());
        [port, ("PREFECT__CONTROL_TOKEN".to_owned(), self.token.clone())]
    }

    /// Announces a cancellation. True when the child has confirmed: it will report the end itself.
    pub(crate) async fn announce_cancellation(&mut self) -> bool {
        if *self.child.borrow() == Child::Absent || self.cancel.try_send(()).is_err() {
            return false;
        }
        let confirmed = self.child.wait_for(|child| *child == Child::Confirmed);
        matches!(tokio::time::timeout(CONFIRM, confirmed).await, Ok(Ok(_)))
    }
}

async fn serve(listener: TcpListener, token: String, state: watch::Sender<Child>, mut orders: mpsc::Receiver<()>) {
    loop {
        let Ok((mut socket, _)) = listener.accept().await else { return };
        let known = tokio::time::timeout(GREET, greets_with(&mut socket, &token)).await;
        if !matches!(known, Ok(Ok(true))) {
            continue;
        }
        state.send_replace(Child::Listening);
        // An error is the end of the connection, normally with the child's.
        let _ = converse(&mut socket, &state, &mut orders).await;
        state.send_if_modified(|child| {
            let lost = *child == Child::Listening;
            *child = if lost { Child::Absent } else { *child };
            lost
        });
    }
}

/// True when the connection's first line is the token.
async fn greets_with(socket: &mut TcpStream, token: &str) -> std::io::Result<bool> {
    let mut line = vec![0; token.len() + 1];
    socket.read_exact(&mut line).await?;
    Ok(line.strip_suffix(b"\n") == Some(token.as_bytes()))
}

async fn converse(
    socket: &mut TcpStream,
    state: &watch::Sender<Child>,
    orders: &mut mpsc::Receiver<()>,
) -> std::io::Result<()> {
    loop {
        tokio::select! {
            byte = socket.read_u8() => match byte? {
                b'a' => {
                    state.send_replace(Child::Confirmed);
                    return Ok(());
                }
                first if first == OFFER[0] => {
                    let mut rest = [0; 4];
                    socket.read_exact(&mut rest).await?;
                    socket.write_all(&[&OFFER[..], &VERSION_1].concat()).await?;
                }
                _ => return Ok(()),
            },
            Some(()) = orders.recv() => socket.write_all(b"c").await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn connect(control: &Control, greeting: &str) -> TcpStream {
        let mut socket = TcpStream::connect(("127.0.0.1", control.port)).await.expect("the port is open");
        socket.write_all(greeting.as_bytes()).await.expect("sent");
        socket
    }

    #[tokio::test]
    async fn a_child_that_listens_confirms_the_cancellation() {
        let mut control = Control::open(&TaskTracker::new()).await.expect("a port");
        assert!(!control.announce_cancellation().await, "nobody is there");
        let mut child = connect(&control, &format!("{}\n", control.token)).await;
        child.write_all(b"\0PF\x02\x01").await.expect("the offer");
        let mut answer = [0; 5];
        child.read_exact(&mut answer).await.expect("the answer");
        assert_eq!(&answer, b"\0PF\x01\x00");
        let (confirmed, ()) = tokio::join!(control.announce_cancellation(), async {
            assert_eq!(child.read_u8().await.expect("an order"), b'c');
            child.write_all(b"a").await.expect("confirmed");
        });
        assert!(confirmed);
    }

    #[tokio::test]
    async fn strangers_are_not_listened_to() {
        let mut control = Control::open(&TaskTracker::new()).await.expect("a port");
        let mut stranger = connect(&control, &format!("{}\n", "0".repeat(32))).await;
        assert_eq!(stranger.read(&mut [0; 1]).await.expect("closed"), 0);
        assert!(!control.announce_cancellation().await);
    }
}
