"""At which scale the network sees a plane, and how the plane is brought there and back."""
