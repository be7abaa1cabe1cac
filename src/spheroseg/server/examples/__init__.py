"""The example project: a rendered plate whose answer is known."""
