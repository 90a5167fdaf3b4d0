"""The instructor's verbs, a module each: `HELP`, `options(parser)` and `run(found, options)`, found by looking here."""
