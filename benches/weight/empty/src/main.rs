//! Nothing but what all of these programs do: to wait until the input ends, so that their memory can be looked at.

fn main() -> std::io::Result<()> {
    std::io::stdin().read_line(&mut String::new()).map(drop)
}
