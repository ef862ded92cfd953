//! The data of documents at rest: encrypted with a key that the database keeps in another table, so that
//! a dump of one table, or a look over somebody's shoulder, shows no secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use domain::{BlockDocumentId, Uuid};
use serde_json::{Map, Value, json};
use store::{StoreError, Tx, configuration};

/// Where the key is kept.
const KEY: &str = "ENCRYPTION_KEY";

/// The member of the value there that holds it, in base64.
const MEMBER: &str = "xchacha20poly1305";

/// What a sealed text begins with; another way of sealing would take another mark.
const MARK: &str = "v1:";

/// The length of what makes equal data look different, in bytes.
const NONCE: usize = 24;

/// The data as it is stored. The document's id is sealed in: no data can be put into another document.
pub async fn seal(tx: &mut Tx, id: BlockDocumentId, data: &Map<String, Value>) -> Result<String, StoreError> {
    let nonce = random::<NONCE>();
    let plain = Value::Object(data.clone()).to_string();
    let payload = Payload { msg: plain.as_bytes(), aad: id.0.as_bytes() };
    let sealed = cipher(tx, id).await?.encrypt(&XNonce::from(nonce), payload);
    // Fails only for data of more than 256 GB.
    let sealed = sealed.map_err(|error| corrupt(id, error.to_string()))?;
    Ok(format!("{MARK}{}", STANDARD.encode([&nonce[..], &sealed].concat())))
}

/// The data of a stored document.
pub async fn open(tx: &mut Tx, id: BlockDocumentId, stored: &str) -> Result<Map<String, Value>, StoreError> {
    let bytes = stored.strip_prefix(MARK).and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.ok_or_else(|| corrupt(id, "no sealed text".to_owned()))?;
    let (nonce, sealed) =
        bytes.split_first_chunk::<NONCE>().ok_or_else(|| corrupt(id, "a text too short".to_owned()))?;
    let payload = Payload { msg: sealed, aad: id.0.as_bytes() };
    let plain = cipher(tx, id).await?.decrypt(&XNonce::from(*nonce), payload);
    let plain = plain.map_err(|_| corrupt(id, "what another key has sealed".to_owned()))?;
    serde_json::from_slice(&plain).map_err(|error| corrupt(id, error.to_string()))
}

/// The cipher with this server's key; the first who needs one makes it.
async fn cipher(tx: &mut Tx, id: BlockDocumentId) -> Result<XChaCha20Poly1305, StoreError> {
    let stored = match configuration::get(tx, KEY).await? {
        Some(stored) => stored,
        None => configuration::get_or_set(tx, KEY, &json!({ MEMBER: STANDARD.encode(random::<32>()) })).await?,
    };
    let text = stored.get(MEMBER).and_then(Value::as_str).unwrap_or_default();
    let key = STANDARD.decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = key.ok_or_else(|| corrupt(id, "data whose key cannot be read".to_owned()))?;
    Ok(XChaCha20Poly1305::new(&Key::from(key)))
}

fn corrupt(id: BlockDocumentId, what: String) -> StoreError {
    StoreError::Corrupt { table: "block_document", column: "data", id: id.to_string(), what }
}

/// Random bytes of the system: those of version 4 ids, whose fixed bits are left out by hashing.
fn random<const N: usize>() -> [u8; N] {
    use sha2::{Digest, Sha256};
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(32) {
        let mut hash = Sha256::new();
        // 122 random bits each.
        for _ in 0..4 {
            hash.update(Uuid::new_v4().as_bytes());
        }
        let length = chunk.len();
        chunk.copy_from_slice(&hash.finalize()[..length]);
    }
    bytes
}
