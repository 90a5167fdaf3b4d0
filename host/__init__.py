"""What stands behind make's verbs on the host: settings, installs, images and seats. Standard library only."""
