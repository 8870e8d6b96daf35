"""In a few words, what each persona's orders are about; the whole is in ``docs/demo-shop.md``."""

from __future__ import annotations

STORIES: dict[str, str] = {
    "persona-anna.becker": "a parcel that comes tomorrow",
    "persona-jonas.weber": "boots that are late",
    "persona-sophie.laurent": "one parcel delivered, the rest not sent yet",
    "persona-emma.devries": "one refund not sent yet, one settled",
    "persona-lukas.gruber": "a parcel delivered yesterday",
    "persona-olivia.smith": "a payment that failed",
    "persona-emily.johnson": "paid by gift card and card",
    "persona-mads.jensen": "a cancelled order, refund sent",
    "persona-giulia.rossi": "three orders at once",
    "persona-carlos.garcia": "a return on its way back",
    "persona-marie.peeters": "a bank transfer still to come",
    "persona-felix.wagner": "an invoice and instalments to pay",
    "persona-hannah.klein": "two parcels to another address",
    "persona-tom.miller": "no order yet",
}
"""Customer id → story, in the order to offer them."""
