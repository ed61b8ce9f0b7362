//! [`Record`]: a plain object from JavaScript.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A plain object from JavaScript. It has one import for each type, because an import for each member made the npm package 1 KB
    /// larger.
    #[allow(unnameable_types)]
    pub type Record;

    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn number(this: &Record, member: &str) -> Option<f64>;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn string(this: &Record, member: &str) -> Option<String>;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn bytes(this: &Record, member: &str) -> Option<Vec<u8>>;
    #[wasm_bindgen(method, structural, indexing_getter)]
    pub(crate) fn value(this: &Record, member: &str) -> JsValue;
}
