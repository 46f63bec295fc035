"""Who may: tokens, issuers, policy, consent and the access log."""
