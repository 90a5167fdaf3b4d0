"""The instructor's verbs, a module each: `HELP`, `options(parser)` and `run(course_class, options)`, discovered by looking here."""
