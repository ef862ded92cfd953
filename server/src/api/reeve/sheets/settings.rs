//! `/settings`: what this server goes by, and who said so.

use domain::listing::{Cell, ListingRow};
use domain::say;
use domain::sheet::{Grid, Part, Sheet, fact, heading, say};

use super::Ask;

/// The page. What each visitor chooses for themselves (theme, zone) is in the bar above every page.
pub fn page(ask: &Ask<'_>) -> Sheet {
    let app = ask.app;
    let set = |setting: &&crate::app_state::SettingFact| !setting.from.is_empty();
    let row = |setting: &crate::app_state::SettingFact| {
        let from = match setting.from.as_str() {
            "" => Cell::Text(say!("default")),
            from => Cell::Code(from.to_owned()),
        };
        let cells = vec![
            Cell::Code(setting.key.clone()),
            Cell::code(Some(setting.shown.clone())),
            from,
            Cell::Lines(setting.help.trim().to_owned()),
        ];
        ListingRow::new(&setting.key, cells)
    };
    let columns = ["Setting", "Value", "Set by", "What it does"];
    let (given, left): (Vec<_>, Vec<_>) = app.settings.iter().partition(set);
    let sheet = Sheet::new("Settings", ask.now)
        .about("Settings are given when the server starts: by flags, environment variables or its settings file. Theme and time zone are chosen in the bar above.")
        .with(Part::Facts(vec![
            fact("Version", Cell::Code(env!("CARGO_PKG_VERSION").to_owned())),
            fact("Database", Cell::Text(format!("{:?}", app.store.backend()))),
            fact("Dashboard", Cell::Code(app.policy.dashboard_url.clone())),
            fact("Password", Cell::words(if app.policy.auth_string.is_some() { "asked for" } else { "none" })),
        ]));
    let sheet = sheet.with(heading("Given"));
    let sheet = match given.is_empty() {
        true => sheet.with(say("Nobody has set anything: all settings have their defaults.")),
        false => sheet.with(Grid::part("Given settings", &columns, given.into_iter().map(row).collect())),
    };
    match left.is_empty() {
        true => sheet,
        false => sheet.with(heading("Left at their defaults")).with(Grid::part(
            "Defaults",
            &columns,
            left.into_iter().map(row).collect(),
        )),
    }
}
