//! Variables with the beginning of their values.

use domain::filter::NameOps;
use domain::listing::{Cell, ListingRow};
use domain::variables::{Variable, VariableFilter, VariablePage};
use store::{Tx, variables};

use super::{Ask, Rows, brief};

/// By name.
pub async fn rows(tx: &mut Tx, ask: &Ask) -> store::Result<Rows> {
    let name = ask.q.clone().map(|q| NameOps { like_: Some(q), ..NameOps::default() });
    let page = VariablePage {
        variables: Some(VariableFilter { name, ..VariableFilter::default() }),
        ..VariablePage::default()
    };
    let found = variables::filter(tx, &page, ask.limit, ask.offset).await?;
    let row = |variable: Variable| ListingRow {
        id: variable.id.to_string(),
        cells: vec![
            Cell::Text(variable.name),
            Cell::Code(brief(&variable.value)),
            Cell::Tags(variable.tags),
            Cell::at(variable.updated),
        ],
    };
    Ok((found.into_iter().map(row).collect(), variables::count(tx, page.variables.as_ref()).await?))
}
