"""HTTP checks of a deployed platform."""
