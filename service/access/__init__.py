"""Who is asking: client systems and their keys, SMART Backend Services, and the token that each request shows."""
