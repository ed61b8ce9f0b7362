//! Times the same job by the command, by boto3 and by the AWS CLI, in one run. The emulated service takes 20 ms for each response
//! and has no rate limit.
//!
//! ```text
//! cargo build --release -p securityhub-invitations-cli -p securityhub-invitations-benches-job
//! target/release/job --python venv/bin/python --aws venv/bin/aws
//! ```

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::{Arg, value_parser};
use securityhub_emulator::{AccessKey, Emulator, Fault, Role, Server};
use securityhub_invitations::{AccountId, Region};

const ROLE: &str = "Cleanup";
const LATENCY: Duration = Duration::from_millis(20);
/// The calls that the AWS CLI makes. The time of the whole job is extrapolated.
const AWS_CLI_CALLS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let program = |name: &'static str| Arg::new(name).long(name).value_parser(value_parser!(PathBuf)).required(true);
    let number = |name: &'static str, default: &'static str| {
        Arg::new(name).long(name).value_parser(value_parser!(usize)).default_value(default)
    };
    let matches = clap::Command::new("job")
        .about("Times the same job by the command, by boto3 and by the AWS CLI")
        .args([program("python").help("A Python with boto3"), program("aws").help("The AWS CLI")])
        .args([number("accounts", "30"), number("ids", "1000"), number("regions", "1"), number("large", "1000")])
        .get_matches();
    let program = |name| matches.get_one::<PathBuf>(name).expect("it is required").clone();
    let number = |name| *matches.get_one::<usize>(name).expect("it has a default");
    let directory = env::temp_dir().join(format!("job-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let (accounts, ids) = (number("accounts"), number("ids"));
    let site = Site { directory: directory.clone(), accounts, ids };

    println!("{accounts} accounts × {ids} ids, {} ms latency", LATENCY.as_millis());
    println!("{:<34}{:>9}{:>9}{:>9}{:>9}", "", "calls", "wall s", "CPU s", "RSS MB");
    site.command()?;
    site.boto3(&program("python"), "threads", 50)?;
    site.aws_cli(&program("aws"))?;
    site.boto3(&program("python"), "serial", 1)?;

    let large = number("large");
    println!("\n{large} accounts × 34 regions, one invitation in each: list and delete");
    let site = Site { directory: directory.clone(), accounts: large, ids: 1 };
    site.clean()?;
    fs::remove_dir_all(directory)?;
    Ok(())
}

/// The size of a job, and the directory for its files.
struct Site {
    directory: PathBuf,
    accounts: usize,
    ids: usize,
}

impl Site {
    fn account(number: usize) -> AccountId {
        format!("1{number:011}").parse().expect("it has twelve digits")
    }

    fn id(number: usize) -> AccountId {
        format!("9{number:011}").parse().expect("it has twelve digits")
    }

    fn file(&self, name: &str, ids: impl Iterator<Item = AccountId>) -> Result<PathBuf, Box<dyn Error>> {
        let path = self.directory.join(name);
        fs::write(&path, ids.map(|id| format!("{id}\n")).collect::<String>())?;
        Ok(path)
    }

    /// Starts a service with the invitations.
    fn server(&self, regions: &[Region]) -> Result<Server, Box<dyn Error>> {
        let slow = |_| Some(Fault::none().delay(LATENCY));
        let mut builder = Emulator::builder().with_fault_source(slow).with_log_capacity(0);
        for number in 0..self.accounts {
            builder = builder.with_role(Role::new(Self::account(number), ROLE)?);
            let key = AccessKey::new(&format!("AKID{}", Self::account(number)), AccessKey::EXAMPLE_SECRET);
            builder = builder.with_access_key(key.with_account(Self::account(number)));
        }
        let emulator = builder.with_access_key(AccessKey::example()).build();
        for number in 0..self.accounts {
            for id in 0..self.ids {
                for region in regions {
                    emulator.account(Self::id(id)).send_invitation(region, Self::account(number));
                }
            }
        }
        Ok(Server::start(emulator)?)
    }

    fn accounts_file(&self) -> Result<PathBuf, Box<dyn Error>> {
        self.file("accounts.txt", (0..self.accounts).map(Self::account))
    }

    /// `delete` with given ids, as the others do.
    fn command(&self) -> Result<(), Box<dyn Error>> {
        let region: Region = "eu-central-1".parse()?;
        let server = self.server(std::slice::from_ref(&region))?;
        let mut command = self.ours(&server);
        command.args(["delete", "--side", "member", "--region", "eu-central-1", "--no-verify", "--yes"]);
        command.arg("--file").arg(self.file("ids.txt", (0..self.ids).map(Self::id))?);
        command.args(["--role", ROLE, "--accounts"]).arg(self.accounts_file()?);
        self.measure("the command", &server, &mut command, 1.0)
    }

    /// `clean` in every region.
    fn clean(&self) -> Result<(), Box<dyn Error>> {
        let regions = securityhub_invitations::Partition::all()[0].regions();
        let regions: Vec<Region> = regions.iter().map(securityhub_invitations::ListedRegion::region).collect();
        let server = self.server(&regions)?;
        let mut command = self.ours(&server);
        command.args(["clean", "--side", "member", "--all-regions", "--no-verify", "--yes"]);
        command.args(["--role", ROLE, "--accounts"]).arg(self.accounts_file()?);
        self.measure("the command", &server, &mut command, 1.0)
    }

    fn ours(&self, server: &Server) -> Command {
        let program = env::current_exe().expect("a process has a path").with_file_name("securityhub-invitations");
        let mut command = timed(&program);
        // The others have no rate limit either.
        command.env("XDG_STATE_HOME", &self.directory).envs(environment(server));
        command
    }

    fn boto3(&self, python: &Path, mode: &str, chunk: usize) -> Result<(), Box<dyn Error>> {
        let server = self.server(&["eu-central-1".parse()?])?;
        let mut command = timed(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/boto3_job.py")).envs(environment(&server));
        // Serial calls take long: a tenth of the ids, extrapolated.
        let factor = if mode == "serial" { 10 } else { 1 };
        let numbers = [self.accounts, self.ids / factor, chunk].map(|number| number.to_string());
        command.arg(mode).args(numbers);
        let name = format!("boto3, {mode}, {chunk} ids a call");
        self.measure(&name, &server, &mut command, factor as f64)
    }

    fn aws_cli(&self, aws: &Path) -> Result<(), Box<dyn Error>> {
        let server = self.server(&["eu-central-1".parse()?])?;
        let calls = self.accounts * self.ids.div_ceil(50);
        let ids: Vec<String> = (0..50.min(self.ids)).map(|id| Self::id(id).to_string()).collect();
        let line = format!(
            "for i in $(seq {AWS_CLI_CALLS}); do {} securityhub delete-invitations --account-ids {} > /dev/null; done",
            aws.display(),
            ids.join(" ")
        );
        let mut command = timed(Path::new("sh"));
        command.args(["-c", &line]).envs(environment(&server));
        self.measure("AWS CLI, loop, 50 ids a call", &server, &mut command, calls as f64 / AWS_CLI_CALLS as f64)
    }

    /// Runs a command, and prints its figures times `factor`.
    fn measure(&self, name: &str, server: &Server, command: &mut Command, factor: f64) -> Result<(), Box<dyn Error>> {
        let started = Instant::now();
        let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
        let wall = started.elapsed().as_secs_f64() * factor;
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(format!("{name}: {stderr}").into());
        }
        let figures: Vec<f64> = stderr
            .lines()
            .last()
            .unwrap_or_default()
            .split(' ')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{name}: {error} in {stderr}"))?;
        let [user, system, kilobytes] = figures[..] else { return Err("GNU time prints three figures".into()) };
        let calls = server.emulator().counters().requests as f64 * factor;
        let cpu = (user + system) * factor;
        println!("{name:<34}{calls:>9.0}{wall:>9.2}{cpu:>9.2}{:>9.1}", kilobytes / 1024.0);
        Ok(())
    }
}

/// Returns a command whose last line on the standard error has CPU seconds and memory.
fn timed(program: &Path) -> Command {
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%U %S %M"]).arg(program);
    command
}

fn environment(server: &Server) -> [(&'static str, String); 7] {
    [
        ("AWS_ENDPOINT_URL", server.url()),
        ("AWS_ACCESS_KEY_ID", AccessKey::EXAMPLE_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", AccessKey::EXAMPLE_SECRET.to_owned()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_DEFAULT_REGION", "eu-central-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("NO_PROXY", "*".to_owned()),
    ]
}
