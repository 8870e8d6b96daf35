"""The statements that read the shop's own tables. Each brings all there is to say in one trip.

Every child table is reached by the first column of its primary key, so what a statement costs
depends on the rows it returns and not on how many orders the shop has.
"""

from __future__ import annotations

from sqlalchemy import TextClause, text

_ORDER = """
SELECT row_to_json(o) AS own,
  (SELECT json_agg(l ORDER BY l.position) FROM order_line l WHERE l.order_id = o.id) AS lines,
  (SELECT json_agg(json_build_array(s, (
       SELECT json_agg(json_build_array(i.variant_id, i.quantity) ORDER BY i.position)
       FROM shipment_item i WHERE i.order_id = s.order_id AND i.shipment_id = s.id
     )) ORDER BY s.position)
   FROM shipment s WHERE s.order_id = o.id) AS shipments,
  (SELECT json_agg(p ORDER BY p.position) FROM payment p WHERE p.order_id = o.id) AS payments,
  (SELECT json_agg(r ORDER BY r.position) FROM refund r WHERE r.order_id = o.id) AS refunds,
  (SELECT json_agg(json_build_array(b, (
       SELECT json_agg(json_build_array(i.variant_id, i.quantity) ORDER BY i.position)
       FROM return_item i WHERE i.order_id = b.order_id AND i.return_id = b.id
     )) ORDER BY b.position)
   FROM shop_return b WHERE b.order_id = o.id) AS returns,
  (SELECT json_agg(v ORDER BY v.position) FROM invoice v WHERE v.order_id = o.id) AS invoices
"""

_CUSTOMER = """
SELECT c.id, c.first_name, c.last_name, c.locale,
  (SELECT json_agg(e.email ORDER BY e.position)
   FROM customer_email e WHERE e.customer_id = c.id) AS emails,
  (SELECT json_agg(p.phone ORDER BY p.position)
   FROM customer_phone p WHERE p.customer_id = c.id) AS phones,
  (SELECT json_agg(a ORDER BY a.position)
   FROM customer_address a WHERE a.customer_id = c.id) AS addresses,
  (SELECT json_agg(m ORDER BY m.position)
   FROM payment_method m WHERE m.customer_id = c.id) AS payment_methods
FROM customer c
"""


def _orders(chosen: str, sorted_by: str) -> TextClause:
    """Orders are chosen first, so that only theirs are put together."""
    return text(f"{_ORDER} FROM ({chosen}) o ORDER BY {sorted_by}")


ORDER = text(f"{_ORDER} FROM shop_order o WHERE o.id = :id")

ORDERS_NUMBERED = _orders(
    "SELECT * FROM shop_order WHERE number = :number OR digits = :number"
    " ORDER BY (number = :number) DESC LIMIT 3",
    "(o.number = :number) DESC",
)

ORDERS_OF = _orders(
    "SELECT * FROM shop_order WHERE customer_id = :customer_id"
    " ORDER BY created_at DESC, id DESC LIMIT :limit",
    "o.created_at DESC, o.id DESC",
)

CUSTOMER = text(f"{_CUSTOMER} WHERE c.id = :id")

_WHERE_EMAIL = """
WHERE c.id IN (SELECT customer_id FROM customer_email WHERE lower(email) = lower(:value) LIMIT 2)
"""
_WHERE_PHONE = """
WHERE c.id IN (SELECT customer_id FROM customer_phone WHERE phone = :value LIMIT 2)
"""

CUSTOMERS_AT = {"email": text(_CUSTOMER + _WHERE_EMAIL), "phone": text(_CUSTOMER + _WHERE_PHONE)}

CATALOGUE_VERSION = text("SELECT catalogue_version FROM shop_state")

CATALOGUE = text("""
SELECT row_to_json(p) AS own,
  (SELECT json_agg(v ORDER BY v.position) FROM variant v WHERE v.product_id = p.id) AS variants
FROM product p ORDER BY p.position, p.id
""")
