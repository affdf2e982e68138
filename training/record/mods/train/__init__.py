"""The mods that training sees: one parametric family, `train-1` to `train-12`."""
