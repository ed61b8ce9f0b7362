//! Waits for the end of the input, like all of these programs. Meanwhile, their memory can be measured.

fn main() -> std::io::Result<()> {
    std::io::stdin().read_line(&mut String::new()).map(drop)
}
