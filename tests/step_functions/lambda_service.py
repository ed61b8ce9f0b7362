"""A stand-in for Lambda: processes of a real `bootstrap`, each with a Runtime API of its own, and `Invoke` in front of them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:cleanup"


class Invocation:
    """An event, and the response as soon as there is one."""

    numbers = itertools.count(1)

    def __init__(self, event, seconds):
        self.id = f"00000000-0000-0000-0000-{next(self.numbers):012}"
        self.event, self.deadline_ms = event, int((time.time() + seconds) * 1000)
        self.done = threading.Event()
        self.payload = self.error = None

    def finish(self, payload, error=None):
        if not self.done.is_set():
            self.payload, self.error = payload, error
            self.done.set()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A killed client is expected.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def serve(handler):
    """Serves on a free port of loopback, and returns the server."""
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def respond(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        try:
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # The client was killed.
            self.close_connection = True


class Worker:
    """One execution environment. Its process is started again after it ended."""

    def __init__(self, service, program, environment, log):
        self.service, self.program, self.environment, self.log = service, program, environment, log
        self.current, self.process, self.is_stopped = None, None, False
        self.started_at = self.ready_after = None
        worker = self

        class Runtime(Quiet):
            def do_GET(self):
                worker.next(self)

            def do_POST(self):
                worker.result(self)

        self.lock = threading.Lock()
        self.server = serve(Runtime)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while not self.is_stopped:
            self.started_at, self.ready_after = time.monotonic(), None
            with self.lock:
                self.process = subprocess.Popen(
                    [self.program],
                    env=self.environment | {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.server.server_port},
                    stdout=self.log,
                    stderr=self.log,
                    # The command that it runs ends with it, as the environment of a function does.
                    start_new_session=True,
                )
            code = self.process.wait()
            self.end_session()
            if self.ready_after is None:
                # It cannot start: its reason is in the log.
                self.is_stopped = True
            with self.lock:
                current, self.current = self.current, None
            if current:
                # As Lambda reports it.
                message = f"RequestId: {current.id} Error: Runtime exited with error: signal: {-code}"
                current.finish(json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode(), "Unhandled")

    def end_session(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def next(self, request):
        if self.ready_after is None:
            self.ready_after = time.monotonic() - self.started_at
        with self.lock:
            process = self.process
        while not self.is_stopped and process.poll() is None:
            try:
                invocation = self.service.waiting.get(timeout=0.1)
            except queue.Empty:
                continue
            with self.lock:
                if process is not self.process or process.poll() is not None:
                    # It died while it was waiting.
                    self.service.waiting.put(invocation)
                    return
                self.current = invocation
            headers = {
                "Lambda-Runtime-Aws-Request-Id": invocation.id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000",
                "content-type": "application/json",
            }
            return request.respond(200, invocation.event, headers.items())

    def result(self, request):
        body, parts = request.body(), request.path.split("/")
        with self.lock:
            current = self.current
            if current and current.id in parts:
                self.current = None
                current.finish(body, "Unhandled" if parts[-1] == "error" else None)
        request.respond(202, b"{}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def stop(self):
        self.is_stopped = True
        if self.process:
            self.process.kill()
        self.server.shutdown()


class LambdaService:
    """Workers that share a queue of invocations."""

    def __init__(self, program, environment, log, workers):
        self.waiting = queue.Queue()
        self.in_flight = self.peak = 0
        self.lock = threading.Lock()
        self.workers = [Worker(self, program, environment, log) for _ in range(workers)]

    def invoke(self, event, seconds=30):
        """Returns the payload, and the kind of the error or None."""
        invocation = Invocation(event if isinstance(event, bytes) else json.dumps(event).encode(), seconds)
        with self.lock:
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
        self.waiting.put(invocation)
        assert invocation.done.wait(seconds + 30), "the function does not respond"
        with self.lock:
            self.in_flight -= 1
        return json.loads(invocation.payload), invocation.error

    def stop(self):
        for worker in self.workers:
            worker.stop()
