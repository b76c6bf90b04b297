"""CSV as text: physical lines, ragged rows, quotes, encodings."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.sources.csv_file import CsvFile, open_text
from keepwell.sources.staging import Row
from keepwell.words.problem import KeepwellError


def rows(text: str, delimiter: str = ",") -> list[Row]:
    lines = io.StringIO(text, newline="")
    return list(CsvFile(lines, Path("a.csv"), delimiter).rows())


def test_line_is_physical_after_quoted_newlines() -> None:
    found = rows('id,note\n1,"one\ntwo\n\nfour"\n2,plain\n\n3,"x\r\ny"\n4,z\n')
    assert [(r.values[0], r.line) for r in found] == [("1", 2), ("2", 6), ("3", 8), ("4", 10)]
    assert found[0].values[1] == "one\ntwo\n\nfour"


def test_raw_is_the_record_as_it_stood() -> None:
    assert rows('id,note\n1,"a ""b""\nc"\n')[0].raw == '1,"a ""b""\nc"'


def test_too_few_and_too_many_fields_are_bad_rows() -> None:
    found = rows("a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [r.bad for r in found] == [None, "1 fields, the header has 2", "3 fields, the header has 2", None]
    assert [r.values for r in found] == [["1", "2"], ["3", None], ["4", "5"], ["7", "8"]]


def test_ragged_row_with_quoted_newline_is_one_bad_row() -> None:
    found = rows('a,b\n1,"x\ny",3\n4,5\n')
    assert [(r.line, bool(r.bad)) for r in found] == [(2, True), (4, False)]


def test_quote_left_open_costs_its_own_line_only() -> None:
    found = rows('a,b\n1,"open\n2,x\n3,y\n')
    assert [(r.line, r.values[0], bool(r.bad)) for r in found] == [(2, "1", True), (3, "2", False), (4, "3", False)]


def test_quote_left_open_is_told_even_when_a_later_one_closes_it() -> None:
    found = rows('a,b\n1,"open\n2,x\n3,"y"\n')
    assert [(r.line, bool(r.bad)) for r in found] == [(2, True), (3, False), (4, False)]


def test_many_open_quotes_end() -> None:
    found = rows("a,b\n" + '1,"x\n' * 3000 + "2,y\n")
    assert len(found) <= 3001
    assert found[-1].values == ["2", "y"]


def test_text_after_a_closing_quote_is_bad_not_guessed() -> None:
    assert [bool(r.bad) for r in rows('a,b\n"Acme" Inc,1\nok,2\n')] == [True, False]


def test_empty_fields_read_as_no_value() -> None:
    assert rows('a,b\n,""\n')[0].values == [None, None]


def test_blank_lines_are_no_records() -> None:
    assert [r.line for r in rows("\n\na,b\n\n1,2\n\n")] == [5]


def test_carriage_returns_end_lines() -> None:
    assert [r.line for r in rows("a,b\r1,2\r3,4\r")] == [2, 3]


def test_repeated_and_empty_header_names_become_distinct() -> None:
    assert CsvFile(io.StringIO("a,,a,a\n"), Path("a.csv"), ",").names == ["a", "column_2", "a_2", "a_3"]


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_empty_file_is_one_clear_line(text: str) -> None:
    with pytest.raises(KeepwellError, match=r"a\.csv: the file is empty; export it again"):
        CsvFile(io.StringIO(text), Path("a.csv"), ",")


def test_nul_bytes_make_a_bad_row() -> None:
    found = rows("a,b\n1,x\0y\n2,z\n")
    assert [(r.bad, r.raw) for r in found] == [("the row holds NUL bytes", "1,x␀y"), (None, "2,z")]


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfid,b\n1,2\n")
    with open_text(tmp_path / "a.csv", "utf-8") as text:
        assert CsvFile(text, tmp_path / "a.csv", ",").names == ["id", "b"]


def test_latin_1_bytes_are_a_bad_row_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,b\n1,Müller\n2,ok\n3,Zoë\n".encode("latin-1"))
    with open_text(tmp_path / "a.csv", "utf-8") as text:
        found = list(CsvFile(text, tmp_path / "a.csv", ",").rows())
    assert [(r.line, bool(r.bad)) for r in found] == [(2, True), (3, False), (4, True)]
    assert "encoding: latin-1" in (found[0].bad or "")
    assert "encoding: cp1252" in (found[0].bad or "")
    assert found[0].raw == "1,Müller"


def test_named_encoding_is_used(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,b\n1,Müller\n".encode("latin-1"))
    with open_text(tmp_path / "a.csv", "latin-1") as text:
        assert [r.values for r in CsvFile(text, tmp_path / "a.csv", ",").rows()] == [["1", "Müller"]]


def test_wrong_encoding_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfei\x00d\x00\n")
    with pytest.raises(KeepwellError, match="the file is not utf-16"), open_text(tmp_path / "a.csv", "utf-16") as text:
        text.read()


def test_broken_gzip_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id\n" + b"1234567\n" * 9999)[:-20])
    with pytest.raises(KeepwellError, match="cannot be unpacked"), open_text(tmp_path / "a.csv.gz", "utf-8") as text:
        text.read()


@pytest.mark.parametrize(("delimiter", "said"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_a_header_that_another_delimiter_takes_apart_says_which(delimiter: str, said: str) -> None:
    with pytest.raises(KeepwellError) as caught:
        rows(f"id{delimiter}name{delimiter}csm\n1{delimiter}a{delimiter}b\n")
    assert str(caught.value).endswith(f"; expected columns between ','; write delimiter: \"{said}\" in the map")
    assert rows("only\nx\n")[0].values == ["x"]


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@given(st.lists(st.lists(FIELD.filter(bool), min_size=2, max_size=2), max_size=8), st.sampled_from([",", ";"]))
def test_what_is_written_is_read_with_its_physical_line(records: list[list[str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b"])
    starts = []
    for record in records:
        starts.append(len(io.StringIO(out.getvalue(), newline="").readlines()) + 1)
        writer.writerow(record)
    found = rows(out.getvalue(), delimiter)
    assert [r.line for r in found] == starts
    assert [r.values for r in found] == records


@given(st.text(st.sampled_from('a1,"\n\r;'), max_size=60))
def test_no_text_crashes_and_every_line_is_accounted_for(body: str) -> None:
    found = rows("x,y\n" + body)
    lines = [line for line in io.StringIO(body, newline="") if line.strip("\r\n")]
    assert all(len(row.values) == 2 for row in found)
    assert len({row.line for row in found}) == len(found)
    assert len(found) <= len(lines)
