"""Names and streets: letters of any script, without case and accents."""

# Letters that no decomposition turns into plain ones.
_LIGATURES = (("ß", "ss"), ("ø", "o"), ("æ", "ae"), ("œ", "oe"), ("ł", "l"), ("đ", "d"))


def name(value: str, country: str | None) -> str:
    """SQL of the letters of a name, lower case, accents folded; null when there is none."""
    plain = f"replace(replace({value}, ' ', ''), '-', '')"
    # Names of ASCII letters, and those with blanks and hyphens between, need no folding.
    return (
        f"case when regexp_full_match({value}, '[A-Za-z]+') then lower({value}) "
        f"when regexp_full_match({plain}, '[A-Za-z]+') then lower({plain}) "
        f"else nullif({name_fragment(value)}, '') end"
    )


def name_fragment(part: str) -> str:
    r"""SQL of the letters (\p{L}) of a text, lower case, accents folded."""
    return f"regexp_replace({_folded(part)}, '[^\\p{{L}}]+', '', 'g')"


def street(value: str, country: str | None) -> str:
    """SQL of the letters and digits of a street with house number, as `name`."""
    plain = f"replace({value}, ' ', '')"
    return (
        f"case when regexp_full_match({plain}, '[A-Za-z0-9]+') then lower({plain}) "
        f"else nullif({street_fragment(value)}, '') end"
    )


def street_fragment(part: str) -> str:
    r"""SQL of the letters (\p{L}) and ASCII digits of a text, lower case, accents folded."""
    return f"regexp_replace({_folded(part)}, '[^\\p{{L}}0-9]+', '', 'g')"


def _folded(text: str) -> str:
    folded = f"lower({text})"
    for letter, plain in _LIGATURES:
        folded = f"replace({folded}, '{letter}', '{plain}')"
    return f"strip_accents({folded})"
