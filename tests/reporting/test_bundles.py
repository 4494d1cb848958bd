"""Files put into one: each under a name of its own, listed so that no spreadsheet takes a title for a formula."""

import zipfile

from reporting.bundles import Bundled, bundle, free_name


def test_two_files_of_one_name_are_both_in_it_and_no_title_is_a_formula(tmp_path):
    one, other = tmp_path / "1.pdf", tmp_path / "2.pdf"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    name = "Appendix 1 - Pool.pdf"
    taken = set()
    files = [
        Bundled("=1+1", free_name(name, taken), one, 2, "a" * 64),
        Bundled("Pool", free_name(name, taken), other, None, "b" * 64),
    ]
    bundle(files, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert packed.read("Appendix 1 - Pool.pdf") == b"one"
        assert packed.read("Appendix 1 - Pool (2).pdf") == b"other"
        assert packed.read("SHA256SUMS").decode().splitlines() == [
            f"{'a' * 64}  Appendix 1 - Pool.pdf", f"{'b' * 64}  Appendix 1 - Pool (2).pdf",
        ]  # fmt: skip
        assert packed.read("Files of this pack.csv").decode("utf-8-sig").splitlines()[1:] == [
            f"1,'=1+1,{name},2,3,{'a' * 64}",
            f"2,Pool,Appendix 1 - Pool (2).pdf,,5,{'b' * 64}",
        ]
