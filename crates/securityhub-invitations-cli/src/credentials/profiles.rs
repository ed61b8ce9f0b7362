//! [`Profiles`]: AWS's configuration files.

use std::{
    collections::HashMap,
    ffi::OsString,
    fmt, fs, io, iter,
    path::{Path, PathBuf},
};

use configparser::ini::{Ini, IniDefault};
use securityhub_invitations::Region;

use super::{Base, ProfileName, SettingError, source, variables::Variables};

/// The profiles of `~/.aws/config` and `~/.aws/credentials`.
///
/// Source: [Format of the files](https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
#[derive(Default)]
pub(super) struct Profiles(HashMap<String, HashMap<String, String>>);

/// Returns the configured region: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the one of the base's profile.
///
/// # Errors
/// If the region or a configuration file is invalid.
pub(crate) fn default_region(
    base: &Base,
    var: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
) -> Result<Option<Region>, SettingError> {
    let variables = Variables::new(var);
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = variables.value(name)? {
            return region.parse().map(Some).map_err(|error| SettingError::without_value(name, error));
        }
    }
    let profile = profile_name(base, &variables)?;
    let profiles = Profiles::load(&variables)?;
    let region = profiles.property(profile.as_str(), "region").map(str::parse).transpose();
    region.map_err(|error| SettingError::without_value(&Base::Profile(profile).to_string(), error))
}

impl Profiles {
    /// Reads both files. A missing file is empty.
    pub(super) fn load(variables: &Variables) -> Result<Self, SettingError> {
        let mut profiles = Self::default();
        let [config, credentials] = paths(variables);
        profiles.read(&config, "profile")?;
        // It takes precedence.
        profiles.read(&credentials, "")?;
        Ok(profiles)
    }

    fn read(&mut self, path: &Path, prefix: &str) -> Result<(), SettingError> {
        let reject =
            |problem: &dyn fmt::Display| SettingError::new("configuration file", &path.display().to_string(), problem);
        let content = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            content => content.map_err(|error| reject(&error))?,
        };
        // The properties of a nested section continue the property before them.
        let mut format = IniDefault::default();
        format.case_sensitive = true;
        format.multiline = true;
        format.enable_inline_comments = false;
        format.delimiters = vec!['='];
        let sections = Ini::new_from_defaults(format).read(content).map_err(|problem| reject(&problem))?;
        for (section, properties) in sections {
            let Some(profile) = profile_of(&section, prefix) else { continue };
            let properties = properties.into_iter().filter_map(|(key, value)| Some((key, without_comment(&value?))));
            self.0.entry(profile.to_owned()).or_default().extend(properties);
        }
        Ok(())
    }

    #[cfg(not(feature = "aws-config"))]
    pub(super) fn contains(&self, profile: &str) -> bool {
        self.0.contains_key(profile)
    }

    pub(super) fn property(&self, profile: &str, key: &str) -> Option<&str> {
        self.0.get(profile)?.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the profile whose SSO session the profile uses: itself, or one that it names as its source.
    pub(super) fn sso_profile<'p>(&'p self, profile: &'p str) -> Option<&'p str> {
        const DEPTH: usize = 16;
        let is_sso =
            |name: &&str| ["sso_session", "sso_start_url"].iter().any(|key| self.property(name, key).is_some());
        iter::successors(Some(profile), |name| self.property(name, "source_profile")).take(DEPTH).find(is_sso)
    }
}

/// Returns the name of the profile that a base uses. For the environment, that is `AWS_PROFILE` or `default`.
pub(super) fn profile_name(base: &Base, variables: &Variables) -> Result<ProfileName, SettingError> {
    match base {
        Base::Profile(name) => Ok(name.clone()),
        Base::Environment => match variables.value("AWS_PROFILE")? {
            Some(name) => name.parse(),
            None => Ok(ProfileName::default()),
        },
    }
}

/// Returns the paths of the two files.
pub(super) fn paths(variables: &Variables) -> [PathBuf; 2] {
    let home = variables.path("HOME").or_else(|| variables.path("USERPROFILE"));
    [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")].map(|(variable, name)| {
        let path = variables.path(variable).unwrap_or_else(|| Path::new("~/.aws").join(name));
        match (path.strip_prefix("~"), &home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path,
        }
    })
}

/// Returns the name of a section's profile: `dev` for `profile dev` in the first file, and for `dev` in the second.
fn profile_of<'s>(section: &'s str, prefix: &str) -> Option<&'s str> {
    let name = match section.strip_prefix(prefix) {
        Some(name) if prefix.is_empty() || name.starts_with(char::is_whitespace) => name,
        _ if section == source::DEFAULT_PROFILE => section,
        _ => return None,
    };
    let name = name.trim();
    Some(name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name))
}

fn without_comment(value: &str) -> String {
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|comment| value.find(comment)).min();
    value[..end.unwrap_or(value.len())].trim().to_owned()
}
