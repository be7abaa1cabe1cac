"""Somebody else knew the password: what ends when the owner takes the account back, and how they get it back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from spheroseg.server.tables.accounts import ApiToken, Identity, MailedToken, Session, User

API = "/api/v1"
PASSWORD = "correct horse battery"
NEW_PASSWORD = "another fine password"


class Post:
    """Mails that were sent, by a mailer that keeps them."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def send(self, mail: Any) -> None:
        self.mails.append(mail)

    def link(self, to: str, page: str) -> str:
        """The secret of the last link to a page that somebody got."""
        last = next(mail for mail in reversed(self.mails) if mail.to == to and f"/{page}#token=" in mail.text)
        return last.text.split(f"/{page}#token=")[1].split()[0]


@pytest.fixture
def post(lab: Any) -> Post:
    lab.state.mailer = Post()
    return lab.state.mailer


@pytest.fixture
async def owner(lab: Any) -> Any:
    """Somebody with a password, who is signed in, and whose password somebody else knows too."""
    person = await lab.person("victim")
    async with lab.state.database.session() as session:
        user = await session.get_one(User, person.user_id)
        user.password_hash = await lab.state.passwords.hash(PASSWORD)
    return person


async def sign_in(lab: Any, email: str, password: str = PASSWORD) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=lab.app), base_url="http://testserver") as client:
        body = {"email": email, "password": password, "cookies": False}
        return await client.post(f"{API}/auth/sign-in", json=body)


async def attacker_of(lab: Any, email: str) -> httpx.AsyncClient:
    """The attacker, signed in with the password that they know."""
    token = (await sign_in(lab, email)).json()["access_token"]
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=lab.app),
        base_url="http://testserver",
        headers={"Authorization": f"Bearer {token}"},
    )


async def reset(lab: Any, post: Post, person: Any) -> None:
    await person.post(f"{API}/auth/password/forgot", json={"email": person.email})
    await lab.work()
    body = {"token": post.link(person.email, "reset-password"), "password": NEW_PASSWORD}
    assert (await person.post(f"{API}/auth/password/reset", json=body)).status_code == 204


async def email_of(lab: Any, person: Any) -> str:
    async with lab.state.database.session() as session:
        return str(await session.scalar(select(User.email).where(User.id == person.user_id)))


async def test_a_link_to_another_address_dies_with_the_reset(lab: Any, post: Post, owner: Any) -> None:
    async with await attacker_of(lab, owner.email) as attacker:
        await attacker.put(f"{API}/users/me/email", json={"email": "mallory@example.org", "password": PASSWORD})
        await lab.work()
        stolen = post.link("mallory@example.org", "verify-email")
        assert any(mail.to == owner.email and "mallory@example.org" in mail.text for mail in post.mails)
        await reset(lab, post, owner)
        answer = await attacker.post(f"{API}/auth/verify", json={"token": stolen})
        assert (answer.status_code, answer.json()["code"]) == (422, "link_expired")
    assert await email_of(lab, owner) == owner.email


async def test_a_mail_that_waits_in_the_queue_is_worthless_after_the_reset(lab: Any, post: Post, owner: Any) -> None:
    await owner.post(f"{API}/auth/password/forgot", json={"email": owner.email})
    await lab.work()
    secret = post.link(owner.email, "reset-password")
    async with await attacker_of(lab, owner.email) as attacker:
        await attacker.put(f"{API}/users/me/email", json={"email": "mallory@example.org", "password": PASSWORD})
    await owner.post(f"{API}/auth/password/reset", json={"token": secret, "password": NEW_PASSWORD})
    await lab.work()  # only now the attacker's mail is written
    assert not [mail for mail in post.mails if mail.to == "mallory@example.org"]
    async with lab.state.database.session() as session:
        assert (await session.scalars(select(MailedToken).where(MailedToken.purpose == "verify_email"))).all() == []


async def test_everything_that_was_given_out_ends_with_the_reset(lab: Any, post: Post, owner: Any) -> None:
    async with await attacker_of(lab, owner.email) as attacker:
        made = await attacker.post(f"{API}/auth/tokens", json={"name": "mine", "scopes": ["read", "write"]})
        personal = {"Authorization": f"Bearer {made.json()['token']}"}
        assert (await attacker.get(f"{API}/users/me", headers=personal)).status_code == 200
        await reset(lab, post, owner)
        assert (await attacker.get(f"{API}/users/me")).status_code == 401
        assert (await attacker.get(f"{API}/users/me", headers=personal)).status_code == 401
    assert (await owner.get(f"{API}/users/me")).status_code == 401
    assert (await sign_in(lab, owner.email)).status_code == 401
    assert (await sign_in(lab, owner.email, NEW_PASSWORD)).status_code == 200


async def test_a_request_let_in_before_makes_no_token_that_outlives_it(lab: Any, post: Post, owner: Any) -> None:
    async with await attacker_of(lab, owner.email) as attacker:
        await attacker.get(f"{API}/users/me")
        known = dict(lab.state.known_actors._entries)
        await reset(lab, post, owner)
        lab.state.known_actors._entries.update(known)  # another process that has not heard of it yet
        answer = await attacker.post(f"{API}/auth/tokens", json={"name": "late", "scopes": ["read"]})
        assert answer.status_code == 401
    async with lab.state.database.session() as session:
        assert (await session.scalars(select(ApiToken))).all() == []


async def test_a_new_password_keeps_only_the_session_that_chose_it(lab: Any, post: Post, owner: Any) -> None:
    async with await attacker_of(lab, owner.email) as attacker:
        await attacker.put(f"{API}/users/me/email", json={"email": "mallory@example.org", "password": PASSWORD})
        await lab.work()
        stolen = post.link("mallory@example.org", "verify-email")
        body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert (await owner.post(f"{API}/auth/password", json=body)).status_code == 204
        assert (await owner.get(f"{API}/users/me")).status_code == 200
        assert (await attacker.get(f"{API}/users/me")).status_code == 401
        assert (await attacker.post(f"{API}/auth/verify", json={"token": stolen})).status_code == 422


async def test_the_old_address_is_told_and_takes_the_account_back(lab: Any, post: Post, owner: Any) -> None:
    async with await attacker_of(lab, owner.email) as attacker:
        await attacker.put(f"{API}/users/me/email", json={"email": "mallory@example.org", "password": PASSWORD})
        await lab.work()
        link = post.link("mallory@example.org", "verify-email")
        assert (await attacker.post(f"{API}/auth/verify", json={"token": link})).status_code == 200
        # and makes the account their own as well as they can: another password ends all other links
        body = {"current_password": PASSWORD, "new_password": "mallory's own password"}
        assert (await attacker.post(f"{API}/auth/password", json=body)).status_code == 204
        await lab.work()
        async with lab.state.database.session() as session:
            session.add(Identity(user_id=owner.user_id, provider="uni", subject="mallory"))
        undo = post.link(owner.email, "undo-email")
        answer = await owner.post(f"{API}/auth/email/undo", json={"token": undo})
        assert (answer.status_code, answer.json()) == (200, {"email": owner.email})
        assert (await attacker.get(f"{API}/users/me")).status_code == 401
        assert (await sign_in(lab, owner.email, "mallory's own password")).status_code == 401
        again = await owner.post(f"{API}/auth/email/undo", json={"token": undo})
        assert again.json()["code"] == "link_expired"
    async with lab.state.database.session() as session:
        assert (await session.scalars(select(Identity))).all() == []
    await lab.work()
    body = {"token": post.link(owner.email, "reset-password"), "password": NEW_PASSWORD}
    assert (await owner.post(f"{API}/auth/password/reset", json=body)).status_code == 204
    assert (await sign_in(lab, owner.email, NEW_PASSWORD)).status_code == 200


async def test_a_second_change_does_not_take_the_way_back_away(lab: Any, post: Post, owner: Any) -> None:
    async with await attacker_of(lab, owner.email) as attacker:
        for address in ("mallory@example.org", "mallory2@example.org"):
            await attacker.put(f"{API}/users/me/email", json={"email": address, "password": PASSWORD})
            await lab.work()
            await attacker.post(f"{API}/auth/verify", json={"token": post.link(address, "verify-email")})
        await lab.work()
    assert await email_of(lab, owner) == "mallory2@example.org"
    undo = post.link(owner.email, "undo-email")
    assert (await owner.post(f"{API}/auth/email/undo", json={"token": undo})).status_code == 200
    assert await email_of(lab, owner) == owner.email
    # the way back to the attacker's first address is closed
    back = post.link("mallory@example.org", "undo-email")
    assert (await owner.post(f"{API}/auth/email/undo", json={"token": back})).status_code == 422


async def test_a_disabled_account_has_nothing_left(lab: Any, post: Post, owner: Any) -> None:
    admin = await lab.person("admin")
    async with lab.state.database.session() as session:
        (await session.get_one(User, admin.user_id)).role = "admin"
    lab.state.known_actors.forget_user(admin.user_id)
    token = (await owner.post(f"{API}/auth/tokens", json={"name": "mine", "scopes": ["read"]})).json()["token"]
    await owner.put(f"{API}/users/me/email", json={"email": "new@example.org", "password": PASSWORD})
    await lab.work()
    link = post.link("new@example.org", "verify-email")
    answer = await admin.patch(f"{API}/admin/users/{owner.user_id}", json={"is_disabled": True})
    assert answer.status_code == 200
    answer = await admin.patch(f"{API}/admin/users/{owner.user_id}", json={"is_disabled": False})
    assert answer.status_code == 200
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        assert (await owner.get(f"{API}/users/me", headers=headers)).status_code == 401
    assert (await owner.post(f"{API}/auth/verify", json={"token": link})).status_code == 422


async def test_rows_of_an_earlier_epoch_are_worth_nothing_even_where_they_lie(lab: Any, owner: Any) -> None:
    token = (await owner.post(f"{API}/auth/tokens", json={"name": "mine", "scopes": ["read"]})).json()["token"]
    async with lab.state.database.session() as session:
        await session.execute(text("UPDATE users SET credential_epoch = credential_epoch + 1"))
        assert len((await session.scalars(select(Session))).all()) == 1
    lab.state.known_actors.forget_user(owner.user_id)
    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        assert (await owner.get(f"{API}/users/me", headers=headers)).status_code == 401
