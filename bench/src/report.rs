//! The table.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

use crate::{
    figures::{median, range},
    load::Sample,
    stage::Way,
};

/// A line of the table: medians over the turns of one way.
pub(crate) struct Row {
    way: Way,
    in_flight: usize,
    median: Sample,
    /// Tokens per second of the slowest and the quickest turn.
    range: (f64, f64),
}

impl Row {
    pub(crate) fn new(way: Way, in_flight: usize, samples: &[Sample]) -> Self {
        let median = |part: fn(&Sample) -> f64| median(samples.iter().map(part));
        Self {
            way,
            in_flight,
            median: Sample {
                per_second: median(|sample| sample.per_second),
                median: median(|sample| sample.median),
                p99: median(|sample| sample.p99),
                processor: crate::load::Processor {
                    cluster: median(|sample| sample.processor.cluster),
                    mayfly: median(|sample| sample.processor.mayfly),
                    client: median(|sample| sample.processor.client),
                },
            },
            range: range(samples.iter().map(|sample| sample.per_second)),
        }
    }
}

/// The report, as Markdown.
pub(crate) fn text(rows: &[Row], facts: &[(&str, String)]) -> String {
    let mut text = String::from(
        "# Tokens per second\n\n\
         Made by `cargo xtask bench`. *Bare* sends TokenRequests to the API server; *Mayfly* issues leases, each of \
         which is one TokenRequest, two commits and an audit event. Both share the machine with the API server and \
         the load generator. Numbers are medians over the turns; processor time is per \
         token, with what the process uses at rest in it.\n\n\
         | in flight | way | tokens/s | slowest to quickest turn | p50 ms | p99 ms | API server ms | Mayfly ms | client ms |\n\
         |---:|---|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Row { way, in_flight, median, range: (least, most) } in rows {
        let Sample { per_second, median, p99, processor } = median;
        let mayfly = if *way == Way::Bare { "–".to_owned() } else { format!("{:.2}", processor.mayfly) };
        let _ = writeln!(
            text,
            "| {in_flight} | {} | {per_second:.0} | {least:.0} to {most:.0} | {median:.2} | {p99:.2} | {:.2} | {mayfly} | {:.2} |",
            way.name(),
            processor.cluster,
            processor.client,
        );
    }
    text + "\n" + &list(facts)
}

/// Facts, one a line.
pub(crate) fn list(facts: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in facts {
        let _ = writeln!(text, "- {name}: {value}");
    }
    text
}

/// The report is what this program makes: to standard output, and to a file if one is given.
pub(crate) fn deliver(text: &str, file: Option<&Path>) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())?;
    if let Some(file) = file {
        fs::write(file, text)?;
        say(&format!("written to {}", file.display()));
    }
    Ok(())
}

/// Everything else goes to standard error. If nobody listens any more, nothing is lost.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
