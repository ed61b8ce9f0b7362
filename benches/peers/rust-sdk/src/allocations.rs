//! Allocations: see the library. The counting allocator is that of this program alone.

fn main() -> peers_rust_sdk::Result<()> {
    peers_rust_sdk::run(|_, call| format!(r#""allocations":{}"#, allocation_counter::measure(call).count_total))
}
