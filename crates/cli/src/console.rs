//! The two ways out: data on standard output, everything else on standard error.

use std::io::{self, ErrorKind, IsTerminal as _, Stdout, Write as _};

use clap::ValueEnum;
use comfy_table::{Table, presets};
use inquire::Confirm;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{environment::Kind, error::CliError, plain};

/// The version of every JSON document this program prints. Fields are added under the same number; one that goes or
/// changes its meaning makes the next.
const SCHEMA_VERSION: u32 = 1;

/// How to print data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// `mayfly token` only: the bare token
    Token,
    /// `mayfly token` only: `TOKEN=…`, for `env` and `export`
    Env,
}

/// Whether to speak about what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    Spoken,
    Quiet,
}

/// Whether questions may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Questions {
    Allowed,
    Forbidden,
}

/// What a program prints to.
#[derive(Debug)]
pub(crate) struct Console {
    pub(crate) out: Stdout,
    pub(crate) format: Format,
    pub(crate) speech: Speech,
    pub(crate) questions: Questions,
    pub(crate) kind: Kind,
}

impl Console {
    /// Prints a line of data, or several. What could steer a terminal in it is shown as numbers.
    pub(crate) fn data(&self, line: &str) -> Result<(), CliError> {
        match writeln!(self.out.lock(), "{}", plain::lines(line)) {
            // `mayfly … | head -1` has what it wanted.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(CliError::Output),
        }
    }

    /// Prints a JSON document: the fields, and the version of their shape before them.
    pub(crate) fn document(&self, fields: &impl Serialize) -> Result<(), CliError> {
        let mut document = json!({"schemaVersion": SCHEMA_VERSION});
        let fields = serde_json::to_value(fields).map_err(CliError::Shape)?;
        if let (Value::Object(document), Value::Object(fields)) = (&mut document, fields) {
            document.extend(fields);
        }
        self.data(&serde_json::to_string_pretty(&document).map_err(CliError::Shape)?)
    }

    /// Prints the document where JSON was asked for, and what `text` prints everywhere else.
    pub(crate) fn answer(
        &self,
        document: &impl Serialize,
        text: impl FnOnce(&Self) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        match self.format {
            Format::Json => self.document(document),
            Format::Text | Format::Token | Format::Env => text(self),
        }
    }

    /// Prints rows under their headings, without frames: columns that `cut` and `awk` can read.
    pub(crate) fn table(&self, headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Result<(), CliError> {
        let mut table = Table::new();
        let harmless =
            |row: Vec<String>| row.into_iter().map(|cell| plain::cell(&cell).into_owned()).collect::<Vec<_>>();
        table.load_style(presets::NOTHING).set_header(headings).add_rows(rows.into_iter().map(harmless));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text = table.to_string();
        text.lines().try_for_each(|line| self.data(line.trim_end()))
    }

    /// Tells what goes on, unless that is unwanted.
    pub(crate) fn say(&self, line: &str) {
        if self.speech == Speech::Spoken {
            complain(line);
        }
    }

    /// Whether what is printed as data appears on a screen, which may be recorded.
    pub(crate) fn shows_data(&self) -> bool {
        self.out.is_terminal()
    }

    /// Whether somebody is there to answer a question.
    pub(crate) fn may_ask(&self) -> bool {
        let is_watched = io::stdin().is_terminal() && io::stderr().is_terminal();
        is_watched && self.questions == Questions::Allowed && self.kind == Kind::Personal
    }

    /// Asks whether to go on, and takes nothing but a yes. Where nobody can be asked, `nothing_was_done` says that.
    pub(crate) fn confirm(&self, question: &str, nothing_was_done: &str) -> Result<(), CliError> {
        self.expect_somebody(nothing_was_done)?;
        if Confirm::new(&plain::lines(question)).with_default(false).prompt()? {
            Ok(())
        } else {
            Err(CliError::Interrupted)
        }
    }

    /// Refuses to go on where nobody can be asked; for commands that first look up what to ask.
    pub(crate) fn expect_somebody(&self, nothing_was_done: &str) -> Result<(), CliError> {
        if self.may_ask() {
            return Ok(());
        }
        Err(CliError::Usage(format!("{nothing_was_done}: add `-y` where nobody can be asked")))
    }
}

/// Prints a line to standard error, come what may. If nobody can be told, nobody can be told that either.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", plain::lines(line));
}
