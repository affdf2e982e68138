"""Who may use the studio: accounts, passwords, tokens, plans."""
