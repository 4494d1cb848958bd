"""Tell the name of a person from the title of a post: the record names posts, and what names people is asked about."""

import re

# Words that titles of posts and bodies have, and names of people have not.
OF_POSTS = frozenset(
    """
    accountant administrator adviser advisor agent analyst architect assistant associate authority board
    business cabinet care chair chairman chief clerk commissioner committee communities consultant
    contract coordinator corporate council councillor customer delivery democratic deputy development
    digital director education engineer environment executive finance governance group head health
    housing improvement interim lead leader leadership legal manager management member monitoring named
    not officer operations partner partnership people performance place planning pmo portfolio post
    principal procurement programme project property public resources secretary section senior service
    services solicitor specialist sponsor strategic strategy support surveyor team technical tbc tba the
    transformation transport treasurer unit user various vacant
    """.split()  # noqa: SIM905
)
WORD = r"(?:[A-Z]['’])?[A-Z][a-z]+(?:[A-Z][a-z]+)*(?:['’-][A-Z]?[a-z]+)*"
NAME = re.compile(rf"(?:(?:Mr|Mrs|Ms|Miss|Dr|Cllr)\.? )?(?:{WORD}|[A-Z]\.?)(?: [A-Z]\.?)? {WORD}(?: {WORD})?")


def names_in(words: str) -> list[str]:
    """The names of people in what stands where a post should: "Ann Lee / Bo Ek" has two, "Head of Legal" none."""
    parts = [part.strip() for part in re.split(r"\s*(?:/|&|;|,|\band\b)\s*", words) if part.strip()]
    return [part for part in parts if NAME.fullmatch(part) and not OF_POSTS & set(part.lower().split())]


def with_posts(words: str, posts: dict[str, str]) -> tuple[str, list[str]]:
    """The words with the post of each person in place of the name, and the names that no post is known for."""
    unknown = []
    for name in names_in(words):
        if posts.get(name):
            words = words.replace(name, posts[name])
        else:
            unknown.append(name)
    return words, unknown
