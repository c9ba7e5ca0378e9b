"""The books stay right whatever producers and workers do, in whatever order, on a real server."""

from __future__ import annotations

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jobs import InvalidRequest, SpeechQueue, SpeechStatus
from jobs.queue import keys
from jobs.settings import QUEUES, QueueSettings
from tests.fakes.fake_worker import FakeWorker, make_request
from worker.settings import WorkerSettings
from worker.supervision.job_store import HeldJob

TEXTS = ("one", "two words", "three short words", "four words of text", "five")
WORKERS = ("first", "second")

ENDS = {
    "finish": SpeechStatus.FINISHED,
    "fail": SpeechStatus.FAILED,
    "requeue": SpeechStatus.QUEUED,
    "cancel": SpeechStatus.CANCELLED,
}

REGISTRIES = {
    SpeechStatus.FINISHED: keys.finished,
    SpeechStatus.FAILED: keys.failed,
    SpeechStatus.CANCELLED: keys.cancelled,
}


class QueueMachine(RuleBasedStateMachine):
    """Model: what each job's state and queue must be, and who holds it."""

    connection: redis.Redis
    queue_settings: QueueSettings

    @initialize()
    def start_empty(self):
        self.connection.flushall()
        self.queue = SpeechQueue(self.connection, self.queue_settings)
        own = WorkerSettings(redis_url=self.queue_settings.redis_url)
        self.clerks = {name: FakeWorker(self.connection, own, name) for name in WORKERS}
        self.states: dict[str, SpeechStatus] = {}
        self.places: dict[str, str] = {}
        self.held: dict[str, tuple[str, HeldJob]] = {}
        self.unwanted: set[str] = set()

    @rule(text=st.sampled_from(TEXTS), place=st.sampled_from(QUEUES), again=st.booleans())
    def submit(self, text: str, place: str, again: bool):
        request = make_request(text)
        state = self.states.get(request.job_id)
        stays = state in {SpeechStatus.QUEUED, SpeechStatus.RUNNING} or (
            state is SpeechStatus.FINISHED and not again
        )

        job = self.queue.submit(request, queue=place, again=again)

        assert job.is_new is not stays
        self.unwanted.discard(job.id)
        if not stays:
            self.states[job.id], self.places[job.id] = SpeechStatus.QUEUED, place

    @rule(name=st.sampled_from(WORKERS))
    def take(self, name: str):
        job = self.clerks[name].store.take(QUEUES)

        own = [job_id for job_id, (holder, _) in self.held.items() if holder == name]
        if own:
            assert job is not None
            assert [job.job_id] == own
            self.held[job.job_id] = (name, job)
            return
        queued = [job_id for job_id, state in self.states.items() if state == "queued"]
        assert (job is None) == (not queued)
        if job is not None:
            assert self.states[job.job_id] is SpeechStatus.QUEUED
            self.states[job.job_id] = SpeechStatus.RUNNING
            self.held[job.job_id] = (name, job)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), how=st.sampled_from(("finish", "fail", "requeue", "cancel", "stranger")))
    def settle(self, data: st.DataObject, how: str):
        job_id = data.draw(st.sampled_from(sorted(self.held)))
        name, job = self.held[job_id]
        if how == "stranger":
            other = next(fake_worker for fake_worker in WORKERS if fake_worker != name)
            assert not self.clerks[other].store.fail(job, "SilentAudio", "not mine")
            return
        store = self.clerks[name].store
        text = next(text for text in TEXTS if make_request(text).job_id == job_id)
        settled = {
            "finish": lambda: self.clerks[name].finish(job, make_request(text)),
            "fail": lambda: store.fail(job, "SilentAudio", "nothing"),
            "requeue": lambda: store.requeue(job),
            "cancel": lambda: store.cancel(job, "keep"),
        }[how]()
        if how == "requeue" and job_id in self.unwanted:
            how = "cancel"
        del self.held[job_id]
        self.unwanted.discard(job_id)
        self.states[job_id] = ENDS[how]
        assert settled == {"cancel": "canceled"}.get(how, ENDS[how])

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject):
        job_id = data.draw(st.sampled_from(sorted(self.states)))

        assert self.queue.job(job_id).cancel() is self.states[job_id]

        if self.states[job_id] is SpeechStatus.QUEUED:
            self.states[job_id] = SpeechStatus.CANCELLED
        elif self.states[job_id] is SpeechStatus.RUNNING:
            self.unwanted.add(job_id)

    @precondition(lambda self: self.states)
    @rule(data=st.data())
    def retry(self, data: st.DataObject):
        job_id = data.draw(st.sampled_from(sorted(self.states)))
        try:
            self.queue.retry(job_id)
        except InvalidRequest:
            assert self.states[job_id] not in {SpeechStatus.FAILED, SpeechStatus.CANCELLED}
        else:
            assert self.states[job_id] in {SpeechStatus.FAILED, SpeechStatus.CANCELLED}
            self.states[job_id] = SpeechStatus.QUEUED

    @invariant()
    def every_job_is_what_the_model_says(self):
        for job_id, state in self.states.items():
            assert self.queue.job(job_id).status() is state

    @invariant()
    def every_waiting_job_stands_once_in_its_own_list(self):
        for name in QUEUES:
            waiting = [
                job_id.decode() for job_id in self.connection.lrange(keys.queue(name), 0, -1)
            ]
            expected = [
                job_id
                for job_id, state in self.states.items()
                if state is SpeechStatus.QUEUED and self.places[job_id] == name
            ]
            assert sorted(waiting) == sorted(expected)

    @invariant()
    def waiting_characters_are_those_of_the_waiting_jobs(self):
        counted = self.connection.hgetall(keys.WAITING_CHARACTERS)
        for name in QUEUES:
            expected = sum(
                len(text)
                for text in TEXTS
                if self.states.get(make_request(text).job_id) is SpeechStatus.QUEUED
                and self.places[make_request(text).job_id] == name
            )
            assert int(counted.get(keys.rq_name(name).encode(), 0)) == expected

    @invariant()
    def every_running_job_is_held_by_the_worker_that_took_it(self):
        expected = {job_id: name for job_id, (name, _) in self.held.items()}
        found = self.connection.hgetall(keys.HELD)
        assert {job_id.decode(): name.decode() for job_id, name in found.items()} == expected

    @invariant()
    def every_ended_job_is_in_one_registry_and_no_other_job_is(self):
        for state, registry in REGISTRIES.items():
            found = [
                job_id.decode()
                for name in QUEUES
                for job_id in self.connection.zrange(registry(name), 0, -1)
            ]
            expected = [job_id for job_id, own in self.states.items() if own is state]
            assert sorted(found) == sorted(expected)


def test_the_books_stay_right(connection: redis.Redis, queue_settings: QueueSettings):
    """No order of submits, takes, ends, cancels and retries loses, doubles or miscounts a job."""
    QueueMachine.connection = connection
    QueueMachine.queue_settings = queue_settings

    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
