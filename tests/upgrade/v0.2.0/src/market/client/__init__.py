"""What the typed clients in ``gen/clients.py`` stand on.

A program that only calls this service needs ``gen.clients`` and what stands here:
`credentials` (Tls, Token, ApiKey), `options` (Options), `fakes` (Fake), and ``..errors``.
"""
