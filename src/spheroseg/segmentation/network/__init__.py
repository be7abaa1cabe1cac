"""A model's network: its card, its files, the engines that run it."""
