// Shared by the tests: the built package, an emulator, and servers that misbehave.
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

/** Returns options for an endpoint. */
export function to(endpoint, more) {
  return { region: "us-east-1", credentials, accountIds: ["111122223333"], endpoint, ...more };
}

/** Starts an emulator that stops at the end of the test file. */
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
 * Starts a server that responds with `handle(request, response, number, body)` and records requests. Its endpoint is new, so it
 * has a full retry quota and no clock offset.
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
  const { port } = http.address();
  const close = () => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  };
  after(close);
  return { url: `http://127.0.0.1:${port}`, requests, close };
}

export function answer(response, status, body = '{"UnprocessedAccounts":[]}', headers = {}) {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-requestid": "id-1", ...headers });
  response.end(body);
}

/** Returns the error of a promise or a function. */
export async function failure(work) {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  return assert.fail("expected an error");
}

/** Checks members that are expected here, and those that every error has. */
export function assertError(error, expected) {
  assert.ok(error instanceof Error, String(error));
  assert.match(error.stack, /\n\s+at /);
  for (const [key, value] of Object.entries(expected)) {
    if (value instanceof RegExp) assert.match(error[key], value);
    else assert.deepEqual(error[key], value, `${key} of ${error}`);
  }
  for (const key of [
    "name", "kind", "code", "status", "requestId", "retryable", "attempts", "unconfirmedAttempts", "mayHaveTakenEffect",
  ]) {
    assert.ok(Object.hasOwn(error, key), `${key} of ${error}`);
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
