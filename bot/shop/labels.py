"""Short names for things: buttons, card rows, ways to pay. Never a sentence."""

from __future__ import annotations

ORDERED, PACKED, ON_ITS_WAY, DELIVERED = "Ordered", "Packed", "On its way", "Delivered"
IN_PART = "Part {step}"

PERSON = "Talk to a person"

# A question as a customer would tap it, by intent.
QUESTIONS = {
    "order_status": "Where is my order?",
    "order_delivered": "Was it delivered?",
    "order_contents": "What did I order?",
    "order_total": "What did I pay?",
    "order_payment": "How did I pay?",
    "order_address": "Where is it going?",
    "order_invoice": "Get an invoice",
    "order_refund": "Where is my refund?",
    "order_cancel": "Cancel an order",
    "order_change": "Change an order",
    "order_change_address": "Change the address",
    "order_change_item": "Change size or colour",
    "order_change_quantity": "Change the quantity",
    "order_change_payment": "Change how I pay",
    "withdrawal": "Withdraw from an order",
    "order_return": "Return something",
    "order_exchange": "Exchange something",
    "order_problem": "Problem with an order",
    "orders_list": "My orders",
    "gift_card_balance": "Gift card balance",
    "refund_request": "Ask for a refund",
    "payment_problem": "Problem with paying",
    "delivery_cost": "Delivery costs",
    "delivery_time": "Delivery times",
    "delivery_options": "Delivery options",
    "free_delivery": "Free delivery",
    "payment_options": "Ways to pay",
    "payment_timing": "When do I pay?",
    "pay_by_invoice": "Pay by invoice",
    "pay_by_instalments": "Pay by instalments",
    "return_policy": "Returns",
    "refund_policy": "Refunds",
    "cancellation_policy": "Cancelling an order",
    "cancellation_fee": "Cancellation fee",
    "product_price": "Prices",
    "product_stock": "Is it in stock?",
    "product_info": "Our products",
    "opening_hours": "Opening hours",
    "contact_details": "Contact us",
    "place_order": "How to order",
    "account_create": "Open an account",
    "account_edit": "Change my account",
    "account_delete": "Delete my account",
    "account_switch": "Switch accounts",
    "account_password": "Password help",
    "account_registration_problem": "Trouble signing up",
    "newsletter": "Newsletter",
    "newsletter_unsubscribe": "Leave the newsletter",
    "review": "Leave a review",
    "complaint": "Make a complaint",
    "capabilities": "What can you do?",
    "human_handoff": PERSON,
}

ORDER_STATES = {
    "pending": "not shipped yet",
    "processed": "on its way",
    "delivered": "delivered",
    "cancelled": "cancelled",
}

CARD_ROWS = {
    "placed": "Placed",
    "due": "Due",
    "delivered": "Delivered",
    "carrier": "Carrier",
    "tracking": "Tracking",
    "delivery": "Delivery",
    "price": "Price",
    "tax": "Tax",
    "discount": "Discount",
    "total": "Total",
    "items": "Items",
}

_KINDS = {
    "credit_card": "card",
    "debit_card": "card",
    "card": "card",
    "paypal": "PayPal",
    "gift_card": "gift card",
    "invoice": "invoice",
    "bank_transfer": "bank transfer",
    "direct_debit": "direct debit",
    "instalments": "instalments",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "klarna": "Klarna",
    "ideal": "iDEAL",
    "bancontact": "Bancontact",
    "sofort": "Sofort",
    "twint": "TWINT",
    "amazon_pay": "Amazon Pay",
}
_BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "american_express": "American Express",
    "discover": "Discover",
    "maestro": "Maestro",
}
_TO_A_BANK_ACCOUNT = frozenset({"invoice", "bank_transfer", "direct_debit", "instalments"})


def payment_name(kind: str, brand: str = "", last4: str = "") -> str:
    """How one names a way to pay: ``Visa ending 6081``, ``PayPal``, ``gift card``."""
    if last4:
        named = _BRANDS.get(brand.lower(), brand) or _KINDS.get(kind, "card")
        return f"{named} ending {last4}"
    if brand:
        return _BRANDS.get(brand.lower(), brand)
    return _KINDS.get(kind, kind.replace("_", " "))


def refund_name(kind: str, brand: str = "", last4: str = "") -> str:
    """Where money goes back to, so that "your ..." reads well: ``PayPal account``."""
    if kind in _TO_A_BANK_ACCOUNT:
        return "bank account"
    if kind in ("paypal", "ideal"):
        return f"{_KINDS[kind]} account"
    return payment_name(kind, brand, last4)
