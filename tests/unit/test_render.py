"""A reply reaches every channel whole, within what the channel can show."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Card, Choice, Reply
from bot.render import joined, length, render
from channels import CHANNELS, capabilities_of
from channels.base import Capabilities

WEB, SMS, WHATSAPP = (capabilities_of(name) for name in ("web", "sms", "whatsapp"))
PAGE = replace(capabilities_of("messenger"), max_cards=10, max_card_text=80)
BOOTS, LAMP = Choice("#W1: boots", "/a", "btn_1"), Choice("#W2: lamp", "/b", "btn_2")
HINT = "Reply with a number."

PARCEL = Card(
    kind="order",
    title="Order #W1",
    subtitle="On its way",
    rows=(("Carrier", "DHL"), ("Tracking", "JD014")),
    steps=(("Ordered", True), ("Packed", True), ("Delivered", False)),
    link="https://dhl.example/JD014",
)


def test_shows_choices_as_buttons_where_there_are_buttons() -> None:
    reply = Reply("utter_which", "Which order?", choices=(BOOTS, LAMP))
    (part,) = render(reply, WEB)
    assert (part.text, part.choices) == ("Which order?", (BOOTS, LAMP))
    assert part.plain == "Which order?\n\n1. #W1: boots\n2. #W2: lamp"


def test_numbers_choices_where_there_are_no_buttons() -> None:
    reply = Reply("utter_which", "Which order?", choices=(BOOTS, LAMP))
    (part,) = render(reply, SMS, numbering_hint=HINT)
    assert part.text == "Which order?\n\n1. #W1: boots\n2. #W2: lamp\nReply with a number."
    assert part.choices == ()


def test_lists_choices_when_there_are_more_than_the_channel_has_buttons() -> None:
    choices = tuple(Choice(f"#W{n}", f"/{n}") for n in range(4))
    (part,) = render(Reply("utter_which", "Which?", choices=choices), WHATSAPP)
    assert (part.choices, part.as_list, part.text) == (choices, True, "Which?")


def test_numbers_all_choices_when_one_more_than_the_channel_can_list() -> None:
    choices = tuple(Choice(f"#W{n}", f"/{n}") for n in range(11))
    (part,) = render(Reply("utter_which", "Which?", choices=choices), WHATSAPP)
    assert part.choices == ()
    assert part.text.startswith("Which?\n\n1. #W0\n2. #W1\n3. #W2\n4. #W3")


def test_numbers_buttons_as_well_where_they_go_away() -> None:
    reply = Reply("utter_which", "Which?", choices=(BOOTS, LAMP))
    (part,) = render(reply, capabilities_of("messenger"), numbering_hint=HINT)
    assert part.choices == (BOOTS, LAMP)
    assert part.text == "Which?\n\n1. #W1: boots\n2. #W2: lamp\nReply with a number."


def test_goes_on_counting_where_the_turns_last_reply_stopped() -> None:
    reply = Reply("utter_which", "And?", choices=(BOOTS,))
    (part,) = render(reply, SMS, first_number=3)
    assert part.text == "And?\n\n3. #W1: boots"


def test_numbers_choices_whose_title_would_be_cut_off() -> None:
    long = Choice("Waterproof hiking boots, brown", "/x")
    (part,) = render(Reply("utter_which", "Which?", choices=(long,)), WHATSAPP)
    assert part.text == "Which?\n\n1. Waterproof hiking boots, brown"


def test_numbers_choices_with_equal_titles() -> None:
    twins = (Choice("Lamp", "/a"), Choice("Lamp", "/b"))
    (part,) = render(Reply("utter_which", "Which?", choices=twins), WEB)
    assert part.text == "Which?\n\n1. Lamp\n2. Lamp"


def test_a_card_says_in_text_only_what_the_text_does_not_say() -> None:
    reply = Reply("utter_status", "Order #W1 is on its way with DHL.", cards=(PARCEL,))
    (part,) = render(reply, SMS)
    assert part.text == (
        "Order #W1 is on its way with DHL.\n\n"
        "Tracking: JD014\nOrdered > Packed\nhttps://dhl.example/JD014"
    )


def test_a_number_inside_a_longer_number_is_not_said_yet() -> None:
    card = Card("order", "", rows=(("Items", "2"),))
    (part,) = render(Reply("utter_x", "Order 123 is packed.", cards=(card,)), SMS)
    assert part.text.endswith("Items: 2")


def test_a_letter_that_only_looks_alike_is_not_said_yet() -> None:
    card = Card("order", "İ")
    (part,) = render(Reply("utter_x", "I", cards=(card,)), SMS)
    assert part.text == "I\n\nİ"


def test_keeps_cards_where_there_are_cards() -> None:
    (part,) = render(Reply("utter_x", "Here.", cards=(PARCEL,)), WEB)
    assert (part.text, part.cards) == ("Here.", (PARCEL,))
    assert "Tracking: JD014" in part.plain


def test_a_picture_is_a_message_of_its_own_where_that_is_how_cards_are_shown() -> None:
    tent = Card(
        "product",
        "Tent for two",
        "€120.00",
        rows=(("Colour", "green, red"),),
        link="https://shop.example/tent",
        image="https://shop.example/tent.jpg",
    )
    reply = Reply("utter_product_info", "It weighs 2 kg.", choices=(BOOTS,), cards=(tent, PARCEL))
    picture, words = render(reply, PAGE, numbering_hint=HINT)
    assert (picture.text, picture.choices, picture.cards) == ("", (), (tent, PARCEL))
    assert picture.plain.splitlines()[:3] == ["Tent for two", "€120.00", tent.link]
    assert words.text.startswith(
        "It weighs 2 kg.\n\nColour: green, red\n\nCarrier: DHL\nTracking: JD014"
    )
    assert "https://" not in words.text
    assert words.text.endswith(f"1. {BOOTS.title}\n{HINT}")
    assert words.choices == (BOOTS,)


def test_a_card_that_does_not_fit_or_shows_nothing_is_put_into_words() -> None:
    for card in (
        Card("product", "Tent for two", "€120.00"),
        Card("product", "Tent " * 20, link="https://shop.example/tent"),
        Card("product", "Tent", link="http://shop.example/tent"),
        Card("product", "Tent", "€ " * 50, link="https://shop.example/tent"),
    ):
        (part,) = render(Reply("utter_x", "Here.", cards=(card,)), PAGE)
        assert part.cards == ()
        assert card.title.split()[0] in part.text


def test_joins_the_replies_of_a_turn_into_one() -> None:
    first = Reply("utter_a", "One. ", choices=(BOOTS,))
    both = joined([first, Reply("utter_b", "Two.", choices=(LAMP,))])
    assert (both.utter, both.text, both.choices) == ("utter_a", "One.\n\nTwo.", (BOOTS, LAMP))


def test_counts_bytes_where_the_provider_does() -> None:
    tiny = Capabilities(max_text=8, unit="bytes")
    assert [part.text for part in render(Reply("utter_x", "äöü äöü"), tiny)] == ["äöü", "äöü"]


def test_splits_between_sentences() -> None:
    tiny = Capabilities(max_text=24)
    parts = render(Reply("utter_x", "One is here. Two is there. Three is not."), tiny)
    assert [part.text for part in parts] == ["One is here.", "Two is there.", "Three is not."]


def test_puts_the_buttons_under_the_last_part_and_within_its_own_limit() -> None:
    text = "A sentence of some length here. " * 60
    parts = render(Reply("utter_x", text, choices=(BOOTS,)), WHATSAPP)
    assert [bool(part.choices) for part in parts] == [False, True]
    assert len(parts[-1].text) <= 1024


def test_writes_sms_without_characters_that_double_its_price() -> None:
    (part,) = render(Reply("utter_x", "It’s “here” – 3:00\u202fPM… " * 4), SMS)
    assert part.text == " ".join(['It\'s "here" - 3:00 PM...'] * 4)


def test_sends_nothing_for_an_empty_reply() -> None:
    assert render(Reply("utter_x", " "), WEB) == ()


words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30)
replies = st.builds(
    Reply,
    st.just("utter_x"),
    st.lists(words, max_size=60).map(" ".join),
    choices=st.lists(st.builds(Choice, words, words), max_size=6).map(tuple),
    cards=st.lists(
        st.builds(
            Card,
            st.just("order"),
            words,
            rows=st.lists(st.tuples(words, words), max_size=4).map(tuple),
            link=st.none() | words.map("https://shop.example/".__add__),
        ),
        max_size=2,
    ).map(tuple),
)
channels = st.sampled_from(sorted(CHANNELS)).map(capabilities_of)
narrow = st.builds(
    Capabilities,
    st.integers(160, 400),  # no word is longer than that, in any unit
    st.integers(0, 5),
    st.integers(1, 40),
    cards=st.booleans(),
    unit=st.sampled_from(["characters", "utf16", "bytes"]),
    max_list=st.integers(0, 10),
    max_list_title=st.integers(1, 60),
    choices_in_text=st.booleans(),
    max_cards=st.integers(0, 3),
    max_card_text=st.integers(1, 40),
)


@given(replies, channels | narrow)
def test_every_part_is_within_the_limits(reply: Reply, capabilities: Capabilities) -> None:
    for part in render(reply, capabilities, numbering_hint=HINT):
        assert length(part.text, capabilities.unit) <= capabilities.max_text
        assert part.text or part.choices or part.cards
        most, longest = capabilities.max_choices, capabilities.max_choice_title
        if part.as_list:
            most, longest = capabilities.max_list, capabilities.max_list_title
        assert len(part.choices) <= most
        assert all(len(c.title) <= longest for c in part.choices)
        if part.cards and not capabilities.cards:
            assert len(part.cards) <= capabilities.max_cards
            assert length(part.plain, capabilities.unit) <= capabilities.max_text
            assert all(len(card.title) <= capabilities.max_card_text for card in part.cards)


@given(replies, channels | narrow)
def test_no_word_choice_or_card_is_lost(reply: Reply, capabilities: Capabilities) -> None:
    parts = render(reply, capabilities, numbering_hint=HINT)
    shown = " ".join(part.text for part in parts).casefold()
    assert all(word.casefold() in shown for word in reply.text.split())
    buttons = [c for part in parts for c in part.choices]
    assert buttons == list(reply.choices) or all(
        f"{n}. {c.title}".casefold() in shown for n, c in enumerate(reply.choices, start=1)
    )
    cards = [card for part in parts for card in part.cards]
    shown += " ".join(f"{card.title} {card.link}" for card in cards).casefold()
    assert (capabilities.cards and cards == list(reply.cards)) or all(
        text.casefold() in shown
        for card in reply.cards
        for text in (card.title, *(value for _, value in card.rows), card.link or "")
    )
