//! Events over the websocket, until the last of them can be read.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::{Row, instant, unique};
use crate::Asked;
use crate::server::Server;

/// Events a second from the first one sent to the last one readable.
pub async fn measure(server: &Server, asked: &Asked) -> Result<Vec<Row>> {
    let count = if server.name == "Reeve" { asked.events } else { asked.events.min(5000) };
    let name = unique("load");
    let mut request = server.api.socket("/events/in").into_client_request()?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("prefect"));
    let (mut socket, _) = connect_async(request).await?;
    socket.send(Message::text(json!({ "type": "auth", "token": null }).to_string())).await?;
    socket.next().await.context("the socket closed")??;
    let began = Instant::now();
    for n in 0..count {
        let event = json!({ "occurred": instant(0.0), "event": format!("{name}.tick"), "payload": { "n": n },
                            "resource": { "prefect.resource.id": format!("load.{name}.{}", n % 100) },
                            "related": [], "id": uuid::Uuid::from_u128(fastrand::u128(..)) });
        socket.feed(Message::text(event.to_string())).await?;
    }
    socket.flush().await?;
    let ask = json!({ "filter": { "event": { "name": [format!("{name}.tick")] } }, "limit": 1 });
    loop {
        let page = server.api.post("/events/filter", &ask).await?;
        if page["total"].as_u64() >= Some(count as u64) {
            break;
        }
        if began.elapsed() > Duration::from_secs(300) {
            bail!("{} of {count} events are readable", page["total"]);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    Ok(vec![Row::new("events over one socket until readable", format!("{rate:.0}/s ({count})"))])
}
