"""What the product knows about shops: records, terms, policy, answers. No I/O in here."""
