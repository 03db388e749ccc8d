"""Syntax tree -> typed tree: names, types, effects and limits; collects every problem."""
