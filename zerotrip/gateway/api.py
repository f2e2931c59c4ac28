"""The API under /api/v1/: every room's routes, one way to sign in, one kind of refusal, one description.

The description is at /api/v1/openapi.json (OpenAPI 3.1), readable at /api/v1/docs.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from zerotrip.catalog.api import router as items
from zerotrip.core.errors import BadInput
from zerotrip.gateway import refusals
from zerotrip.gateway.auth import Limit, Open, Signed
from zerotrip.gateway.cases_api import router as cases
from zerotrip.gateway.scans_api import router as scans
from zerotrip.gateway.webhooks.api import router as webhooks
from zerotrip.journey.api import router as plans
from zerotrip.mail.api import router as tracking
from zerotrip.network.api import router as network
from zerotrip.places.api import router as places

DESCRIPTION = """
Errands carried by the post: apply for a service item in a citizen's or company's name, follow the case, withdraw it.

**A token reads.** Send the token you were given as `Authorization: Bearer zt_…`. Items, divisions, places and plans are
public.

**A key writes.** Every other POST, PUT, PATCH and DELETE is signed with your key by HTTP Message Signatures (RFC 9421):
one signature with the parameters `created`, `keyid` and `nonce` that covers `"@method"`, `"@target-uri"` (or
`"@authority"`, `"@path"` and, where there is one, `"@query"`), `"content-digest"` (RFC 9530, sha-256 or sha-512, of the
body as sent), and `"idempotency-key"` and `"content-encoding"` where they are sent; with multipart bodies also
`"content-type"`. Keys are Ed25519 or ECDSA P-256. A signature is good for five minutes either way, its nonce (8 to 64
characters) for one request. What is not so is answered 401 with a sentence that says what is missing, a code in
`reason`, and `Accept-Signature`. The token may be sent too. Try it: `zerotrip partner-request --help`.

**How much.** `RateLimit` and `RateLimit-Policy` say what is left of your requests a minute; a 429 has `Retry-After`.

**Sending twice.** Every POST that changes something needs an `Idempotency-Key` header (8 to 100 visible characters,
a UUID is best). The same key with the same content gets the first answer, with `Idempotent-Replay: true`; with other
content it is refused with 409. What was refused (4xx) may be mended and sent again under the same key. Keys are kept
for seven days.

**Refusals** are RFC 9457 problem documents (`application/problem+json`): `detail` is a sentence for a person, `errors`
has sentences by field. Send `Accept-Language: en` for English.

**Personal data** is masked in every answer (GB/T 41833). Times are RFC 3339; days are those of Asia/Shanghai.
"""


class OrjsonRenderer(BaseRenderer):
    """JSON, quickly; what orjson does not know is written as Django writes it."""

    media_type = "application/json"
    _rest = DjangoJSONEncoder()

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=self._rest.default)


class JsonParser(Parser):
    """Strict UTF-8 JSON; no text holds a character that no database can store."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = request.body
        if b"\\u0000" in body or b"\0" in body:
            raise BadInput(_("内容含有不能保存的字符（空字符），请删除后重试。"))
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise HttpError(400, str(error)) from error

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> Any:
        if any("\0" in value for values in data.lists() for value in values[1] if isinstance(value, str)):
            raise BadInput(_("内容含有不能保存的字符（空字符），请删除后重试。"))
        return super().parse_querydict(data, list_fields, request)


class Api(NinjaAPI):
    """An API whose description says that refusals are problem documents."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The OpenAPI description; 4xx answers have the media type of RFC 9457."""
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation.get("responses", {}).items():
                    content = response.get("content", {})
                    if int(status) >= 400 and "application/json" in content:
                        content["application/problem+json"] = content.pop("application/json")
        return schema


api = Api(
    title="ZeroTrip 零跑腿",
    version="1.0",
    description=DESCRIPTION,
    renderer=OrjsonRenderer(),
    parser=JsonParser(),
    auth=Signed(),
    throttle=Limit(),
    urls_namespace="api-v1",
)
refusals.install(api)
api.add_router("", items, auth=Open())
api.add_router("", places, auth=Open())
api.add_router("", tracking, auth=Open())
api.add_router("", network, auth=Open())
api.add_router("", plans, auth=Open())
api.add_router("", cases)
api.add_router("", webhooks)
api.add_router("", scans)
