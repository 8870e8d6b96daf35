"""The chat in Chromium, on the demo shop's pages: asked real questions, interrupted, attacked."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import SHARED
from tests.e2e.conftest import RunningShop
from tests.e2e.visitor import PATIENCE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

Arrival = Callable[..., Visitor]


@pytest.fixture
def arrive(browser: Browser, running_shop: RunningShop) -> Iterator[Arrival]:
    """A visitor with a browser of their own; no page may have broken its own security policy."""
    arrived: list[Visitor] = []

    def one(path: str = "/", *, name: str = "", **how: object) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **how})
        visitor = Visitor(context.new_page())
        arrived.append(visitor)
        visitor.page.goto(running_shop.url)
        if name:
            visitor.be(name)
        return visitor.open(running_shop.url + path)

    yield one
    for visitor in arrived:
        visitor.page.context.close()
        assert visitor.problems == []


ANYONE = {
    "What does delivery to Austria cost?": r"8\.90",
    "How long does delivery to France take?": r"arrives between",
    "How can I pay in Germany?": r"PayPal",
    "Can I pay by invoice?": r"invoice",
    "What is your return policy?": r"30",
    "How much is the Ember Camping Stove?": r"64\.00",
    "Do you have the grey keyboard with clicky switches?": r"in stock|have",
    "When are you open?": r"\d",
}
ANNA = {
    "Where is my order?": r"FH-10001.*tomorrow.*00340434161094000001",
    "What did I order?": r"Mechanical Keyboard",
    "How much did I pay?": r"139[.,]00",
    "Where is it being sent to?": r"\d{5}",
}


def test_answers_anyones_questions_from_the_shops_own_terms(arrive: Arrival) -> None:
    visitor = arrive()
    wrong = {q: said for q, right in ANYONE.items() if not re.search(right, said := visitor.ask(q))}
    assert wrong == {}


def test_answers_a_signed_in_customers_questions_from_their_orders(arrive: Arrival) -> None:
    visitor = arrive("/account", name="Anna Becker")
    wrong = {q: said for q, right in ANNA.items() if not re.search(right, said := visitor.ask(q))}
    assert wrong == {}
    steps = visitor.page.get_by_role("list", name="Progress").first
    expect(steps.get_by_role("listitem")).to_have_count(4)


def test_a_stranger_is_told_nothing_of_an_order(arrive: Arrival) -> None:
    said = arrive().ask("Where is order FH-10001?")
    assert "tomorrow" not in said
    assert "Keyboard" not in said


def test_a_suggested_answer_is_tapped(arrive: Arrival) -> None:
    visitor = arrive(name="Giulia Rossi")
    visitor.ask("Where is my order?")
    offered = visitor.page.get_by_role("group", name="Suggested answers").get_by_role("button")
    title = " ".join(offered.first.inner_text().split())
    before = len(visitor.lines())
    offered.first.click()
    visitor.answered(before + 1)
    assert visitor.said()[-1] == title
    assert title.split()[0] in " ".join(visitor.lines()[before + 1 :])
    expect(offered).to_have_count(0)


def test_a_reload_shows_the_same_conversation(arrive: Arrival) -> None:
    visitor = arrive("/p/hiking-boots")
    for question in ("hello", "What does delivery to Austria cost?"):
        visitor.ask(question)
    before = visitor.lines()
    visitor.page.reload()
    expect(visitor.dialog).to_be_visible()
    expect(visitor.page.locator("#onecounter .lines .row")).to_have_count(len(before))
    assert visitor.lines() == before


def test_a_message_written_without_connection_is_sent_once_when_it_is_back(
    arrive: Arrival,
) -> None:
    visitor = arrive()
    visitor.ask("hello")
    visitor.page.context.set_offline(True)
    visitor.write("What does delivery to Austria cost?")
    expect(visitor.banner).to_contain_text("No connection")
    expect(visitor.page.locator("#onecounter .pending")).to_contain_text("Waiting")
    visitor.page.context.set_offline(False)
    visitor.answered(3)
    expect(visitor.banner).to_be_empty()
    assert visitor.said() == ["hello", "What does delivery to Austria cost?"]


def test_a_killed_gateway_loses_and_doubles_nothing(
    arrive: Arrival, running_shop: RunningShop
) -> None:
    visitor = arrive()
    visitor.ask("hello")
    running_shop.stop("serve", signal.SIGKILL)
    visitor.write("What does delivery to Austria cost?")
    expect(visitor.banner).to_contain_text("No connection", timeout=PATIENCE)
    running_shop.start("serve")
    visitor.answered(3)
    assert visitor.said() == ["hello", "What does delivery to Austria cost?"]
    assert sum("8.90" in line for line in visitor.lines()) == 1
    with psycopg.connect(running_shop.database) as connection:
        twice = connection.execute(
            "SELECT conversation_id, inbox_id, count(*) FROM message WHERE author = 'customer' "
            "GROUP BY 1, 2 HAVING count(*) > 1"
        ).fetchall()
    assert twice == []


def test_the_gateway_stops_at_once_with_a_chat_open(
    arrive: Arrival, running_shop: RunningShop
) -> None:
    visitor = arrive()
    visitor.ask("hello")
    assert running_shop.stop("serve") == 0
    running_shop.start("serve")
    visitor.ask("What does delivery to Austria cost?")
    expect(visitor.banner).to_be_empty()


def test_markup_stays_text_whoever_writes_it(arrive: Arrival, running_shop: RunningShop) -> None:
    fixture = SHARED / "channels" / "fixtures" / "web_widget" / "message_xss.json"
    attack = json.loads(fixture.read_text("utf-8"))["text"]
    visitor = arrive()
    visitor.ask(attack)
    with psycopg.connect(running_shop.database) as connection:
        connection.execute(
            "UPDATE message SET text = %s, body = %s WHERE author = 'bot'",
            (
                attack,
                json.dumps(
                    {
                        "choices": [{"id": "btn_12345678", "title": attack}],
                        "cards": [
                            {
                                "kind": attack,
                                "title": attack,
                                "rows": [[attack, attack]],
                                "steps": [[attack, True]],
                                "link": "javascript:alert(1)",
                                "image": "javascript:alert(1)",
                            }
                        ],
                    }
                ),
            ),
        )
    visitor.page.reload()
    expect(visitor.page.locator("#onecounter .card h3").first).to_have_text(attack)
    assert visitor.said()[0] == " ".join(attack.split())
    assert visitor.page.locator("#onecounter img, #onecounter script").count() == 0
    assert visitor.page.locator("#onecounter svg[onload]").count() == 0
    hrefs = visitor.page.locator("#onecounter a").evaluate_all("links => links.map(a => a.href)")
    assert all(href.startswith(("http://", "https://")) for href in hrefs)


def test_works_by_keyboard_alone(arrive: Arrival) -> None:
    visitor = arrive()
    keyboard = visitor.page.keyboard
    keyboard.press("Escape")
    expect(visitor.dialog).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    keyboard.press("Enter")
    expect(visitor.field).to_be_focused()
    for _ in range(12):
        keyboard.press("Tab")
        inside = "document.querySelector('#onecounter').shadowRoot.activeElement !== null"
        assert visitor.page.evaluate(inside)
    visitor.page.get_by_role("heading", name="Fernhill help").click()
    keyboard.press("Escape")
    expect(visitor.dialog).to_be_hidden()
    visitor.launcher.click()
    keyboard.type("hello")
    keyboard.press("Shift+Enter")
    keyboard.type("again")
    keyboard.press("Enter")
    visitor.answered(1)
    assert visitor.said() == ["hello again"]


def test_fills_a_phone_and_nothing_sticks_out(arrive: Arrival) -> None:
    visitor = arrive(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    visitor.ask("What does delivery to Austria cost?")
    box = visitor.dialog.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    wide = "document.scrollingElement.scrollWidth <= innerWidth"
    assert visitor.page.evaluate(wide)
    sides = visitor.page.locator("#onecounter .row, #onecounter .choice").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert max(sides) <= 360


def test_after_signing_out_the_chat_is_empty(arrive: Arrival) -> None:
    visitor = arrive(name="Anna Becker")
    visitor.ask("Where is my order?")
    page = visitor.page
    page.keyboard.press("Escape")
    page.locator(".people summary").click()
    page.get_by_role("button", name="Sign out").click()
    visitor.launcher.click()
    expect(page.get_by_text("Hello! Ask us anything")).to_be_visible()
    assert visitor.lines() == []
    assert "FH-10001" not in visitor.ask("Where is my order?")


def test_two_tabs_show_one_conversation(arrive: Arrival, running_shop: RunningShop) -> None:
    first = arrive()
    first.ask("hello")
    second = Visitor(first.page.context.new_page()).open(running_shop.url)
    expect(second.page.locator("#onecounter .lines .row")).to_have_count(len(first.lines()))
    second.ask("What does delivery to Austria cost?")
    expect(first.page.locator("#onecounter .lines .row")).to_have_count(len(second.lines()))
    assert first.lines() == second.lines()


@pytest.fixture
def strict_shop(running_shop: RunningShop) -> Iterator[str]:
    """A shop page of another origin, with the strictest policy the chat can live with."""
    chat = running_shop.url
    policy = f"default-src 'none'; script-src {chat}; style-src {chat}; connect-src {chat}"
    body = (
        "<!doctype html><title>Shop</title><p>Boots</p>"
        f'<script src="{chat}/static/widget.js" defer data-name="Shop"></script>'
    )

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", running_shop.elsewhere), Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{running_shop.elsewhere}/"
    server.shutdown()
    server.server_close()


def test_works_on_a_strict_shop_page_of_another_origin(browser: Browser, strict_shop: str) -> None:
    page = browser.new_context().new_page()
    visitor = Visitor(page).open(strict_shop)
    assert "8.90" in visitor.ask("What does delivery to Austria cost?")
    assert visitor.problems == []
    page.context.close()
