//! The kinds of blocks that are part of Prefect itself, with the schemas of both clients.
//!
//! A client that finds its schema by checksum and version sends nothing. The checksums are those of the
//! clients' own fields, with their descriptions, which are not repeated here.

use domain::Timestamp;
use domain::blocks::{BlockSchema, BlockType};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Result, Store, StoreError, Tx, block_schemas, block_types, configuration};

use crate::clock::new_id;

const CATALOGUE: &str = include_str!("catalogue.json");

/// Where it is noted which catalogue is installed.
const INSTALLED: &str = "block-catalogue";

#[derive(Deserialize)]
struct Catalogue {
    types: Vec<Kind>,
    schemas: Vec<Fields>,
}

#[derive(Deserialize)]
struct Kind {
    slug: String,
    name: String,
    description: String,
    is_protected: bool,
}

#[derive(Deserialize)]
struct Fields {
    slug: String,
    version: String,
    checksum: String,
    capabilities: Vec<String>,
    fields: Value,
}

/// Adds what is missing, once for every version of the catalogue. What people have deleted stays deleted.
pub async fn install(store: &Store, now: Timestamp) -> Result<()> {
    let digest = Sha256::digest(CATALOGUE.as_bytes());
    let this = json!(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    if configuration::get(&mut store.read().await?, INSTALLED).await? == Some(this.clone()) {
        return Ok(());
    }
    let mut tx = store.write().await?;
    add(&mut tx, now).await?;
    configuration::set(&mut tx, INSTALLED, &this).await?;
    tx.commit().await
}

/// Adds what is missing.
pub async fn add(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let catalogue: Catalogue = serde_json::from_str(CATALOGUE).map_err(|error| StoreError::Corrupt {
        table: "block_type",
        column: "catalogue",
        id: "catalogue.json".to_owned(),
        what: error.to_string(),
    })?;
    for kind in catalogue.types {
        if block_types::by_slug(tx, &kind.slug).await?.is_none() {
            block_types::insert(tx, &kind.into_type(), now).await?;
        }
    }
    for fields in catalogue.schemas {
        let known = block_schemas::by_checksum(tx, &fields.checksum, Some(&fields.version)).await?.is_some();
        if let (false, Some(block_type)) = (known, block_types::by_slug(tx, &fields.slug).await?) {
            block_schemas::insert(tx, &fields.of(block_type), now).await?;
        }
    }
    Ok(())
}

impl Kind {
    fn into_type(self) -> BlockType {
        BlockType {
            id: new_id(),
            created: None,
            updated: None,
            name: self.name,
            slug: self.slug,
            logo_url: None,
            documentation_url: None,
            description: Some(self.description),
            code_example: None,
            is_protected: self.is_protected,
        }
    }
}

impl Fields {
    fn of(self, block_type: BlockType) -> BlockSchema {
        BlockSchema {
            id: new_id(),
            created: None,
            updated: None,
            checksum: self.checksum,
            fields: self.fields,
            block_type_id: block_type.id,
            block_type: Some(block_type),
            capabilities: self.capabilities,
            version: self.version,
        }
    }
}
