"""Step two: one message becomes answers, and all a turn decides is written in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.backends.own import OwnShop
from bot.brain.base import Brain, Message, Thought
from bot.engine.chosen import chosen
from bot.engine.writing import Hand, write
from bot.errors import BrainSilent
from bot.messages import Choice, Reply
from bot.shop.asking import Handoff, Proofs
from bot.shop.identity import Level, Who
from bot.shop.model import Customer, CustomerId, OrderId
from bot.shop.scene import Scene, opened
from bot.shop.terms import Terms
from bot.store import conversations, inbox, turns
from bot.store.conversations import Conversation
from bot.store.inbox import Waiting

ATTEMPTS_PER_CONVERSATION = 5
ATTEMPTS_PER_NETWORK = 20
"""Failed proofs of an order within an hour before the neutral answer is all there is."""

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
        """Answer one message. The caller holds the conversation's lock and commits.

        Raises whatever the brain raises; nothing of the turn may then be kept.
        """
        begun = time.perf_counter()
        offered = turns.offered(connection, conversation) if conversation.position else []
        picked = chosen(waiting.choice, waiting.text, offered)
        hand = Hand(connection, conversation, waiting, now, picked)
        if conversation.owner == "bot":
            thought = await self._think(hand)
        elif picked.payload == BACK_TO_BOT:
            _hand_back(conversation)
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
        scene = self._scene(hand)
        with opened(scene):
            thought = await self.brain.think(
                Message(
                    conversation=conversation.id,
                    channel=conversation.channel,
                    text=hand.waiting.text,
                    position=conversation.position,
                    story=lambda: conversations.story(connection, conversation),
                    payload=hand.picked.payload,
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

    def _while_waiting(self, conversation: Conversation) -> Thought:
        """A person is expected or has taken over: the message is kept, and told so once only."""
        if conversation.owner != "waiting" or conversation.reminded:
            return Thought((), "waiting", 1.0, (), (), conversation.slots)
        conversation.reminded = True
        back = Choice(self.brain.sentence("utter_back_to_bot_choice", "any"), BACK_TO_BOT)
        thought = self._said("waiting", conversation, "utter_still_waiting")
        return replace(thought, replies=(replace(thought.replies[0], choices=(back,)),))

    def _said(self, intent: str, conversation: Conversation, utter: str) -> Thought:
        """A turn the brain had no part in, with one sentence."""
        reply = Reply(utter, self.brain.sentence(utter, conversation.channel))
        return Thought((reply,), intent, 1.0, (), (), conversation.slots)

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
            model=self.brain.model,
            ms=round(ms, 2),
            at=hand.now,
        )
        hint = self.brain.sentence("utter_numbering_hint", hand.conversation.channel)
        write(hand, thought.replies, turn_id, hint)


def _writer(shop: OwnShop, conversation: Conversation, waiting: Waiting) -> Customer | None:
    """The customer on file at an address the channel vouches for."""
    kind = KIND_OF_ADDRESS.get(conversation.channel)
    if not waiting.proven or kind is None:
        return None
    return shop.customer_at(kind, conversation.address)


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


def _hand_back(conversation: Conversation) -> None:
    conversation.owner = "bot"
    conversation.owner_epoch += 1
    conversation.waiting_since = None
