"""One file a step; its number says its order."""
