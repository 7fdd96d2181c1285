//! Serves a synthetic AWS until it is ended.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use synthetic_aws::Server;
use synthetic_aws::cli::Flags;

fn main() -> ExitCode {
    let world = match Flags::parse().world() {
        Ok(world) => world,
        Err(error) => {
            eprintln!("synthetic-aws: {error}");
            return ExitCode::from(2);
        }
    };
    let server = match Server::start(world) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("synthetic-aws: cannot listen: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Whoever started this waits for the line; a closed pipe is theirs to close.
    let _ = writeln!(std::io::stdout(), "{}", serde_json::json!({"endpoint": server.endpoint()}));
    loop {
        std::thread::park();
    }
}
