"""What the gateway answers is what its OpenAPI document says, whatever is sent."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode

from scripts.webapp.app import create_app
from scripts.webapp.web_settings import WebSettings
from tests.conftest import run_server
from tests.fakes.web import Site

EXAMPLES = 15
"""For each route, right and wrong ones together."""

DOCUMENT = create_app(WebSettings(), ()).openapi()
OPERATIONS = {
    operation.ok().label: operation.ok()
    for operation in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
}

BEYOND_SCHEMA = {
    "POST /v1/jobs": "a key that came with another body before",
    "POST /v1/audio/speech": "a text without anything that can be spoken",
    "POST /v1/batches": "a file that is no book",
    "POST /v1/batches/contents": "a file that is no book",
}
"""Where a request may be wrong (422) in a way that JSON Schema cannot state."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a gateway with a quick worker."""
    for server in run_server():
        site = Site(server, tmp_path_factory.mktemp("schema"))
        with site.serve(), site.worker():
            yield site.url


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_described(address: str, label: str):
    """No call brings an error of the server, or an answer that the document does not name."""
    operation = OPERATIONS[label]
    cases = strategies.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @hypothesis.given(case=cases)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def call(case: schemathesis.Case) -> None:
        excluded = [CHECKS.get_one("positive_data_acceptance")] if label in BEYOND_SCHEMA else []
        case.call_and_validate(base_url=address, timeout=120, excluded_checks=excluded)

    call()


def test_every_route_has_an_example_or_needs_none() -> None:
    """Who reads the description sees what to send."""
    bodies = [
        operation["requestBody"]["content"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    ]
    schemas = DOCUMENT["components"]["schemas"]

    assert len(bodies) >= 4
    for body in bodies:
        [content] = body.values()
        schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        assert any("examples" in field for field in schema["properties"].values()), schema["title"]
