"""What the studio shows before there is work: presets, recent files, what a crash left."""
