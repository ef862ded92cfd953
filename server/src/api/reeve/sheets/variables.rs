//! `/variables`: named values, added and changed in place.

use client::segment;
use domain::filter::NameOps;
use domain::language::tr;
use domain::listing::{Act, Cell, ListingRow};
use domain::say;
use domain::sheet::{Form, Part, Sheet};
use domain::variables::{Variable, VariableFilter, VariablePage};
use serde_json::{Map, Value, json};
use store::{Tx, variables};

use super::list::{Noun, table};
use super::{Ask, brief};

const NOUN: Noun = Noun {
    path: "/variables",
    title: "Variables",
    one: "variable",
    what: "A variable is a named value that flows and job templates read when they need it.",
    command: Some("prefect variable set my_variable my-value"),
    search: "Variable",
    columns: &["Name", "Value", "Tags", "Changed", "Actions"],
};

/// By name, below the form that adds one.
pub async fn list(tx: &mut Tx, ask: &Ask<'_>) -> store::Result<Sheet> {
    let name = ask.q().map(|q| NameOps { like_: Some(q.to_owned()), ..NameOps::default() });
    let page = VariablePage {
        variables: Some(VariableFilter { name, ..VariableFilter::default() }),
        ..VariablePage::default()
    };
    let found = variables::filter(tx, &page, ask.limit(), ask.offset()).await?;
    let row = |variable: Variable| {
        let cells = vec![
            Cell::link(format!("/variables/{}", segment(&variable.name)), variable.name.clone()),
            Cell::Code(brief(&variable.value)),
            Cell::Tags(variable.tags.clone()),
            Cell::at(variable.updated),
            delete(&variable).cell(),
        ];
        ListingRow::new(variable.id, cells)
    };
    let count = variables::count(tx, page.variables.as_ref()).await?;
    let add = Form {
        name: "add".to_owned(),
        title: say!("Add a variable"),
        folded: true,
        schema: schema(),
        values: Map::new(),
        method: "POST".to_owned(),
        path: "/variables/".to_owned(),
        fixed: Map::new(),
        submit: say!("Add"),
        done: say!("The variable is there"),
        then: None,
    };
    let sheet = Sheet::new(NOUN.title, ask.now).searched(NOUN.search, ask.q()).with(Part::Form(Box::new(add)));
    Ok(table(sheet, &NOUN, ask, found.into_iter().map(row).collect(), count))
}

/// The variable of that name, in its form.
pub async fn one(tx: &mut Tx, ask: &Ask<'_>, name: &str) -> store::Result<Option<Sheet>> {
    let Some(variable) = variables::by_name(tx, name).await? else { return Ok(None) };
    let mut sheet = Sheet::new(variable.name.clone(), ask.now).below("/variables", "Variables").about(say!(
        "Flows read it as {}, templates as {}.",
        format!("Variable.get(\"{}\")", variable.name),
        format!("{{{{ prefect.variables.{} }}}}", variable.name)
    ));
    sheet.acts.push(delete(&variable).leading("/variables"));
    let Value::Object(values) = json!({ "name": variable.name, "value": variable.value, "tags": variable.tags }) else {
        return Ok(None);
    };
    let form = Form {
        name: "change".to_owned(),
        title: say!("Its value"),
        folded: false,
        schema: schema(),
        values,
        method: "PATCH".to_owned(),
        path: format!("/variables/{}", variable.id),
        fixed: Map::new(),
        submit: say!("Save"),
        done: say!("The variable is saved"),
        then: Some("/variables".to_owned()),
    };
    Ok(Some(sheet.with(Part::Form(Box::new(form)))))
}

fn delete(variable: &Variable) -> Act {
    Act::new("Delete", "DELETE", format!("/variables/{}", variable.id))
        .asking(say!("Flows and templates that read “{}” will not find it any more.", variable.name))
        .saying("The variable is deleted")
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["name", "value"],
        "properties": {
            "name": { "title": tr("Name"), "type": "string", "description": tr("Small letters, digits and _.") },
            "value": { "title": tr("Value"), "description": tr("Any JSON: \"a text\" in quotes, 5, true, [\"a list\"], { \"an\": \"object\" }.") },
            "tags": { "title": tr("Tags"), "type": "array", "default": [], "description": tr("A JSON list of texts.") },
        },
    })
}
