"""What the typed clients in ``gen/clients.py`` stand on."""
