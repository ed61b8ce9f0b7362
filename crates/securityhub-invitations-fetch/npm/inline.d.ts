/**
 * The same functions, with the WebAssembly module in the JavaScript file. `init()` needs no other file and no request. It uses
 * `DecompressionStream`.
 *
 * The two entries share no state. Use one of them in a program.
 *
 * @packageDocumentation
 */
export * from "./index.js";
export { default } from "./index.js";
