"""How windows look: the palettes, the text sizes and the small widgets that they share."""
