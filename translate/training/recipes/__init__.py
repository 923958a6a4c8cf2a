"""Recipes: the steps that made the models that ship."""
