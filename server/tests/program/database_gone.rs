//! A PostgreSQL that goes away and comes back: clients are told to try again, and everything goes on by itself.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::Server;
use super::killed::on_postgres;

#[test]
fn what_a_lost_database_keeps_from_being_done_may_be_tried_again() {
    on_postgres("gone", goes_and_comes);
}

/// What lies between the server and its database: it can be cut.
#[derive(Clone)]
struct Wire {
    port: u16,
    /// Nothing while it is cut.
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Wire {
    fn to(address: String) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let wire = Wire { port, open: Arc::new(Mutex::new(Some(Vec::new()))) };
        let open = wire.open.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if let Some(open) = open.lock().expect("nobody panicked").as_mut() {
                    let far = TcpStream::connect(&address).expect("PostgreSQL listens");
                    open.extend([copy(&near, &far), copy(&far, &near)]);
                }
            }
        });
        wire
    }

    fn cut(&self) {
        let open = self.open.lock().expect("nobody panicked").take();
        open.into_iter().flatten().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    }

    fn mend(&self) {
        *self.open.lock().expect("nobody panicked") = Some(Vec::new());
    }
}

fn copy(from: &TcpStream, to: &TcpStream) -> TcpStream {
    let (mut from, mut to) = (from.try_clone().expect("a clone"), to.try_clone().expect("a clone"));
    let held = from.try_clone().expect("a clone");
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    held
}

fn goes_and_comes(database: &str) {
    let (address, rest) =
        database.split_once('@').and_then(|(_, rest)| rest.split_once('/')).expect("postgres://user@host:port/…");
    let wire = Wire::to(address.to_owned());
    let user = database.split_once('@').map(|(user, _)| user).expect("a user");
    let through = format!("{user}@127.0.0.1:{}/{rest}", wire.port);
    let server = Server::start(&[], &[("REEVE_DATABASE_URL", &through)]);
    let flow = |name: &str| server.ask("POST", "/api/flows/", &format!("{{\"name\": \"{name}\"}}"));
    let (head, made) = flow("before");
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    wire.cut();
    let (head, _) = flow("meanwhile");
    if !head.starts_with("HTTP/1.1 503") || !head.to_lowercase().contains("retry-after: ") {
        panic!("{head}\n{}", server.stop("TERM").1);
    }
    assert!(server.ask("GET", "/api/ready", "").0.starts_with("HTTP/1.1 503"));
    assert_eq!(server.get("/api/health"), "true", "the server itself is well");
    wire.mend();
    let until = Instant::now() + Duration::from_secs(30);
    while !flow("after").0.starts_with("HTTP/1.1 20") {
        assert!(Instant::now() < until, "it does not find its database again");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(flow("before").1, made, "it is still there");
    plans(&server, &made);
    let (code, log) = server.stop("TERM");
    assert_eq!(code, Some(0), "{log}");
}

/// The loops go on as well: a deployment gets its runs.
fn plans(server: &Server, flow: &str) {
    let id = flow.split_once("\"id\":\"").and_then(|(_, rest)| rest.split_once('"')).map(|(id, _)| id).expect("an id");
    let schedule = r#"[{"schedule": {"interval": 3600}, "active": true}]"#;
    let new = format!("{{\"name\": \"d\", \"flow_id\": \"{id}\", \"schedules\": {schedule}}}");
    let (head, _) = server.ask("POST", "/api/deployments/", &new);
    assert!(head.starts_with("HTTP/1.1 201"), "{head}");
    let until = Instant::now() + Duration::from_secs(30);
    while server.ask("POST", "/api/flow_runs/count", "{}").1 == "0" {
        assert!(Instant::now() < until, "nothing is planned");
        std::thread::sleep(Duration::from_millis(200));
    }
}
