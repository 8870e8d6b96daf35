"""One message's way: receive, turn, work. Each step is one transaction."""
