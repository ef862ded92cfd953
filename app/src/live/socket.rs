//! The WebSocket of this tab. Browser objects are bound to their thread, so it lives in a thread local
//! instead of the reactive graph; while rendering on the server nothing here runs.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use domain::live::{LiveAsk, LiveMessage};
use leptos::prelude::{RwSignal, Set, set_timeout};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, WebSocket};

use super::Status;
use crate::browser;

/// What a listener hears.
pub enum Heard<'a> {
    Message(&'a LiveMessage),
    /// The connection was lost and is there again: look at everything anew.
    Reopened,
}

struct Listener {
    id: u32,
    ask: Box<dyn Fn() -> LiveAsk>,
    hear: Box<dyn Fn(Heard)>,
}

#[derive(Default)]
struct State {
    socket: Option<WebSocket>,
    open: bool,
    /// Attempts since the connection was last open.
    attempts: u32,
    was_open: bool,
    listeners: Vec<Rc<Listener>>,
    next: u32,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Adds a listener: `ask` says what it wants whenever a connection opens. Returns its number.
pub fn listen(status: RwSignal<Status>, ask: Box<dyn Fn() -> LiveAsk>, hear: Box<dyn Fn(Heard)>) -> u32 {
    let (id, first_ask, must_connect) = STATE.with_borrow_mut(|state| {
        state.next += 1;
        let listener = Rc::new(Listener { id: state.next, ask, hear });
        state.listeners.push(listener.clone());
        (state.next, state.open.then_some(listener), state.socket.is_none() && state.attempts == 0)
    });
    if let Some(listener) = first_ask {
        send(&(listener.ask)());
    }
    if must_connect {
        connect(status);
    }
    id
}

/// Removes a listener.
pub fn forget(id: u32) {
    // Taken out first and dropped after the borrow: what it holds may come back here.
    let gone = STATE.with_borrow_mut(|state| {
        let at = state.listeners.iter().position(|listener| listener.id == id)?;
        Some(state.listeners.remove(at))
    });
    drop(gone);
}

/// Asks for something now; nothing happens without a connection, because asks are repeated when it opens.
pub fn send(ask: &LiveAsk) {
    let socket = STATE.with_borrow(|state| state.open.then(|| state.socket.clone()).flatten());
    if let (Some(socket), Ok(text)) = (socket, serde_json::to_string(ask)) {
        let _ = socket.send_with_str(&text);
    }
}

fn connect(status: RwSignal<Status>) {
    let Some(socket) = address().and_then(|address| WebSocket::new(&address).ok()) else { return };
    on(&socket, "open", move |_: web_sys::Event| opened(status));
    on(&socket, "message", |event: MessageEvent| {
        let message = event.data().as_string().and_then(|text| client::json::decode(text.as_bytes()).ok());
        if let Some(message) = message {
            tell(&|listener| (listener.hear)(Heard::Message(&message)));
        }
    });
    on(&socket, "close", move |_: web_sys::Event| closed(status));
    STATE.with_borrow_mut(|state| {
        state.socket = Some(socket);
        state.attempts += 1;
    });
}

fn address() -> Option<String> {
    let location = browser::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/api/reeve/live", location.host().ok()?))
}

/// The closure is given away to the browser: there are three per connection.
fn on<E: wasm_bindgen::convert::FromWasmAbi + 'static>(
    socket: &WebSocket,
    event: &str,
    handle: impl FnMut(E) + 'static,
) {
    let closure = Closure::<dyn FnMut(E)>::new(handle).into_js_value();
    let _ = socket.add_event_listener_with_callback(event, closure.unchecked_ref());
}

fn opened(status: RwSignal<Status>) {
    let again = STATE.with_borrow_mut(|state| {
        state.open = true;
        state.attempts = 0;
        std::mem::replace(&mut state.was_open, true)
    });
    status.set(Status::Open);
    tell(&|listener| {
        send(&(listener.ask)());
        if again {
            (listener.hear)(Heard::Reopened);
        }
    });
}

/// Tries again: after half a second, then twice as long each time, at most ten seconds.
fn closed(status: RwSignal<Status>) {
    let (was_open, attempts) = STATE.with_borrow_mut(|state| {
        state.socket = None;
        (std::mem::replace(&mut state.open, false), state.attempts)
    });
    if was_open || attempts == 1 {
        status.set(Status::Paused(browser::milliseconds()));
    }
    let base = 500.0 * f64::from(2u32.pow(attempts.min(5)));
    let wait = base.min(10_000.0) * (0.75 + js_sys::Math::random() / 2.0);
    set_timeout(move || connect(status), Duration::from_millis(wait as u64));
}

/// Calls every listener there is now; they may come and go meanwhile.
fn tell(say: &dyn Fn(&Listener)) {
    for listener in STATE.with_borrow(|state| state.listeners.clone()) {
        say(&listener);
    }
}
