"""OpenID Connect sign-in: authorization code flow with PKCE, for any provider that publishes its configuration.

Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636 (PKCE); RFC 9700 (what attacks to expect).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import structlog
from pydantic import BaseModel, ValidationError

from spheroseg.server.access.errors import ProviderAway, SignInFailed
from spheroseg.server.config import OidcProvider
from spheroseg.server.http.fields import normal_address

log = structlog.get_logger()

ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "ES512", "EdDSA"]
"""Signatures with public keys; never `none`, never a shared secret."""

CONFIGURATION_LIFETIME_S = 3600
CLOCK_SKEW_S = 60


@dataclass(frozen=True)
class Claims:
    """What a provider says about a person."""

    subject: str
    email: str | None
    is_email_verified: bool
    name: str


class _Configuration(BaseModel):
    """What of a provider's published configuration is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class OidcClient:
    """Talks to one provider; remembers its configuration and keys for an hour."""

    def __init__(self, provider: OidcProvider) -> None:
        self.provider = provider
        self._configuration: _Configuration | None = None
        self._keys: list[jwt.PyJWK] = []
        self._read_at = -CONFIGURATION_LIFETIME_S * 1.0

    async def authorization_url(self, *, state: str, nonce: str, code_verifier: str, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        configuration = await self._discover()
        challenge = hashlib.sha256(code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.provider.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
        }
        endpoint = configuration.authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def claims(self, *, code: str, code_verifier: str, nonce: str, redirect_uri: str) -> Claims:
        """Exchange the code that the browser brought back, and check what the provider signed.

        Raises:
            SignInFailed: the provider refuses, or the token is not for us, not for this sign-in, or not well signed.
            ProviderAway: the provider does not answer.
        """
        configuration = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        secret = self.provider.client_secret.get_secret_value()
        methods = configuration.token_endpoint_auth_methods_supported
        import httpx  # noqa: PLC0415 -- see _request

        auth = httpx.BasicAuth(self.provider.client_id, secret) if "client_secret_basic" in methods else None
        if auth is None:
            form |= {"client_id": self.provider.client_id, "client_secret": secret}
        answer = await self._request("POST", configuration.token_endpoint, data=form, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise SignInFailed("The provider sent no identity token")
        signed = await self._verified(token)
        if not hmac.compare_digest(str(signed.get("nonce", "")).encode(), nonce.encode()):
            raise SignInFailed("The identity token belongs to another sign-in")
        if "email" not in signed and configuration.userinfo_endpoint and "access_token" in answer:
            bearer = {"Authorization": f"Bearer {answer['access_token']}"}
            profile = await self._request("GET", configuration.userinfo_endpoint, headers=bearer)
            if profile.get("sub") == signed["sub"]:  # OpenID Connect Core 5.3.2: otherwise it is somebody else's
                signed = profile | signed
        try:
            email = normal_address(str(signed.get("email", "")))
        except ValueError:
            email = None
        return Claims(
            subject=str(signed["sub"]),
            email=email,
            is_email_verified=str(signed.get("email_verified")).lower() == "true",  # some providers send a text
            name=str(signed.get("name") or "")[:200],
        )

    async def _verified(self, token: str) -> dict[str, Any]:
        configuration = await self._discover()
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header)
            if key is None:  # they changed their keys within the hour
                configuration = await self._discover(again=True)
                key = self._key(header)
            if key is None or header.get("alg") not in ALGORITHMS:
                raise SignInFailed("The identity token is signed by an unknown key")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self.provider.client_id,
                issuer=configuration.issuer,
                leeway=CLOCK_SKEW_S,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            log.warning("identity_token_refused", provider=self.provider.name, reason=type(error).__name__)
            raise SignInFailed("The identity token is not valid") from error
        # OpenID Connect Core 3.1.3.7, 3 to 5: other audiences are not trusted here, and one of several has to be named
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        party = claims.get("azp")
        if (len(audiences) > 1 and party is None) or party not in {None, self.provider.client_id}:
            raise SignInFailed("The identity token is for somebody else")
        return claims

    def _key(self, header: Mapping[str, Any]) -> jwt.PyJWK | None:
        wanted = header.get("kid")
        if wanted is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == wanted), None)

    async def _discover(self, *, again: bool = False) -> _Configuration:
        if again or self._configuration is None or time.monotonic() - self._read_at > CONFIGURATION_LIFETIME_S:
            issuer = self.provider.issuer.rstrip("/")
            published = await self._request("GET", f"{issuer}/.well-known/openid-configuration")
            try:
                configuration = _Configuration.model_validate(published)
            except ValidationError as error:
                raise ProviderAway("The provider's configuration is not complete") from error
            if configuration.issuer.rstrip("/") != issuer:
                raise ProviderAway("The provider's configuration names another issuer")
            keys = await self._request("GET", configuration.jwks_uri)
            try:
                self._keys = list(jwt.PyJWKSet.from_dict(keys).keys)
            except jwt.PyJWTError as error:
                raise ProviderAway("The provider's keys cannot be read") from error
            self._configuration = configuration
            self._read_at = time.monotonic()
        return self._configuration

    async def _request(self, method: str, url: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 -- what httpx takes
        import httpx  # noqa: PLC0415 -- loads slowly, and most services have no provider

        try:
            async with httpx.AsyncClient(timeout=10) as client:
                answer = await client.request(method, url, **arguments)
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            log.warning("provider_away", provider=self.provider.name, reason=type(error).__name__)
            raise ProviderAway from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or not isinstance(body, dict):
            raise ProviderAway
        if answer.status_code != httpx.codes.OK:
            log.warning("provider_refused", provider=self.provider.name, reason=str(body.get("error"))[:100])
            raise SignInFailed
        return body
