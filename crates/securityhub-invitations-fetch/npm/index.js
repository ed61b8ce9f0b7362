// @ts-self-types="./index.d.ts"
// The main entry of the package: the module is a file next to this one.
import { initWith } from "./loading.js";

export * from "./calls.js";
export { initSync } from "./loading.js";
export const init = initWith(() => new URL("securityhub_invitations_bg.wasm", import.meta.url));
export default init;
