"""A Django site in one file: python django_app.py runserver, then POST text to /speak/.

The view only submits; the browser asks /jobs/ID/ how far it is. In a site of your own keep the
functions and leave out the settings.
"""

import sys
from functools import cache

import django
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jobs import (
    InvalidRequest,
    QueueFull,
    SpeechQueue,
    SpeechRequest,
    SpeechStatus,
    UnknownJob,
    find_file,
)

if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost", "testserver"])
    django.setup()


@cache
def speech_queue() -> SpeechQueue:
    """Open the queue at the first request, once in each process."""
    return SpeechQueue()


@csrf_exempt
@require_POST
def speak(request: HttpRequest) -> HttpResponse:
    """Submit a text and answer at once."""
    try:
        wanted = SpeechRequest(text=request.POST.get("text", ""))
        job = speech_queue().submit(wanted)
    except InvalidRequest as exc:
        return JsonResponse({"error": str(exc), "field": exc.field}, status=422)
    except QueueFull as exc:
        return JsonResponse({"error": str(exc)}, status=429, headers={"Retry-After": "30"})
    return JsonResponse({"id": job.id}, status=202)


def show(_request: HttpRequest, job_id: str) -> HttpResponse:
    """Say how far a job is."""
    try:
        facts = speech_queue().job(job_id).facts()
    except UnknownJob as exc:
        return JsonResponse({"error": str(exc)}, status=404)
    return JsonResponse(
        {
            "status": facts.status,
            "fraction": facts.progress.fraction,
            "error": facts.error_message,
        }
    )


def hear(_request: HttpRequest, job_id: str) -> HttpResponse | FileResponse:
    """Send a finished job's file."""
    facts = speech_queue().job(job_id).facts()
    if facts.status is not SpeechStatus.FINISHED:
        return JsonResponse({"error": f"the job is {facts.status}"}, status=409)
    # Checked: a job's record is what anybody who may submit has written.
    file = find_file(speech_queue().settings.output_dir, facts.output_file)
    return FileResponse(file.open("rb"))


urlpatterns = [
    path("speak/", speak),
    path("jobs/<slug:job_id>/", show),
    path("jobs/<slug:job_id>/audio/", hear),
]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
