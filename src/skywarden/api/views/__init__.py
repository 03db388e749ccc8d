"""Turn rows and what the network says into the objects that the lexicons define for answers."""
