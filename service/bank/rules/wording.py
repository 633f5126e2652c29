"""What a search looks in, and what two items have in common: the words that a candidate reads, in one spelling.

The key and the explanation are left out, so that nobody can read a key by searching for it: reading one is on record.
Pictures are left out too, what they show and what is said of them: a search goes by the words of the question.
"""

from service.bank.rules.exchange import words
from service.bank.rules.items import ItemText

# No word can hold it: folding takes every line break out.
BETWEEN = "\n"
# Chinese has no spaces, and most of its words have two characters: three, as indexes of trigrams have, miss them.
GRAM = 2
# So many of a long word's grams find it; what is found is compared with the whole word anyway.
MOST_GRAMS = 24


def said_of(item: ItemText) -> str:
    """Code, stem, options, tags and case of an item, folded, one to a line."""
    told = (item.case.code, item.case.text) if item.case is not None else ()
    said = (item.code, item.stem, *(item.options[letter] for letter in sorted(item.options)), *item.tags, *told)
    return BETWEEN.join(map(words.fold, said))


def sought(text: str) -> tuple[str, ...]:
    """The words of a search, folded; an item is found that says every one of them somewhere."""
    return tuple(dict.fromkeys(folded for word in text.split() if (folded := words.fold(word))))


def grams(word: str) -> tuple[str, ...]:
    """The pairs of neighbours in a word; none in a word of one character, which no index knows."""
    pairs = (word[place : place + GRAM] for place in range(len(word) - GRAM + 1))
    return tuple(dict.fromkeys(pairs))[:MOST_GRAMS]
