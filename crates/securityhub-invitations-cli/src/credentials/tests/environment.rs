use super::*;

#[tokio::test]
async fn reads_keys_of_the_environment() {
    let server = server();
    let error = store(&server.url(), &[("AWS_SECRET_ACCESS_KEY", "")]).credentials(&Source::ENVIRONMENT).await;
    assert_eq!(
        checked(&error.unwrap_err()),
        "environment: AWS_SECRET_ACCESS_KEY is not set, but AWS_ACCESS_KEY_ID is (check the credentials of the environment, or \
         use --profile)"
    );
}

#[cfg(not(feature = "aws-config"))]
#[tokio::test]
async fn needs_keys_without_the_feature() {
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let error = store(&server().url(), &none).credentials(&Source::ENVIRONMENT).await.unwrap_err();
    assert!(
        error.to_string().starts_with("environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
        "{error}"
    );
}

/// The library reads the environment of the process, so each of these tests runs in a process of its own.
#[cfg(feature = "aws-config")]
mod sdk {
    use std::{
        env,
        io::{Read, Write},
        net::TcpListener,
        process::Command,
        thread,
    };

    use securityhub_invitations_sweep::ParkingCause;

    use super::{super::super::CredentialStore, *};

    fn run_alone(test: &str, variables: &[(&str, &str)]) {
        let test = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
        let run = Command::new(env::current_exe().unwrap())
            .args([&test, "--exact", "--ignored", "--nocapture"])
            .env_clear()
            .envs(variables.iter().copied())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success() && output.contains("1 passed"),
            "{output}{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }

    fn store() -> CredentialStore {
        let home = "eu-central-1".parse().unwrap();
        CredentialStore::new(DefaultService::new(), &home, Duration::from_secs(5), |name| env::var_os(name)).unwrap()
    }

    #[test]
    fn reads_container_credentials_through_our_client() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/credentials", listener.local_addr().unwrap());
        let container = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap();
            let body = r#"{"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "canary", "Token": "canary",
                "Expiration": "2100-01-01T00:00:00Z"}"#;
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        let token = "Basic container";
        let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", token)];
        run_alone("container", &variables);
        let request = container.join().unwrap();
        assert!(request.starts_with("GET /credentials HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("authorization: Basic container\r\n"), "{request}");
    }

    #[tokio::test]
    #[ignore = "started by another test"]
    async fn container() {
        let credentials = store().credentials(&Source::ENVIRONMENT).await.unwrap();
        assert_eq!(credentials.access_key_id(), "ASIACONTAINER");
        assert!(credentials.expires_at().is_some());
    }

    #[test]
    fn a_closed_container_endpoint_is_unreachable() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/credentials", listener.local_addr().unwrap());
        drop(listener);
        run_alone("closed_container", &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url)]);
    }

    #[tokio::test]
    #[ignore = "started by another test"]
    async fn closed_container() {
        let error = store().credentials(&Source::ENVIRONMENT).await.unwrap_err();
        assert_eq!(error.cause(), ParkingCause::Unreachable, "{error}");
    }

    #[test]
    fn an_expired_sso_session_advises_to_log_in() {
        let directory = Directory::new("sso");
        directory.write(
            ".aws/config",
            "[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://example.awsapps.com/start\n\
             [profile sso]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Cleanup\n\
             [profile dev]\nrole_arn = arn:aws:iam::111122223333:role/Cleanup\nsource_profile = sso\n",
        );
        // The name of the file is the SHA-1 of `corp`.
        directory.write(
            ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
            r#"{"accessToken": "canary", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-central-1",
                "startUrl": "https://example.awsapps.com/start"}"#,
        );
        run_alone("sso", &[("HOME", directory.as_ref().to_str().unwrap()), ("AWS_PROFILE", "dev")]);
    }

    #[tokio::test]
    #[ignore = "started by another test"]
    async fn sso() {
        let store = store();
        for base in ["profile sso", "profile dev", "environment"] {
            let role = source(&format!("role Cleanup in 111122223333 from {base}"));
            let error = store.credentials(&role).await.unwrap_err();
            let problem = "the SSO token has expired and cannot be refreshed (run aws sso login --profile sso)";
            assert_eq!(checked(&error), format!("{base}: {problem}"));
            assert_eq!(error.cause(), ParkingCause::Credentials);
        }
    }

    #[test]
    fn a_profile_can_have_a_role() {
        let directory = Directory::new("chain");
        let secret = AccessKey::EXAMPLE_SECRET;
        directory.write(
            ".aws/credentials",
            &format!("[base]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = {secret}\n"),
        );
        directory.write(
            ".aws/config",
            "[profile dev]\nrole_arn = arn:aws:iam::111122223333:role/service/Cleanup\nsource_profile = base\n",
        );
        let server = server();
        roles(server.emulator(), &accounts(1));
        roles(server.emulator(), &["111122223333".to_owned()]);
        run_alone("chain", &[("HOME", directory.as_ref().to_str().unwrap()), ("AWS_ENDPOINT_URL_STS", &server.url())]);
        let requests = server.emulator().received_requests();
        let callers: Vec<_> = requests.iter().map(|request| request.account.unwrap().to_string()).collect();
        assert_eq!(callers, [Emulator::DEFAULT_ACCOUNT, "111122223333", "000000000001"]);
    }

    #[tokio::test]
    #[ignore = "started by another test"]
    async fn chain() {
        let caller = store().caller(&source("role service/Cleanup in 000000000001 from profile dev")).await.unwrap();
        assert_eq!(caller.account(), *"000000000001");
    }

    #[test]
    fn an_empty_environment_is_rejected() {
        run_alone("empty", &[]);
    }

    #[tokio::test]
    #[ignore = "started by another test"]
    async fn empty() {
        let error = store().credentials(&Source::ENVIRONMENT).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment: no credentials were found (check the credentials of the environment, or use --profile)"
        );
    }
}
