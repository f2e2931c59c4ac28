"""The law and the standards as pure functions.

One rule a module. Each docstring names the law or standard, the article, since when it applies, and how sure we
are of it (confidence A official text read, B independent sources agree, C one source, K general knowledge that a
province must confirm; C and K values are defaults that configuration may replace). Nothing here knows Django,
reads a clock or opens anything but the data files packaged beside it: dates are always arguments.

The verbs are the same everywhere: ``compact`` (how a value is stored), ``validate`` (the stored form, or a
`RuleError` with a sentence to show), ``is_valid`` (yes or no) and ``format`` (how a value is shown).
"""
