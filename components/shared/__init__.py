"""Small pieces that the other rooms use."""
