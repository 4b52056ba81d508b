"""What a run is given."""
