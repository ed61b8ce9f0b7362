//! Prints the allocations of calls. Only this program uses the counting allocator.

fn main() -> peers_rust_sdk::Result<()> {
    peers_rust_sdk::run(|_, call| format!(r#""allocations":{}"#, allocation_counter::measure(call).count_total))
}
