"""What comes with SpheroSeg to try it with: rendered pictures of single scenes, and a plate whose answer is known."""
