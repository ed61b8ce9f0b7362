"""The emulator as a process with a control API."""

import json
import subprocess
import urllib.request

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Emulator:
    def __init__(self, program, *arguments):
        command = [program, "--port", "0", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def call(self, path, document=None):
        data = None if document is None else json.dumps(document).encode()
        with urllib.request.urlopen(f"{self.url}/_emulator/v1/{path}", data) as response:
            return json.load(response)

    def setup(self, **document):
        self.call("setup", document)

    def requests(self):
        log = self.call("requests")["requests"]
        assert len(log) < 1000, "the log has lost requests"
        return log

    def invitations(self):
        """The invitations that are left, as (account, region, inviter)."""
        hubs = self.call("state")["hubs"]
        return {
            (hub["account"], hub["region"], invitation["AccountId"]) for hub in hubs for invitation in hub["invitations"]
        }

    def stop(self):
        self.process.kill()
