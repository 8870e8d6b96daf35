"""What kinds of intents there are: wishes, answers, courtesies, and what is not ours."""

from __future__ import annotations

OUT_OF_SCOPE = frozenset({"out_of_scope", "other_business", "chitchat", "abuse", "manipulation"})
"""Nothing a shop's assistant can help with: answered politely and briefly, never guessed at."""

COURTESY = frozenset({"thanks", "goodbye", "greet"})
"""Said beside something else they are no wish of their own."""

ANSWERS = ("never_mind", "correction", "affirm", "deny", "hold_on", "inform")
"""What answers a question or gives a detail. Of several the first here counts."""

VAGUE = ("order_help", "capabilities", "aside")
"""Openings and asides, which say nothing beside a real wish."""

SMALL = ("order_help", "capabilities", "thanks", "goodbye", "aside", "greet")
"""What is left when nothing is wished or answered. Of several the first here counts."""

REPORTS = frozenset({"order_problem", "payment_problem", "complaint", "order_status"})
"""Wishes that are often put as a mere statement: ``the lamp arrived broken``."""

NOT_UNDERSTOOD = "nlu_fallback"

MORE_EXACT = {
    "order_change": frozenset(
        {
            "order_change_item",
            "order_change_quantity",
            "order_change_address",
            "order_change_payment",
        }
    ),
    "refund_request": frozenset({"order_return", "order_cancel", "withdrawal"}),
    "order_contents": frozenset({"order_total"}),
    "account_edit": frozenset({"set_up_address"}),
    "complaint": frozenset({"human_handoff", "order_problem"}),
}
"""A wish is dropped beside one of these, which say the same more exactly or include it."""
