"""What is generated and committed is current."""

from tools import document_isolation
from tools.document_commands import PAGE, sections


def test_the_page_of_commands_is_what_the_commands_say_of_themselves() -> None:
    assert PAGE.read_text(encoding="utf-8") == "\n".join(sections()), "run make generate and commit it"


def test_the_page_on_isolation_lists_the_allowances_of_the_proof() -> None:
    page = document_isolation.PAGE.read_text(encoding="utf-8")

    assert page == document_isolation.page(), "run make generate and commit it"
