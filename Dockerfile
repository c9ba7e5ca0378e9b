# The images of this project; docs/containers.md says how they are built and what they weigh.
# Built by the classic builder as well as by BuildKit, so there is no syntax that only one knows.

ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# ---------------------------------------------------------------------------------------------
# requirements: their names by themselves, so that a new version of ours installs nothing anew.
FROM ${PYTHON_IMAGE} AS requirements
# What the image can do beside the core; without ja and zh it is 0.3 GB smaller.
ARG EXTRAS=worker,convert,ja,zh,books,web,otel,s3
WORKDIR /src
COPY pyproject.toml ./
RUN python -c "import sys, tomllib; \
project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
extras = [project['optional-dependencies'][name] for name in sys.argv[1].split(',')]; \
print(*project['dependencies'], *sum(extras, []), sep='\n')" "$EXTRAS" >requirements.txt

# ---------------------------------------------------------------------------------------------
# packages: what we stand on, in one virtual environment; the compilers stay behind here.
FROM ${PYTHON_IMAGE} AS packages
# hadolint ignore=DL3008 # the base image is what is pinned; its own archive goes with it
RUN apt-get update \
    && apt-get install --yes --no-install-recommends binutils g++ gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*

# pip obeys the tested versions everywhere, also in the environments where it builds a package.
ENV PATH=/opt/venv/bin:$PATH \
    PIP_CONSTRAINT=/src/constraints.txt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY constraints.txt ./
RUN python -m venv /opt/venv

# cpu, cu126 (the last one with kernels for Maxwell, Pascal and Volta cards) or cu130.
ARG TORCH_VARIANT=cpu
# PyTorch's own indexes, one for each variant, or a mirror; empty takes what pip finds elsewhere.
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl
# Without its dependencies: those come with the rest, from where the rest comes from.
# hadolint ignore=DL3013 # constraints.txt has the version
RUN pip install --no-compile --no-deps \
    ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL/$TORCH_VARIANT"} torch

COPY --from=requirements /src/requirements.txt ./
COPY deploy/slim-packages ./
RUN pip install --no-compile --requirement requirements.txt && sh slim-packages

# ---------------------------------------------------------------------------------------------
# build: our own part by itself, so that a new version is a small layer on the same packages.
FROM packages AS build
COPY . ./
# The C kernel goes into the wheel; inside it picks the instructions of the processor it runs on.
RUN python -m worker.speech.fast.kernels.build worker/speech/fast/kernels \
    && pip install --no-deps --prefix /opt/app .

# ---------------------------------------------------------------------------------------------
# worker: no compiler, no sources, no root, no model; that comes from a volume.
FROM ${PYTHON_IMAGE} AS worker
LABEL org.opencontainers.image.title="Kokoro TTS Processor" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later AND GPL-2.0-or-later" \
      org.opencontainers.image.description="Text to speech through a queue. GPL parts: espeak-ng \
and phonemizer (GPL-3.0-or-later), x264 and x265 inside PyAV (GPL-2.0-or-later)."

# A new named volume takes owner and mode of the directory that it is mounted on.
RUN groupadd --gid 10001 ktts \
    && useradd --uid 10001 --gid ktts --no-create-home --home-dir /data/cache ktts \
    && install -d -o ktts -g ktts /data/cache /data/model /data/output /data/work

COPY --from=packages /opt/venv /opt/venv
COPY --from=build /opt/app /opt/venv

ENV PATH=/opt/venv/bin:$PATH \
    HOME=/data/cache \
    KTTS_MODEL_DIR=/data/model \
    KTTS_OUTPUT_DIR=/data/output \
    KTTS_WORK_DIR=/data/work \
    # npm, which fetches voices, has roots of its own; these are the system's, your proxy's among them.
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/data/cache
WORKDIR /data
USER 10001:10001
# The first start tries out the processor, which can take three minutes on a busy machine.
HEALTHCHECK --interval=15s --timeout=20s --start-period=180s --retries=3 \
    CMD ["python", "-P", "-m", "worker.health"]
ENTRYPOINT ["ktts"]
CMD ["worker"]

# ---------------------------------------------------------------------------------------------
# model: fetched, verified and measured where there is a network.
FROM worker AS model
RUN ktts fetch-model --dest /tmp/model && rm -rf /data/cache/*

# ---------------------------------------------------------------------------------------------
# worker-baked: with the model, for places that no download reaches.
FROM worker AS worker-baked
# Not where the volume of an earlier model may be mounted.
COPY --from=model --chown=root:root /tmp/model /opt/model
ENV KTTS_MODEL_DIR=/opt/model

# ---------------------------------------------------------------------------------------------
# What a build without --target makes.
FROM worker
