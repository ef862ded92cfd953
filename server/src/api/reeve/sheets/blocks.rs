//! `/blocks`: documents that have a name, the catalogue of what they can be, and forms made of the kinds' schemas.
//! What is secret in a document is never shown; a hidden value that comes back means the one that is there.

use domain::language::tr;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::BlockDocumentId;
use domain::blocks::{
    Any, BlockDocumentFilter, BlockDocumentSort, BlockPage, BlockSchema, BlockSchemaFilter, BlockType, BlockTypeFilter,
};
use domain::filter::{LikeOps, NameOps};
use domain::listing::{Act, Cell, ListingRow};
use domain::say;
use domain::sheet::{Form, Grid, Part, Sheet, fact, heading, say};
use serde_json::{Map, Value, json};
use store::{Tx, block_documents, block_schemas, block_types};

use super::list::{Noun, listed, table};
use super::{Ask, markdown};
use crate::orchestration::blocks::documents;

const NOUN: Noun = Noun {
    path: "/blocks",
    title: "Blocks",
    one: "block",
    what: "A block keeps settings and secrets under a name, for flows and job templates.",
    command: Some("prefect block register --module prefect.blocks.system"),
    search: "Block",
    columns: &["Name", "Type", "Reference", "Changed"],
};

const KINDS: Noun = Noun {
    path: "/blocks/catalog",
    title: "Kinds of blocks",
    one: "kind",
    what: "Kinds of blocks come with Prefect and its packages.",
    command: Some("prefect block register --module prefect_aws"),
    search: "Kind",
    columns: &["Name", "Kind", "What it is for"],
};

/// By type and name.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| NameOps { like_: Some(q.to_owned()), ..NameOps::default() });
    let filter = BlockDocumentFilter { name, ..BlockDocumentFilter::default() };
    let sort = Some(BlockDocumentSort::BlockTypeAndNameAsc);
    let page = BlockPage { block_documents: Some(filter), sort, ..BlockPage::default() };
    let found = block_documents::filter(tx, &page, ask.limit(), ask.offset()).await?;
    let mut types = HashMap::new();
    for document in &found {
        if let Entry::Vacant(entry) = types.entry(document.block_type_id) {
            entry.insert(block_types::by_id(tx, document.block_type_id).await?);
        }
    }
    let row = |document: block_documents::StoredDocument| {
        let kind = types.get(&document.block_type_id).and_then(Option::as_ref);
        let reference = kind.map(|kind| format!("{}/{}", kind.slug, document.name));
        let cells = vec![
            Cell::link(format!("/blocks/{}", document.id), document.name),
            Cell::text(kind.map(|kind| kind.name.clone())),
            Cell::code(reference),
            Cell::At(document.updated),
        ];
        ListingRow::new(document.id, cells)
    };
    let count = block_documents::count(tx, &page).await?;
    let sheet = Sheet::new(NOUN.title, ask.now)
        .searched(NOUN.search, ask.q())
        .with(Part::Say(String::new(), vec![Cell::link("/blocks/catalog", "Add a block: choose its kind")]));
    Ok(table(sheet, &NOUN, ask, found.into_iter().map(row).collect(), count))
}

/// What blocks can be.
pub async fn catalog(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| LikeOps { like_: Some(q.to_owned()) });
    let page = BlockPage { block_types: Some(BlockTypeFilter { name, slug: None }), ..BlockPage::default() };
    let found = block_types::filter(tx, &page, ask.limit() + 1, ask.offset()).await?;
    let count = ask.offset() + found.len() as i64;
    let row = |kind: BlockType| {
        let text = kind.description.unwrap_or_default();
        let cells = vec![
            Cell::link(format!("/blocks/catalog/{}", client::segment(&kind.slug)), kind.name),
            Cell::Code(kind.slug),
            Cell::Lines(text.lines().next().unwrap_or_default().to_owned()),
        ];
        ListingRow::new(kind.id, cells)
    };
    let rows = found.into_iter().take(ask.limit() as usize).map(row).collect();
    Ok(listed(&KINDS, ask, rows, count).below("/blocks", "Blocks"))
}

/// A kind of blocks, and the form for a new one.
pub async fn new(tx: &mut Tx, ask: &Ask<'_>, slug: &str) -> store::Result<Option<Sheet>> {
    let Some(kind) = block_types::by_slug(tx, slug).await? else { return Ok(None) };
    let of_kind =
        BlockSchemaFilter { block_type_id: Some(Any { any_: Some(vec![kind.id]) }), ..BlockSchemaFilter::default() };
    let newest = block_schemas::filter(tx, Some(&of_kind), 1, 0).await?.pop();
    let mut sheet =
        Sheet::new(kind.name.clone(), ask.now).below("/blocks", "Blocks").below("/blocks/catalog", "Kinds of blocks");
    if let Some(text) = kind.description.as_ref().filter(|text| !text.is_empty()) {
        sheet = sheet.with(Part::Rich(markdown::html(text)));
    }
    if let Some(address) = kind.documentation_url.as_ref().filter(|address| markdown::is_allowed(address)) {
        sheet = sheet.with(Part::Say(String::new(), vec![Cell::link(address, "Its documentation")]));
    }
    let Some(schema) = newest else {
        return Ok(Some(sheet.with(say("It has no schema yet, so that there is nothing to fill in."))));
    };
    let form = Form {
        name: "add".to_owned(),
        title: say!("Add a {}", kind.name),
        folded: false,
        schema: form_schema(&schema, true),
        values: Map::new(),
        method: "POST".to_owned(),
        path: "/block_documents/".to_owned(),
        fixed: members(
            json!({ "block_schema_id": schema.id, "block_type_id": kind.id, "is_anonymous": false, "data": {} }),
        ),
        submit: say!("Add"),
        done: say!("The block is there"),
        then: Some("/blocks".to_owned()),
    };
    sheet = sheet.with(Part::Form(Box::new(form)));
    Ok(Some(match kind.code_example {
        Some(code) if !code.is_empty() => sheet.with(heading("In a flow")).with(Part::Rich(markdown::html(&code))),
        _ => sheet,
    }))
}

/// One block: its form with what is secret hidden.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, id: &str) -> store::Result<Option<Sheet>> {
    let Ok(id) = id.parse::<BlockDocumentId>() else { return Ok(None) };
    // A document that cannot be read is shown as missing rather than broken.
    let Ok(Some(document)) = documents::read(tx, id, false).await else { return Ok(None) };
    let kind = block_types::by_id(tx, document.block_type_id).await?;
    let name = document.name.clone().unwrap_or_else(|| id.to_string());
    let mut sheet = Sheet::new(name.clone(), ask.now).below("/blocks", "Blocks");
    let delete = Act::new("Delete", "DELETE", format!("/block_documents/{id}"))
        .asking(say!("Flows and templates that load “{}” will not find it any more.", name))
        .saying("The block is deleted");
    sheet.acts.push(delete.leading("/blocks"));
    let slug = kind.as_ref().map(|kind| kind.slug.clone()).unwrap_or_default();
    sheet = sheet.with(Part::Facts(vec![
        fact(
            "Kind",
            kind.map_or(Cell::Nothing, |kind| {
                Cell::link(format!("/blocks/catalog/{}", client::segment(&kind.slug)), kind.name)
            }),
        ),
        fact("In templates", Cell::Code(format!("{{{{ prefect.blocks.{slug}.{name} }}}}"))),
        fact("Changed", document.updated.map_or(Cell::Nothing, Cell::Stamp)),
    ]));
    let values = document.data.iter().map(|(name, value)| (format!("data/{name}"), value.clone())).collect();
    if let Some(schema) = &document.block_schema {
        let form = Form {
            name: "change".to_owned(),
            title: say!("What it holds"),
            folded: false,
            schema: form_schema(schema, false),
            values,
            method: "PATCH".to_owned(),
            path: format!("/block_documents/{id}"),
            fixed: members(
                json!({ "block_schema_id": document.block_schema_id, "data": {}, "merge_existing_data": true }),
            ),
            submit: say!("Save"),
            done: say!("The block is saved"),
            then: None,
        };
        sheet = sheet
            .with(Part::Form(Box::new(form)))
            .with(say("Secrets are shown as asterisks; left as they are, they stay what they were."));
    }
    let rows: Vec<ListingRow> = document
        .block_document_references
        .iter()
        .map(|(field, reference)| {
            let other = reference["block_document"]["id"].as_str().unwrap_or_default();
            ListingRow::new(
                field,
                vec![Cell::Code(field.clone()), Cell::link(format!("/blocks/{other}"), other.to_string())],
            )
        })
        .collect();
    Ok(Some(match rows.is_empty() {
        true => sheet,
        false => sheet.with(heading("Blocks inside of it")).with(Grid::part(
            "Blocks inside of it",
            &["Field", "Block"],
            rows,
        )),
    }))
}

/// The schema's fields below `data/`, and the name of a new one.
fn form_schema(schema: &BlockSchema, with_name: bool) -> Value {
    let fields = &schema.fields;
    let mut properties = Map::new();
    let mut required: Vec<String> = Vec::new();
    if with_name {
        let help = tr("Small letters, digits and dashes; flows load the block by it.");
        properties.insert(
            "name".to_owned(),
            json!({ "title": tr("Name"), "type": "string", "description": help, "position": -1 }),
        );
        required.push("name".to_owned());
    }
    for (name, property) in fields["properties"].as_object().into_iter().flatten() {
        properties.insert(format!("data/{name}"), property.clone());
    }
    required.extend(
        fields["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|name| format!("data/{name}")),
    );
    let mut all = json!({ "type": "object", "required": required, "properties": properties });
    for definitions in ["definitions", "$defs"] {
        if let Some(found) = fields.get(definitions) {
            all[definitions] = found.clone();
        }
    }
    all
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
