"""Jobs: commands of a service's image, on a schedule or by hand."""
