"""Whether a turn gets slower as its conversation gets longer, and as the shop gets larger."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from sqlalchemy import Engine, text

from bot.bench.report import Line, Section
from bot.bench.samples import flat, paired_ratio, percentile
from bot.bench.script import Records, Talking
from bot.bench.turns import Progress, hold, timed
from bot.engine.talk import Talk
from bot.engine.turn import Turn
from bot.errors import BadInput
from bot.messages import ConversationId

LENGTHS = (10, 100, 1_000)
BLOCKS = 9
TURNS_PER_BLOCK = 12

Blocks = list[list[float]]

_CONVERSATION = text("SELECT id FROM conversation WHERE channel = 'web' AND address = :address")


class Held:
    """A visitor who proved one order and goes on asking about it, for ever, the same questions."""

    def __init__(self, talk: Talk, records: Records, name: str) -> None:
        order, email, _ = records.people[0]
        self.address = f"{name}-{uuid.uuid4().hex[:8]}"
        self._talk = talk
        self._questions = itertools.cycle(
            (
                f"where is order {order}?",
                "when are you open?",
                "what is in it?",
                f"do you have the {records.products[0]} in stock?",
                "how was it paid?",
                "how much is delivery to Germany?",
            )
        )
        self._say(f"where is order {order}? my e-mail is {email}")

    def go_on(self, turns: int, before: Callable[[], None] = lambda: None) -> list[float]:
        """Milliseconds of its next turns; ``before`` each of them is not counted."""
        taken = []
        for _ in range(turns):
            before()
            taken.append(self._say(next(self._questions)))
        return taken

    def _say(self, words: str) -> float:
        ms, owner = timed(self._talk, f"web:{self.address}", words)
        if owner != "bot":
            raise BadInput(f"cannot measure growth: a person was asked to answer {words!r}")
        return ms


def conversation_section(
    engine: Engine, turn: Turn, records: Records, progress: Progress = lambda _: None
) -> Section:
    """Turns at 10, 100 and 1,000 turns of history: with the conversation at hand, and read anew."""
    at_hand: dict[int, Blocks] = {length: [] for length in LENGTHS}
    read_anew: dict[int, Blocks] = {length: [] for length in LENGTHS}
    with Talk(engine, turn) as talk:

        def held(length: int) -> Held:
            new = Held(talk, records, f"growth-{length}")
            for _ in range(length - 1):
                new.go_on(1)
                progress(1)
            return new

        long = {length: held(length) for length in LENGTHS[1:]}
        for block in range(BLOCKS):
            for length in rotated(LENGTHS, block):
                # The shortest is made anew for each block, or measuring would make it long.
                one = long.get(length) or held(length)
                forget = partial(_forget, engine, turn, one.address)
                at_hand[length].append(one.go_on(TURNS_PER_BLOCK))
                read_anew[length].append(one.go_on(TURNS_PER_BLOCK, before=forget))
                progress(2 * TURNS_PER_BLOCK)
    lines = [
        Line(f"{name}_{length}", f"{label} {length:,} turns", against_smallest(blocks, length))
        for name, label, blocks in (
            ("at_hand", "after", at_hand),
            ("read_anew", "read anew, after", read_anew),
        )
        for length in LENGTHS
    ]  # fmt: skip
    note = "Read anew: not in the brain's memory, as after a restart or another worker's turn."
    return Section("conversation_growth", "A turn as its conversation grows", lines, (note,))


def steps_of_conversation_section() -> int:
    """How far its progress counts."""
    prefill = sum(LENGTHS[1:]) + LENGTHS[0] * BLOCKS
    return prefill + 2 * TURNS_PER_BLOCK * len(LENGTHS) * BLOCKS


def _forget(engine: Engine, turn: Turn, address: str) -> None:
    """Take the conversation out of the brain's memory, as if another worker had had it last."""
    with engine.connect() as connection:
        ident = connection.execute(_CONVERSATION, {"address": address}).scalar_one()
    turn.brain.settle(ConversationId(ident), kept=False)


def shop_section(
    shops: Mapping[int, Engine],
    turn: Turn,
    scripts: Callable[[], Iterator[Talking]],
    progress: Progress = lambda _: None,
) -> Section:
    """The same conversations in shops of different size, keyed by their number of orders."""
    sizes = sorted(shops)
    blocks: dict[int, Blocks] = {size: [] for size in sizes}
    talkings = {size: scripts() for size in sizes}
    with ExitStack() as stack:
        talks = {size: stack.enter_context(Talk(shops[size], turn)) for size in sizes}
        for block in range(-1, BLOCKS):  # the first one warms up
            for size in rotated(sizes, block):
                taken: list[float] = []
                while len(taken) < 2 * TURNS_PER_BLOCK:
                    taken += hold(talks[size], next(talkings[size]))
                if block >= 0:
                    blocks[size].append(taken)
                progress(1)
    lines = [
        Line(f"orders_{size}", f"{size:,} orders", against_smallest(blocks, size)) for size in sizes
    ]
    note = "Ratios are medians of blocks measured side by side, against the smallest."
    return Section("shop_growth", "A turn as the shop grows", lines, (note,))


def against_smallest(blocks: Mapping[int, Blocks], size: int) -> dict[str, float]:
    """The figures of one size, and its ratio to the smallest."""
    values = flat(blocks[size])
    return {
        "p50_ms": round(percentile(values, 0.5), 2),
        "p95_ms": round(percentile(values, 0.95), 2),
        "ratio": paired_ratio(blocks[size], blocks[min(blocks)]),
    }


def rotated(sizes: Sequence[int], by: int) -> Sequence[int]:
    """The sizes in another order each time, so that none is always measured first."""
    shift = by % len(sizes)
    return (*sizes[shift:], *sizes[:shift])
