//! Parses, runs one command, turns its outcome into an exit code. Nothing else happens here.

use std::process::ExitCode;

use driftlead::cli::{Cli, Exit, run};

fn main() -> ExitCode {
    driftlead::log::start();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; usage is.
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed.into() } else { Exit::Clean.into() };
        }
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) if driftlead::report::is_broken_pipe(&error) => Exit::Clean.into(),
        Err(error) => {
            driftlead::report::remark(&format!("driftlead: {}", driftlead::report::error_text(&error)));
            Exit::Failed.into()
        }
    }
}
