"""Speak by Pipecat in a pipeline: ``python speak_pipecat.py ADDRESS TOKEN FILE``."""

import asyncio
import sys
import wave

from pipecat.frames.frames import EndFrame, Frame, TTSAudioRawFrame, TTSSpeakFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.workers.runner import WorkerRunner


class Recorder(FrameProcessor):
    """Keeps the samples that pass."""

    def __init__(self) -> None:
        super().__init__()
        self.samples = b""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keep the samples of a frame and pass it on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            assert frame.sample_rate == 24_000
            self.samples += frame.audio
        await self.push_frame(frame, direction)


async def main(address: str, token: str, path: str) -> None:
    """Write what comes out of the pipeline."""
    settings = OpenAITTSService.Settings(voice="nova")
    service = OpenAITTSService(api_key=token, base_url=address, settings=settings)
    recorder = Recorder()
    worker = PipelineWorker(Pipeline([service, recorder]))
    await worker.queue_frames([TTSSpeakFrame("Hello from Pipecat."), EndFrame()])
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(recorder.samples)


asyncio.run(main(*sys.argv[1:]))
