"""Which service hears this voice best: one recording, many candidates, word errors counted."""
