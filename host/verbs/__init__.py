"""The host tool's verbs, a module each."""
