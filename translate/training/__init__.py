"""How models are trained: text preparation, training loops and recipes."""
