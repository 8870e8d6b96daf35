"""Step two: one message becomes answers. Everything a turn decides is written in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.backends.own import OwnShop
from bot.brain.base import Brain, Message, Thought
from bot.engine.chosen import Chosen, chosen
from bot.messages import Choice, Part, Reply
from bot.render import render
from bot.shop.asking import Handoff, Proofs
from bot.shop.identity import Level, Who
from bot.shop.model import Customer, CustomerId, OrderId
from bot.shop.scene import Scene, opened
from bot.shop.terms import Terms
from bot.store import conversations, inbox, outbox, transcript, turns
from bot.store.conversations import Conversation
from bot.store.inbox import Waiting
from channels import capabilities_of

ATTEMPTS_PER_CONVERSATION = 5
ATTEMPTS_PER_NETWORK = 20
READ_FROM_TRANSCRIPT = frozenset({"web"})
"""Channels whose customers read the transcript itself; there is nothing to send."""

KIND_OF_ADDRESS = {"sms": "phone", "whatsapp": "phone", "email": "email"}
BACK_TO_BOT = "/back_to_bot"


@dataclass(frozen=True, slots=True)
class Turn:
    """Runs turns with one brain and one shop's terms."""

    brain: Brain
    terms: Terms

    async def run(
        self, connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
    ) -> None:
        """Answer one message. The caller holds the conversation's lock and commits."""
        begun = time.perf_counter()
        picked = chosen(
            waiting.choice,
            waiting.text,
            turns.offered(connection, conversation) if conversation.position else (),
        )
        if conversation.owner != "bot" and picked.payload != BACK_TO_BOT:
            self._while_waiting(connection, conversation, waiting, picked, now)
            return
        if conversation.owner != "bot":
            _hand_back(conversation)
        scene = self._scene(connection, conversation, waiting, now)
        if picked.expired:
            replies = (self._own(conversation, "utter_choice_expired"),)
            thought = _unthought("choice_expired", replies)
        elif picked.payload == BACK_TO_BOT:
            thought = _unthought("back_to_bot", (self._own(conversation, "utter_back_to_bot"),))
        else:
            with opened(scene):
                thought = await self.brain.think(
                    Message(
                        conversation=conversation.id,
                        channel=conversation.channel,
                        text=waiting.text,
                        position=conversation.position,
                        story=lambda: conversations.story(connection, conversation),
                        payload=picked.payload,
                    )
                )
            conversation.slots = thought.slots
            conversation.disclosed = True
        replies = thought.replies
        if scene.handoff is not None:
            _hand_over(conversation, scene.handoff, now)
        conversations.tell(connection, conversation, list(thought.events))
        ms = round((time.perf_counter() - begun) * 1000, 2)
        turn_id = turns.record(
            connection,
            conversation,
            inbox_id=waiting.id,
            intent=thought.intent,
            confidence=thought.confidence,
            entities=thought.entities,
            facts=[fact for reply in replies for fact in reply.facts],
            model=self.brain.model,
            ms=ms,
            at=now,
        )
        self._write(connection, conversation, waiting, replies, turn_id, now, picked)

    def _scene(
        self, connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
    ) -> Scene:
        shop = OwnShop(connection)
        customer = _writer(shop, conversation, waiting)
        if customer is not None:
            who_id, level = customer.id, Level.CHANNEL
        else:
            known = conversation.customer_id if conversation.level >= Level.CHANNEL else None
            who_id = CustomerId(known) if known else None
            level = Level(conversation.level) if known else Level.ANONYMOUS
        proven = turns.proven_orders(connection, conversation.id) if who_id is None else ()
        context = {**conversation.context, **waiting.context}
        conversation.context = context
        locale = str(context.get("locale") or "") or (customer.locale if customer else None)
        network = str(context.get("network") or "")
        return Scene(
            now=now,
            shop=shop,
            terms=self.terms,
            who=Who(
                level=level or (Level.ORDER if proven else Level.ANONYMOUS),
                customer_id=who_id,
                proven_orders=frozenset(OrderId(order) for order in proven),
            ),
            locale=(conversation.locale or locale or self.terms.locale).replace("-", "_"),
            channel=conversation.channel,
            first_contact=not conversation.disclosed,
            context=context,
            proofs=_proofs(connection, conversation, network, now),
        )

    def _while_waiting(
        self,
        connection: Connection,
        conversation: Conversation,
        waiting: Waiting,
        picked: Chosen,
        now: datetime,
    ) -> None:
        """A person is expected or has taken over: keep the message, and say so once, not more."""
        replies: tuple[Reply, ...] = ()
        if conversation.owner == "waiting" and not conversation.reminded:
            back = Choice(self.brain.sentence("utter_back_to_bot_choice", "any"), BACK_TO_BOT)
            said = self._own(conversation, "utter_still_waiting")
            replies = (replace(said, choices=(back,)),)
            conversation.reminded = True
        conversations.tell(connection, conversation, [])
        turn_id = turns.record(
            connection, conversation, inbox_id=waiting.id, intent="waiting", at=now
        )
        self._write(connection, conversation, waiting, replies, turn_id, now, picked)

    def _write(
        self,
        connection: Connection,
        conversation: Conversation,
        waiting: Waiting,
        replies: Sequence[Reply],
        turn_id: int,
        now: datetime,
        picked: Chosen,
    ) -> None:
        """Transcript, choices, outbox, the inbox row's end, and the conversation itself."""
        named = [with_ids(reply) for reply in replies]
        turns.offer(connection, conversation, [c for r in named for c in r.choices], now)
        entries: list[Mapping[str, Any]] = [
            {
                "author": "customer",
                "text": picked.title if waiting.choice and picked.title else waiting.text,
                "body": {"id": waiting.external_id},
                "inbox_id": waiting.id,
                "turn_id": turn_id,
            }
        ]
        parts = self.parts(conversation.channel, named)
        for part, utter, facts in parts:
            body = body_of(part, utter, facts)
            entries.append({"author": "bot", "text": part.text, "body": body, "turn_id": turn_id})
        seqs = transcript.append(connection, conversation, entries, now)
        outbox.put(
            connection,
            conversation,
            [(seq, e["body"] | {"text": e["text"]}) for seq, e in zip(seqs, entries, strict=True)][
                1:
            ],
            turn_id=turn_id,
            at=now,
            state="sent" if conversation.channel in READ_FROM_TRANSCRIPT else "new",
        )
        inbox.done(connection, waiting.id, now)
        conversations.save(connection, conversation)
        transcript.wake(connection, conversation.id)

    def parts(
        self, channel: str, replies: Sequence[Reply]
    ) -> list[tuple[Part, str, list[dict[str, Any]]]]:
        """Each reply as the channel shows it; its facts go with the first of its parts."""
        capabilities = capabilities_of(channel)
        hint = self.brain.sentence("utter_numbering_hint", channel)
        result = []
        for reply in replies:
            facts = [asdict(fact) for fact in reply.facts]
            for part in render(reply, capabilities, numbering_hint=hint):
                result.append((part, reply.utter, facts))
                facts = []
        return result

    def _own(self, conversation: Conversation, utter: str) -> Reply:
        return Reply(utter, self.brain.sentence(utter, conversation.channel))

    def give_up(
        self, connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
    ) -> None:
        """A turn failed for good: the customer hears an apology, and a person gets the message."""
        if conversation.owner == "bot":
            _hand_over(conversation, Handoff("failed", "failed"), now)
        conversations.tell(connection, conversation, [])
        turn_id = turns.record(
            connection, conversation, inbox_id=waiting.id, intent="failed", at=now
        )
        apology = self._own(conversation, "utter_apology")
        self._write(connection, conversation, waiting, (apology,), turn_id, now, Chosen())
        inbox.park(connection, waiting.id, now)


def _writer(shop: OwnShop, conversation: Conversation, waiting: Waiting) -> Customer | None:
    """The customer on file at an address the channel vouches for."""
    kind = KIND_OF_ADDRESS.get(conversation.channel)
    if not waiting.proven or kind is None:
        return None
    return shop.customer_at(kind, conversation.address)


def _proofs(
    connection: Connection, conversation: Conversation, network: str, now: datetime
) -> Proofs:
    def allowed() -> bool:
        own, shared = turns.attempts_since(connection, conversation.id, network, now)
        return own < ATTEMPTS_PER_CONVERSATION and shared < ATTEMPTS_PER_NETWORK

    return Proofs(
        allowed=allowed,
        failed=lambda: turns.count_attempt(connection, conversation.id, network, now),
        proven=lambda order: turns.prove(connection, conversation.id, order, now),
    )


def _hand_over(conversation: Conversation, handoff: Handoff, now: datetime) -> None:
    conversation.owner = "waiting"
    conversation.owner_epoch += 1
    conversation.topic = handoff.topic
    conversation.handoff_reason = handoff.reason
    conversation.waiting_since = now
    conversation.reminded = False


def _hand_back(conversation: Conversation) -> None:
    conversation.owner = "bot"
    conversation.owner_epoch += 1
    conversation.waiting_since = None


def _unthought(intent: str, replies: tuple[Reply, ...]) -> Thought:
    """A turn the brain had no part in."""
    return Thought(replies, intent, 1.0, (), (), {})


def with_ids(reply: Reply) -> Reply:
    """The reply with an opaque id on each choice."""
    return replace(reply, choices=tuple(replace(c, id=turns.choice_id()) for c in reply.choices))


def body_of(part: Part, utter: str, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """A part as the transcript and the outbox keep it; a choice's meaning stays on the server."""
    body: dict[str, Any] = {"utter": utter}
    if part.choices:
        body["choices"] = [{"id": c.id, "title": c.title} for c in part.choices]
    if part.cards:
        body["cards"] = [asdict(card) for card in part.cards]
    if facts:
        body["facts"] = facts
    return body
