"""Accounts and sessions, as a caller of the API sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import bcrypt
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from tests.server.fixtures.jobs import queued

from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import read_refresh_token, refresh_token
from spheroseg.server.accounts.credentials import mailed_token
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.accounts import ApiToken, MailedToken, Session, User
from spheroseg.server.tables.audit import AuditEntry

PASSWORD = "correct horse battery"
API = "/api/v1"


async def sign_up(client: httpx.AsyncClient, email: str = "carol@example.org", password: str = PASSWORD) -> Any:
    answer = await client.post(f"{API}/auth/sign-up", json={"email": email, "password": password, "name": "Carol"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def sign_in(client: httpx.AsyncClient, email: str = "carol@example.org", **fields: Any) -> httpx.Response:
    return await client.post(f"{API}/auth/sign-in", json={"email": email, "password": PASSWORD} | fields)


async def user_of(state: Services, email: str = "carol@example.org") -> User:
    async with state.database.session() as session:
        return (await session.scalars(select(User).where(User.email == email))).one()


async def mail_secret(state: Services, purpose: str, email: str = "carol@example.org") -> str:
    user = await user_of(state, email)
    async with state.database.session() as session:
        return await mailed_token(session, user, purpose, email)


class TestSignUp:
    async def test_makes_an_account_and_queues_a_mail_without_its_secret(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        assert await sign_up(client) == {"email": "carol@example.org"}
        user = await user_of(state)
        assert user.email_verified_at is None
        assert user.password_hash is not None
        assert user.password_hash.startswith("$argon2id$")
        assert await queued(state) == [
            ("auth:send_verification", {"user_id": str(user.id), "email": "carol@example.org", "epoch": 1})
        ]

    async def test_the_account_speaks_the_language_of_the_page_that_it_was_made_on(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        body = {"email": "karel@example.org", "password": PASSWORD, "language": "cs"}
        assert (await client.post(f"{API}/auth/sign-up", json=body)).status_code == 201
        assert [(await user_of(state, f"{name}@example.org")).language for name in ("carol", "karel")] == ["en", "cs"]

    async def test_the_log_says_who_made_the_account_and_from_where(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        made = await user_of(state)
        token = await mail_secret(state, "verify_email")
        assert (await client.post(f"{API}/auth/verify", json={"token": token})).status_code == 200
        async with state.database.session() as session:
            entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.at))).all()
        assert [entry.action for entry in entries] == ["account.create", "account.verify"]
        for entry in entries:
            assert (entry.actor_id, entry.subject_id) == (made.id, made.id)
            assert entry.ip == "203.0.113.7"
            assert entry.user_agent == client.headers["user-agent"]

    async def test_the_first_person_on_a_laptop_administers_it(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        await sign_up(client, "dora@example.org")
        assert (await user_of(state)).role == "admin"
        assert (await user_of(state, "dora@example.org")).role == "user"

    async def test_an_address_has_one_account_in_whatever_case_and_nobody_is_told(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        before = await user_of(state)
        body = {"email": "CAROL@example.org", "password": "another fine password", "name": "Mallory"}
        answer = await client.post(f"{API}/auth/sign-up", json=body)
        assert (answer.status_code, answer.json()) == (201, {"email": "CAROL@example.org"})
        after = await user_of(state)
        assert (after.id, after.password_hash, after.name) == (before.id, before.password_hash, "Carol")
        # the owner is told, at the address that they gave
        assert (await queued(state))[-1] == (
            "auth:send_has_account",
            {"user_id": str(before.id), "email": "carol@example.org", "epoch": 1},
        )

    @pytest.mark.parametrize("password", ["short", "1234567890", "aaaaaaaaaaaa", "carolcarol123!", "carol12345"])
    async def test_refuses_what_is_guessed_first(self, client: httpx.AsyncClient, password: str) -> None:
        answer = await client.post(
            f"{API}/auth/sign-up", json={"email": "carol@example.org", "password": password, "name": "Carol"}
        )
        assert answer.status_code == 422
        assert answer.json()["code"] == "weak_password"

    @pytest.mark.parametrize("email", ["", "carol", "carol@", "a@b@c", "x\0@example.org", "a" * 250 + "@example.org"])
    async def test_refuses_what_is_no_address(self, client: httpx.AsyncClient, email: str) -> None:
        answer = await client.post(f"{API}/auth/sign-up", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == "body.email"

    async def test_closed_and_invited(
        self,
        app: FastAPI,
        client: httpx.AsyncClient,
        alice: httpx.AsyncClient,
        make_project: Callable[..., Awaitable[dict[str, Any]]],
    ) -> None:
        state: Services = app.state.parts
        project = await make_project(alice)
        body = {"email": "guest@example.org", "password": PASSWORD}
        state.settings = state.settings.model_copy(update={"sign_up": "closed"})
        assert (await client.post(f"{API}/auth/sign-up", json=body)).json()["code"] == "sign_up_closed"
        state.settings = state.settings.model_copy(update={"sign_up": "invited"})
        assert (await client.post(f"{API}/auth/sign-up", json=body)).json()["code"] == "sign_up_closed"
        await alice.post(f"{API}/projects/{project['id']}/invitations", json={"email": "Guest@example.org"})
        assert (await client.post(f"{API}/auth/sign-up", json=body)).status_code == 201


class TestSignIn:
    async def test_scripts_get_tokens_in_the_answer(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        answer = await sign_in(client, cookies=False)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        body = answer.json()
        assert body["expires_in_s"] == 900
        me = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {body['access_token']}"})
        assert me.json()["email"] == "carol@example.org"

    async def test_browsers_get_cookies_out_of_reach_of_scripts(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        answer = await sign_in(client, remember=True)
        assert answer.json()["access_token"] is None
        assert answer.json()["refresh_token"] is None
        cookies = {line.split("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}
        assert "httponly" in cookies["spheroseg_access"]
        assert "httponly" in cookies["spheroseg_refresh"]
        assert "path=/api/v1/auth" in cookies["spheroseg_refresh"]
        assert "samesite=strict" in cookies["spheroseg_refresh"]
        assert "httponly" not in cookies["spheroseg_csrf"]
        # the mark of a known browser stays longer than any session
        assert "max-age=31536000" in cookies.pop("spheroseg_device")
        assert all("max-age=2592000" in line for line in cookies.values())
        assert (await client.get(f"{API}/users/me")).status_code == 200

    async def test_a_session_that_is_not_remembered_ends_with_the_browser(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        answer = await sign_in(client)
        cookies = [line for line in answer.headers.get_list("set-cookie") if not line.startswith("spheroseg_device=")]
        assert len(cookies) == 3
        assert not any("max-age" in line.lower() for line in cookies)

    async def test_cookies_are_secure_where_the_address_is(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        state: Services = app.state.parts
        state.settings = state.settings.model_copy(update={"public_url": "https://spheroseg.example.org"})
        answer = await sign_in(client)
        assert all("secure" in line.lower() for line in answer.headers.get_list("set-cookie"))

    async def test_wrong_password_and_unknown_address_answer_the_same(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        answers = [
            await client.post(f"{API}/auth/sign-in", json={"email": email, "password": "wrong password"})
            for email in ("carol@example.org", "nobody@example.org")
        ]
        bodies = [answer.json() | {"request_id": ""} for answer in answers]
        assert bodies[0] == bodies[1]
        assert bodies[0]["code"] == "wrong_credentials"

    async def test_bcrypt_of_an_earlier_service_is_accepted_and_replaced(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        async with state.database.session() as session:
            user = (await session.scalars(select(User))).one()
            user.password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        assert (await sign_in(client)).status_code == 200
        replaced = (await user_of(state)).password_hash
        assert replaced is not None
        assert replaced.startswith("$argon2id$")
        assert (await sign_in(client)).status_code == 200

    async def test_disabled_and_unverified_accounts(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        state: Services = app.state.parts
        state.settings = state.settings.model_copy(update={"require_verified_email": True})
        assert (await sign_in(client)).json()["code"] == "email_not_verified"
        async with state.database.session() as session:
            user = (await session.scalars(select(User))).one()
            user.disabled_at = utc_now()
        assert (await sign_in(client)).json()["code"] == "account_disabled"

    async def test_wrong_passwords_are_slowed_and_right_ones_do_not_count(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        await sign_up(client)
        state: Services = app.state.parts
        state.limiter.is_on = True
        assert [(await sign_in(client, cookies=False)).status_code for _ in range(12)] == [200] * 12
        guesses = [(await sign_in(client, password=f"guess {number}")).status_code for number in range(11)]
        assert guesses == [401] * 10 + [429]
        late = await sign_in(client)
        assert late.json()["code"] == "too_many_requests"
        assert 0 < int(late.headers["Retry-After"]) <= 900

    async def test_guesses_from_elsewhere_do_not_shut_the_owner_out(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        await sign_up(client)
        state: Services = app.state.parts
        state.limiter.is_on = True
        assert (await sign_in(client)).status_code == 200  # this browser is known from now on

        async def guess(address: str) -> int:
            transport = httpx.ASGITransport(app=app, client=(address, 4000))
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as attacker:
                return (await sign_in(attacker, password="a guess of somebody")).status_code

        assert [await guess("198.51.100.1") for _ in range(11)] == [401] * 10 + [429]
        everywhere = [await guess(f"198.51.100.{number}") for number in range(2, 120)]
        assert everywhere.count(401) == 90
        assert everywhere[-1] == 429
        assert (await sign_in(client)).status_code == 200


class TestCsrf:
    async def test_a_change_by_cookie_needs_the_sessions_token(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        token = (await sign_in(client)).json()["csrf_token"]
        assert client.cookies["spheroseg_csrf"] == token
        body = {"name": "P"}
        assert (await client.post(f"{API}/projects", json=body)).json()["code"] == "wrong_csrf_token"
        for wrong in ("", "x" * 64, token[:-1] + "é"):
            headers = {"X-CSRF-Token": wrong.encode()}
            answer = await client.post(f"{API}/projects", json=body, headers=headers)  # type: ignore[arg-type]  # bytes are headers too
            assert answer.status_code == 403
        made = await client.post(f"{API}/projects", json=body, headers={"X-CSRF-Token": token})
        assert made.status_code == 201

    async def test_another_sessions_token_does_not_do(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        other = (await sign_in(client)).json()["csrf_token"]
        await sign_in(client)
        answer = await client.post(f"{API}/projects", json={"name": "P"}, headers={"X-CSRF-Token": other})
        assert answer.json()["code"] == "wrong_csrf_token"


class TestRefresh:
    async def tokens(self, client: httpx.AsyncClient) -> dict[str, Any]:
        await sign_up(client)
        body: dict[str, Any] = (await sign_in(client, cookies=False)).json()
        return body

    async def refresh(self, client: httpx.AsyncClient, token: str) -> httpx.Response:
        return await client.post(f"{API}/auth/refresh", json={"refresh_token": token})

    async def test_each_refresh_gives_the_next_token(self, client: httpx.AsyncClient) -> None:
        first = await self.tokens(client)
        second = (await self.refresh(client, first["refresh_token"])).json()
        third = (await self.refresh(client, second["refresh_token"])).json()
        assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
        me = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {third['access_token']}"})
        assert me.status_code == 200

    async def test_two_pages_that_refresh_at_once_get_the_same(self, client: httpx.AsyncClient) -> None:
        first = await self.tokens(client)
        answers = [await self.refresh(client, first["refresh_token"]) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json()["refresh_token"] == answers[1].json()["refresh_token"]

    async def test_an_old_token_ends_the_session_for_good(self, client: httpx.AsyncClient, state: Services) -> None:
        first = await self.tokens(client)
        second = (await self.refresh(client, first["refresh_token"])).json()
        async with state.database.session() as session:
            row = (await session.scalars(select(Session))).one()
            row.rotated_at -= dt.timedelta(minutes=1)
        stolen = await self.refresh(client, first["refresh_token"])
        assert (stolen.status_code, stolen.json()["code"]) == (401, "session_ended")
        assert (await self.refresh(client, second["refresh_token"])).status_code == 401
        me = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {second['access_token']}"})
        assert me.status_code == 401
        async with state.database.session() as session:
            actions = (await session.scalars(select(AuditEntry.action))).all()
        assert "session.reuse_detected" in actions

    async def test_a_token_two_steps_old_ends_it_even_within_the_grace(self, client: httpx.AsyncClient) -> None:
        first = await self.tokens(client)
        second = (await self.refresh(client, first["refresh_token"])).json()
        await self.refresh(client, second["refresh_token"])
        assert (await self.refresh(client, first["refresh_token"])).status_code == 401

    async def test_tokens_of_others_or_none_are_refused(self, client: httpx.AsyncClient, state: Services) -> None:
        first = await self.tokens(client)
        read = read_refresh_token(state.secret_key, first["refresh_token"])
        assert read is not None
        forged = refresh_token("another key", read[0], read[1])
        for token in (forged, "", "..", "a.b.c", first["refresh_token"][:-1], "é" * 20):
            answer = await self.refresh(client, token)
            assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")
        assert (await client.post(f"{API}/auth/refresh")).status_code == 401

    async def test_a_session_not_used_for_a_day_is_over(self, client: httpx.AsyncClient, state: Services) -> None:
        first = await self.tokens(client)
        async with state.database.session() as session:
            row = (await session.scalars(select(Session))).one()
            assert dt.timedelta(hours=23) < row.expires_at - utc_now() <= dt.timedelta(hours=24)
            row.expires_at = utc_now() - dt.timedelta(seconds=1)
        assert (await self.refresh(client, first["refresh_token"])).status_code == 401

    async def test_browsers_refresh_by_cookie_and_csrf_token(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        token = (await sign_in(client)).json()["csrf_token"]
        before = client.cookies["spheroseg_refresh"]
        assert (await client.post(f"{API}/auth/refresh")).json()["code"] == "wrong_csrf_token"
        answer = await client.post(f"{API}/auth/refresh", headers={"X-CSRF-Token": token})
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] is None
        assert client.cookies["spheroseg_refresh"] != before
        assert answer.json()["csrf_token"] == token


class TestSessions:
    async def test_are_listed_and_ended_one_by_one(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        phone = (await sign_in(client, cookies=False)).json()["access_token"]
        token = (await sign_in(client)).json()["csrf_token"]
        rows = (await client.get(f"{API}/auth/sessions")).json()
        assert sorted(row["is_current"] for row in rows) == [False, True]
        assert rows[0]["ip"] == "203.0.113.7"
        other = next(row["id"] for row in rows if not row["is_current"])
        headers = {"X-CSRF-Token": token}
        assert (await client.delete(f"{API}/auth/sessions/{other}", headers=headers)).status_code == 204
        assert (await client.delete(f"{API}/auth/sessions/{other}", headers=headers)).status_code == 404
        gone = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {phone}"})
        assert (gone.status_code, gone.json()["code"]) == (401, "session_ended")

    async def test_sign_out_ends_this_one_and_clears_the_cookies(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        token = (await sign_in(client)).json()["csrf_token"]
        ended = await client.post(f"{API}/auth/sign-out", headers={"X-CSRF-Token": token})
        assert (ended.status_code, ended.headers["Clear-Site-Data"]) == (204, '"cache"')
        assert list(client.cookies) == ["spheroseg_device"]  # which opens nothing
        assert (await client.get(f"{API}/users/me")).status_code == 401

    async def test_sign_out_everywhere(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        phone = (await sign_in(client, cookies=False)).json()
        token = (await sign_in(client)).json()["csrf_token"]
        answer = await client.post(f"{API}/auth/sign-out-everywhere", headers={"X-CSRF-Token": token})
        assert answer.json() == {"count": 2}
        for headers in ({}, {"Authorization": f"Bearer {phone['access_token']}"}):
            assert (await client.get(f"{API}/users/me", headers=headers)).status_code == 401
        assert (
            await client.post(f"{API}/auth/refresh", json={"refresh_token": phone["refresh_token"]})
        ).status_code == 401

    async def test_an_access_token_is_over_after_its_time(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        state: Services = app.state.parts
        state.settings = state.settings.model_copy(update={"access_token_s": -1})
        token = (await sign_in(client, cookies=False)).json()["access_token"]
        answer = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["code"] == "session_ended"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


class TestMailedLinks:
    async def test_verifying(self, client: httpx.AsyncClient, state: Services) -> None:
        await sign_up(client)
        secret = await mail_secret(state, "verify_email")
        answer = await client.post(f"{API}/auth/verify", json={"token": secret})
        assert answer.json()["email_verified_at"] is not None
        again = await client.post(f"{API}/auth/verify", json={"token": secret})
        assert again.json()["code"] == "link_expired"

    async def test_looking_at_a_link_tells_whether_it_holds_and_uses_nothing_up(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        async def holds(purpose: str, token: str) -> bool:
            answer = await client.post(f"{API}/auth/link", json={"purpose": purpose, "token": token})
            assert answer.status_code == 200
            return bool(answer.json()["holds"])

        await sign_up(client)
        secret = await mail_secret(state, "verify_email")
        assert [await holds("verify_email", secret) for _ in range(2)] == [True, True]
        assert not await holds("reset_password", secret)
        for broken in ("", secret[:-1], f"{secret}=", "čp\0"):
            assert not await holds("verify_email", broken)
        await client.post(f"{API}/auth/verify", json={"token": secret})
        assert not await holds("verify_email", secret)

    async def test_administrators_are_appointed_when_they_prove_their_address(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        state: Services = app.state.parts
        state.settings = state.settings.model_copy(
            update={"environment": "production", "admin_emails": ("Carol@example.org",)}
        )
        await sign_up(client)
        assert (await user_of(state)).role == "user"
        secret = await mail_secret(state, "verify_email")
        assert (await client.post(f"{API}/auth/verify", json={"token": secret})).json()["role"] == "admin"

    async def test_asking_tells_nobody_who_has_an_account_and_queues_one_mail(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        for path in ("verify/request", "password/forgot"):
            for email in ("carol@example.org", "carol@example.org", "nobody@example.org"):
                answer = await client.post(f"{API}/auth/{path}", json={"email": email})
                assert (answer.status_code, answer.text) == (202, "null")
        names = [name for name, _ in await queued(state)]
        assert names == ["auth:send_verification", "auth:send_reset"]  # the first one still waits

    async def test_reset_sets_the_password_and_ends_all_sessions(
        self, client: httpx.AsyncClient, state: Services
    ) -> None:
        await sign_up(client)
        token = (await sign_in(client, cookies=False)).json()["access_token"]
        secret = await mail_secret(state, "reset_password")
        weak = await client.post(f"{API}/auth/password/reset", json={"token": secret, "password": "short"})
        assert weak.json()["code"] == "weak_password"  # and the link is good for another try
        new = "another long password"
        done = await client.post(f"{API}/auth/password/reset", json={"token": secret, "password": new})
        assert done.status_code == 204
        me = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {token}"})
        assert me.status_code == 401
        assert (await sign_in(client)).status_code == 401
        assert (await sign_in(client, password=new)).status_code == 200
        assert (await user_of(state)).email_verified_at is not None

    async def test_links_end(self, client: httpx.AsyncClient, state: Services) -> None:
        await sign_up(client)
        secret = await mail_secret(state, "reset_password")
        async with state.database.session() as session:
            row = (await session.scalars(select(MailedToken))).one()
            row.expires_at = utc_now()
        body = {"token": secret, "password": "another long password"}
        assert (await client.post(f"{API}/auth/password/reset", json=body)).json()["code"] == "link_expired"

    async def test_changing_the_password_ends_the_other_sessions(self, client: httpx.AsyncClient) -> None:
        await sign_up(client)
        phone = (await sign_in(client, cookies=False)).json()["access_token"]
        headers = {"X-CSRF-Token": (await sign_in(client)).json()["csrf_token"]}
        body = {"current_password": "wrong", "new_password": "another long password"}
        assert (await client.post(f"{API}/auth/password", json=body, headers=headers)).status_code == 401
        body["current_password"] = PASSWORD
        assert (await client.post(f"{API}/auth/password", json=body, headers=headers)).status_code == 204
        assert (await client.get(f"{API}/users/me")).status_code == 200
        gone = await client.get(f"{API}/users/me", headers={"Authorization": f"Bearer {phone}"})
        assert gone.status_code == 401


class TestPersonalTokens:
    async def make(self, alice: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
        body = {"name": "notebook", "scopes": ["read"], **fields}
        answer = await alice.post(f"{API}/auth/tokens", json=body)
        assert answer.status_code == 201
        made: dict[str, Any] = answer.json()
        return made

    async def test_do_what_their_scopes_say(self, client: httpx.AsyncClient, alice: httpx.AsyncClient) -> None:
        reading = {"Authorization": f"Bearer {(await self.make(alice))['token']}"}
        writing = {"Authorization": f"Bearer {(await self.make(alice, scopes=['read', 'write']))['token']}"}
        assert (await client.get(f"{API}/projects", headers=reading)).status_code == 200
        refused = await client.post(f"{API}/projects", json={"name": "P"}, headers=reading)
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
        assert (await client.post(f"{API}/projects", json={"name": "P"}, headers=writing)).status_code == 201
        account = await client.get(f"{API}/auth/tokens", headers=writing)
        assert account.json()["code"] == "needs_person"

    async def test_only_their_hash_is_kept(self, alice: httpx.AsyncClient, state: Services) -> None:
        made = await self.make(alice)
        assert made["token"].startswith("sph_")
        listed = (await alice.get(f"{API}/auth/tokens")).json()
        assert "token" not in listed[0]
        assert listed[0]["prefix"] == made["token"][:12]
        async with state.database.session() as session:
            row = (await session.scalars(select(ApiToken))).one()
            assert made["token"].encode() not in row.token_hash

    async def test_end_when_revoked_or_old(
        self, client: httpx.AsyncClient, alice: httpx.AsyncClient, state: Services
    ) -> None:
        first, second = await self.make(alice), await self.make(alice, days=1)
        use = {"Authorization": f"Bearer {first['token']}"}
        assert (await client.get(f"{API}/projects", headers=use)).status_code == 200
        assert (await alice.delete(f"{API}/auth/tokens/{first['id']}")).status_code == 204
        assert (await client.get(f"{API}/projects", headers=use)).status_code == 401
        async with state.database.session() as session:
            row = (await session.scalars(select(ApiToken))).one()
            row.expires_at = utc_now()
        use = {"Authorization": f"Bearer {second['token']}"}
        assert (await client.get(f"{API}/projects", headers=use)).status_code == 401

    async def test_their_use_is_noted_once_in_a_while(
        self, client: httpx.AsyncClient, alice: httpx.AsyncClient, state: Services
    ) -> None:
        use = {"Authorization": f"Bearer {(await self.make(alice))['token']}"}
        await client.get(f"{API}/projects", headers=use)
        async with state.database.session() as session:
            assert await session.scalar(select(func.count()).where(ApiToken.last_used_at.is_not(None))) == 1

    async def test_nonsense_is_refused(self, client: httpx.AsyncClient) -> None:
        for value in ("Bearer sph_nothing", "Bearer x.y.z", "Bearer ", "Basic abc", "Bearer " + "a" * 5000):
            answer = await client.get(f"{API}/projects", headers={"Authorization": value})
            assert answer.status_code == 401, value
