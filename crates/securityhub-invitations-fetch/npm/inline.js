// @ts-self-types="./inline.d.ts"
// The entry that contains the module, compressed by gzip.
import compressed from "./module.gz";
import { initWith } from "./loading.js";

export * from "./calls.js";
export { initSync } from "./loading.js";
export const init = initWith(() => {
  const bytes = Uint8Array.from(atob(compressed), (character) => character.charCodeAt());
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
});
export default init;
