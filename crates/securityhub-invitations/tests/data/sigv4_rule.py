"""How this project signs a request, written a second time with the standard library alone.

It shares no code with the crate or with botocore. generate.py creates the test data with it. tests/conformance compares it
with the crate for generated requests.
"""

import hashlib
import hmac
import re
from urllib.parse import unquote_to_bytes

EXCLUDED = {
    "authorization", "baggage", "connection", "content-length", "expect", "keep-alive", "te", "traceparent",
    "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id",
}
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.S)


def percent_encode(octets, also=b""):
    return "".join(chr(octet) if octet in UNRESERVED or octet in also else f"%{octet:02X}" for octet in octets)


def rule_host(scheme, authority):
    """Returns the authority in lower case, without user information, an empty port and the scheme's default port. Transports
    write the port as a number, without leading zeros."""
    host = authority.rpartition("@")[2].lower().removesuffix(":")
    host = re.sub(r":0+([0-9]+)$", r":\1", host)
    return host.removesuffix({"http": ":80", "https": ":443"}[scheme])


def rule_path(path):
    """Removes dot segments and repeated slashes, then encodes the rest a second time."""
    kept = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    slash = "/" if kept and path.endswith("/") else ""
    return percent_encode(("/" + "/".join(kept) + slash).encode(), also=b"/")


def rule_query(query):
    """Decodes each pair, encodes it in the canonical form, and sorts by name and then by value."""
    pairs = []
    for pair in query.split("&") if query else []:
        name, _, value = pair.partition("=")
        pairs.append(tuple(percent_encode(unquote_to_bytes(part)) for part in (name, value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def rule_headers(case, scheme, authority):
    """Returns all but the excluded headers, trimmed and collapsed. Repeated headers keep their order."""
    headers = {}
    for name, value in case["headers"]:
        name = name.lower()
        if name not in EXCLUDED and not name.startswith("proxy-"):
            headers.setdefault(name, []).append(re.sub("[ \t]+", " ", value.strip(" \t")))
    headers["x-amz-date"] = [case["time"]]
    headers.pop("x-amz-security-token", None)
    if case["session_token"] is not None:
        headers["x-amz-security-token"] = [case["session_token"]]
    headers.setdefault("host", [rule_host(scheme, authority)])
    return {name: ",".join(headers[name]) for name in sorted(headers)}


def sha256(content):
    """Hashes bytes, or a string as UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def signing_keys(case):
    """Returns the chain of keys, from the date's key to the signing key."""
    keys = {}
    key = b"AWS4" + case["secret_access_key"].encode()
    for name, text in (
        ("k_date", case["time"][:8]),
        ("k_region", case["region"]),
        ("k_service", case["service"]),
        ("k_signing", "aws4_request"),
    ):
        key = hmac.digest(key, text.encode(), "sha256")
        keys[name] = key.hex()
    return keys


def rule_stages(case):
    """Returns all stages of a signature, computed without botocore."""
    url = URL.fullmatch(case["url"])
    headers = rule_headers(case, url["scheme"], url["authority"])
    signed_headers = ";".join(headers)
    canonical_request = "\n".join([
        case["method"].upper(),
        rule_path(url["path"]),
        rule_query(url["query"]),
        *(f"{name}:{value}" for name, value in headers.items()),
        "",
        signed_headers,
        headers.get("x-amz-content-sha256", sha256(case["body"])),
    ])
    scope = f"{case['time'][:8]}/{case['region']}/{case['service']}/aws4_request"
    string_to_sign = "\n".join(["AWS4-HMAC-SHA256", case["time"], scope, sha256(canonical_request)])
    keys = signing_keys(case)
    signature = hmac.new(bytes.fromhex(keys["k_signing"]), string_to_sign.encode(), "sha256").hexdigest()
    return {
        "canonical_request": canonical_request,
        "string_to_sign": string_to_sign,
        **keys,
        "signed_headers": signed_headers,
        "signature": signature,
        "authorization": (
            f"AWS4-HMAC-SHA256 Credential={case['access_key_id']}/{scope}, "
            f"SignedHeaders={signed_headers}, Signature={signature}"
        ),
    }
