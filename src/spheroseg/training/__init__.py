"""Images → model. `spheroseg.training.train.train` and `spheroseg.training.export.export` need torch; scenes do not."""

from spheroseg.training.synthetic import Scene, render_example, render_scene

__all__ = ["Scene", "render_example", "render_scene"]
