"""Real servers on loopback that the tests talk to: a mailbox, a DNS, and the post between them."""
