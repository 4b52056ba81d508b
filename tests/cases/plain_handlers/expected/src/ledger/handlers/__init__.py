"""The business logic: a class per service. These files are yours."""
