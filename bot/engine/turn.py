"""Step two: one message becomes answers, and all a turn decides is written in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.backends.own import OwnShop
from bot.brain.base import Brain, Message, Thought
from bot.engine.chosen import chosen
from bot.engine.happenings import hand_back, happened
from bot.engine.writing import Hand, Hints, note, write
from bot.errors import BrainSilent
from bot.messages import Address, Choice, Kind, Reply
from bot.shop.asking import Handoff, Proofs
from bot.shop.identity import Level, Who
from bot.shop.model import Customer, CustomerId, OrderId
from bot.shop.scene import Scene, opened
from bot.shop.service.choices import TALK_TO_A_PERSON
from bot.shop.terms import Terms
from bot.store import conversations, files, inbox, outbox, turns
from bot.store.conversations import Conversation
from bot.store.inbox import Waiting
from channels import capabilities_of
from channels.base import Capabilities

ATTEMPTS_PER_CONVERSATION = 5
ATTEMPTS_PER_NETWORK = 20
"""Failed proofs of an order within an hour before the neutral answer is all there is."""

KIND_OF_ADDRESS = {"sms": "phone", "whatsapp": "phone", "email": "email"}
BACK_TO_BOT = "/back_to_bot"
GREETING = "/greet"
ANSWERED = frozenset({Kind.MESSAGE, Kind.START, Kind.GROUP})


@dataclass(frozen=True, slots=True)
class Turn:
    """Runs turns with one brain and one shop's terms."""

    brain: Brain
    terms: Terms
    shows: Callable[[str], Capabilities] = capabilities_of
    """What a channel can show, by its name."""

    async def run(
        self, connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
    ) -> None:
        """Answer one message. The caller holds the conversation's lock and commits.

        Raises whatever the brain raises; nothing of the turn may then be kept.
        """
        if waiting.kind not in ANSWERED:
            happened(connection, conversation, waiting, now)
            return
        begun = time.perf_counter()
        heard = (conversation.heard_at, waiting.received_at)  # one that was missed is an older one
        conversation.heard_at, conversation.window_closed = max(filter(None, heard)), False
        offered = turns.offered(connection, conversation) if conversation.position else []
        picked = chosen(waiting.choice, waiting.text, offered)
        attached = files.of_message(connection, waiting.id) if waiting.meta.get("files") else ()
        hand = Hand(connection, conversation, waiting, now, picked, attached)
        _note_stranger(hand)
        if self._braked(hand):
            thought = self._silent(hand)
        elif waiting.kind is Kind.GROUP:
            thought = self._in_a_group(conversation)
        elif conversation.owner == "bot":
            thought = await self._think(hand)
        elif picked.payload == BACK_TO_BOT:
            hand_back(conversation)
            thought = self._said("back_to_bot", conversation, "utter_back_to_bot")
        else:
            thought = self._while_waiting(conversation)
        self._keep(hand, thought, (time.perf_counter() - begun) * 1000)

    def give_up(
        self, connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
    ) -> None:
        """A turn failed for good: the customer hears an apology, and a person gets the message."""
        hand = Hand(connection, conversation, waiting, now)
        if conversation.owner == "bot":
            _hand_over(conversation, Handoff("failed", "failed"), now)
        self._keep(hand, self._said("failed", conversation, "utter_apology"), 0.0)
        inbox.park(connection, waiting.id, now)

    async def _think(self, hand: Hand) -> Thought:
        connection, conversation = hand.connection, hand.conversation
        if hand.picked.expired:
            return self._said("choice_expired", conversation, "utter_choice_expired")
        if hand.shares_contact:
            if not _introduced(hand):
                return self._said("contact", conversation, "utter_number_not_on_file")
        elif hand.files and not hand.waiting.text.strip():
            return self._said("media", conversation, "utter_media_received", TALK_TO_A_PERSON)
        scene = self._scene(hand)
        with opened(scene):
            thought = await self.brain.think(
                Message(
                    conversation=conversation.id,
                    channel=conversation.channel,
                    text=hand.words,
                    position=conversation.position,
                    story=lambda: conversations.story(connection, conversation),
                    payload=hand.picked.payload or _without_words(hand),
                    message_id=hand.waiting.external_id,
                )
            )
        if not any(reply.text.strip() or reply.cards for reply in thought.replies):
            raise BrainSilent("the replies are empty")
        conversation.slots = thought.slots
        conversation.disclosed = True
        if scene.handoff is not None:
            _hand_over(conversation, scene.handoff, hand.now)
        return thought

    def _scene(self, hand: Hand) -> Scene:
        """The circumstances: who is proven to write, from where, and what they may ask."""
        conversation, waiting = hand.conversation, hand.waiting
        shop = OwnShop(hand.connection)
        customer = _writer(shop, conversation, waiting)
        context = {**conversation.context, **waiting.context}
        conversation.context = context
        locale = conversation.locale or str(context.get("locale") or "")
        if not locale and customer is not None:
            locale = customer.locale or ""
        return Scene(
            now=hand.now,
            shop=shop,
            terms=self.terms,
            who=_who(hand, customer),
            locale=(locale or self.terms.locale).replace("-", "_"),
            channel=conversation.channel,
            first_contact=not conversation.disclosed,
            context=context,
            proofs=_proofs(hand, str(context.get("network") or "")),
        )

    def _braked(self, hand: Hand) -> bool:
        """Whether this address had so many answers that it may be a machine, which wants more."""
        conversation = hand.conversation
        address = Address(conversation.channel, conversation.address)
        limits = self.shows(conversation.channel).most_answers
        return outbox.answered_too_often(hand.connection, address, limits, hand.now)

    def _silent(self, hand: Hand) -> Thought:
        """Nothing is said any more, not even that a person is coming."""
        conversation = hand.conversation
        if conversation.owner == "bot":
            _hand_over(conversation, Handoff("braked", conversation.topic or "braked"), hand.now)
            note(hand, "braked")
        return Thought((), "braked", 1.0, (), (), conversation.slots)

    def _while_waiting(self, conversation: Conversation) -> Thought:
        """A person is expected or has taken over: the message is kept, and told so once only."""
        if conversation.owner != "waiting" or conversation.reminded:
            return Thought((), "waiting", 1.0, (), (), conversation.slots)
        conversation.reminded = True
        back = Choice(self.brain.sentence("utter_back_to_bot_choice", "any"), BACK_TO_BOT)
        return self._said("waiting", conversation, "utter_still_waiting", back)

    def _in_a_group(self, conversation: Conversation) -> Thought:
        """Others read along: said once that this is for the two of us, then nothing."""
        if conversation.disclosed:
            return Thought((), "group", 1.0, (), (), conversation.slots)
        return self._said("group", conversation, "utter_group_refused")

    def _said(
        self, intent: str, conversation: Conversation, utter: str, *choices: Choice
    ) -> Thought:
        """A turn the brain had no part in, with one sentence; the first one says who is talking."""
        channel = conversation.channel
        reply = Reply(utter, self.brain.sentence(utter, channel), choices=choices)
        replies: tuple[Reply, ...] = (reply,)
        if not conversation.disclosed:
            conversation.disclosed = True
            who = self.brain.sentence("utter_disclosure", channel, shop=self.terms.name)
            replies = (Reply("utter_disclosure", who), *replies)
        return Thought(replies, intent, 1.0, (), (), conversation.slots)

    def _keep(self, hand: Hand, thought: Thought, ms: float) -> None:
        """Write the turn down: what was read, told, and said."""
        conversations.tell(hand.connection, hand.conversation, list(thought.events))
        turn_id = turns.record(
            hand.connection,
            hand.conversation,
            inbox_id=hand.waiting.id,
            intent=thought.intent,
            confidence=thought.confidence,
            entities=thought.entities,
            facts=[fact for reply in thought.replies for fact in reply.facts],
            utters=[reply.utter for reply in thought.replies],
            model=self.brain.model,
            ms=round(ms, 2),
            at=hand.now,
        )
        channel = hand.conversation.channel
        hints = Hints(
            self.brain.sentence("utter_numbering_hint", channel),
            self.brain.sentence("utter_share_number_choice", channel),
            self.brain.sentence("utter_open_list_choice", channel),
            self.brain.sentence("utter_open_link_choice", channel),
        )
        write(hand, thought.replies, turn_id, hints, self.shows(channel))


def _note_stranger(hand: Hand) -> None:
    """Tell the desk when a message names a conversation that its sender has no part in."""
    claimed = hand.waiting.meta.get("continues")
    if claimed and claimed != hand.conversation.id and not hand.conversation.position:
        note(hand, "not_theirs", conversation=claimed)


def _writer(shop: OwnShop, conversation: Conversation, waiting: Waiting) -> Customer | None:
    """The customer on file at an address the channel vouches for."""
    if not waiting.proven:
        return None
    own = (KIND_OF_ADDRESS.get(conversation.channel), conversation.address)
    kind, value = waiting.meta.get("vouched") or own
    return None if kind is None else shop.customer_at(kind, value)


def _introduced(hand: Hand) -> bool:
    """A shared phone number that is on file makes the conversation that customer's, from now on."""
    customer = _writer(OwnShop(hand.connection), hand.conversation, hand.waiting)
    if customer is not None:
        hand.conversation.customer_id = customer.id
        hand.conversation.level = max(hand.conversation.level, Level.CHANNEL)
    return customer is not None


def _without_words(hand: Hand) -> str | None:
    """What a message without words means: a greeting, or the open question, now with a name."""
    if hand.waiting.kind is Kind.START:
        return GREETING
    if hand.shares_contact:
        memory = hand.conversation.slots.get("memory") or {}
        return f'/choose{{"intent": "{memory.get("task") or "orders_list"}"}}'
    return None


def _who(hand: Hand, customer: Customer | None) -> Who:
    """What the writer has proven: the address itself, a signed token, or single orders."""
    conversation = hand.conversation
    # somebody known may also have proven an order placed with another address
    proven = frozenset(map(OrderId, turns.proven_orders(hand.connection, conversation.id)))
    if customer is not None:
        return Who(Level.CHANNEL, customer.id, proven)
    if conversation.customer_id and conversation.level >= Level.CHANNEL:
        return Who(Level(conversation.level), CustomerId(conversation.customer_id), proven)
    return Who(Level.ORDER, proven_orders=proven) if proven else Who()


def _proofs(hand: Hand, network: str) -> Proofs:
    connection, conversation, now = hand.connection, hand.conversation.id, hand.now

    def allowed() -> bool:
        own, shared = turns.attempts_since(connection, conversation, network, now)
        return own < ATTEMPTS_PER_CONVERSATION and shared < ATTEMPTS_PER_NETWORK

    return Proofs(
        allowed=allowed,
        failed=lambda: turns.count_attempt(connection, conversation, network, now),
        proven=lambda order: turns.prove(connection, conversation, order, now),
    )


def _hand_over(conversation: Conversation, handoff: Handoff, now: datetime) -> None:
    conversation.owner = "waiting"
    conversation.owner_epoch += 1
    conversation.topic = handoff.topic
    conversation.handoff_reason = handoff.reason
    conversation.waiting_since = now
    conversation.reminded = False
