//! [`Header`] and [`Record`]: the lines of a journal.

use std::{
    borrow::Cow,
    error, fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    event::Event,
    json::{VersionJson, encode},
    plan::Plan,
};

/// The version of the journal's format.
const VERSION: u32 = 1;

/// The first line of a journal: the run and its plan.
///
/// ```
/// use securityhub_invitations_sweep::{Header, Hub, Plan, Side};
///
/// let hub = Hub::new("111122223333".parse()?, "eu-central-1".parse()?);
/// let header = Header::new("01JD", "securityhub-invitations 0.2.0", Plan::new(Side::Member, vec![hub])?);
/// let line = header.to_line();
/// assert!(line.ends_with("}\n"));
/// assert_eq!(Header::from_line(&line)?, header);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    run: Box<str>,
    tool: Box<str>,
    plan: Arc<Plan>,
}

#[derive(Serialize, Deserialize)]
struct HeaderJson<'a> {
    v: u32,
    run: Cow<'a, str>,
    tool: Cow<'a, str>,
    plan: Cow<'a, Plan>,
}

impl Header {
    /// Creates a header. `run` is the run's id, and `tool` the name and version of the program that writes the journal.
    pub fn new(run: impl Into<Box<str>>, tool: impl Into<Box<str>>, plan: impl Into<Arc<Plan>>) -> Self {
        Self { run: run.into(), tool: tool.into(), plan: plan.into() }
    }

    /// Returns the run's id.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Returns the program that wrote the journal.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// Returns the plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Encodes the header as one line of JSON with its line end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let plan = Cow::Borrowed(&*self.plan);
        let json = HeaderJson { v: VERSION, run: (&*self.run).into(), tool: (&*self.tool).into(), plan };
        line(&json)
    }

    /// Reads the first line of a journal. Unknown members are ignored.
    ///
    /// # Errors
    /// [`RecordError`] if the line is not a header, or has another version.
    pub fn from_line(line: &str) -> Result<Self, RecordError> {
        let version = read::<VersionJson>(line)?.v;
        if version != VERSION {
            return Err(RecordError(Problem::Version(version)));
        }
        let HeaderJson { run, tool, plan, .. } = read(line)?;
        Ok(Self::new(&*run, &*tool, plan.into_owned()))
    }
}

/// A line of a journal: an event and its time.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use securityhub_invitations_sweep::Record;
///
/// let line = "{\"t\":1795379825000,\"e\":\"sent\",\"hub\":7,\"step\":\"delete\",\"from\":100,\"count\":50}\n";
/// let record = Record::from_line(line)?;
/// assert_eq!(record.time(), UNIX_EPOCH + Duration::from_secs(1_795_379_825));
/// assert_eq!(record.to_line(), line);
/// # Ok::<(), securityhub_invitations_sweep::RecordError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    milliseconds: u64,
    event: Event,
}

#[derive(Serialize)]
struct RecordJson<'a> {
    t: u64,
    #[serde(flatten)]
    event: &'a Event,
}

#[derive(Deserialize)]
struct TimeJson {
    t: u64,
}

impl Record {
    /// Creates a line for an event. Times before 1970 count as 1970, and fractions of a millisecond are dropped.
    #[must_use]
    pub fn new(event: Event, time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { milliseconds: u64::try_from(since.as_millis()).unwrap_or(u64::MAX), event }
    }

    /// Returns the time at which the event was written.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_millis(self.milliseconds)).unwrap_or(UNIX_EPOCH)
    }

    /// Returns the event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// Returns the event without its time.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.event
    }

    /// Encodes the event as one line of JSON with its line end.
    #[must_use]
    pub fn to_line(&self) -> String {
        line(&RecordJson { t: self.milliseconds, event: &self.event })
    }

    /// Reads a line. Unknown members, for example a checksum, are ignored.
    ///
    /// # Errors
    /// [`RecordError`] if the line is not an event.
    pub fn from_line(line: &str) -> Result<Self, RecordError> {
        let TimeJson { t } = read(line)?;
        Ok(Self { milliseconds: t, event: read(line)? })
    }
}

fn line(json: &impl Serialize) -> String {
    let mut line = encode(json);
    line.push('\n');
    line
}

fn read<'de, T: Deserialize<'de>>(line: &'de str) -> Result<T, RecordError> {
    serde_json::from_str(line).map_err(|error| RecordError(Problem::Json(error)))
}

/// A line that is not part of a journal of this version.
#[derive(Debug)]
pub struct RecordError(Problem);

impl RecordError {
    /// Returns the version of the journal, if the only problem is that it is not supported.
    #[must_use]
    pub fn unsupported_version(&self) -> Option<u32> {
        match self.0 {
            Problem::Version(version) => Some(version),
            Problem::Json(_) => None,
        }
    }
}

#[derive(Debug)]
enum Problem {
    Json(serde_json::Error),
    Version(u32),
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Problem::Json(error) => write!(f, "invalid journal line: {error}"),
            Problem::Version(version) => {
                write!(f, "journal version \"{version}\": not supported (expected {VERSION})")
            }
        }
    }
}

impl error::Error for RecordError {}
