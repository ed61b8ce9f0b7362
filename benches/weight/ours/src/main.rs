//! Prints a signed request.

use std::{error::Error, time::SystemTime};

use securityhub_invitations::{Credentials, DeleteInvitations, Endpoint, SecurityHub};

fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = Endpoint::regional(&"eu-central-1".parse()?)?;
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")?;
    let input = DeleteInvitations::new(["111122223333"])?;
    println!("{:?}", SecurityHub::new(endpoint, credentials).signed_request(&input, SystemTime::now()));
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
