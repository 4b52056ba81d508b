"""A project over its life: merged, applied, regenerated, branched, explained."""
