//! `cargo xtask serve`: the whole product on this machine, with something to look at.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::build;

#[derive(Args)]
pub struct Options {
    /// Build and run the optimised binary
    #[arg(long)]
    release: bool,
    /// Flags for `reeve server start`, after `--`, e.g. `-- --port 4300`
    #[arg(last = true)]
    args: Vec<String>,
}

/// Builds everything, then becomes `reeve server start --demo`; Ctrl-C ends it.
pub fn serve(options: &Options) -> Result<()> {
    let built = build::build(options.release)?;
    println!("{}", welcome(port(&options.args)));
    let mut server = Command::new(built.binary);
    server.args(["server", "start", "--demo"]).args(&options.args).env("REEVE_SITE_DIR", built.site);
    Err(anyhow::Error::new(server.exec()).context("could not start the server"))
}

/// The port that the server is told to take, or its default.
fn port(args: &[String]) -> &str {
    let after = args.iter().zip(args.iter().skip(1)).find(|(flag, _)| *flag == "--port").map(|(_, port)| port.as_str());
    after.or_else(|| args.iter().find_map(|arg| arg.strip_prefix("--port="))).unwrap_or("4200")
}

fn welcome(port: &str) -> String {
    format!(
        "
  Dashboard   http://127.0.0.1:{port}
  API         http://127.0.0.1:{port}/api   (PREFECT_API_URL for Prefect 2 and 3 clients)

  Look at     Deployments: a demo that a process worker runs every minute; `Run now` starts one at once
              Runs: open the newest and watch its log arrive
              Work pools: the base job template and what it renders to
  Stop with   Ctrl-C
"
    )
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn the_port_is_read_from_the_servers_flags() {
        let args = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (given, wanted) in
            [("", "4200"), ("--port 4300", "4300"), ("--host 0.0.0.0 --port=80", "80"), ("--port", "4200")]
        {
            assert_eq!(port(&args(given)), wanted, "{given:?}");
        }
    }
}
