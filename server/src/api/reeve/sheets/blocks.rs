//! Block documents that have a name; what is in them stays there.

use std::collections::HashMap;

use domain::blocks::{BlockDocumentFilter, BlockDocumentSort, BlockPage};
use domain::filter::NameOps;
use domain::listing::{Cell, ListingRow};
use store::{Tx, block_documents, block_types};

use super::Ask;
use super::list::{Noun, listed};
use domain::sheet::Sheet;

const NOUN: Noun = Noun {
    path: "/blocks",
    title: "Blocks",
    one: "block",
    what: "A block keeps settings and secrets under a name, for flows and job templates.",
    command: Some("prefect block register --module prefect.blocks.system"),
    search: "Block",
    columns: &["Name", "Type", "Reference", "Changed"],
};

/// By type and name.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| NameOps { like_: Some(q.to_owned()), ..NameOps::default() });
    let documents = BlockDocumentFilter { name, ..BlockDocumentFilter::default() };
    let sort = Some(BlockDocumentSort::BlockTypeAndNameAsc);
    let page = BlockPage { block_documents: Some(documents), sort, ..BlockPage::default() };
    let found = block_documents::filter(tx, &page, ask.limit(), ask.offset()).await?;
    let mut types = HashMap::new();
    for document in &found {
        if let std::collections::hash_map::Entry::Vacant(entry) = types.entry(document.block_type_id) {
            entry.insert(block_types::by_id(tx, document.block_type_id).await?);
        }
    }
    let row = |document: block_documents::StoredDocument| {
        let kind = types.get(&document.block_type_id).and_then(Option::as_ref);
        let reference = kind.map(|kind| format!("{}/{}", kind.slug, document.name));
        ListingRow {
            id: document.id.to_string(),
            cells: vec![
                Cell::Text(document.name),
                Cell::text(kind.map(|kind| kind.name.clone())),
                reference.map_or(Cell::Nothing, Cell::Code),
                Cell::At(document.updated),
            ],
        }
    };
    let count = block_documents::count(tx, &page).await?;
    Ok(listed(&NOUN, ask, found.into_iter().map(row).collect(), count))
}
