//! `regions`: lists the regions of a partition.

use std::io::{self, Write};

use securityhub_invitations::Partition;

use crate::{
    arguments::{Output, RegionsArguments},
    command_error::CommandError,
    exit_status::ExitStatus,
    report::{Line, RegionLine},
};

pub(crate) fn run(arguments: &RegionsArguments) -> Result<ExitStatus, CommandError> {
    let partition =
        Partition::all().iter().find(|partition| partition.id() == arguments.partition).ok_or_else(|| {
            let known: Vec<&str> = Partition::all().iter().map(Partition::id).collect();
            CommandError::usage(format!(
                "partition \"{}\": unknown (expected one of {})",
                arguments.partition,
                known.join(", ")
            ))
        })?;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    if arguments.output == Output::Csv {
        writeln!(stdout, "partition,region,opt_in")?;
    }
    for listed in partition.regions() {
        let (region, is_opt_in) = (listed.name(), listed.is_opt_in());
        match arguments.output {
            Output::Table => writeln!(stdout, "{region:<16} {}", if is_opt_in { "opt-in" } else { "" })?,
            Output::Csv => writeln!(stdout, "{},{region},{is_opt_in}", partition.id())?,
            Output::Json => {
                let line = RegionLine { partition: partition.id(), region, opt_in: is_opt_in };
                Line::Region(line).write(&mut stdout)?;
            }
        }
    }
    stdout.flush()?;
    Ok(ExitStatus::Done)
}
