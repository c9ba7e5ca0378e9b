"""Names of owners: short, plain, and each with a folder of its own."""

from __future__ import annotations

import pytest

from jobs import InvalidRequest, SpeechQueue, SpeechRequest
from jobs.errors import StartupError
from jobs.request import part_name
from jobs.settings import QueueSettings
from jobs.text.owners import owner_dir


@pytest.mark.parametrize(
    "name", ["a", "ann", "Ann", "42", "_x_", "ann@example.org", "team:a+b", "a" * 64]
)
def test_plain_names_are_owners(name: str):
    """Letters, digits, and what addresses and ids of accounts are made of."""
    assert SpeechRequest(text="Hello.", owner=name).owner == name


@pytest.mark.parametrize(
    "name",
    [
        *(" ", "a b", "a\n", "\x1b[31m", "a" * 65, ".hidden", "-a", "a.", "a/b", "..", "a|b"),
        *('a"b', "a\\b", "M\u00fcller", "{a}", "a\x00", "\ud800", "a" * 10_000),
    ],
)
def test_other_names_are_refused_with_the_field(name: str):
    """The error says what a name may hold, on one line."""
    with pytest.raises(InvalidRequest, match="up to 64 letters and digits") as caught:
        SpeechRequest(text="Hello.", owner=name)
    assert caught.value.field == "owner"
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)
    with pytest.raises(StartupError, match="KTTS_OWNER"):
        QueueSettings(owner=name)


def test_a_request_without_owner_is_what_it_was():
    """Ids and names from before owners: nobody's finished work is orphaned."""
    request = SpeechRequest(text="Hello from the web.", output_name="news/today")
    assert request.job_id == "85f60f289a3b59198f9848da15b0dc51"
    assert SpeechRequest(text="Hello from the web.", owner="").job_id == (
        "3a4f64994e021cafc7c30c9be2e059a9"
    )
    assert part_name(request) == "parts/9a38b8799accc1e6ef839b48b93e1dda"
    assert request.output_file == "news/today.wav"
    assert "owner" not in request.model_dump()


def test_two_owners_share_neither_job_nor_file():
    """Ids, parts and named files differ, also on a file system that ignores case."""
    requests = [
        SpeechRequest(text="Hello.", output_name="news/today", owner=owner)
        for owner in ("", "ann", "Ann", "ANN")
    ]
    for names in (
        {request.job_id for request in requests},
        {part_name(request) for request in requests},
        {request.output_file.casefold() for request in requests},
    ):
        assert len(names) == len(requests)
    assert requests[1].output_file == "by-owner/ann/news/today.wav"
    assert owner_dir("Ann:x") == "%41nn%3ax"


@pytest.mark.parametrize("name", ["by-owner/ann/news", "BY-OWNER/x", "by-owner"])
def test_nobody_reaches_an_owners_folder_by_name(name: str):
    """It is reserved, in any spelling that a file system may take for it."""
    with pytest.raises(InvalidRequest, match="among those of books"):
        SpeechRequest(text="Hello.", output_name=name)


def test_a_part_is_named_anew_for_its_owner():
    """A book's part stays one: its name says who has it spoken, and its folder is that of parts."""
    plain = SpeechRequest(text="Hello.")
    part = plain.model_copy(update={"output_name": part_name(plain)})
    owned = part.owned_by("ann")
    assert owned.output_name == part_name(owned) != part.output_name
    assert owned.output_file.startswith("parts/")
    assert SpeechRequest(**owned.model_dump()) == owned
    assert owned.owned_by("ben") is owned


def test_a_queue_names_the_owner_where_a_request_does_not(
    queue: SpeechQueue, queue_settings: QueueSettings
):
    """Given to the queue, by the settings, or by the request, which comes first."""
    connection = queue.connection
    settings = queue_settings.model_copy(update={"owner": "ann"})
    by_settings = SpeechQueue(connection, settings)
    by_argument = SpeechQueue(connection, settings, owner="ben")
    of_nobody = SpeechQueue(connection, settings, owner="")
    request = SpeechRequest(text="Hello.")

    jobs = [one.submit(request) for one in (queue, by_settings, by_argument, of_nobody)]
    own = by_argument.submit(SpeechRequest(text="Hello.", owner="cid"))

    assert [job.facts().owner for job in (*jobs, own)] == ["", "ann", "ben", "", "cid"]
    assert [job.is_new for job in jobs] == [True, True, True, False]
    assert [job.id for job in queue.jobs(owner="ben")] == [jobs[2].id]
    assert [job.id for job in queue.jobs(owner="")] == [jobs[0].id]
    jobs[1].cancel()
    assert queue.retry(jobs[1].id).id == jobs[1].id
    jobs[0].cancel()
    assert by_settings.retry(jobs[0].id).id == jobs[0].id
    with pytest.raises(InvalidRequest, match="no owner's name"):
        SpeechQueue(connection, settings, owner="a b")
