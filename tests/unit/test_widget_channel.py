"""The widget's calls are read strictly; what a page says of itself is believed in parts only."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPayload, NotAuthentic
from bot.messages import Inbound
from channels.base import Request
from channels.widget import MAX_FRAME, MAX_TEXT, Widget, read_context, read_frame

SHOP = "https://www.shop.example"
CID = "018f2b6e-0001-7000-8000-0000000000aa"


def call(body: object, origin: str = SHOP, sender: str | None = "v_1") -> Request:
    return Request("POST", "/w/message", {"origin": origin}, json.dumps(body).encode(), sender)


def read(body: object) -> Inbound:
    (inbound,) = Widget([SHOP]).parse(call(body))
    assert isinstance(inbound, Inbound)
    return inbound


def test_a_message_is_known_by_its_session_and_its_cid() -> None:
    inbound = read({"cid": CID, "text": " Where is my order? "})
    assert (str(inbound.address), inbound.external_id) == ("web:v_1", f"v_1:{CID}")
    assert (inbound.text, inbound.choice, inbound.proven) == ("Where is my order?", None, False)


def test_a_choice_has_no_text() -> None:
    inbound = read({"cid": CID, "choice": "btn_9f2c1e"})
    assert (inbound.text, inbound.choice) == ("", "btn_9f2c1e")


@pytest.mark.parametrize("origin", ["", "null", "https://shop.example", f"{SHOP}/", f"{SHOP}:443"])
def test_refuses_another_origin(origin: str) -> None:
    with pytest.raises(NotAuthentic):
        Widget([SHOP]).verify(call({}, origin))


def test_refuses_a_call_without_a_session() -> None:
    with pytest.raises(NotAuthentic):
        Widget([SHOP]).verify(call({}, sender=None))


def test_a_widget_without_origins_speaks_to_nobody() -> None:
    with pytest.raises(NotAuthentic):
        Widget().verify(call({}))


def test_an_empty_basket_and_no_product_are_said_too() -> None:
    assert read_context({"basket": [], "product": None}) == {"basket": [], "product": None}


def test_leaves_out_what_is_ill_formed() -> None:
    odd = {"country": "Germany", "locale": 5, "product": "a\nb", "basket": "x", "postcode": "<b>"}
    assert read_context(odd) == {}


def test_text_that_cannot_be_stored_is_made_storable() -> None:
    assert read({"cid": CID, "text": "a\x00b\ud83dc"}).text == "ab?c"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    request = Request("POST", "/w/message", {"origin": SHOP}, body, "v_1")
    with contextlib.suppress(BadPayload):
        Widget([SHOP]).parse(request)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
frames = st.fixed_dictionaries(
    {},
    optional={"cid": values | st.just(CID), "text": values, "choice": values, "context": values},
)


@given(frames)
def test_any_frame_is_read_or_refused(frame: dict[str, object]) -> None:
    try:
        inbound = read(frame)
    except BadPayload:
        return
    assert len(inbound.text) <= MAX_TEXT
    assert set(inbound.context) <= {"country", "locale", "product", "postcode", "basket"}


def test_refuses_a_frame_that_is_too_large() -> None:
    with pytest.raises(BadPayload):
        read_frame(b" " * (MAX_FRAME + 1))
