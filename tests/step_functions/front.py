"""The one port that moto's interpreter calls: Lambda's `Invoke` goes to the stand-in, everything else to moto.

Requests of the function to S3 are verified by botocore's signer, because moto accepts any signature.
"""

import hashlib
import http.client
import json
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambda_service import Quiet, serve


class Front:
    def __init__(self, key, secret):
        self.credentials, self.moto, self.functions = Credentials(key, secret), None, {}
        self.signed = self.forged = 0
        front = self

        class Handler(Quiet):
            def handle_any(self):
                front.handle(self, self.body())

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any

        self.server = serve(Handler)
        self.port = self.server.server_port

    def handle(self, request, body):
        parts = request.path.split("/")
        if parts[1:3] == ["2015-03-31", "functions"] and parts[-1].startswith("invocations"):
            payload, error = self.functions[parts[3].replace("%3A", ":")].invoke(body)
            headers = [("content-type", "application/json"), ("x-amzn-requestid", "1")]
            headers += [("x-amz-function-error", error)] if error else []
            return request.respond(200, json.dumps(payload).encode(), headers)
        authorization = request.headers.get("authorization", "")
        if self.credentials.access_key in authorization:
            self.signed += 1
            if not self.is_signed(request, body, authorization):
                self.forged += 1
                return request.respond(403, b"SignatureDoesNotMatch")
        connection = http.client.HTTPConnection("127.0.0.1", self.moto)
        connection.request(request.command, request.path, body, dict(request.headers.items()))
        response = connection.getresponse()
        hidden = {"content-length", "connection", "transfer-encoding", "server", "date"}
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in hidden]
        return request.respond(response.status, response.read(), headers)

    def is_signed(self, request, body, authorization):
        fields = dict(part.strip().split("=", 1) for part in authorization.split(" ", 1)[1].split(","))
        signed = {name: request.headers[name] for name in fields["SignedHeaders"].split(";")}
        if not {"host", "x-amz-content-sha256", "x-amz-date"} <= set(signed):
            return False
        url = urlsplit(request.path)
        same = AWSRequest(request.command, f"http://{signed['host']}{url.path}?{url.query}", signed, body)
        same.context["timestamp"] = signed["x-amz-date"]
        auth = S3SigV4Auth(self.credentials, "s3", fields["Credential"].split("/")[2])
        if signed["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            return False
        string = auth.string_to_sign(same, auth.canonical_request(same))
        return auth.signature(string, same) == fields["Signature"]
