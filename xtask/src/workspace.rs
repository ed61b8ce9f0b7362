//! The workspace, as `cargo metadata` describes it.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{Result, shell::Shell};

/// The workspace.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Its folder, which is also the current folder.
    pub(crate) root: PathBuf,
    /// The folder for builds and for the files of checks.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A member.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) folder: PathBuf,
    /// Whether it is in `crates/`, and thus for users.
    pub(crate) is_crate: bool,
    pub(crate) is_published: bool,
    pub(crate) rust_version: Option<String>,
    pub(crate) features: BTreeSet<String>,
    /// The names of its dependencies, without those for development.
    pub(crate) dependencies: BTreeSet<String>,
    pub(crate) build_dependencies: BTreeSet<String>,
}

impl Workspace {
    /// Goes to the workspace's root.
    pub(crate) fn enter() -> Result<Self> {
        let text = Shell::cargo("metadata --no-deps --format-version 1").read()?;
        let metadata = serde_json::from_str(&text)?;
        let workspace = Self::from_metadata(&metadata).ok_or("unexpected output of `cargo metadata`")?;
        env::set_current_dir(&workspace.root)?;
        Ok(workspace)
    }

    fn from_metadata(metadata: &Value) -> Option<Self> {
        let root = PathBuf::from(metadata["workspace_root"].as_str()?);
        let target = PathBuf::from(metadata["target_directory"].as_str()?);
        let crates = root.join("crates");
        let packages = metadata["packages"].as_array()?.iter().map(|package| Package::from_metadata(package, &crates));
        Some(Self { packages: packages.collect::<Option<_>>()?, root, target })
    }

    pub(crate) fn package(&self, name: &str) -> Result<&Package> {
        let package = self.packages.iter().find(|package| package.name == name);
        package.ok_or_else(|| format!("there is no package {name}").into())
    }

    /// The crates that go to a registry.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_published)
    }

    /// The crates for users that have features.
    pub(crate) fn crates_with_features(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_crate && !package.features.is_empty())
    }
}

impl Package {
    fn from_metadata(package: &Value, crates: &Path) -> Option<Self> {
        let names_of = |kind: Value| -> Option<BTreeSet<String>> {
            let all = package["dependencies"].as_array()?;
            let those = all.iter().filter(|dependency| dependency["kind"] == kind);
            those.map(|dependency| Some(dependency["name"].as_str()?.to_owned())).collect()
        };
        let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            version: package["version"].as_str()?.to_owned(),
            is_crate: folder.starts_with(crates),
            folder: folder.to_owned(),
            // `null` is any registry, `[]` is none.
            is_published: package["publish"].as_array().is_none_or(|registries| !registries.is_empty()),
            rust_version: package["rust_version"].as_str().map(ToOwned::to_owned),
            features: package["features"].as_object()?.keys().cloned().collect(),
            dependencies: names_of(Value::Null)?,
            build_dependencies: names_of("build".into())?,
        })
    }
}
