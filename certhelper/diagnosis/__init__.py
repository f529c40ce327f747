"""Finding the cause of trouble: sixteen checks, each in a guard of its own, and one report.

``order`` lists the checks, ``course`` carries them out on a ``scene``; each answers with the
``findings`` of the public list, whose facts are ``values`` that know how they are told to others.
"""
