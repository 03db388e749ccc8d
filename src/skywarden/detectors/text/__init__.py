"""Text -> what it says however it is dressed up: normal forms, skeletons, keys of copies, words of a list."""
