//! The globals that every engine has, be it a page, a worker, Node or Deno: `fetch`, timers, the clock.
//!
//! A page can have replaced any of them, and what they return is what they say it is only if they are honest. So everything
//! is called by name, and so that what it throws is an error; no type is taken for granted.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, prelude::*};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = globalThis, js_name = fetch, catch)]
    fn global_fetch(url: &str, init: &JsValue) -> Result<JsValue, JsValue>;

    // Node returns an object, browsers a number.
    #[wasm_bindgen(js_namespace = globalThis, js_name = setTimeout, catch)]
    fn set_timeout(callback: &Function, milliseconds: i32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = globalThis, js_name = clearTimeout, catch)]
    fn clear_timeout(id: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = ["globalThis", "Date"], js_name = now, catch)]
    fn date_now() -> Result<JsValue, JsValue>;

    type AbortController;

    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<AbortController, JsValue>;
}

/// Starts a request. Its answer is a `Response`, or so it should be.
pub(crate) fn fetch(url: &str, init: &JsValue) -> Result<JsFuture, JsValue> {
    global_fetch(url, init).map(|answer| settled(&answer))
}

/// The time by `Date.now()`. A clock that is broken shows 1970.
pub(crate) fn now() -> SystemTime {
    let milliseconds = date_now().ok().and_then(|now| now.as_f64()).unwrap_or_default();
    // `as` saturates, and makes a NaN 0.
    let since = Duration::from_millis(milliseconds as u64);
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

/// A member of whatever is said to be an object.
pub(crate) fn member(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
}

/// What a method returns, of whatever is said to be an object.
pub(crate) fn call(object: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    member(object, method)?.dyn_into::<Function>()?.call1(object, argument)
}

/// What is a promise, or should be.
pub(crate) fn settled(value: &JsValue) -> JsFuture {
    Promise::resolve(value).into()
}

/// The output of the future, or `None` if the timer is first. Both are dropped by then.
pub(crate) async fn within<F: Future>(mut timer: Timer, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Pin::new(&mut timer).poll(cx).map(|()| None),
    })
    .await
}

/// Aborts what has its signal when it is dropped.
pub(crate) struct Abort(AbortController);

impl Abort {
    pub(crate) fn new() -> Result<Self, JsValue> {
        AbortController::new().map(Self)
    }

    pub(crate) fn signal(&self) -> Result<JsValue, JsValue> {
        member(&self.0, "signal")
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        call(&self.0, "abort", &JsValue::UNDEFINED).ok();
    }
}

/// Is ready when its time is over. It is cleared when it is dropped.
pub(crate) struct Timer {
    id: JsValue,
    is_over: JsFuture,
    /// What the engine's timer calls is a function of its own, which may be called late and twice.
    end: Function,
}

impl Timer {
    pub(crate) fn start(duration: Duration) -> Result<Self, JsValue> {
        let mut end = None;
        let is_over = Promise::new(&mut |resolve, _| end = Some(resolve));
        let end = end.ok_or(JsValue::UNDEFINED)?;
        // Rounded up. A longer timer than 24 days would fire at once.
        let milliseconds = duration.saturating_add(Duration::from_nanos(999_999)).as_millis();
        let milliseconds = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        Ok(Self { id: set_timeout(&end, milliseconds)?, is_over: is_over.into(), end })
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.is_over).poll(cx).map(drop)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id).ok();
        // A `JsFuture` whose promise never settles is never freed.
        self.end.call0(&JsValue::UNDEFINED).ok();
    }
}
