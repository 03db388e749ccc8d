"""Nobody but members gets in, nobody does more than their role, and no other site acts through a browser."""

import re

import pytest

from console_site import ORIGIN, make_site
from identities import ADMIN, DISABLED, MODERATOR, TRIAGE
from skywarden.console.page import Access, Page
from skywarden.console.pages import all_pages
from skywarden.moderation.audit import verify_audit
from skywarden.storage import Database

OPEN = {"/sign-in", "/sign-in/link/{token}"}


def _path(page: Page) -> str:
    return re.sub(r"\{[^}]*\}", "x", page.path)


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: f"{page.verb} {page.path}")
def test_a_stranger_is_sent_to_the_sign_in(database: Database, page: Page) -> None:
    response = make_site(database).visitor().request(page.verb, _path(page))
    if page.path in OPEN:
        assert page.access is Access.PUBLIC
    else:
        assert response.status_code == 303
        assert response.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: f"{page.verb} {page.path}")
def test_every_answer_forbids_what_is_not_ours(database: Database, page: Page) -> None:
    headers = make_site(database).visitor().request(page.verb, _path(page)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", f"{ORIGIN}.elsewhere.example", ""])
def test_another_site_cannot_act_through_a_members_browser(database: Database, origin: str) -> None:
    browser = make_site(database).visitor(MODERATOR)
    headers = {"origin": origin} if origin else {}
    browser.headers.pop("origin")
    assert browser.post("/sign-out", headers=headers).status_code == 403
    assert browser.get("/").status_code == 200


def test_a_disabled_member_is_out_at_once(database: Database) -> None:
    site = make_site(database)
    browser = site.visitor(TRIAGE)
    assert browser.get("/").status_code == 200
    site.services.desk.team.update(TRIAGE.did, ADMIN.did, disabled=True)
    assert browser.get("/").status_code == 303
    assert site.visitor(DISABLED).get("/").status_code == 303


def test_a_link_signs_in_once_and_not_by_looking_at_it(database: Database) -> None:
    site = make_site(database)
    link = f"/sign-in/link/{site.services.desk.sessions.make_link(site.services.did)}"
    first, second = site.visitor(), site.visitor()
    assert first.get(link).status_code == 200
    assert first.post(link).headers["location"] == "/"
    assert "Local administrator" in first.get("/").text
    assert second.post(link).status_code == 401
    assert second.get("/").status_code == 303
    verify_audit(database)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(database: Database) -> None:
    site = make_site(database)
    answer = site.visitor().post(f"/sign-in/link/{site.services.desk.sessions.make_link(site.services.did)}")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "secure", "path=/"))


def test_who_signs_out_is_out(database: Database) -> None:
    browser = make_site(database).visitor(MODERATOR)
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/review?a=b", "/review?a=b"),
        ("//elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_sign_in_leads_nowhere_else(database: Database, wanted: str, found: str) -> None:
    text = make_site(database).visitor().get("/sign-in", params={"next": wanted}).text
    assert f'name="next" value="{found}"' in text


def test_a_part_of_a_page_tells_a_script_to_go_to_the_sign_in(database: Database) -> None:
    answer = make_site(database).visitor().get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in")
