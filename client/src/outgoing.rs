//! Calls to whoever is not a Reeve: webhooks and services that pass messages on.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// A call takes no longer than this, unless it says so itself.
const TIMEOUT: Duration = Duration::from_secs(30);

/// No more of an answer is read, in bytes.
const MOST_READ: usize = 64 * 1024;

/// A request to an address that somebody has given.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: Option<Vec<u8>>,
    /// Whether the certificate must be good.
    pub verify: bool,
    /// Whether the address may be one of a private network or of this machine.
    pub allow_private: bool,
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As far as it was read.
    pub body: String,
}

/// Why there was no answer. The address is left out, since it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutgoingError {
    #[error("this is no address of a web server")]
    NoAddress,
    #[error("the address belongs to a private network, which the block does not allow")]
    Private,
    #[error("the host is unknown: {0}")]
    Unknown(String),
    #[error("the header '{0}' is none that could be sent")]
    NoHeader(String),
    #[error("{0}")]
    Unreachable(String),
}

impl From<OutgoingError> for String {
    fn from(error: OutgoingError) -> String {
        error.to_string()
    }
}

impl Outgoing {
    /// A POST with nothing in it.
    pub fn post(url: impl Into<String>) -> Self {
        Outgoing {
            method: Method::POST,
            url: url.into(),
            headers: HeaderMap::new(),
            body: None,
            verify: true,
            allow_private: true,
            timeout: TIMEOUT,
        }
    }

    /// The same with a JSON body.
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// The same with a header. An error names the header, but not the value, which may be a secret.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, OutgoingError> {
        let refused = || OutgoingError::NoHeader(name.to_owned());
        let key = name.parse::<HeaderName>().map_err(|_| refused())?;
        self.headers.insert(key, HeaderValue::from_str(value).map_err(|_| refused())?);
        Ok(self)
    }

    /// Adds a header that nobody has set.
    pub fn header_if_absent(&mut self, name: &'static str, value: &str) {
        if let (false, Ok(value)) = (self.headers.contains_key(name), HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
    }

    /// Sends it; redirects are answers like others.
    pub async fn send(self) -> Result<Answer, OutgoingError> {
        let url: reqwest::Url = self.url.parse().map_err(|_| OutgoingError::NoAddress)?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"));
        let host = host.ok_or(OutgoingError::NoAddress)?.to_owned();
        let http = if self.allow_private {
            shared(self.verify)?
        } else {
            // The addresses that were looked at are the ones that are called.
            let addresses = public_addresses(&host, url.port_or_known_default().unwrap_or(443)).await?;
            builder(self.verify).resolve_to_addrs(&host, &addresses).build().map_err(told)?
        };
        let mut request = http.request(self.method, url).headers(self.headers).timeout(self.timeout);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await.map_err(told)?;
        let status = response.status().as_u16();
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(text).collect();
        Ok(Answer { status, headers, body: beginning(response).await })
    }
}

/// The answer's body as far as it is worth reading; one that breaks off is what it was until then.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= MOST_READ {
            bytes.truncate(MOST_READ);
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn builder(verify: bool) -> reqwest::ClientBuilder {
    crate::transport::http::install_cryptography();
    reqwest::Client::builder()
        .user_agent(concat!("reeve/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .tls_danger_accept_invalid_certs(!verify)
}

/// One pool of connections for each way of looking at certificates.
fn shared(verify: bool) -> Result<reqwest::Client, OutgoingError> {
    static POOLS: [OnceLock<reqwest::Client>; 2] = [OnceLock::new(), OnceLock::new()];
    let pool = &POOLS[usize::from(verify)];
    match pool.get() {
        Some(http) => Ok(http.clone()),
        None => {
            let http = builder(verify).build().map_err(told)?;
            Ok(pool.get_or_init(|| http).clone())
        }
    }
}

/// The error without the address.
fn told(error: reqwest::Error) -> OutgoingError {
    OutgoingError::Unreachable(crate::transport::http::chain(&error.without_url()))
}

/// Where the host is, if all of that is in the open internet.
async fn public_addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, OutgoingError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((bare, port)).await;
    let found: Vec<SocketAddr> = found.map_err(|error| OutgoingError::Unknown(error.to_string()))?.collect();
    if found.is_empty() || found.iter().any(|address| is_private(address.ip())) {
        return Err(OutgoingError::Private);
    }
    Ok(found)
}

/// Whether the address is one of a private network, of this machine, or of none that is open to everybody.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || ip.is_multicast()
                || ip.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (18..20).contains(&b))
                || ip.octets()[..3] == [192, 0, 0]
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => is_private(IpAddr::V4(ip)),
            None => {
                let first = ip.segments()[0];
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_multicast()
                    || (first & 0xfe00) == 0xfc00
                    || (first & 0xffc0) == 0xfe80
                    // What translates to other networks may lead into this one.
                    || first == 0x2002
                    || ip.segments()[..2] == [0x64, 0xff9b]
                    || ip.segments()[..2] == [0x2001, 0xdb8]
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "224.0.0.1",
            "64:ff9b::a00:1",
        ];
        let public = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"];
        for (texts, want) in [(&private[..], true), (&public[..], false)] {
            for text in texts {
                assert_eq!(is_private(text.parse().expect("an address")), want, "{text}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_not_allowed_is_not_called() {
        let request = |url: &str, allow_private| Outgoing { allow_private, ..Outgoing::post(url) };
        let cases = [
            (request("http://127.0.0.1:1/x", false), OutgoingError::Private),
            (request("http://[::1]:1/x", false), OutgoingError::Private),
            (request("http://localhost:1/x", false), OutgoingError::Private),
            (request("ftp://127.0.0.1/x", true), OutgoingError::NoAddress),
            (request("secret", true), OutgoingError::NoAddress),
        ];
        for (request, want) in cases {
            assert_eq!(request.clone().send().await, Err(want), "{request:?}");
        }
        let refused = request("http://127.0.0.1:1/secret", true).send().await.expect_err("nobody is there");
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}
