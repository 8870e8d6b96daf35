"""The storefront: the catalogue as pages, a basket, and, in the demo shop, signing in as someone.

It shows the chat in its place. The basket and the demo's sign-in are plain cookies, checked against
the records at every use: nothing is bought here, and the demo's people are invented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.backends.own import OwnShop
from bot.engine.work import utc_now
from bot.hosts.customer_token import sign_token
from bot.hosts.demo import Persona, is_demo, personas
from bot.hosts.pictures import picture_of
from bot.hosts.threads import in_thread
from bot.shop.model import Customer, CustomerId, Money, Order, Product, Variant
from bot.shop.wording import Wording
from bot.wiring import Services

BASKET, SIGNED_IN = "basket", "demo_customer"
MAX_LINES, MAX_QUANTITY, MAX_FORM = 30, 20, 4096
_COOKIE_LINE = re.compile(r"([A-Za-z0-9_.:-]{1,80})\*(\d{1,3})")


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A variant of the catalogue and how many of it."""

    product: Product
    variant: Variant
    quantity: int

    @property
    def price(self) -> Money:
        """What the line costs."""
        return self.variant.price * self.quantity


@dataclass(frozen=True, slots=True)
class Visit:
    """What one page view knows: the records, who is signed in, what is in the basket."""

    products: Sequence[Product]
    demo: bool
    people: Sequence[Persona]
    customer: Customer | None
    basket: Sequence[BasketLine]
    orders: Sequence[Order] = ()

    @property
    def total(self) -> Money | None:
        """The basket's value."""
        prices = [line.price for line in self.basket]
        return sum(prices[1:], prices[0]) if prices else None


class Storefront:
    """The pages; templates escape everything that is put into them."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._terms = services.terms
        self._key = services.settings.widget_token_key
        self._secure = services.settings.public_url.startswith("https:")
        self._pages = Environment(
            loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def routes(self) -> list[Route]:
        """Where the pages are found."""
        return [
            Route("/", self.home),
            Route("/p/{product}", self.product),
            Route("/basket", self.basket, methods=["GET"]),
            Route("/basket", self.change_basket, methods=["POST"]),
            Route("/account", self.account),
            Route("/demo/sign-in", self.sign_in, methods=["POST"]),
            Route("/demo/token", self.token),
        ]

    async def home(self, request: Request) -> Response:
        """All products by category."""
        visit = await self._visit(request)
        shelves: dict[str, list[Product]] = {}
        for product in visit.products:
            shelves.setdefault(product.category or "Everything else", []).append(product)
        return self._page("home.html", request, visit, shelves=shelves)

    async def product(self, request: Request) -> Response:
        """One product with its options, prices and stock."""
        visit = await self._visit(request)
        wanted = request.path_params["product"]
        product = next((p for p in visit.products if p.id == wanted), None)
        if product is None:
            return self._page("missing.html", request, visit, status=404)
        return self._page("product.html", request, visit, product=product, shown=str(product.id))

    async def basket(self, request: Request) -> Response:
        """What is in the basket."""
        return self._page("basket.html", request, await self._visit(request))

    async def change_basket(self, request: Request) -> Response:
        """Put ``quantity`` of ``variant`` into the basket (``add``), or set it; 0 takes it out."""
        form = await _form(request)
        visit = await self._visit(request)
        basket = {line.variant.id: line.quantity for line in visit.basket}
        known = {v.id: v for p in visit.products for v in p.variants}
        variant = known.get(form.get("variant", ""))  # type: ignore[call-overload]
        asked = form.get("quantity", "1")
        if variant is not None and asked.isascii() and asked.isdecimal():
            before = basket.get(variant.id, 0) if form.get("do") == "add" else 0
            basket[variant.id] = min(before + int(asked), MAX_QUANTITY)
        kept = [f"{id}*{quantity}" for id, quantity in basket.items() if quantity][:MAX_LINES]
        return self._redirect("/basket", BASKET, "~".join(kept))

    async def account(self, request: Request) -> Response:
        """The orders of whoever is signed in."""
        visit = await self._visit(request, orders=True)
        return self._page("account.html", request, visit)

    async def sign_in(self, request: Request) -> Response:
        """In the demo shop: become one of its customers; an empty choice signs out."""
        form = await _form(request)
        customer = CustomerId(form.get("customer", ""))
        if not await in_thread(self._engine, _may_be, customer):
            customer = CustomerId("")
        return self._redirect("/account" if customer else "/", SIGNED_IN, customer)

    async def token(self, request: Request) -> Response:
        """In the demo shop: a signed token, as a shop's own server would make one."""
        customer = CustomerId(request.query_params.get("customer", ""))
        if not await in_thread(self._engine, _may_be, customer):
            raise HTTPException(404, "not a demo customer")
        token = sign_token(customer, self._key.reveal(), utc_now())
        return JSONResponse({"token": token}, headers={"Cache-Control": "no-store"})

    async def _visit(self, request: Request, *, orders: bool = False) -> Visit:
        cookies = request.cookies
        return await in_thread(
            self._engine, _look, cookies.get(BASKET, ""), cookies.get(SIGNED_IN, ""), orders
        )

    def _page(
        self, name: str, request: Request, visit: Visit, *, status: int = 200, **more: Any
    ) -> Response:
        now = utc_now()
        customer = visit.customer
        token = sign_token(customer.id, self._key.reveal(), now) if customer else ""
        basket = [{"variant": ln.variant.id, "quantity": ln.quantity} for ln in visit.basket]
        locale = (customer and customer.locale) or self._terms.locale
        page = self._pages.get_template(name).render(
            visit=visit,
            terms=self._terms,
            wording=Wording(locale, self._terms.timezone, now),
            picture_of=picture_of,
            path=request.url.path,
            token=token,
            locale=locale.replace("_", "-"),
            country=_country(customer) or self._terms.country,
            basket_json=json.dumps(basket),
            **{"shown": "", **more},
        )
        return HTMLResponse(page, status, headers={"Cache-Control": "no-store"})

    def _redirect(self, to: str, cookie: str, value: str) -> Response:
        answer = RedirectResponse(to, 303)
        answer.set_cookie(cookie, value, httponly=True, samesite="lax", secure=self._secure)
        return answer


def _look(connection: Connection, basket: str, signed_in: str, orders: bool) -> Visit:
    shop = OwnShop(connection)
    products = shop.products()
    demo = is_demo(connection)
    customer = shop.customer(CustomerId(signed_in)) if demo and signed_in else None
    return Visit(
        products=products,
        demo=demo,
        people=personas(connection) if demo else (),
        customer=customer,
        basket=_basket(basket, products),
        orders=shop.orders_of(customer.id) if customer and orders else (),
    )


def _may_be(connection: Connection, customer: CustomerId) -> bool:
    """Whether anyone may play this customer: only in the demo shop, and only one it has."""
    return is_demo(connection) and OwnShop(connection).customer(customer) is not None


def _basket(cookie: str, products: Sequence[Product]) -> list[BasketLine]:
    """The lines of the cookie that the catalogue still has."""
    known: Mapping[str, tuple[Product, Variant]] = {
        str(v.id): (p, v) for p in products for v in p.variants
    }
    lines = []
    for entry in cookie.split("~")[:MAX_LINES]:
        found = _COOKIE_LINE.fullmatch(entry)
        if found and found[1] in known and 0 < int(found[2]) <= MAX_QUANTITY:
            lines.append(BasketLine(*known[found[1]], quantity=int(found[2])))
    return lines


def _country(customer: Customer | None) -> str:
    return customer.default_address.country if customer and customer.default_address else ""


async def _form(request: Request) -> dict[str, str]:
    """A small form's fields, the first value of each."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM:
            raise HTTPException(413, "too large")
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}
