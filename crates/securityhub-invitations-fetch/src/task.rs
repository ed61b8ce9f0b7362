//! [`Task`]: a future of exchange.js.

use bytes::Bytes;
use http::Request;
use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::exchange::{Exchanged, LIMIT};

#[wasm_bindgen(module = "/src/exchange.js")]
extern "C" {
    type JsTask;

    fn exchange(request: &JsValue, timeout_ms: f64, limit: f64) -> JsTask;
    fn sleep(milliseconds: f64) -> JsTask;
    /// The time of the monotonic clock in milliseconds.
    pub(crate) fn elapsed() -> f64;
    /// The time of the wall clock in milliseconds since 1970.
    pub(crate) fn now() -> f64;

    #[wasm_bindgen(method, getter)]
    fn promise(this: &JsTask) -> Promise;
    #[wasm_bindgen(method)]
    fn abort(this: &JsTask);
}

/// An exchange or a wait. It is aborted when it is dropped.
pub(crate) struct Task(JsTask);

impl Task {
    /// Starts an exchange.
    pub(crate) fn exchange(request: &Request<Bytes>, timeout_ms: f64) -> Self {
        Self(exchange(&js_request(request), timeout_ms, LIMIT))
    }

    /// Starts a wait.
    pub(crate) fn sleep(milliseconds: f64) -> Self {
        Self(sleep(milliseconds))
    }

    /// Returns the result. `None` at the end of a wait, and if the task fails.
    pub(crate) async fn result(self) -> Option<Exchanged> {
        let result = JsFuture::from(self.0.promise()).await.ok()?;
        result.is_object().then(|| result.unchecked_into())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The request as an object with `url`, `method`, `headers` and `body`.
fn js_request(request: &Request<Bytes>) -> JsValue {
    let object = |members: &[(&str, JsValue)]| {
        let object = Object::new();
        for (name, value) in members {
            // A new object accepts every member.
            Reflect::set(&object, &(*name).into(), value).ok();
        }
        JsValue::from(object)
    };
    let headers =
        request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?.into())));
    let body =
        if request.body().is_empty() { JsValue::UNDEFINED } else { Uint8Array::from(&request.body()[..]).into() };
    object(&[
        ("url", request.uri().to_string().into()),
        ("method", request.method().as_str().into()),
        ("headers", object(&headers.collect::<Vec<_>>())),
        ("body", body),
    ])
}
