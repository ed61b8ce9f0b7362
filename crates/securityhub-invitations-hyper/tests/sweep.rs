//! The sweep driver on several accounts and regions of an emulator, with virtual time.

#![cfg(feature = "sweep")]

mod world;

use std::{
    fmt,
    future::{Future, Ready, pending, poll_fn, ready},
    num::{NonZeroU32, NonZeroUsize},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use hyper_util::rt::TokioTimer;
use securityhub_emulator::{Fault, RateLimit};
use securityhub_invitations_hyper::{
    Client, SweepDriver,
    sweep::{End, Event, HubId, Pacing, Parking, ParkingCause, Phase, Reason, State, Sweep},
};
use tokio::time::{Instant, sleep};
use world::{Service, World};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
}

fn is_send<T: Send>(future: T) -> T {
    future
}

fn driver(world: &Arc<World>) -> SweepDriver<impl Fn(HubId) -> Ready<Result<Client<Service>, Parking>> + use<>> {
    let world = Arc::clone(world);
    SweepDriver::with_timer(move |hub| ready(Ok(world.client(hub))), TokioTimer::new())
}

/// Runs all phases without a stop, and approves.
async fn run_all<F: Future<Output = Result<Client<Service>, Parking>> + Send>(
    driver: &SweepDriver<impl Fn(HubId) -> F + Sync>,
    sweep: &mut Sweep,
    world: &World,
) {
    loop {
        is_send(driver.run(sweep, pending(), |events| world.store(events))).await.unwrap();
        if !sweep.approve() {
            return;
        }
    }
}

#[test]
fn deletes_everything_despite_faults() {
    block_on(async {
        let mut world = World::new(3, 16, |emulator| {
            emulator.with_fault_source(|number| match number % 9 {
                0 => Some(Fault::throttled()),
                5 => Some(Fault::error(http::StatusCode::BAD_GATEWAY, "BadGateway", "").after_processing()),
                _ => None,
            })
        });
        world.lost = Some(7);
        let world = Arc::new(world);
        let mut sweep = Sweep::new(Arc::clone(&world.plan));
        let progress = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&progress);
        let driver = driver(&world)
            .with_concurrency(NonZeroUsize::new(5).unwrap())
            .on_progress(move |sweep| assert!(counted.fetch_max(sweep.in_flight(), SeqCst) <= 5));
        run_all(&driver, &mut sweep, &world).await;

        assert_eq!((sweep.phase(), sweep.ledger().end()), (Phase::Ended, Some(End::Complete)));
        assert_eq!((world.most_at_a_time.load(SeqCst), progress.load(SeqCst)), (5, 5));
        world.emulator.assert_no_rate_violations();
        world.check(sweep.ledger());
        world.check_stored();
        let summary = sweep.ledger().summary();
        assert!(summary.is_complete() && summary.done == 3 * 2 * 16, "{summary:?}");
    });
}

#[test]
fn paces_every_attempt() {
    block_on(async {
        let world = World::new(1, 2, |emulator| {
            let failed = |_| Some(Fault::error(http::StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", ""));
            emulator
                .with_fault_source(failed)
                .with_rate_limit(RateLimit::new(NonZeroU32::MIN, NonZeroU32::new(2).unwrap()))
        });
        let world = Arc::new(world);
        let slow = Pacing::new().with_requests_per_second(NonZeroU32::MIN).with_burst(NonZeroU32::MIN);
        let mut sweep = Sweep::new(Arc::clone(&world.plan)).with_pacing(slow);
        run_all(&driver(&world), &mut sweep, &world).await;
        assert!(world.emulator.request_count() > 10);
        world.emulator.assert_no_rate_violations();
    });
}

#[test]
fn phases_share_a_clock() {
    block_on(async {
        let world = Arc::new(World::new(1, 1, |emulator| emulator));
        let slow = Pacing::new().with_requests_per_second(NonZeroU32::MIN).with_burst(NonZeroU32::MIN);
        let mut sweep = Sweep::new(Arc::clone(&world.plan)).with_pacing(slow);
        let driver = driver(&world);
        driver.run(&mut sweep, pending(), |events| world.store(events)).await.unwrap();
        sleep(Duration::from_secs(60)).await;
        assert!(sweep.approve());
        let started = Instant::now();
        driver.run(&mut sweep, pending(), |events| world.store(events)).await.unwrap();
        // Three requests, and the first has a token.
        assert_eq!(started.elapsed().as_secs(), 2);
    });
}

#[test]
fn the_first_token_is_not_call_time() {
    block_on(async {
        let world = Arc::new(World::new(1, 5, |emulator| emulator));
        let slow = Pacing::new().with_requests_per_second(NonZeroU32::MIN).with_burst(NonZeroU32::MIN);
        let mut sweep = Sweep::new(Arc::clone(&world.plan)).with_pacing(slow);
        let clients = Arc::clone(&world);
        let driver = SweepDriver::with_timer(
            move |hub| ready(Ok(clients.client(hub).with_deadline(Duration::from_secs(2)))),
            TokioTimer::new(),
        );
        run_all(&driver, &mut sweep, &world).await;
        assert!(!world.journal().iter().any(|event| matches!(event, Event::Failed { .. })), "{:?}", world.journal());
    });
}

#[test]
fn stops_while_calls_wait() {
    block_on(async {
        // Calls wait for their second attempt, for a token, and for a client.
        let world = World::new(2, 20, |emulator| {
            emulator.with_fault_source(|number| (number > 8).then(|| Fault::throttled().x_amz_retry_after("4000")))
        });
        let world = Arc::new(world);
        let mut sweep = Sweep::new(Arc::clone(&world.plan));
        let approved = Arc::new(AtomicUsize::new(0));
        let driver = {
            let (world, approved) = (Arc::clone(&world), Arc::clone(&approved));
            SweepDriver::with_timer(
                move |hub: HubId| {
                    let (client, is_blocked) = (world.client(hub), approved.load(SeqCst) == 1 && hub.number() == 3);
                    async move {
                        if is_blocked {
                            pending::<()>().await;
                        }
                        Ok(client)
                    }
                },
                TokioTimer::new(),
            )
        };
        driver.run(&mut sweep, pending(), |events| world.store(events)).await.unwrap();
        assert!(sweep.approve());
        approved.store(1, SeqCst);
        let stop_at = Instant::now() + Duration::from_millis(1500);
        let stop = tokio::time::sleep_until(stop_at);
        driver.run(&mut sweep, stop, |events| world.store(events)).await.unwrap();

        assert!(stop_at.elapsed() <= Duration::from_millis(10), "{:?}", stop_at.elapsed());
        assert_eq!((sweep.phase(), sweep.ledger().end()), (Phase::Ended, Some(End::Stopped)));
        world.check(sweep.ledger());
        let requests = world.emulator.request_count();
        driver.run(&mut sweep, pending(), |events| world.store(events)).await.unwrap();
        assert_eq!(world.emulator.request_count(), requests);
        assert_eq!(sweep.ledger().summary().uncertain, 0);
    });
}

#[test]
fn stop_waits_for_attempts_in_flight() {
    block_on(async {
        let mut world = World::new(1, 1, |emulator| emulator);
        world.latency = Duration::from_secs(10);
        let world = Arc::new(world);
        let mut sweep = Sweep::new(Arc::clone(&world.plan));
        let driver = driver(&world);
        let started = Instant::now();
        driver.run(&mut sweep, sleep(Duration::from_secs(1)), |events| world.store(events)).await.unwrap();
        assert_eq!(sweep.ledger().end(), Some(End::Stopped));
        assert_eq!((started.elapsed().as_secs(), world.emulator.request_count()), (10, 2));
        assert!(sweep.ledger().hubs().iter().all(|hub| hub.administrator().is_some()), "the results count");
    });
}

#[test]
fn keeps_the_last_error_of_a_stopped_call() {
    block_on(async {
        // The first attempt to disassociate takes effect, and the stop comes before the second.
        let mut world = World::new(1, 1, |emulator| emulator);
        world.lost = Some(5);
        let world = Arc::new(world);
        let mut sweep = Sweep::new(Arc::clone(&world.plan));
        let driver = driver(&world).with_concurrency(NonZeroUsize::MIN);
        driver.run(&mut sweep, pending(), |events| world.store(events)).await.unwrap();
        assert!(sweep.approve() && world.emulator.request_count() == 4);
        let stop = async {
            while world.emulator.request_count() < 5 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        driver.run(&mut sweep, stop, |events| world.store(events)).await.unwrap();
        let (_, state) = sweep.ledger().hubs()[0].administrator().unwrap();
        assert!(!state.is_certain, "{state:?}");
        assert_eq!(world.emulator.request_count(), 5);
    });
}

#[test]
fn sends_nothing_after_a_persist_error() {
    block_on(async {
        for successes in 0.. {
            let world = Arc::new(World::new(2, 3, |emulator| emulator));
            let mut sweep = Sweep::new(Arc::clone(&world.plan));
            let driver = driver(&world);
            let left = AtomicUsize::new(successes);
            let requests_at_failure = AtomicU64::new(0);
            let persist = |events| async {
                if left.load(SeqCst) > 0 {
                    left.fetch_sub(1, SeqCst);
                    return world.store(events).await;
                }
                sleep(Duration::from_millis(3)).await;
                requests_at_failure.store(world.emulator.request_count(), SeqCst);
                Err(fmt::Error)
            };
            let mut result = driver.run(&mut sweep, pending(), persist).await;
            if result.is_ok() {
                assert!(sweep.approve());
                result = driver.run(&mut sweep, pending(), persist).await;
            }
            if result.is_ok() {
                assert!(successes > 20, "{successes} batches");
                return;
            }
            sleep(Duration::from_secs(60)).await;
            let requests = world.emulator.request_count();
            assert_eq!(requests, requests_at_failure.load(SeqCst));
            world.check(sweep.ledger());
            sweep.approve();
            let _ = driver.run(&mut sweep, pending(), |events| world.store(events)).await;
            assert_eq!(world.emulator.request_count(), requests, "the sweep is stopped");
            world.check(sweep.ledger());
        }
    });
}

#[test]
fn parks_one_source_and_finishes_the_others() {
    block_on(async {
        let world = Arc::new(World::new(3, 3, |emulator| emulator));
        let mut sweep = Sweep::new(Arc::clone(&world.plan));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let driver = {
            let (world, asked) = (Arc::clone(&world), Arc::clone(&asked));
            SweepDriver::with_timer(
                move |hub: HubId| {
                    asked.lock().unwrap().push(hub.number());
                    // The second hub of the first account would work.
                    let causes = [Some(ParkingCause::Credentials), None, Some(ParkingCause::Other)];
                    let client = match causes.get(hub.number() as usize).copied().flatten() {
                        Some(cause) => Err(Parking::new(cause, Reason::new("no role"))),
                        None => Ok(world.client(hub)),
                    };
                    async { client }
                },
                TokioTimer::new(),
            )
            .with_concurrency(NonZeroUsize::MIN)
        };
        run_all(&driver, &mut sweep, &world).await;
        let parked: Vec<_> = sweep.ledger().hubs().iter().map(|hub| hub.parking().map(Parking::cause)).collect();
        let credentials = Some(ParkingCause::Credentials);
        assert_eq!(parked, [credentials, credentials, Some(ParkingCause::Other), None, None, None]);
        assert!(sweep.ledger().hubs()[3..].iter().all(|hub| hub.summary().is_complete()));
        let asked = asked.lock().unwrap();
        let asked_for: Vec<_> = (0..3).map(|hub| asked.iter().filter(|number| **number == hub).count()).collect();
        assert_eq!(asked_for, [1, 0, 1]);
    });
}

#[test]
fn dropped_runs_resume_truthfully() {
    block_on(async {
        let mut uncertain = 0;
        for polls in 1.. {
            let world = Arc::new(World::new(2, 3, |emulator| emulator));
            let mut sweep = Sweep::new(Arc::clone(&world.plan));
            let was_dropped = {
                let driver = driver(&world);
                let mut run = pin!(run_all(&driver, &mut sweep, &world));
                let mut left = polls;
                poll_fn(|context| {
                    if left == 0 {
                        return Poll::Ready(true);
                    }
                    left -= 1;
                    run.as_mut().poll(context).map(|()| false)
                })
                .await
            };
            if !was_dropped {
                assert!(polls > 60 && uncertain > 100, "{polls} polls, {uncertain} uncertain entries");
                return;
            }
            world.check_stored();
            let mut resumed = world.resume();
            uncertain += resumed.ledger().summary().uncertain;
            run_all(&driver(&world), &mut resumed, &world).await;
            world.check(resumed.ledger());
            world.check_stored();
            world.emulator.assert_no_rate_violations();
            let summary = resumed.ledger().summary();
            assert_eq!((summary.entries, summary.pending, summary.failed), (12, 0, 0), "{polls}: {summary:?}");
            assert!(world.plan.numbered_hubs().all(|(id, hub)| {
                let entries = resumed.ledger().hub(id).unwrap().entries();
                let is_left = entries.filter(|entry| entry.state() != State::Done).count();
                world.emulator.account(hub.account()).invitations(hub.region()).is_empty() && is_left == 0
            }));
        }
    });
}
