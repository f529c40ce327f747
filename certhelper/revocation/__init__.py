"""Asks whether a certificate has been revoked: OCSP (RFC 6960, 5019), then CRL (RFC 5280).

For the list and the window::

    questions = listing.questions_of(found)             # what is worth asking, with known issuers
    asker = revocation_way.asker(choose_proxy)          # certhelper.logon: the cache, the way out
    answers = together.ask_all(asker, questions, told, seconds=3)
    listing.combine(found.readings, bank, at, listing.checks_of(found.readings, answers))

``cryptography`` and ``requests`` are imported when there is an answer to be verified or somebody to
be asked; whether a certificate names anybody (``addresses``) is found out without.
"""
