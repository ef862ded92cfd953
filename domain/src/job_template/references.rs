//! Blocks and variables of the server that a template or its variables refer to.

use serde_json::Value;

use super::TemplateError;
use super::placeholder::{BLOCKS, Kind, Placeholder, VARIABLES, find_placeholders, visit_texts};

/// Something to fetch before a template can be rendered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// `{{ prefect.blocks.<block type>.<name> }}`; looked up to the block document's data.
    Block { block_type: String, name: String },
    /// `{"$ref": {"block_document_id": …}}`; looked up to the block document's data.
    BlockId(String),
    /// `{{ prefect.variables.<name> }}`; looked up to the variable's value.
    Variable(String),
}

/// All references in a value, each once, as they come.
pub fn references(value: &Value) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut add = |reference: Reference| {
        if !found.contains(&reference) {
            found.push(reference);
        }
    };
    visit_ids(value, &mut |id| add(Reference::BlockId(id.to_owned())));
    visit_texts(value, String::new(), &mut |_, text| {
        find_placeholders(text).iter().filter_map(|placeholder| of_placeholder(placeholder)?.ok()).for_each(|found| {
            add(match found {
                Referred::Block { block_type, name, .. } => Reference::Block { block_type, name },
                Referred::Variable(name) => Reference::Variable(name),
            });
        });
    });
    found
}

fn visit_ids(value: &Value, visit: &mut impl FnMut(&str)) {
    if let Some(id) = block_document_id(value) {
        return visit(id);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit_ids(item, visit)),
        Value::Object(members) => members.values().for_each(|member| visit_ids(member, visit)),
        _ => {}
    }
}

/// The id in `{"$ref": {"block_document_id": …}}`.
pub(super) fn block_document_id(value: &Value) -> Option<&str> {
    value.get("$ref")?.get("block_document_id")?.as_str().filter(|id| !id.is_empty())
}

/// What a placeholder refers to.
pub(super) enum Referred {
    Block { block_type: String, name: String, path: Option<String> },
    Variable(String),
}

/// None for placeholders that refer to nothing outside of the template.
pub(super) fn of_placeholder(placeholder: &Placeholder<'_>) -> Option<Result<Referred, TemplateError>> {
    match placeholder.kind() {
        Kind::GlobalVariable => Some(Ok(Referred::Variable(placeholder.name.trim_start_matches(VARIABLES).to_owned()))),
        Kind::Block => {
            let mut parts = placeholder.name.trim_start_matches(BLOCKS).splitn(3, '.').map(str::to_owned);
            Some(match (parts.next(), parts.next(), parts.next()) {
                (Some(block_type), Some(name), path) => Ok(Referred::Block { block_type, name, path }),
                _ => Err(TemplateError::BlockName(placeholder.name.to_owned())),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_collected_once() {
        let value = json!({
            "a": "{{ prefect.blocks.secret.token }}",
            "b": ["{{ prefect.variables.x }}/{{ prefect.blocks.secret.token.value.key }}", "{{ name }} {{ $HOME }}"],
            "c": {"$ref": {"block_document_id": "6f1d"}},
            "d": "{{ prefect.blocks.half }}",
        });
        let token = Reference::Block { block_type: "secret".to_owned(), name: "token".to_owned() };
        let expected = [Reference::BlockId("6f1d".to_owned()), token, Reference::Variable("x".to_owned())];
        assert_eq!(references(&value), expected);
    }
}
