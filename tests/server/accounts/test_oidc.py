"""Sign-in by OpenID Connect, against a provider that runs as a real HTTP server in this test."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from spheroseg.server.access.oidc import OidcClient
from spheroseg.server.access.services import Services
from spheroseg.server.accounts.federation import OWN_PAGE
from spheroseg.server.config import OidcProvider
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import Identity, OidcAttempt, User

API = "/api/v1"
SECRET = "a client's secret"  # not one: it lives in this test


class Provider:
    """A small OpenID provider. What it says and how it misbehaves can be set."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key_id = "key-1"
        self.person: dict[str, Any] = {
            "sub": "subject-1",
            "email": "Dora@Example.org",
            "email_verified": True,
            "name": "Dora",
        }
        self.changed_claims: dict[str, Any] = {}
        self.signing_key: Any = None
        self.algorithm = "RS256"
        self.methods = ["client_secret_basic"]
        self.in_userinfo = False
        self.codes: dict[str, dict[str, str]] = {}
        handler = type("Handler", (_Handler,), {"provider": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": self.methods,
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": self.key_id, "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        code = uuid.uuid4().hex
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str | None) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        if self.methods == ["client_secret_basic"]:
            expected = "Basic " + base64.b64encode(f"client:{SECRET}".encode()).decode()
            is_client = authorization == expected
        else:
            is_client = (form.get("client_id"), form.get("client_secret")) == ("client", SECRET)
        if not is_client:
            return 401, {"error": "invalid_client"}
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked is None or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        person = {"sub": self.person["sub"]} if self.in_userinfo else self.person
        claims = {"iss": self.issuer, "aud": "client", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        token = jwt.encode(
            {**claims, **person, **self.changed_claims},
            self.signing_key or self.key,
            algorithm=self.algorithm,
            headers={"kid": self.key_id},
        )
        return 200, {"access_token": "for-userinfo", "id_token": token, "token_type": "Bearer"}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path.removeprefix("/realm"):
            case "/.well-known/openid-configuration":
                self.answer(200, self.provider.configuration())
            case "/keys":
                self.answer(200, self.provider.keys())
            case "/authorize":
                self.send_response(302)
                self.send_header("Location", self.provider.authorize(query))
                self.end_headers()
            case "/userinfo" if self.headers["Authorization"] == "Bearer for-userinfo":
                self.answer(200, self.provider.person)
            case _:
                self.answer(404, {"error": "not_found"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.answer(*self.provider.token(form, self.headers["Authorization"]))

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 -- the library's name
        pass


@pytest.fixture
def provider() -> Generator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def browser(app: FastAPI, client: httpx.AsyncClient, provider: Provider) -> httpx.AsyncClient:
    """A browser at a service that knows the provider."""
    state: Services = app.state.parts
    known = OidcProvider(
        name="lab", label="The lab", issuer=provider.issuer, client_id="client", client_secret=SecretStr(SECRET)
    )
    state.settings = state.settings.model_copy(update={"oidc": (known,), "public_url": "http://testserver"})
    state.oidc = {"lab": OidcClient(known)}
    return client


async def go(browser: httpx.AsyncClient, **query: Any) -> httpx.Response:
    """Sign in as a person would: to the provider, and back."""
    start = await browser.get(f"{API}/auth/providers/lab/start", params=query)
    assert start.status_code == 303, start.text
    async with httpx.AsyncClient() as outside:
        back = await outside.get(start.headers["Location"])
    assert back.status_code == 302
    return await browser.get(back.headers["Location"])


async def test_makes_an_account_and_signs_in(browser: httpx.AsyncClient) -> None:
    listed = (await browser.get(f"{API}/auth/providers")).json()
    assert listed == [{"name": "lab", "label": "The lab", "url": "/api/v1/auth/providers/lab/start"}]
    done = await go(browser, return_to="/projects/42", remember=True)
    assert (done.status_code, done.headers["Location"]) == (303, "/projects/42")
    me = (await browser.get(f"{API}/users/me")).json()
    assert (me["email"], me["name"], me["has_password"]) == ("Dora@example.org", "Dora", False)
    assert me["email_verified_at"] is not None
    assert "spheroseg_oidc" not in browser.cookies


async def test_a_new_account_speaks_the_language_of_the_browser(browser: httpx.AsyncClient) -> None:
    browser.headers["Accept-Language"] = "cs-CZ,cs;q=0.9,en;q=0.8"
    await go(browser)
    assert (await browser.get(f"{API}/users/me")).json()["language"] == "cs"
    browser.headers["Accept-Language"] = "de"
    await go(browser)
    assert (await browser.get(f"{API}/users/me")).json()["language"] == "cs", "from then on the person's own matter"


async def test_the_second_time_it_is_the_same_account_even_with_another_address(
    browser: httpx.AsyncClient, provider: Provider
) -> None:
    await go(browser)
    first = (await browser.get(f"{API}/users/me")).json()["id"]
    provider.person = {"sub": "subject-1", "email": "married@example.org", "email_verified": True}
    await go(browser)
    assert (await browser.get(f"{API}/users/me")).json()["id"] == first


async def test_joins_an_account_whose_address_is_confirmed(
    browser: httpx.AsyncClient, alice: httpx.AsyncClient, provider: Provider
) -> None:
    provider.person |= {"email": "alice@example.org"}
    await go(browser)
    assert (await browser.get(f"{API}/users/me")).json()["id"] == str(alice.user_id)  # type: ignore[attr-defined]  # of the tests' client


async def test_locks_out_whoever_waited_in_an_unconfirmed_account(
    browser: httpx.AsyncClient, client: httpx.AsyncClient, state: Services
) -> None:
    body = {"email": "dora@example.org", "password": "the attacker's password"}
    await client.post(f"{API}/auth/sign-up", json=body)
    attacker = (await client.post(f"{API}/auth/sign-in", json=body | {"cookies": False})).json()
    assert (await go(browser)).headers["Location"] == "/"
    async with state.database.session() as session:
        user = (await session.scalars(select(User))).one()
        assert user.password_hash is None
        assert user.email_verified_at is not None
    bearer = {"Authorization": f"Bearer {attacker['access_token']}"}
    assert (await client.get(f"{API}/users/me", headers=bearer)).status_code == 401
    assert (await client.post(f"{API}/auth/sign-in", json=body)).status_code == 401


async def test_reads_the_address_from_userinfo_where_the_token_has_none(
    browser: httpx.AsyncClient, provider: Provider
) -> None:
    provider.in_userinfo = True
    provider.methods = ["client_secret_post"]
    await go(browser)
    assert (await browser.get(f"{API}/users/me")).json()["email"] == "Dora@example.org"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"aud": ["client", "somebody-else"]},  # for whom of them, it does not say
        {"iss": "http://127.0.0.1/other"},
        {"exp": 1},
        {"nonce": "another"},
        {"azp": "somebody-else"},
        {"email_verified": False},
        {"email": None},
    ],
    ids=lambda claims: next(iter(claims)),
)
async def test_refuses_a_token_that_is_not_for_this_sign_in(
    browser: httpx.AsyncClient, provider: Provider, claims: dict[str, Any], state: Services
) -> None:
    provider.changed_claims = claims
    done = await go(browser)
    assert done.headers["Location"] == "/sign-in?problem=sign_in_failed"
    assert (await browser.get(f"{API}/users/me")).status_code == 401
    async with state.database.session() as session:
        assert (await session.scalars(select(Identity))).all() == []


async def test_a_sign_in_that_failed_is_spent(browser: httpx.AsyncClient, provider: Provider, state: Services) -> None:
    start = await browser.get(f"{API}/auth/providers/lab/start")
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(start.headers["Location"])).headers["Location"]
    cookie = browser.cookies["spheroseg_oidc"]
    provider.changed_claims = {"nonce": "another"}
    assert (await browser.get(back)).headers["Location"] == "/sign-in?problem=sign_in_failed"
    provider.changed_claims = {}
    browser.cookies.set("spheroseg_oidc", cookie, path="/api/v1/auth")
    assert (await browser.get(back)).headers["Location"] == "/sign-in?problem=sign_in_failed"
    async with state.database.session() as session:
        assert (await session.scalars(select(OidcAttempt))).all() == []


async def test_refuses_other_signatures(browser: httpx.AsyncClient, provider: Provider) -> None:
    provider.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert (await go(browser)).headers["Location"] == "/sign-in?problem=sign_in_failed"
    # the classic: a shared-secret signature made with what everybody knows
    provider.signing_key, provider.algorithm = "0" * 64, "HS256"
    assert (await go(browser)).headers["Location"] == "/sign-in?problem=sign_in_failed"


async def test_follows_a_change_of_keys(browser: httpx.AsyncClient, provider: Provider) -> None:
    await go(browser)
    provider.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    provider.key_id = "key-2"
    assert (await go(browser)).headers["Location"] == "/"


async def test_only_the_browser_that_began_may_finish(browser: httpx.AsyncClient) -> None:
    start = await browser.get(f"{API}/auth/providers/lab/start")
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(start.headers["Location"])).headers["Location"]
    browser.cookies.clear()
    victim = await browser.get(back)
    assert victim.headers["Location"] == "/sign-in?problem=sign_in_failed"
    assert (await browser.get(f"{API}/users/me")).status_code == 401


async def test_a_sign_in_works_once_and_for_ten_minutes(browser: httpx.AsyncClient, state: Services) -> None:
    start = await browser.get(f"{API}/auth/providers/lab/start")
    cookie = browser.cookies["spheroseg_oidc"]
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(start.headers["Location"])).headers["Location"]
    async with state.database.session() as session:
        (await session.scalars(select(OidcAttempt))).one().expires_at = utc_now()
    assert (await browser.get(back)).headers["Location"] == "/sign-in?problem=sign_in_failed"
    again = await browser.get(back, headers={"Cookie": f"spheroseg_oidc={cookie}"})
    assert again.headers["Location"] == "/sign-in?problem=sign_in_failed"


async def test_a_provider_that_is_away_or_names_another_issuer(
    browser: httpx.AsyncClient, app: FastAPI, provider: Provider
) -> None:
    state: Services = app.state.parts
    for issuer in ("http://127.0.0.1:1", provider.issuer.replace("127.0.0.1", "localhost")):
        known = state.settings.oidc[0].model_copy(update={"issuer": issuer})
        state.oidc = {"lab": OidcClient(known)}
        answer = await browser.get(f"{API}/auth/providers/lab/start")
        assert (answer.status_code, answer.json()["code"]) == (503, "provider_away")
    assert (await browser.get(f"{API}/auth/providers/none/start")).status_code == 404


@pytest.mark.parametrize(
    "page", ["//evil.example", "/\\evil.example", "https://evil.example", "", "javascript:x", "/a\\b", "/a b", "/a\nb"]
)
def test_nobody_is_sent_elsewhere_afterwards(page: str) -> None:
    assert OWN_PAGE.fullmatch(page) is None
    assert OWN_PAGE.fullmatch("/projects/1?tab=2#x") is not None
    assert OWN_PAGE.fullmatch("/") is not None
