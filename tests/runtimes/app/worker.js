// For workerd, with the compiled module as its source: ?endpoint=…
import module from "securityhub-invitations/securityhub_invitations_bg.wasm";
import { results } from "./call.js";

export default {
  async fetch({ url }) {
    return new Response(JSON.stringify(await results(new URL(url).searchParams.get("endpoint"), module)));
  },
};
