#!/usr/bin/env python3
"""Writes signing.json and endpoints.json: what botocore, the reference client, signs and resolves.

    python3 -m venv venv
    venv/bin/pip install botocore
    venv/bin/python generate.py

signing.json    requests, each with every stage of its signature. "cases" are those in which botocore and the rule of
                this project (see sigv4_rule.py) agree, "differs" those in which they do not.
endpoints.json  the URLs and errors of the Security Hub endpoint rule set, and the partition table below it.

Every case is computed twice, by botocore and by an implementation of the rule that shares no code with it, and the
script stops when the two agree or differ where they should not, or when a signature published elsewhere is missed.
The output has no clock and no randomness in it: it changes only with this file and with botocore's data.
"""

import datetime
import json
import re
from pathlib import Path
from unittest import mock

import botocore
import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

from sigv4_rule import rule_stages, sha256, signing_keys

HERE = Path(__file__).resolve().parent

ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ=="
NOW = "20261122T203705Z"
SUITE_NOW = "20150830T123600Z"
PATH = "/invitations/delete"
JSON = ["content-type", "application/json"]
FORM = ["content-type", "application/x-www-form-urlencoded; charset=utf-8"]

ONE_ID = ["111122223333"]
TWO_IDS = ["111122223333", "444455556666"]
FIFTY_IDS = [f"{12345678 + index * 20000000033:012}" for index in range(50)]


def compact(account_ids):
    """The body as this project writes it."""
    return json.dumps({"AccountIds": account_ids}, separators=(",", ":"))


def spaced(account_ids):
    """The body as botocore writes it."""
    return json.dumps({"AccountIds": account_ids})


# ---------------------------------------------------------------------------------------------------------------------
# botocore


class Recorder(botocore.auth.SigV4Auth):
    """botocore's signer, which keeps the canonical request and the string to sign."""

    def canonical_request(self, request):
        self.seen_request = super().canonical_request(request)
        return self.seen_request

    def string_to_sign(self, request, canonical_request):
        self.seen_string = super().string_to_sign(request, canonical_request)
        return self.seen_string

    def signature(self, string_to_sign, request):
        self.seen_signature = super().signature(string_to_sign, request)
        return self.seen_signature


def botocore_stages(case):
    """The same stages, by botocore; of the keys it only shows the result."""
    request = AWSRequest(method=case["method"], url=case["url"], data=case["body"].encode())
    for name, value in case["headers"]:
        request.headers[name] = value
    credentials = Credentials(case["access_key_id"], case["secret_access_key"], case["session_token"])
    signer = Recorder(credentials, case["service"], case["region"])
    now = datetime.datetime.strptime(case["time"], "%Y%m%dT%H%M%SZ")
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now):
        signer.add_auth(request)
    authorization = request.headers["Authorization"]
    return {
        "canonical_request": signer.seen_request,
        "string_to_sign": signer.seen_string,
        **signing_keys(case),
        "signed_headers": re.search("SignedHeaders=([^,]*)", authorization)[1],
        "signature": signer.seen_signature,
        "authorization": authorization,
    }


# ---------------------------------------------------------------------------------------------------------------------
# signing.json


def case(name, url, *, method="GET", headers=(), body="", region="us-east-1", service="service", token=None, time=NOW,
         secret=SECRET_ACCESS_KEY, published=None, why=None):
    """A request for the signer alone. `published`: the signature, where it is known from elsewhere."""
    return {
        "name": name,
        "entry": "signer",
        **({"why": why} if why else {}),
        "method": method,
        "url": url,
        "headers": [list(header) for header in headers],
        "body": body,
        "region": region,
        "service": service,
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": secret,
        "session_token": token,
        "time": time,
        "published": published,
    }


def deletion(name, url, body, **rest):
    """A DeleteInvitations request."""
    return case(name, url, method="POST", headers=[JSON], body=body, service="securityhub", **rest)


def hub_case(name, account_ids, *, region="us-east-1", fips=False, dual_stack=False, custom=None, **rest):
    """A DeleteInvitations request as an endpoint, a list of ids and credentials make it."""
    base = custom or resolve(region, fips, dual_stack)["url"]
    made = deletion(name, base.rstrip("/") + PATH, compact(account_ids), region=region, **rest)
    made["entry"] = "hub"
    made["endpoint"] = {"region": region, "fips": fips, "dual_stack": dual_stack, "custom": custom}
    made["account_ids"] = account_ids
    return made


def reference_cases():
    """Bodies as botocore writes them, with signatures that other implementations have reproduced."""
    us_east_1 = "https://securityhub.us-east-1.amazonaws.com" + PATH
    yield deletion("V1: us-east-1", us_east_1, spaced(TWO_IDS),
                   published="5f5be536d4c91b13e5a57e0edb7480e95849a2fe642b31da7f4e563776686f05")
    yield deletion("V2: session token, FIPS", "https://securityhub-fips.us-gov-west-1.amazonaws.com" + PATH,
                   spaced(ONE_ID), region="us-gov-west-1", token=TOKEN,
                   published="fd4ec8f7bc81ea685283949177753e42a5309a7c61267b4ab0348e43eca16840")
    yield deletion("V3: custom endpoint with a port", "http://localhost:4566" + PATH,
                   spaced(ONE_ID), region="eu-west-1",
                   published="05eb984dad0bac6e61c2419a3d0fa9d61b7f13c4775cfab680d52fb997b933d3")
    yield deletion("V4: hostile base path and query",
                   f"https://gw.example.com:8443/a//b/../c%20d/~x{PATH}?z=1&a=2&a=1&e=&k",
                   r'{"AccountIds": ["\u00e9\u2603"]}',
                   published="441a3a80ef22c0066c7d9f044ce22abb7e99f7891c964b35519a9661cf75220d")
    yield deletion("V5: China, empty list", "https://securityhub.cn-north-1.amazonaws.com.cn" + PATH,
                   spaced([]), region="cn-north-1",
                   published="1f74c960de60c53f26ee9df6e821b45c9d9eac953f313e4e6665cdd11b16aea2")
    plain = "8cccf519ad1380719629b6a5673bc2f2ab19b8c46d8374059cf966103da562c3"
    for name, url in (
        ("plain host", "https://example.com" + PATH),
        ("empty query", f"https://example.com{PATH}?"),
        ("fragment", f"https://example.com{PATH}#frag"),
        ("base path that cancels itself", f"https://example.com/a/..{PATH}"),
        ("user information in the URL", f"https://user:pw@example.com{PATH}"),
    ):
        yield deletion(name, url, spaced(ONE_ID), published=plain)
    yield deletion("IPv6 host", "http://[::1]:8080" + PATH, spaced(ONE_ID),
                   published="7cf52b8e36db4bd385a90bb5094bbbe2c28aad6871fd64271f6bee0663758550")
    yield deletion("base path with reserved characters", "https://example.com/a+b*c(d)" + PATH, spaced(ONE_ID),
                   published="e5b0f51cd3c39831255f12271c95f10d7b32dfd81e06d92a20f40d5b2ea1657e")
    default_port = "c220baf1c10c5dd3d250adadf74fa34e0001feaadd36d9f9dd09c6e45b5f390e"
    yield deletion("upper-case host, default port of https", "https://Example.COM:443" + PATH, spaced(TWO_IDS),
                   published=default_port)
    yield deletion("default port of http", "http://example.com:80" + PATH, spaced(TWO_IDS), published=default_port)


def hub_cases():
    """Bodies as this project writes them."""
    yield hub_case("hub: us-east-1", TWO_IDS,
                   published="fa3e41c0076761be2d6c34b4649bec89e0d180330d3fb57d46810939010d110c")
    yield hub_case("hub: one id", ONE_ID)
    yield hub_case("hub: session token", TWO_IDS, token=TOKEN)
    yield hub_case("hub: custom endpoint with a port", TWO_IDS, region="eu-west-1", custom="http://localhost:4566")
    yield hub_case("hub: FIPS, session token", TWO_IDS, region="us-gov-west-1", fips=True, token=TOKEN)
    yield hub_case("hub: China", ONE_ID, region="cn-north-1")
    yield hub_case("hub: IPv6", TWO_IDS, custom="http://[::1]:8080")
    yield hub_case("hub: base path", TWO_IDS, custom="https://gw.example.com/base")
    yield hub_case("hub: base path with a slash at its end", TWO_IDS, custom="https://gw.example.com/base/")
    yield hub_case("hub: base path with an escape", ONE_ID, custom="https://gw.example.com/a%20b//c")
    yield hub_case("hub: 50 ids", FIFTY_IDS)
    yield hub_case("hub: dual-stack", TWO_IDS, region="eu-central-1", dual_stack=True)
    yield hub_case("hub: FIPS and dual-stack", TWO_IDS, region="us-west-2", fips=True, dual_stack=True)
    yield hub_case("hub: iso", TWO_IDS, region="us-iso-east-1")
    yield hub_case("hub: last second of a year", TWO_IDS, time="20261231T235959Z")
    yield hub_case("hub: leap day", TWO_IDS, time="20280229T000000Z")


def suite_cases():
    """From the SigV4 test suite and the SigV4 documentation, both by AWS, with the signatures printed there."""
    host = ["Host", "example.amazonaws.com"]
    url = "https://example.amazonaws.com/"

    def suite(name, target, published, **rest):
        headers = [host, *rest.pop("headers", ())]
        return case("suite: " + name, target, headers=headers, time=SUITE_NOW, published=published, **rest)

    yield suite("get-vanilla", url, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
    yield suite("get-vanilla-query-order-key-case", url + "?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
    yield suite("get-header-key-duplicate", url, "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
                headers=[["My-Header1", "value2"], ["My-Header1", "value2"], ["My-Header1", "value1"]])
    yield suite("get-header-value-trim", url, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
                headers=[["My-Header1", " value1"], ["My-Header2", ' "a   b   c"']])
    yield suite("post-x-www-form-urlencoded", url, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
                method="POST", headers=[["Content-Type", "application/x-www-form-urlencoded"]], body="Param1=value1")
    yield case("documentation: IAM ListUsers", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
               headers=[FORM], service="iam", time=SUITE_NOW,
               published="5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")


def general_cases():
    """Any request, which is what a signer for proxies and tools meets."""
    api = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod"
    gateway = {"region": "eu-west-1", "service": "execute-api"}

    # The URL
    yield case("no path", "https://example.com")
    yield case("no path but a query", "https://example.com?a=1")
    yield case("empty query and no path", "https://example.com?")
    yield case("port of the other scheme", "http://example.com:443/")
    yield case("IPv6 host in upper case, default port", "https://[2001:DB8::A]:443/x")
    yield case("dot at the end of the host", "https://example.com./x")
    yield case("user information and a port", "https://user@Example.com:8443/x")
    yield case("escapes in the path", api + "/a%20b/%C3%A9/%7e/%2F", **gateway)
    yield case("unreserved characters in the path", api + "/AZaz09-._~", **gateway)
    yield case("reserved characters in the path", api + "/a:b@c!d$e'f,g;h=i&j", **gateway)
    yield case("dot segments", api + "/./a/../../x/./y", **gateway)
    yield case("dot segments above the root", "https://example.com/../../x")
    yield case("escaped dots are not dot segments", "https://example.com/a/%2e%2e/b/%2E")
    yield case("three dots are not a dot segment", "https://example.com/a/.../b")
    yield case("double slashes", "https://example.com//a///b//")
    yield case("slash at the end", "https://example.com/a/b/")
    yield case("slash at the end of a path that cancels itself", "https://example.com/a/../")
    yield case("only slashes", "https://example.com///")
    yield case("dot at the end of the path", "https://example.com/a/b/.")
    yield case("two dots at the end of the path", "https://example.com/a/b/..")

    # The query
    yield case("query with repeated names", api + "?b=2&a=3&b=1&a=10&a=1", **gateway)
    yield case("query in upper and lower case", api + "?b=1&B=2&a=3&A=4&_=5&-=6&.=7&~=8&9=9", **gateway)
    yield case("query without =", api + "?k&a&k=1", **gateway)
    yield case("query with an empty name", api + "?=v&a=1", **gateway)
    yield case("query with escapes", api + "?q=a%20b%2Fc%2Bd%26e%3Df&caf%C3%A9=%E2%98%83", **gateway)
    yield case("query with escapes that are no UTF-8", api + "?a=%FF%00&b=%C3", **gateway)
    yield case("query sorted by name, not by line", api + "?a%20b=1&a=2&a-b=3&a%7Db=4", **gateway)
    yield case("query with a name in front of a longer one", api + "?ab=1&a=2&abc=0&a=1", **gateway)

    # Headers
    yield case("host header with a default port", "https://10.0.0.1:8443/x", headers=[["host", "Example.COM:443"]])
    yield case("header values with spaces", api, **gateway, headers=[
        ["x-lead", "   a"], ["x-trail", "a   "], ["x-inner", "a  b   c"], ["x-quoted", '"a   b"'], ["x-comma", "a,  b"],
    ])
    yield case("header values with tabs", api, **gateway, headers=[
        ["x-trim", "\ta\t"], ["x-one", "a\tb"], ["x-run", "a \t b"],
    ])
    yield case("header values in UTF-8", api, **gateway, headers=[["x-name", "caf\u00e9 \u2603"]])
    yield case("repeated headers in order of appearance", api, **gateway, headers=[
        ["x-many", "z"], ["x-one", "1"], ["X-Many", " a "], ["x-many", ""], ["x-many", "m  n"],
    ])
    yield case("empty header values", api, **gateway, headers=[["x-empty", ""], ["x-blank", "   "]])
    yield case("header names sorted bytewise", api, **gateway, headers=[
        ["x_b", "1"], ["x-b", "2"], ["x.b", "3"], ["x", "4"], ["xb", "5"], ["x-b-c", "6"], ["X-A", "7"], ["x1", "8"],
    ])
    yield case("headers that are not signed", api, **gateway, headers=[
        ["authorization", "Bearer x"], ["baggage", "a=1"], ["connection", "keep-alive"], ["expect", "100-continue"],
        ["keep-alive", "timeout=5"], ["proxy-authenticate", "Basic"], ["proxy-authorization", "Basic eDp5"],
        ["TE", "trailers"], ["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        ["tracestate", "k=v"], ["trailer", "x-t"], ["transfer-encoding", "chunked"], ["upgrade", "h2c"],
        ["User-Agent", "curl/8.0"], ["X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"],
    ])
    yield case("headers that only look excluded", api, **gateway, headers=[
        ["accept", "*/*"], ["accept-encoding", "gzip"], ["amz-sdk-request", "attempt=1; max=3"],
        ["cache-control", "no-cache"], ["cookie", "a=b; c=d"], ["te-x", "1"], ["upgrade-insecure-requests", "1"],
        ["via", "1.1 proxy"],
        ["x-amz-user-agent", "x/1"], ["x-forwarded-for", "10.0.0.1, 10.0.0.2"], ["x-proxy-id", "7"],
        ["x-user-agent", "x"],
    ])
    yield case("signed before", api, method="POST", body="{}", token=TOKEN, **gateway, headers=[
        JSON, ["x-amz-date", "20200101T000000Z"], ["X-Amz-Security-Token", "stale"],
        ["authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200101/eu-west-1/execute-api/aws4_request, "
                          "SignedHeaders=host;x-amz-date, Signature=" + 64 * "0"],
    ])

    # The body
    yield case("payload hash set by the caller", "https://svc.example.com/x", method="PUT", body="not this",
               service="vpc-lattice-svcs", headers=[["x-amz-content-sha256", "UNSIGNED-PAYLOAD"]])
    yield case("payload hash of the body set by the caller", api, method="POST", body="{}", **gateway,
               headers=[["X-Amz-Content-Sha256", sha256("{}")], JSON])
    yield case("empty body", "https://sts.eu-west-3.amazonaws.com/", method="POST", headers=[FORM], region="eu-west-3",
               service="sts")
    yield case("form body", "https://sts.us-west-2.amazonaws.com/", method="POST", headers=[FORM], region="us-west-2",
               service="sts", token=TOKEN, body="Action=GetCallerIdentity&Version=2011-06-15")
    yield case("UTF-8 body", api + "/x", method="PATCH", headers=[JSON], body='{"name":"caf\u00e9 \u2603 \U0001f600"}',
               **gateway)
    yield case("body of a DELETE", api + "/x?force", method="DELETE", body="\r\n", **gateway)

    # Keys and scope
    yield case("secret longer than a block of the hash", api, secret="k" * 80, **gateway)
    yield case("service and region as they are", "https://example.com/", region="mars-north-1", service="service-2")
    yield case("first second of the clock", "https://example.com/", time="19700101T000000Z")


def differing_cases():
    """Where botocore signs something else than the rule demands."""
    url = "https://example.com/"
    as_received = "botocore signs the query as received, the rule decodes it and encodes it again"
    yield case("query escapes in lower case", url + "?a=%2f%c3%a9", why=as_received)
    yield case("query escapes that nobody needs", url + "?%41=%7e&b=%7E%2D", why=as_received)
    yield case("query sorted after encoding", url + "?%62=1&a=2&%7e=3", why=as_received)
    yield case("plus in the query", url + "?q=a+b", why=as_received + "; a plus is a plus, not a space")
    yield case("second = in the query", url + "?a=b=c", why=as_received)
    yield case("reserved characters in the query", url + "?a=/:@!$'()*,;?", why=as_received)
    yield case("raw UTF-8 in the query", url + "?caf\u00e9=\u2603", why=as_received)
    yield case("malformed escapes in the query", url + "?a=100%&b=%zz&c=%4",
               why=as_received + ", and keeps malformed escapes")
    yield case("no-break spaces in a header value", url, headers=[["x-a", "\u00a0a\u00a0\u2003b\u3000"]],
               why="botocore trims and collapses all that Unicode calls white space, the rule spaces and tabs")
    yield case("content-length set by the caller", url, method="POST", headers=[["content-length", "2"]], body="{}",
               why="botocore signs content-length when it is already there, the rule never does")
    yield case("proxy-connection", url, headers=[["proxy-connection", "keep-alive"]],
               why="botocore excludes two headers of the proxy- family, the rule all of them")
    yield case("date header", url, headers=[["date", "Thu, 01 Jan 2026 00:00:00 GMT"]],
               why="botocore rewrites Date and then signs without X-Amz-Date, the rule signs both and rewrites none")


def unrepresentable_cases():
    """Requests that the `http` crate refuses to hold; the rule still has an answer."""
    url = "https://example.com/"
    as_received = "botocore signs the query as received, the rule decodes it and encodes it again"
    yield case("raw space in the query", url + "?q=a b", why=as_received)


def finished(made):
    """The case with its stages by the rule, and botocore's where they differ."""
    published = made.pop("published")
    rule, reference = rule_stages(made), botocore_stages(made)
    assert published in (None, reference["signature"]), f"{made['name']}: botocore gives {reference['signature']}"
    assert ("why" in made) == (rule != reference), f"{made['name']}: rule and botocore\n{rule}\n{reference}"
    made.update(rule)
    if "why" in made:
        made["botocore"] = {name: reference[name] for name in ("canonical_request", "signed_headers", "signature")}
    return made


def signing():
    cases = [*reference_cases(), *hub_cases(), *suite_cases(), *general_cases()]
    document = {
        "botocore": botocore.__version__,
        "cases": [finished(made) for made in cases],
        "differs": [finished(made) for made in differing_cases()],
        "unrepresentable": [finished(made) for made in unrepresentable_cases()],
    }
    names = [made["name"] for made in document["cases"] + document["differs"]]
    assert len(names) == len(set(names)), "two cases of one name"
    return document


# ---------------------------------------------------------------------------------------------------------------------
# endpoints.json


LOADER = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
RULE_SET = LOADER.load_service_model("securityhub", "endpoint-rule-set-1")
PARTITIONS = LOADER.load_data("partitions")
PROVIDER = EndpointProvider(RULE_SET, PARTITIONS)
SESSION = botocore.session.Session()

# Regions that no partition lists but that one's pattern matches.
UNLISTED = [
    "af-west-1", "ap-north-12", "ca-iso-1", "cn-iso-2", "cn-south-9", "eu-isoe-1", "eu-isoe-south-3", "eu-west-99",
    "eusc-de-south-1", "eusc-de-west-2", "il-south-1", "me-east-7", "mx-west-2", "sa-north-1", "us-central1-0",
    "us-east-007", "us-gov-1", "us-gov-central-3", "us-gov-x-1", "us-iso-1", "us-iso-north-7", "us-isob-7",
    "us-isob-north-1", "us-isof-1", "us-isof-west-2",
]
# Regions that no pattern matches, which makes them the first partition's.
UNMATCHED = [
    "a1", "cn-north", "cn-north-1-2", "eu-isoe-west", "eusc-de-1", "eusc-fr-x-1", "mars-north-1", "my-us-east-1",
    "us-east", "us-gov--1", "us-isoz-east-1",
]
VARIANTS = [(False, False), (False, True), (True, False), (True, True)]


def resolve(region, fips, dual_stack, endpoint=None, provider=PROVIDER):
    """The rule set's answer: a URL or an error."""
    parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, "Endpoint": endpoint}
    try:
        found = provider.resolve_endpoint(**{name: value for name, value in parameters.items() if value is not None})
    except EndpointProviderError as error:
        return {"error": str(error)}
    assert not found.properties and not found.headers, f"{region}: the rule set says more than a URL"
    return {"url": found.url}


def rows(regions):
    return [
        {"region": region, "fips": fips, "dual_stack": dual_stack, **resolve(region, fips, dual_stack)}
        for region in regions
        for fips, dual_stack in VARIANTS
    ]


def capability_rows():
    """What the rule set says of partitions that lack FIPS or dual-stack, which none does today."""
    made = []
    for supports_fips, supports_dual_stack in VARIANTS:
        partition = json.loads(json.dumps(PARTITIONS["partitions"][0]))
        partition["outputs"].update(supportsFIPS=supports_fips, supportsDualStack=supports_dual_stack)
        provider = EndpointProvider(RULE_SET, {**PARTITIONS, "partitions": [partition]})
        for fips, dual_stack in VARIANTS:
            answer = resolve("us-east-1", fips, dual_stack, provider=provider)
            made.append({"supports_fips": supports_fips, "supports_dual_stack": supports_dual_stack,
                         "fips": fips, "dual_stack": dual_stack, **answer})
    return made


def endpoints():
    partitions = [
        {
            "id": partition["id"],
            "regex": partition["regionRegex"],
            "dns_suffix": partition["outputs"]["dnsSuffix"],
            "dual_stack_dns_suffix": partition["outputs"]["dualStackDnsSuffix"],
            "supports_fips": partition["outputs"]["supportsFIPS"],
            "supports_dual_stack": partition["outputs"]["supportsDualStack"],
            "regions": sorted(partition["regions"]),
            "securityhub": sorted(SESSION.get_available_regions("securityhub", partition["id"])),
        }
        for partition in PARTITIONS["partitions"]
    ]
    listed = sorted(region for partition in partitions for region in partition["regions"])
    patterns = [re.compile(partition["regex"]) for partition in partitions]

    def matches(region):
        return any(pattern.match(region) for pattern in patterns)

    assert all(matches(region) and region not in listed for region in UNLISTED)
    assert not any(matches(region) or region in listed for region in UNMATCHED)
    pseudo = [region for region in listed if region.endswith("-global")]
    custom = "https://gw.example.com/base"
    return {
        "partitions": partitions,
        "listed": rows(region for region in listed if region not in pseudo),
        "unlisted": rows(UNLISTED),
        "unmatched": rows(UNMATCHED),
        "global": rows(pseudo),
        "custom": [
            {"region": region, "fips": fips, "dual_stack": dual_stack, "custom": custom,
             **resolve(region, fips, dual_stack, endpoint=custom)}
            for region in ("us-east-1", None)
            for fips, dual_stack in VARIANTS
        ],
        "no_region": [
            {"region": None, "fips": fips, "dual_stack": dual_stack, **resolve(None, fips, dual_stack)}
            for fips, dual_stack in VARIANTS
        ],
        "capabilities": capability_rows(),
    }


def one_per_line(document):
    """JSON with one element of each list on a line."""
    lists = (
        f" {json.dumps(name)}: [\n" + ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in rows) + "\n ]"
        for name, rows in document.items()
    )
    return f'{{\n "botocore": {json.dumps(botocore.__version__)},\n' + ",\n".join(lists) + "\n}\n"


def main():
    (HERE / "signing.json").write_text(json.dumps(signing(), indent=1) + "\n", encoding="ascii")
    (HERE / "endpoints.json").write_text(one_per_line(endpoints()), encoding="ascii")


if __name__ == "__main__":
    main()
