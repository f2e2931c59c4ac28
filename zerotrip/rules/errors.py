"""What a rule says when it refuses: few types, and a sentence in Chinese and English for the person who must act.

Source: convention of this package.
Confidence: A.

>>> try:
...     raise InvalidChecksum("校验码不符，请核对。", "The check character does not match; please check it.")
... except RuleError as error:
...     print(error.zh, error.en)
校验码不符，请核对。 The check character does not match; please check it.
"""


class RuleError(ValueError):
    """A value or an act does not keep a rule.

    ``zh`` and ``en`` say what is wrong and what to do. They never repeat the offending value, so they may be
    shown, logged and stored. ``article`` names the law behind a legal refusal, empty for a plain format.
    """

    def __init__(self, zh: str, en: str, *, article: str = "") -> None:
        super().__init__(zh)
        self.zh = zh
        self.en = en
        self.article = article


class InvalidFormat(RuleError):
    """Wrong length or wrong characters."""


class InvalidChecksum(RuleError):
    """The check character does not fit the rest: a digit was mistyped or two were swapped."""


class InvalidDate(RuleError):
    """A date that does not exist, lies in the future, or comes before what it must follow."""


class BeyondHorizon(RuleError):
    """The question lies outside the days for which official holiday notices are loaded."""


class NotPermitted(RuleError):
    """The law does not allow this act, or not any more; ``article`` says which."""


class Unknown(RuleError):
    """No confirmed value is on record, and a rule never invents one."""
