use super::{super::default_region, *};

const KEYS: &str =
    r#"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;

fn profile_store(server: &Server, config: &Path) -> CredentialStore {
    store(&server.url(), &[("AWS_CONFIG_FILE", config.to_str().unwrap())])
}

fn region(variables: &[(&'static str, &Path)], base: &str) -> Result<Option<String>, String> {
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
    let var = move |name: &str| variables.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone());
    let region = default_region(source(base).base(), var);
    region.map(|region| Some(region?.as_str().to_owned())).map_err(|error| error.to_string())
}

#[cfg(unix)]
#[tokio::test]
async fn runs_a_credential_process() {
    let directory = Directory::new("process");
    let config = format!("[profile my-dev]\ncredential_process = printf '%s' '{KEYS}'\n");
    let config = directory.write("config", &config);
    let server = server();
    roles(server.emulator(), &["111122223333".to_owned()]);
    let store = profile_store(&server, &config);
    let role = source("role service/Cleanup in 111122223333 from profile my-dev");
    assert_eq!(store.caller(&role).await.unwrap().account(), *"111122223333");
}

#[cfg(unix)]
#[tokio::test]
async fn a_failed_process_fails_all_roles_once() {
    let directory = Directory::new("failed-process");
    let runs = directory.as_ref().join("runs");
    let command = format!("echo run >> {}; echo canary >&2; exit 3", runs.display());
    let config = directory.write("config", &format!("[profile dev]\ncredential_process = sh -c '{command}'\n"));
    let server = server();
    let store = profile_store(&server, &config);
    for account in accounts(10) {
        let role = source(&format!("role service/Cleanup in {account} from profile dev"));
        let message = checked(&store.credentials(&role).await.unwrap_err());
        assert!(message.starts_with("profile dev: ") && message.contains("exit status: 3"), "{message}");
        assert!(message.ends_with(" (check the credentials of the profile)"), "{message}");
    }
    assert_eq!(fs::read_to_string(runs).unwrap(), "run\n");
    assert_eq!(server.emulator().request_count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn output_of_processes_stays_secret() {
    let directory = Directory::new("process-output");
    let server = server();
    for output in ["canary", r#"{"Version": 1, "AccessKeyId": "can/ary", "SecretAccessKey": "canary"}"#] {
        let config =
            directory.write("config", &format!("[profile dev]\ncredential_process = printf '%s' '{output}'\n"));
        checked(&profile_store(&server, &config).credentials(&source("profile dev")).await.unwrap_err());
    }
}

#[tokio::test]
async fn unknown_profiles_are_rejected() {
    let directory = Directory::new("unknown-profile");
    let config = directory.write("config", "[profile dev]\n");
    let error = profile_store(&server(), &config).credentials(&source("profile production")).await.unwrap_err();
    assert!(error.to_string().starts_with("profile production: "), "{error}");
    assert_eq!(error.cause(), securityhub_invitations_sweep::ParkingCause::Credentials);
}

#[cfg(not(feature = "aws-config"))]
#[tokio::test]
async fn other_sources_name_the_build_feature() {
    let directory = Directory::new("feature");
    for (properties, problem) in [
        ("sso_session = a\ncredential_process = b", "this build does not support sso_session"),
        ("region = eu-west-1", "the profile has no credential_process"),
    ] {
        let config = directory.write("config", &format!("[profile dev]\n{properties}\n"));
        let error = profile_store(&server(), &config).credentials(&source("profile dev")).await.unwrap_err();
        assert_eq!(error.to_string(), format!("profile dev: {problem} (use a build with the feature aws-config)"));
    }
}

#[test]
fn regions_come_from_variables_then_profiles() {
    let directory = Directory::new("regions");
    let config = directory.write(
        "config",
        "[default]\nregion = us-west-2\n[profile dev]\n  region = eu-west-1 # Ireland\n  s3 =\n    region = eu-west-2\n\
         [profile bad]\nregion = EU\n[services x]\nregion = eu-north-1\n[dev]\nregion = eu-north-1\n",
    );
    let credentials = directory.write("credentials", "[other]\nregion = eu-west-3\n");
    let files = [("AWS_CONFIG_FILE", &*config), ("AWS_SHARED_CREDENTIALS_FILE", &*credentials)];
    let with = |name, value| [files[0], files[1], (name, Path::new(value))];
    assert_eq!(region(&files, "environment").unwrap().unwrap(), "us-west-2");
    assert_eq!(region(&files, "profile dev").unwrap().unwrap(), "eu-west-1");
    assert_eq!(region(&files, "profile other").unwrap().unwrap(), "eu-west-3");
    assert_eq!(region(&files, "profile missing").unwrap(), None);
    assert_eq!(region(&with("AWS_PROFILE", "dev"), "environment").unwrap().unwrap(), "eu-west-1");
    assert_eq!(region(&with("AWS_DEFAULT_REGION", "ap-south-1"), "profile dev").unwrap().unwrap(), "ap-south-1");
    assert_eq!(
        region(&files, "profile bad").unwrap_err(),
        "profile bad: invalid region \"EU\": 'E' at position 1 (allowed: a-z, 0-9, -)"
    );
}

#[test]
fn names_the_file_and_line_of_bad_configuration() {
    let directory = Directory::new("bad-configuration");
    let config = directory.write("config", "[default]\n[profile canary\n");
    let error = region(&[("AWS_CONFIG_FILE", &config)], "profile dev").unwrap_err();
    let problem = "line 2: Found opening bracket for section name but no closing bracket";
    assert!(error.starts_with("configuration file \"") && error.ends_with(problem), "{error}");
}
