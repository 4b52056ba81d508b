"""How much the service takes, and whether its declared deadlines hold meanwhile: ``python -m load``."""
