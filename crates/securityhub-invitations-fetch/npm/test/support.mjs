// What the tests share: the package that was built, an emulator, and servers that misbehave.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { after } from "node:test";
import { pathToFileURL } from "node:url";

export const folder = pathToFileURL(`${process.env.SECURITYHUB_PACKAGE}/`);
export const index = new URL("index.js", folder).href;

export const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

/** Options for an endpoint. */
export function to(endpoint, more) {
  return { region: "us-east-1", credentials, accountIds: ["111122223333"], endpoint, ...more };
}

/** Starts the emulator, to be stopped when the test file is through. */
export async function emulator(...args) {
  const child = spawn(process.env.SECURITYHUB_EMULATOR, ["--port", "0", ...args], { stdio: ["ignore", "pipe", "ignore"] });
  after(() => child.kill());
  for await (const chunk of child.stdout) {
    const url = /http:\/\/\S+/.exec(String(chunk));
    if (url) return url[0];
  }
  throw new Error("the emulator did not start");
}

/**
 * A server that answers with `handle(request, response, number, body)`; it counts and keeps requests. A fresh one has a fresh
 * endpoint: a full quota, and no clock offset.
 */
export async function server(handle) {
  const requests = [];
  const http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      handle(request, response, requests.length, body);
    });
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  after(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${http.address().port}`, requests };
}

export function answer(response, status, body = "{}", headers = {}) {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-requestid": "id-1", ...headers });
  response.end(body);
}

/** What a promise or a function fails with. */
export async function failure(work) {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  return assert.fail("it should have failed");
}

/** Every error has these, and is a real one. */
export function assertError(error, expected) {
  assert.ok(error instanceof Error, String(error));
  assert.match(error.stack, /\n\s+at /);
  for (const [key, value] of Object.entries(expected)) {
    if (value instanceof RegExp) assert.match(error[key], value);
    else assert.deepEqual(error[key], value, `${key} of ${error}`);
  }
  for (const key of ["name", "kind", "code", "status", "requestId", "retryable", "attempts"]) {
    assert.ok(Object.hasOwn(error, key), `${key} of ${error}`);
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
