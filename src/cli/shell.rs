//! `completions` and `man`: what a shell and `man` want to know of the command line.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::Exit;
use super::help::command;
use crate::report::print_text;

/// The program's name.
const NAME: &str = "driftlead";

/// Print completions for a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: ShellName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Completions {
    /// Runs the command.
    pub fn run(&self) -> Result<Exit> {
        let shell = match self.shell {
            ShellName::Bash => Shell::Bash,
            ShellName::Zsh => Shell::Zsh,
            ShellName::Fish => Shell::Fish,
            ShellName::Powershell => Shell::PowerShell,
        };
        // Into memory first: what writes completions gives up with a panic when a pipe closes.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command(), NAME, &mut script);
        print_text(String::from_utf8(script)?.trim_end())?;
        Ok(Exit::Clean)
    }
}

/// Write the manual pages into a folder, or print the first of them
#[derive(Debug, Args)]
pub struct Man {
    /// The folder, made if need be; without it driftlead(1) is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    /// Runs the command.
    pub fn run(&self) -> Result<Exit> {
        // `help` would get a page for each command once more.
        let mut command = command().disable_help_subcommand(true);
        command.build();
        let page = |command: clap::Command, out: &mut dyn Write| clap_mangen::Man::new(command).render(out);
        let Some(folder) = &self.folder else {
            let mut text = Vec::new();
            page(command, &mut text)?;
            print_text(String::from_utf8(text)?.trim_end())?;
            return Ok(Exit::Clean);
        };
        if folder.is_file() {
            bail!("{}: is a file; name a folder", folder.display());
        }
        let wrong = || folder.display().to_string();
        std::fs::create_dir_all(folder).with_context(wrong)?;
        clap_mangen::generate_to(command, folder).with_context(wrong)?;
        Ok(Exit::Clean)
    }
}
