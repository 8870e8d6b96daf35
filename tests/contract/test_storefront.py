"""The storefront shows the shop's records as text, and plays customers in the demo shop only."""

from __future__ import annotations

import json
import re

import httpx
import jwt
import pytest
from sqlalchemy import Engine, text

from tests.contract.web import KEY, Page, add_customer

MARKUP = '<img src=x onerror="alert(1)"> {{ 7*7 }}'


@pytest.fixture
def shop(engine: Engine) -> None:
    """Two products, one with markup for a name and a price, and a demo customer."""
    with engine.begin() as connection:
        for product, title in (("tent", "Larch Tent"), ("odd", MARKUP)):
            connection.execute(
                text(
                    "INSERT INTO product (id, title, description, category) "
                    "VALUES (:id, :title, :title, 'Camping')"
                ),
                {"id": product, "title": title},
            )
            connection.execute(
                text(
                    "INSERT INTO variant (id, product_id, options, price, currency, available) "
                    "VALUES (:id, :product, :options, 24900, 'EUR', true)"
                ),
                {
                    "id": f"{product}-1",
                    "product": product,
                    "options": json.dumps({"colour": "moss" if product == "tent" else MARKUP}),
                },
            )
    add_customer(engine, "cust_77")
    set_demo(engine, demo=True)


def set_demo(engine: Engine, *, demo: bool) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO shop_state (catalogue_version, demo) VALUES ('1', :demo) "
                "ON CONFLICT (one_row) DO UPDATE SET demo = :demo"
            ),
            {"demo": demo},
        )


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("path", ["/", "/p/odd", "/basket"])
async def test_a_name_with_markup_is_shown_as_text(http: httpx.AsyncClient, path: str) -> None:
    http.cookies.set("basket", "odd-1*2")
    page = await http.get(path)
    assert page.status_code == 200
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
    assert "{{ 7*7 }}" in page.text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("path", ["/", "/p/tent", "/p/none", "/static/widget.js", "/healthz"])
async def test_every_answer_carries_the_security_headers(
    http: httpx.AsyncClient, path: str
) -> None:
    headers = (await http.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]


@pytest.mark.usefixtures("shop")
async def test_tells_the_chat_of_product_basket_and_customer(http: httpx.AsyncClient) -> None:
    await http.post("/basket", data={"do": "add", "variant": "tent-1", "quantity": "2"})
    await http.post("/basket", data={"do": "add", "variant": "tent-1", "quantity": "1"})
    await http.post("/demo/sign-in", data={"customer": "cust_77"})
    page = (await http.get("/p/tent")).text
    tag = re.search(r'<script src="/static/widget.js"[^>]*>', page)
    assert tag is not None
    data = dict(re.findall(r'data-(\w+)="([^"]*)"', tag[0]))
    assert data["product"] == "tent"
    assert json.loads(data["basket"].replace("&#34;", '"')) == [
        {"variant": "tent-1", "quantity": 3}
    ]
    claims = jwt.decode(data["token"], KEY, algorithms=["HS256"], audience="onecounter-widget")
    assert claims["sub"] == "cust_77"


@pytest.mark.usefixtures("shop")
async def test_a_basket_changes_and_empties(http: httpx.AsyncClient) -> None:
    for quantity, shown in (("2", "498"), ("99", "4,980"), ("0", "Nothing in it yet")):
        await http.post("/basket", data={"variant": "tent-1", "quantity": quantity})
        assert shown in (await http.get("/basket")).text
    await http.post("/basket", data={"variant": "nothing", "quantity": "1"})
    await http.post("/basket", data={"variant": "tent-1", "quantity": "-1"})
    assert "Nothing in it yet" in (await http.get("/basket")).text


@pytest.mark.usefixtures("shop")
async def test_a_demo_token_opens_the_chat_as_that_customer(http: httpx.AsyncClient) -> None:
    given = (await http.get("/demo/token", params={"customer": "cust_77"})).json()["token"]
    page = await Page(http).open()
    assert (await page.identify(given)).json()["level"] == "channel"


@pytest.mark.usefixtures("shop")
async def test_only_the_demo_shop_lets_anyone_be_a_customer(
    http: httpx.AsyncClient, engine: Engine
) -> None:
    http.cookies.set("demo_customer", "cust_77")
    assert "Dana" in (await http.get("/account")).text
    set_demo(engine, demo=False)
    assert "Dana" not in (await http.get("/account")).text
    assert (await http.get("/demo/token", params={"customer": "cust_77"})).status_code == 404
    answer = await http.post("/demo/sign-in", data={"customer": "cust_77"})
    assert "cust_77" not in answer.headers["set-cookie"]


@pytest.mark.usefixtures("shop")
async def test_the_demo_has_no_token_for_a_stranger(http: httpx.AsyncClient) -> None:
    for customer in ("", "nobody"):
        answer = await http.get("/demo/token", params={"customer": customer})
        assert answer.status_code == 404


async def test_files_are_asked_about_again_by_their_etag(http: httpx.AsyncClient) -> None:
    first = await http.get("/static/widget.js")
    assert first.headers["cache-control"] == "no-cache"
    again = await http.get("/static/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    picture = await http.get("/static/store/fern.svg")
    assert "max-age" in picture.headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/../asgi.py", "/static/%2e%2e/asgi.py", "/static/"])
async def test_no_other_file_is_served(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


async def test_an_empty_shop_has_a_page_too(http: httpx.AsyncClient) -> None:
    assert "nothing on the shelves" in (await http.get("/")).text
