"""How much this service takes. Whatever a caller can make grow has an end here or in the proto."""

MAX_IMPORT_RESOURCES = 1000
MAX_IMPORT_BYTES = 8 * 1024 * 1024
MAX_PAGE_SIZE = 500
DEFAULT_PAGE_SIZE = 100
