"""From the model to text."""
