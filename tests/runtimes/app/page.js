// For pages and workers: ?endpoint=…&report=…
import { results } from "./call.js";

const query = new URLSearchParams(location.search);
results(query.get("endpoint")).then((result) => {
  fetch(query.get("report"), { method: "POST", body: JSON.stringify(result) });
});
