"""Template tags of documents."""

import pytest

from reporting.templatetags.printing import whole_references


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("in line with A.3", 'in line with <span class="doc-ref">A.3</span>'),
        ("results (A.10).", 'results <span class="doc-ref">(A.10).</span>'),
        ("A.1, A.2", '<span class="doc-ref">A.1,</span> <span class="doc-ref">A.2</span>'),
        ("1.2 of B & C", "1.2 of B &amp; C"),
        ("<b>D.4</b>", '&lt;b&gt;<span class="doc-ref">D.4</span>&lt;/b&gt;'),
        ("www.example.org/v1.2", "www.example.org/v1.2"),
        ("", ""),
    ],
)
def test_a_reference_is_never_parted(words, printed):
    assert whole_references(words) == printed
