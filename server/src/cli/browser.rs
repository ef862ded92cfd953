//! Opening a page of the dashboard.

use std::io::IsTerminal;
use std::process::{Command, Stdio};

use clap::Subcommand;

use super::failure::Failure;
use super::output::print_line;
use super::session::Session;

/// Programs that open an address in the browser of whoever sits here.
const OPENERS: [&str; 3] = ["xdg-open", "open", "wslview"];

#[derive(Subcommand)]
pub enum Dashboard {
    /// Print the dashboard's address, and open it where there is a browser
    Open,
}

impl Dashboard {
    /// Runs the command.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let Dashboard::Open = self;
        open(&session.dashboard());
        Ok(())
    }
}

/// Prints the address, and opens it if a person is at a terminal that has a browser.
pub fn open(address: &str) {
    print_line(address);
    if !std::io::stdout().is_terminal() {
        return;
    }
    for opener in OPENERS {
        let started = Command::new(opener).arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        if started.is_ok() {
            return;
        }
    }
}
