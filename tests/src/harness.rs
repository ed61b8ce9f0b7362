//! Runs cases, and prints a table of their results.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{Adapter, Capability, recorder::listen_everywhere};

/// A case in the list.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The name of the case's function and test.
    pub name: &'static str,
    /// The capability that an adapter needs for the case.
    pub needs: &'static [Capability],
}

/// The capabilities that an adapter lacks, with the reasons.
pub type Lacks = &'static [(Capability, &'static str)];

/// The results so far, by case. A test program runs the suite of one adapter.
static RESULTS: Mutex<BTreeMap<&'static str, (bool, Duration)>> = Mutex::new(BTreeMap::new());

/// Runs a case, and prints the table after the last one.
///
/// # Panics
/// If the case panics.
pub fn run<A: Adapter>(cases: &'static [Case], lacks: Lacks, name: &'static str, case: fn()) {
    listen_everywhere();
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(case));
    let table = {
        let mut results = RESULTS.lock().unwrap_or_else(PoisonError::into_inner);
        results.insert(name, (result.is_ok(), started.elapsed()));
        let is_last = cases.iter().all(|case| lacking(case, lacks).is_some() || results.contains_key(case.name));
        is_last.then(|| table(A::NAME, cases, lacks, &results))
    };
    if let Some(table) = table {
        print(&table);
    }
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

/// Reports that a case does not apply, if it is run explicitly.
pub fn not_applicable<A: Adapter>(name: &str, reason: &str) {
    print(&format!("{}: {name} does not apply: {reason}\n", A::NAME));
}

/// Prints directly, because the test harness hides the output of passing tests.
fn print(text: &str) {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).expect("standard output is writable");
}

fn lacking(case: &Case, lacks: Lacks) -> Option<&'static (Capability, &'static str)> {
    lacks.iter().find(|(capability, _)| case.needs.contains(capability))
}

fn table(adapter: &str, cases: &[Case], lacks: Lacks, results: &BTreeMap<&'static str, (bool, Duration)>) -> String {
    let mut text = format!("\n{adapter}\n");
    for capability in Capability::ALL {
        let reason = lacks.iter().find(|(lacked, _)| *lacked == capability);
        let value = reason.map_or_else(|| "yes".to_owned(), |(_, reason)| format!("no: {reason}"));
        let _ = writeln!(text, "  {:<18}{value}", capability.as_str());
    }
    let (mut passed, mut failed, mut not_applicable) = (0, 0, 0);
    for case in cases {
        let result = match (results.get(case.name), lacking(case, lacks)) {
            (Some((true, elapsed)), _) => {
                passed += 1;
                format!("ok      {:>6.2} s", elapsed.as_secs_f64())
            }
            (Some((false, elapsed)), _) => {
                failed += 1;
                format!("FAILED  {:>6.2} s", elapsed.as_secs_f64())
            }
            (None, Some((capability, _))) => {
                not_applicable += 1;
                format!("not applicable: no {}", capability.as_str())
            }
            (None, None) => "not run".to_owned(),
        };
        let _ = writeln!(text, "  {:<75} {result}", case.name);
    }
    let total = cases.len();
    let _ =
        writeln!(text, "{adapter}: {total} cases: {passed} passed, {failed} failed, {not_applicable} not applicable\n");
    text
}

/// Defines the tests of an adapter, one for each case. A case is ignored if the adapter lacks its capability.
///
/// ```text
/// adapter_suite!(MyAdapter, lacks { Http2: "it supports only HTTP/1.1" });
/// ```
#[macro_export]
macro_rules! adapter_suite {
    ($adapter:ty, lacks { $($capability:ident: $reason:literal),* $(,)? }) => {
        $crate::adapter_suite!(@ ($) $adapter, $($capability: $reason),*);
    };
    (@ ($d:tt) $adapter:ty, $($capability:ident: $reason:literal),*) => {
        const LACKS: $crate::harness::Lacks = &[$(($crate::Capability::$capability, $reason)),*];

        macro_rules! test {
            // The arms for missing capabilities come first.
            $(($d name:ident $capability) => {
                #[test]
                #[ignore = $reason]
                fn $d name() {
                    $crate::harness::not_applicable::<$adapter>(stringify!($d name), $reason);
                }
            };)*
            ($d name:ident $d($d needs:ident)?) => {
                #[test]
                fn $d name() {
                    $crate::harness::run::<$adapter>(
                        $crate::cases::LIST,
                        LACKS,
                        stringify!($d name),
                        $crate::cases::$d name::<$adapter>,
                    );
                }
            };
        }

        macro_rules! tests {
            ($d($d name:ident $d($d needs:ident)?;)*) => {
                $d(test!($d name $d($d needs)?);)*
            };
        }

        $crate::for_each_case!(tests);
    };
}
